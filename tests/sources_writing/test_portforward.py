"""The port-forward against a server that speaks the kubelet's WebSocket protocol, and a pod that is a small server."""

import asyncio
import json
import socket
import threading
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.sources_kubernetes.fault_api import write_kubeconfig
from tui.demo.kube.pki import Pki, make_pki
from tui.model.ids import ObjectKey
from tui.sources.kubernetes import Forbidden, KubeClient, NotFound, Unreachable
from tui.sources.kubernetes.portforward import PROTOCOL, open_forward

POD = ObjectKey("runai-test", "llama-0")
BIG = b"0123456789abcdef" * 65536  # 1 MiB: many frames, more than any buffer


class Kubelet:
    """``refuse`` is answered instead of an upgrade; ``say`` goes over the error channel instead of connecting.

    ``in_halves``: the pod says ``hello`` in one frame that comes in two parts, the second once it has heard from us.
    """

    def __init__(self) -> None:
        self.refuse: tuple[int, str] | None = None
        self.tokens = {"Bearer secret-token"}
        self.say = ""
        self.in_halves = False
        self.asked: list[web.Request] = []
        self.open = 0
        self.pod_port = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        if request.headers.get("Authorization") not in self.tokens:
            return web.Response(status=401)
        if self.refuse is not None:
            code, message = self.refuse
            return web.Response(
                status=code,
                text=json.dumps({"kind": "Status", "message": message, "code": code}),
                content_type="application/json",
            )
        channel = web.WebSocketResponse(protocols=(PROTOCOL,), timeout=0.5)
        await channel.prepare(request)
        port = int(request.query["ports"]).to_bytes(2, "little")
        await channel.send_bytes(b"\x00" + port)
        await channel.send_bytes(b"\x01" + port)
        if self.say:
            await channel.send_bytes(b"\x01" + self.say.encode())
        self.open += 1
        try:
            await (self._say_hello if self.in_halves else self._carry)(request, channel)
        finally:
            self.open -= 1
        return channel

    async def _say_hello(self, request: web.Request, channel: web.WebSocketResponse) -> None:
        frame = b"\x82\x06\x00hello"
        assert request.transport is not None
        request.transport.write(frame[:4])
        message = await channel.receive(5)
        assert message.data == b"\x00are you there?"
        request.transport.write(frame[4:])
        await channel.receive(5)

    async def _carry(self, _: web.Request, channel: web.WebSocketResponse) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.pod_port)

        async def down() -> None:
            while data := await reader.read(65536):
                await channel.send_bytes(b"\x00" + data)
            await channel.close()

        task = asyncio.create_task(down())
        try:
            async for message in channel:
                assert message.data[0] == 0
                writer.write(message.data[1:])
                await writer.drain()
        finally:
            task.cancel()
            writer.close()


@pytest.fixture(params=["http", "https"])
async def kubelet(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Kubelet, KubeClient]]:
    async def models(request: web.Request) -> web.Response:
        return web.Response(body=BIG[: int(request.query.get("bytes", "16"))])

    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    made = Kubelet()
    runners: list[web.AppRunner] = []

    async def serve(method: str, path: str, handler: Any, also: Any = None, pki: Pki | None = None) -> int:
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_route(method, path, handler)
        if also is not None:
            app.router.add_post("/echo", also)
        runner = web.AppRunner(app, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=pki.context if pki else None).start()
        runners.append(runner)
        return int(runner.addresses[0][1])

    made.pod_port = await serve("GET", "/v1/models", models, echo)
    pki = make_pki("127.0.0.1") if request.param == "https" else None
    port = await serve("*", "/{path:.*}", made.handle, pki=pki)
    path = write_kubeconfig(tmp_path / "k", f"{request.param}://127.0.0.1:{port}")
    if pki is not None:
        document = json.loads(path.read_text())
        document["clusters"][0]["cluster"]["certificate-authority-data"] = b64encode(pki.authority).decode()
        path.write_text(json.dumps(document))
    client = KubeClient(path)
    yield made, client
    await asyncio.to_thread(client.close)
    for runner in runners:
        await runner.cleanup()


async def eventually(check: Callable[[], bool]) -> None:
    end = asyncio.get_running_loop().time() + 5
    while not check():
        assert asyncio.get_running_loop().time() < end, "it did not come about"
        await asyncio.sleep(0.01)


async def test_requests_go_through_side_by_side(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=8)) as session:

        async def get(size: int) -> bytes:
            async with session.get(f"{forward.url}/v1/models", params={"bytes": size}) as answer:
                return await answer.read()

        sizes = [1, 1000, len(BIG), 17, len(BIG)]
        assert [len(body) for body in await asyncio.gather(*map(get, sizes))] == sizes
        async with session.post(f"{forward.url}/echo", data=BIG) as answer:
            assert await answer.read() == BIG
    await asyncio.to_thread(forward.close)
    await eventually(lambda: server.open == 0)
    first = server.asked[0]
    assert first.path == "/api/v1/namespaces/runai-test/pods/llama-0/portforward"
    assert first.query["ports"] == "8000"
    assert first.headers["Authorization"].startswith("Bearer ")
    assert forward.trouble == ""


async def test_a_missing_right_or_pod_is_told_before_a_port_is_opened(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    said = 'User "u" cannot get resource "pods/portforward" in API group "" in the namespace "n"'
    server.refuse = (403, said)
    with pytest.raises(Forbidden, match="get pods/portforward in namespace n"):
        await asyncio.to_thread(open_forward, client, POD, 8000)
    server.refuse = (404, 'pods "llama-0" not found')
    with pytest.raises(NotFound):
        await asyncio.to_thread(open_forward, client, POD, 8000)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("forward ")]


async def test_a_token_that_was_replaced_is_read_again(kubelet: tuple[Kubelet, KubeClient], tmp_path: Path) -> None:
    server, client = kubelet
    path = tmp_path / "k"
    path.write_text(path.read_text().replace("secret-token", "new"))
    server.tokens = {"Bearer new"}
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    await asyncio.to_thread(forward.close)
    assert len(server.asked) == 2


async def test_a_server_that_redirects_gets_no_token(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    server.refuse = (302, "elsewhere")
    with pytest.raises(Unreachable, match="WebSocket"):
        await asyncio.to_thread(open_forward, client, POD, 8000)
    assert len(server.asked) == 1


async def test_what_the_pod_refuses_is_kept_for_the_user(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    server.say = "error forwarding port 8000 to pod: connection refused"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{forward.url}/v1/models")
    await eventually(lambda: "connection refused" in forward.trouble)
    await asyncio.to_thread(forward.close)


async def test_closing_ends_open_connections_and_frees_the_port(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
    await eventually(lambda: server.open == 1 and len(server.asked) == 2)
    port = forward.local_port
    await asyncio.to_thread(forward.close)
    await asyncio.to_thread(forward.close)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await eventually(lambda: server.open == 0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("forward ")]


async def test_an_answer_after_our_side_said_all_still_arrives(kubelet: tuple[Kubelet, KubeClient]) -> None:
    _, client = kubelet
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
    writer.write(b"GET /v1/models HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    assert answer.endswith(BIG[:16])
    writer.close()
    await asyncio.to_thread(forward.close)


async def test_half_a_frame_holds_nothing_up(kubelet: tuple[Kubelet, KubeClient]) -> None:
    server, client = kubelet
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    await eventually(lambda: server.open == 0)
    server.in_halves = True
    reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
    await eventually(lambda: server.open == 1)
    writer.write(b"are you there?")
    assert await asyncio.wait_for(reader.readexactly(5), 5) == b"hello"
    writer.close()
    await asyncio.to_thread(forward.close)
