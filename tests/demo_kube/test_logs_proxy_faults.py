"""Logs, the service proxy, faults ordered, and the server's own care: keys, files, stopping."""

import asyncio
import ssl
import stat
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web

from tests.demo_kube.conftest import PODS, Client, eventually, some_users
from tui.demo.kube.faults import Fault
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore


async def test_tail_since_and_timestamps(client: Client) -> None:
    two = await client("GET", f"{PODS}/b1/log?tailLines=2")
    assert (two.status, two.headers["Content-Type"].startswith("text/plain")) == (200, True)
    ticks = [int(line.split()[-1]) for line in two.body.splitlines()]
    assert ticks[1] - ticks[0] == 1
    assert len((await client("GET", f"{PODS}/b1/log")).body.splitlines()) == 10
    assert len((await client("GET", f"{PODS}/b1/log?sinceSeconds=3")).body.splitlines()) == 3
    stamped = (await client("GET", f"{PODS}/b1/log?tailLines=1&timestamps=true")).body
    assert stamped[:2] == "20" and stamped.split()[0].endswith("Z")


async def test_the_wrong_container(client: Client, store: ObjectStore) -> None:
    bad = await client("GET", f"{PODS}/b1/log?container=zz")
    assert (bad.status, bad.body["message"]) == (400, "container zz is not valid for pod b1")
    previous = await client("GET", f"{PODS}/b1/log?previous=true")
    assert previous.body["message"] == 'previous terminated container "c" in pod "b1" not found'
    two = [{"name": "c", "image": "x"}, {"name": "d", "image": "x"}]
    store.create(
        store.resource("pods"), {"metadata": {"name": "two", "namespace": "spike"}, "spec": {"containers": two}}
    )
    which = await client("GET", f"{PODS}/two/log")
    assert which.body["message"] == "a container name must be specified for pod two, choose one of: [c d]"

    def waiting(obj: Json) -> None:
        obj["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "ContainerCreating"}}

    store.change(store.resource("pods"), "spike", "b1", waiting)
    early = await client("GET", f"{PODS}/b1/log")
    assert early.body["message"] == 'container "c" in pod "b1" is waiting to start: ContainerCreating'


async def test_a_followed_log_ends_with_its_pod(client: Client, server: KubeServer, store: ObjectStore) -> None:
    url = f"{server.url}{PODS}/b1/log?follow=true&tailLines=1"
    async with client.session.get(url, headers=client.headers) as response:
        first = int((await response.content.readline()).split()[-1])
        second = int((await response.content.readline()).split()[-1])
        assert second == first + 1
        store.delete(store.resource("pods"), "spike", "b1")
        async with asyncio.timeout(5):
            await response.content.read()


@pytest.fixture
async def backend() -> Any:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(
            {"path": request.path_qs, "auth": "Authorization" in request.headers, "body": await request.text()}
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_the_service_proxy(client: Client, server: KubeServer, store: ObjectStore, backend: str) -> None:
    server.add_proxy_backend("spike", "prometheus", 9090, backend)
    base = "/api/v1/namespaces/spike/services"
    for name in ("http:prometheus:9090", "prometheus:9090", "prometheus"):
        answer = await client("GET", f"{base}/{name}/proxy/api/v1/query?query=up%7Ba%3D%22b%22%7D")
        assert answer.body == {"path": "/api/v1/query?query=up%7Ba%3D%22b%22%7D", "auth": False, "body": ""}
    posted = await client("POST", f"{base}/prometheus:9090/proxy/api/v1/query", b"query=up", media="text/plain")
    assert posted.body["body"] == "query=up"
    missing = await client("GET", f"{base}/nope:1/proxy/")
    assert (missing.status, missing.body["message"]) == (404, 'services "nope" not found')
    store.create(store.resource("services"), {"metadata": {"name": "empty", "namespace": "spike"}, "spec": {}})
    empty = await client("GET", f"{base}/empty:1/proxy/")
    assert (empty.status, empty.body["message"]) == (503, 'no endpoints available for service "empty"')
    server.add_proxy_backend("spike", "dead", 1, "http://127.0.0.1:1")
    assert (await client("GET", f"{base}/dead:1/proxy/x")).status == 503


async def test_faults(client: Client, server: KubeServer) -> None:
    server.faults.set(Fault.UNAUTHORIZED)
    assert (await client("GET", PODS)).status == 401
    server.faults.set(Fault.HTML, "/pods")
    assert (await client("GET", PODS)).body.startswith("<html>")
    assert (await client("GET", "/api/v1/nodes")).status == 200
    server.faults.set(Fault.HALF_LINE)
    with pytest.raises(aiohttp.ClientError):
        await client("GET", PODS)
    server.faults.set(Fault.HANG)
    hanging = asyncio.create_task(client("GET", PODS))
    done, _ = await asyncio.wait([hanging], timeout=0.1)
    assert not done
    server.faults.set(Fault.NONE)
    assert (await hanging).status == 503
    assert (await client("GET", PODS)).status == 200


async def test_watches_broken_off_in_the_middle_of_a_line(client: Client, server: KubeServer) -> None:
    async with client.session.get(f"{server.url}{PODS}?watch=true", headers=client.headers) as response:
        for _ in range(3):
            await response.content.readline()
        server.watchers.cut(half_line=True)
        rest = b""
        with pytest.raises(aiohttp.ClientError):
            async for piece in response.content.iter_any():
                rest += piece
        assert not rest.endswith(b"\n")


async def test_stopping_ends_watches(store: ObjectStore, session: aiohttp.ClientSession) -> None:
    server = KubeServer(store, some_users(), tls=False)
    await server.start()
    client = Client(session, server)
    waiting = asyncio.create_task(client.lines(f"{PODS}?watch=true&resourceVersion={store.version}"))
    await eventually(lambda: len(server.watchers) == 1)
    await server.stop()
    assert await waiting == []


async def test_the_kubeconfig_is_private_and_its_ca_is_checked(store: ObjectStore, tmp_path: Path) -> None:
    server = KubeServer(store)
    await server.start()
    try:
        path = tmp_path / "deep" / "kubeconfig"
        server.write_kubeconfig(path, "viewer")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        config = yaml.safe_load(path.read_text())
        assert config["users"][0]["user"]["token"] == server.users["viewer"].token
        assert server.users["viewer"].token not in repr(server.users["viewer"])
        assert server.authority is not None
        strict = ssl.create_default_context(cadata=server.authority.decode())
        strict.verify_flags |= ssl.VERIFY_X509_STRICT
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{server.url}/readyz", ssl=strict) as response:
                assert await response.text() == "ok"
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get(f"{server.url}/readyz")
    finally:
        await server.stop()
