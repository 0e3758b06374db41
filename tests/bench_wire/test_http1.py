"""Responses read whole at any cut, and what is no HTTP/1.1 is refused in words."""

import pytest

from tui.bench.wire.faults import WireError
from tui.bench.wire.http1 import ResponseScanner

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKED = HEAD + b"5\r\nhello\r\n1;ext=1\r\n \r\n00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n"


def scan(pieces: list[bytes]) -> tuple[bytes, ResponseScanner]:
    scanner = ResponseScanner()
    body = b"".join([scanner.feed(piece) for piece in pieces])
    return body, scanner


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (CHUNKED, b"hello 0123456789"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED, b"hello 0123456789"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabc", b"abc"),
        (b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", b"abc"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", b""),
    ],
)
def test_cut_at_every_byte(raw: bytes, body: bytes) -> None:
    for at in range(len(raw) + 1):
        found, scanner = scan([raw[:at], raw[at:]])
        assert (found, scanner.complete, scanner.keep_alive) == (body, True, True)
    found, scanner = scan([bytes([byte]) for byte in raw])
    assert (found, scanner.complete) == (body, True)


def test_a_body_without_a_length_lasts_until_the_end() -> None:
    body, scanner = scan([b"HTTP/1.0 200 OK\r\n\r\nda", b"ta"])
    assert (body, scanner.complete, scanner.keep_alive) == (b"data", False, False)
    assert scanner.end()


@pytest.mark.parametrize("raw", [CHUNKED[:-3], b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", HEAD[:-4]])
def test_a_response_cut_short_is_not_whole(raw: bytes) -> None:
    assert not scan([raw])[1].end()


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than was promised", False),
    ],
)
def test_whether_the_connection_may_be_used_again(head: bytes, kept: bool) -> None:
    assert scan([head])[1].keep_alive is kept


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"\x15\x03\x01\x00\x02", "right port"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "right port"),
        (b"HTTP/1.1 abc\r\n\r\n", "right port"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "colon"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "no number"),
        (HEAD + b"zz\r\n", "hexadecimal"),
        (HEAD + b"+5\r\nhello!!", "hexadecimal"),
        (HEAD + b"5\r\nhello!!\r\n", "longer"),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 70_000, "64 KiB"),
    ],
)
def test_what_is_no_http_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(WireError, match=words) as caught:
        scan([raw])
    assert caught.value.kind == "protocol"
