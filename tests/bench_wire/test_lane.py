"""A lane against real sockets: stamps, stale connections, faults of the machine, TLS."""

import asyncio
import contextlib
import errno
import socket
import ssl
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bench_wire.certificate import self_signed, serving
from tests.bench_wire.scripted import Call, scripted
from tests.bench_wire.streams import DONE, HEAD, answer, chunk, content, role, usage
from tui.bench.wire import plain
from tui.bench.wire.clock import KernelClock
from tui.bench.wire.dial import Dialer
from tui.bench.wire.endpoint import Endpoint, request_head, resolve, tls_context
from tui.bench.wire.lane import Lane
from tui.bench.wire.request import Exchange, Tally

GOOD = answer(role(), content("a"), content("b", "stop"), usage(3, 2), DONE)


class Client:
    """A lane and its owner: ``ask`` sends one request and waits for its end."""

    def __init__(self, endpoint: Endpoint, context: ssl.SSLContext | None = None) -> None:
        loop = asyncio.get_running_loop()
        self.tally = Tally()
        self.reader = plain.Reader(loop, KernelClock())
        self.dialer = Dialer(endpoint, context, loop, self.reader)
        self.head = request_head(endpoint, {})
        self.lane = Lane(self.dialer, self)
        self.sends = 0
        self._ended: asyncio.Future[Exchange] | None = None

    def close(self) -> None:
        self.lane.close()
        self.dialer.close()
        self.reader.close()

    async def ask(self, body: bytes = b"{}") -> Exchange:
        self._ended = asyncio.get_running_loop().create_future()
        self.lane.start(Exchange(self.tally, None, None), b"%b%d\r\n\r\n%b" % (self.head, len(body), body))
        return await asyncio.wait_for(self._ended, 10)

    def sending(self, exchange: Exchange, size_bytes: int) -> None:
        self.sends += 1

    def finished(self, lane: Lane, exchange: Exchange) -> None:
        assert self._ended is not None
        self._ended.set_result(exchange)


@contextlib.asynccontextmanager
async def client(url: str, context: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    made = Client(resolve(url, "/v1/chat/completions"), context)
    try:
        yield made
    finally:
        made.close()
        await asyncio.sleep(0)


async def good(call: Call) -> None:
    call.writer.write(GOOD)


async def test_stamps_come_in_order_and_the_kernel_is_never_later_than_we() -> None:
    async def script(call: Call) -> None:
        call.writer.write(HEAD + chunk(role()))
        await asyncio.sleep(0.05)
        call.writer.write(GOOD[len(HEAD + chunk(role())) :])

    async with scripted(script) as server, client(server.url) as user:
        made = await user.ask()
        assert made.sent <= made.first_byte == made.headers_at < made.first_token_kernel
        assert made.first_token_kernel <= made.first_token <= made.last_token <= made.ended
        assert made.first_token - made.sent >= 0.045
        assert made.first_token - made.first_token_kernel < 0.05


async def test_a_late_reader_sees_its_own_lag() -> None:
    answer_now, answered = threading.Event(), threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            answer_now.wait(10)
            connection.sendall(GOOD)
            answered.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        async with client(f"http://127.0.0.1:{listener.getsockname()[1]}") as user:
            asking = asyncio.create_task(user.ask())
            async with asyncio.timeout(10):
                while not user.sends:  # noqa: ASYNC110 - the connection opens by the loop's own reader
                    await asyncio.sleep(0)
            answer_now.set()
            answered.wait(10)
            time.sleep(0.06)  # noqa: ASYNC251 - the loop is made late on purpose
            made = await asking
            assert made.first_token - made.first_token_kernel >= 0.05
        thread.join(10)


async def test_one_connection_carries_many_requests() -> None:
    async with scripted(good) as server, client(server.url) as user:
        made = [await user.ask() for _ in range(3)]
        assert [one.kind for one in made] == ["", "", ""]
        assert [one.reused for one in made] == [False, True, True]
        assert server.connections == 1
        assert made[0].connect_seconds > 0.0 == made[1].connect_seconds


async def test_a_stale_connection_is_retried_once_on_a_fresh_one() -> None:
    async def script(call: Call) -> None:
        if call.number == 2:
            call.reset()
        else:
            await good(call)

    async with scripted(script) as server, client(server.url) as user:
        await user.ask()
        before = time.monotonic()
        made = await user.ask(b'{"prompt":"mine"}')
        assert (made.kind, made.retried) == ("", True)
        assert made.sent > before
        assert [call.connection for call in server.calls] == [1, 1, 2]
        assert server.calls[1].body == server.calls[2].body


async def test_a_connection_that_idled_to_its_end_is_no_failure() -> None:
    closed = asyncio.Event()

    async def script(call: Call) -> None:
        await good(call)
        await call.writer.drain()
        call.writer.close()
        closed.set()

    async with scripted(script) as server, client(server.url) as user:
        await user.ask()
        await closed.wait()
        assert (await user.ask()).kind == ""
        assert server.connections == 2


async def test_a_reset_on_a_fresh_connection_is_the_servers_fault() -> None:
    async def script(call: Call) -> None:
        call.reset()

    async with scripted(script) as server, client(server.url) as user:
        made = await user.ask()
        assert (made.kind, made.retried, server.connections) == ("reset", False, 1)


async def test_twice_reset_is_a_failure() -> None:
    async def script(call: Call) -> None:
        await good(call) if call.number == 1 else call.reset()

    async with scripted(script) as server, client(server.url) as user:
        await user.ask()
        made = await user.ask()
        assert (made.kind, made.retried, server.connections) == ("reset", True, 2)


async def test_a_long_request_goes_out_whole() -> None:
    body = bytes(range(256)) * 40_000
    async with scripted(good) as server, client(server.url) as user:
        assert (await user.ask(body)).kind == ""
        assert server.calls[0].body == body


async def test_connection_close_is_honoured() -> None:
    async def script(call: Call) -> None:
        call.writer.write(GOOD.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))

    async with scripted(script) as server, client(server.url) as user:
        assert [(await user.ask()).kind for _ in range(2)] == ["", ""]
        assert server.connections == 2


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_nobody_listens() -> None:
    async with client(f"http://127.0.0.1:{closed_port()}") as user:
        made = await user.ask()
        assert (made.kind, made.message) == ("connect", "Connection refused")


async def test_the_address_that_answers_is_found() -> None:
    async with scripted(good) as server:
        good_address = (socket.AF_INET, ("127.0.0.1", server.port))
        dead_address = (socket.AF_INET, ("127.0.0.1", closed_port()))
        user = Client(Endpoint("localhost", server.port, "/", False, (dead_address, good_address)))
        assert (await user.ask()).kind == ""
        user.close()


@pytest.mark.parametrize(
    ("number", "mend"), [(errno.EMFILE, "ulimit -n"), (errno.EADDRNOTAVAIL, "ip_local_port_range")]
)
async def test_out_of_sockets_says_what_to_do(number: int, mend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> socket.socket:
        raise OSError(number, "no")

    async with client("http://127.0.0.1:9") as user:
        monkeypatch.setattr(plain.socket, "socket", refuse)
        made = await user.ask()
        assert made.kind == "connect"
        assert mend in made.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "both.pem")


async def test_tls_is_the_same_above_the_socket(certificate: Path) -> None:
    async with (
        scripted(good, serving(certificate)) as server,
        client(server.url, tls_context(str(certificate), False)) as user,
    ):
        first, second = await user.ask(), await user.ask()
        assert (first.kind, second.kind, server.connections) == ("", "", 1)
        assert first.first_token >= first.sent
        assert first.first_token_kernel == 0.0


async def test_an_untrusted_certificate_says_so(certificate: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with scripted(good, context) as server, client(server.url, tls_context(None, False)) as user:
        made = await user.ask()
        assert made.kind == "connect"
        assert "not trusted" in made.message


async def test_https_at_a_plain_port_says_so() -> None:
    async def plain_only(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain_only, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with client(url, tls_context(None, True)) as user:
            made = await user.ask()
            assert made.kind == "connect"
            assert "TLS" in made.message


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://x", "give http"),
        ("http://", "give http"),
        ("http://x:99999", "port"),
        ("http://no.invalid", "not known"),
    ],
)
def test_a_wrong_address_is_named(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        resolve(url, "/v1")


def test_a_header_can_not_smuggle_another() -> None:
    endpoint = Endpoint("h", 80, "/", False, ())
    with pytest.raises(ValueError, match="line break"):
        request_head(endpoint, {"x": "1\r\nhost: other"})
