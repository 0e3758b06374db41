"""The port-forward end to end against the embedded API server, over HTTPS: two programs that share no code."""

import asyncio

import aiohttp
import pytest
from aiohttp import web

from tests.sources_writing.conftest import SPACE, Bench
from tui.model.ids import ObjectKey
from tui.sources.kubernetes import Forbidden, NotFound
from tui.sources.kubernetes.portforward import open_forward

POD = ObjectKey(SPACE, "llama-0")
SIZE = 1 << 20


async def test_a_pod_of_the_embedded_cluster_is_reached(bench: Bench) -> None:
    async def models(_: web.Request) -> web.Response:
        return web.Response(body=bytes(SIZE))

    app = web.Application()
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def backend(namespace: str, name: str, port: int) -> str | None:
        return address if (namespace, name, port) == (*POD, 8000) else None

    bench.server.set_pod_backend(backend)
    pod = {
        "metadata": {"name": POD.name, "namespace": SPACE},
        "spec": {"nodeName": "node001", "containers": [{"name": "c", "image": "x"}]},
    }
    bench.server.store.create(bench.server.store.resource("pods"), pod)
    client = bench.client()
    forward = await asyncio.to_thread(open_forward, client, POD, 8000)
    async with aiohttp.ClientSession() as session:

        async def size() -> int:
            async with session.get(f"{forward.url}/v1/models") as answer:
                return len(await answer.read())

        assert await asyncio.gather(*(size() for _ in range(4))) == [SIZE] * 4
    await asyncio.to_thread(forward.close)
    silent = await asyncio.to_thread(open_forward, client, POD, 9000)
    reader, writer = await asyncio.open_connection("127.0.0.1", silent.local_port)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert "connection refused" in silent.trouble
    writer.close()
    await asyncio.to_thread(silent.close)
    with pytest.raises(NotFound):
        await asyncio.to_thread(open_forward, client, ObjectKey(SPACE, "nobody"), 8000)
    with pytest.raises(Forbidden, match="get pods/portforward in namespace"):
        await asyncio.to_thread(open_forward, bench.client("nobody"), POD, 8000)
    await runner.cleanup()
