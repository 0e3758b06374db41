"""Events come out whole however the stream was cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.wire.faults import WireError
from tui.bench.wire.sse import EVENT_BYTES, EventScanner

STREAM = (
    b": a comment\n\n"
    b'data: {"a":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}\n\n'
    b"event: message\ndata: two\ndata: lines\nid: 7\n\n"
    b"data:no blank\n\n\n\n"
    b"retry: 10\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = [b'{"a":"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"}', b"two\nlines", b"no blank", b"[DONE]"]


def scan(pieces: list[bytes]) -> list[bytes]:
    scanner = EventScanner()
    found = [event for piece in pieces for event in scanner.feed(piece)]
    return found + scanner.end()


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
def test_cut_at_every_byte(ending: bytes) -> None:
    stream = STREAM.replace(b"\n", ending)
    for at in range(len(stream) + 1):
        assert scan([stream[:at], stream[at:]]) == EVENTS
    assert scan([bytes([byte]) for byte in stream]) == EVENTS


@given(
    texts=st.lists(st.text(st.characters(blacklist_characters="\r\n", blacklist_categories=["Cs"])), max_size=8),
    cuts=st.lists(st.integers(0, 400), max_size=10),
    ending=st.sampled_from([b"\n", b"\r\n"]),
)
def test_any_texts_any_cuts(texts: list[str], cuts: list[int], ending: bytes) -> None:
    stream = b"".join(b"data: " + text.encode() + ending * 2 for text in texts)
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[low:high] for low, high in itertools.pairwise(edges)]
    assert scan(pieces) == [text.encode() for text in texts]


def test_the_end_without_a_blank_line_still_counts() -> None:
    assert scan([b"data: one\n\ndata: [DONE]"]) == [b"one", b"[DONE]"]
    assert scan([b"data: one\r\n\r\ndata: [DONE]\r"]) == [b"one", b"[DONE]"]


def test_an_endless_event_is_refused() -> None:
    scanner = EventScanner()
    with pytest.raises(WireError, match="16 MiB"):
        scanner.feed(b"data: " + b"x" * EVENT_BYTES)
