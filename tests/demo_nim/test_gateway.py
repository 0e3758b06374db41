"""The gateway tells services apart by the Host header, and passes streams on as they come."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, web

from tui.demo.kube.resources import cluster_resources
from tui.demo.nim.gateway import Gateway
from tui.demo.objects import ObjectStore
from tui.demo.world.installed import GATEWAY


@pytest.fixture
async def upstream() -> AsyncIterator[str]:
    async def stream(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        body = await request.read()
        for word in (b"data: one\n\n", b"data: " + body + b"\n\n"):
            await answer.write(word)
        return answer

    application = web.Application()
    application.router.add_post("/v1/chat/completions", stream)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_a_host_leads_to_its_service_and_another_nowhere(upstream: str) -> None:
    store = ObjectStore(cluster_resources(), lambda: 0.0)
    namespace, name = GATEWAY
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ports": [{"name": "http2", "port": 80}]},
    }
    store.create(store.resource("services"), service)
    gateway = Gateway(store, {"runai-test/llama": upstream, "runai-test/down": "http://127.0.0.1:9"}, "127.0.0.1")
    await gateway.start()
    try:
        found = store.get(store.resource("services"), namespace, name)
        assert found is not None
        port = found["spec"]["ports"][0]["port"]
        url = f"http://{found['status']['loadBalancer']['ingress'][0]['ip']}:{port}/v1/chat/completions"
        async with ClientSession() as session:
            for host, status in (("llama.runai-test.inference.example", 200), ("other.runai-test.x", 404)):
                async with session.post(url, data=b"hello", headers={"Host": host}) as answer:
                    assert answer.status == status
                    if status == 200:
                        assert await answer.text() == "data: one\n\ndata: hello\n\n"
            async with session.post(url, headers={"Host": "down.runai-test.x:80"}) as answer:
                assert answer.status == 503
    finally:
        await gateway.stop()
        store.close()
