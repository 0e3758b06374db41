"""``pods/portforward``, asked as the official client asks, and by hand where that hides what comes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.demo_kube.conftest import PODS, Client
from tui.demo.kube.handlers.portforward import _Forward
from tui.demo.kube.server import KubeServer

V4 = "v4.channel.k8s.io"


@pytest.fixture
async def nim() -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path, "size": len(await request.read())})

    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture(autouse=True)
def listening(server: KubeServer, nim: str) -> None:
    """Something listens on port 8000 of ``b0``."""

    async def find(namespace: str, pod: str, port: int) -> str | None:
        return nim if (namespace, pod, port) == ("spike", "b0", 8000) else None

    server.set_pod_backend(find)


async def frames(socket: aiohttp.ClientWebSocketResponse) -> list[bytes]:
    """All that comes until the other side closes."""
    return [message.data async for message in socket if message.type is aiohttp.WSMsgType.BINARY]


def connect(client: Client, path: str, protocol: str = V4) -> "aiohttp.client._WSRequestContextManager":
    return client.session.ws_connect(client.server.url + path, headers=client.headers, protocols=(protocol,))


@pytest.mark.parametrize("protocol", [V4, "portforward.k8s.io"])
async def test_bytes_go_both_ways_until_the_pod_closes(client: Client, protocol: str) -> None:
    async with connect(client, f"{PODS}/b0/portforward?ports=8000", protocol) as socket:
        assert socket.protocol == protocol
        body = b"x" * 300_000
        head = (
            f"POST /v1/chat HTTP/1.1\r\nHost: b0\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        await socket.send_bytes(b"\x00" + head)
        await socket.send_bytes(b"\x00" + body)
        came = await frames(socket)
    assert came[:2] == [b"\x00\x40\x1f", b"\x01\x40\x1f"]  # 8000, little end first, on both channels
    text = b"".join(frame[1:] for frame in came[2:] if frame[0] == 0)
    assert text.startswith(b"HTTP/1.1 200 OK\r\n")
    assert text.endswith(b'{"path": "/v1/chat", "size": 300000}')


async def test_the_official_client_forwards(client: Client) -> None:
    from kubernetes.client import ApiClient, Configuration, CoreV1Api
    from kubernetes.stream import portforward

    configuration = Configuration(host=client.server.url)
    configuration.api_key = {"authorization": client.headers["Authorization"]}

    def ask() -> bytes:
        with ApiClient(configuration) as api:
            forward = portforward(CoreV1Api(api).connect_get_namespaced_pod_portforward, "b0", "spike", ports="8000")
            with contextlib.closing(forward.socket(8000)) as near:
                near.setblocking(True)
                near.sendall(b"GET /v1/models HTTP/1.1\r\nHost: b0\r\nConnection: close\r\n\r\n")
                answer = b"".join(iter(lambda: near.recv(4096), b""))
            forward.websocket.shutdown()  # the client itself leaves that to the collector
            return answer

    assert (await asyncio.to_thread(ask)).endswith(b'{"path": "/v1/models", "size": 0}')


async def test_where_nothing_listens_the_error_channel_says_so(client: Client) -> None:
    async with connect(client, f"{PODS}/b0/portforward?ports=9&ports=8000") as socket:
        await socket.send_bytes(b"\x02GET /second HTTP/1.1\r\nHost: b0\r\nConnection: close\r\n\r\n")
        came = await frames(socket)
    errors = b"".join(frame[1:] for frame in came[4:] if frame[0] == 1).decode()
    assert "dial tcp4 127.0.0.1:9: connect: connection refused" in errors
    assert b"/second" in b"".join(frame[1:] for frame in came if frame[0] == 2)  # the other port is not harmed


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("gone/portforward?ports=8000", 404, 'pods "gone" not found'),
        ("b0/portforward", 400, 'query parameter "ports" is required'),
        ("b0/portforward?ports=http", 400, 'unable to parse "http" as a port'),
        ("b0/portforward?ports=8000", 400, "unable to upgrade: missing upgrade headers in request"),
    ],
)
async def test_what_is_no_forward(client: Client, path: str, status: int, says: str) -> None:
    answer = await client("GET", f"{PODS}/{path}")
    assert (answer.status, answer.body["message"]) == (status, says)


async def test_the_right_is_pods_portforward(client: Client, server: KubeServer) -> None:
    answer = await Client(client.session, server, "viewer")("GET", f"{PODS}/b0/portforward?ports=8000")
    assert (answer.status, 'cannot get resource "pods/portforward"' in answer.body["message"]) == (403, True)


async def test_a_forward_cut_off_while_it_still_dials_leaves_no_connection_open() -> None:
    closed = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        closed.set()

    listener = await asyncio.start_server(hold, "127.0.0.1", 0)
    dialled = asyncio.Event()

    class Context:
        async def pod_backend(self, namespace: str, name: str, port: int) -> str:
            if port == 2:
                dialled.set()
                await asyncio.Event().wait()
            return f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    pod = {"metadata": {"namespace": "a", "name": "b", "uid": "c"}}
    call: Any = SimpleNamespace(context=Context())
    running = asyncio.create_task(_Forward(call, pod, web.WebSocketResponse(), [1, 2]).run())
    async with asyncio.timeout(5):
        await dialled.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await closed.wait()
    listener.close()
    await listener.wait_closed()
