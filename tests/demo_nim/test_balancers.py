"""LoadBalancer Services answer at their own address: through the pods that are ready, and not at all without one. Pods
that start in the lab answer at theirs."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.demo_kube.conftest import eventually
from tests.demo_world.test_plain import deployment
from tui.demo.lab import LabOptions, lab
from tui.demo.nim.servers import NimServers
from tui.demo.objects import Json
from tui.demo.world import api
from tui.demo.world.world import World

SPACE = "runai-test"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    options = LabOptions(nodes=4, gpus=2, scenario="calm", speed=400.0)
    async with lab(options, tmp_path) as (_, made):
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        yield made
        stop.set()
        await running


def service(name: str, selector: dict[str, str], port: int, target: int | str = 8000) -> Json:
    spec = {"type": "LoadBalancer", "selector": selector, "ports": [{"port": port, "targetPort": target}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": SPACE}, "spec": spec}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def address(world: World, name: str) -> str:
    def found() -> str:
        status = (world.context.api.get(api.SERVICE, SPACE, name) or {}).get("status", {})
        ingress = status.get("loadBalancer", {}).get("ingress", [{}])
        return str(ingress[0].get("ip", ""))

    await eventually(found)
    return found()


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    return await _status(session, url) == 200


async def refused(session: aiohttp.ClientSession, url: str) -> bool:
    """Nobody listens, which is not the same as an answer that is an error."""
    return await _status(session, url) is None


async def _status(session: aiohttp.ClientSession, url: str) -> int | None:
    try:
        async with session.get(f"{url}/v1/health/ready") as answer:
            return answer.status
    except aiohttp.ClientConnectorError:
        return None


async def test_a_service_answers_while_a_pod_behind_it_is_ready(world: World) -> None:
    port = free_port()
    world.context.api.create(service("lb", {"serving.knative.dev/service": "llama-31-8b-half"}, port))
    host = await address(world, "lb")
    assert host.startswith("127.")
    url = f"http://{host}:{port}"
    async with aiohttp.ClientSession() as session:
        await eventually(lambda: answers(session, url), 10)
        body = {"model": "meta/llama-3.1-8b-instruct", "messages": [{"role": "user", "content": "x"}], "max_tokens": 2}
        async with session.post(f"{url}/v1/chat/completions", json=body) as answer:
            assert (answer.status, "choices" in await answer.json()) == (200, True)
        assert (SPACE, "llama-31-8b-half") not in world.load.in_flight  # it goes round Knative
        world.context.api.change(api.INFERENCE, SPACE, "llama-31-8b-half", _suspend)
        await eventually(lambda: refused(session, url), 10)


def _suspend(workload: Json) -> None:
    workload["spec"] |= {"minScale": {"value": 0}, "maxScale": {"value": 0}}


@pytest.mark.parametrize(
    ("selector", "target"), [({"app": "nobody"}, 8000), ({}, 8000), ({"runai/queue": "test"}, 9), ({"a": "b"}, "http")]
)
async def test_a_service_that_leads_nowhere_is_refused(
    world: World, selector: dict[str, str], target: int | str
) -> None:
    port = free_port()
    world.context.api.create(service("nowhere", selector, port, target))
    host = await address(world, "nowhere")
    await asyncio.sleep(0)
    async with aiohttp.ClientSession() as session:
        assert await refused(session, f"http://{host}:{port}")


async def test_a_port_that_another_has_is_told_once_and_taken_when_it_is_free(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    taken = socket.create_server(("0.0.0.0", 0))
    port = int(taken.getsockname()[1])
    world.context.api.create(service("late", {"serving.knative.dev/service": "llama-31-8b-half"}, port))
    host = await address(world, "late")
    await eventually(lambda: "nothing can listen" in caplog.text, 10)
    await asyncio.sleep(0)
    taken.close()
    async with aiohttp.ClientSession() as session:
        await eventually(lambda: answers(session, f"http://{host}:{port}"), 10)
    assert caplog.text.count("nothing can listen") == 1


async def test_pods_take_turns(world: World) -> None:
    pods = [pod.key for pod in world.context.inventory.pods.values() if pod.workload == "llama-31-8b-half"]
    servers = NimServers(world.context.api.store, world.telemetry, world.context.clock.now)
    await servers.follow()
    taken: Counter[str] = Counter()
    choose = servers.turns(lambda: pods)
    for _ in range(2 * len(pods)):
        engine = choose()
        assert engine is not None
        taken[str(id(engine))] += 1
    await servers.stop()
    assert len(pods) > 1 and set(taken.values()) == {2}


async def test_a_plain_deployment_of_a_nim_serves_too(world: World) -> None:
    world.context.api.create(deployment("plain"))
    port = free_port()
    world.context.api.create(service("plain-lb", {"app.kubernetes.io/name": "plain"}, port, "http"))
    host = await address(world, "plain-lb")
    async with aiohttp.ClientSession() as session:
        await eventually(lambda: answers(session, f"http://{host}:{port}"), 20)
        (pod,) = [key for key in world.context.inventory.pods if key[1].startswith("plain-")]
        own = (world.context.api.get(api.POD, *pod) or {})["status"]["podIP"]
        assert own.startswith("127.") and own != host
        await eventually(lambda: answers(session, f"http://{own}:8000"), 10)
        world.context.api.delete(api.POD, *pod)
        await eventually(lambda: refused(session, f"http://{own}:8000"), 10)
