"""A request for a Service without pods waits for one, wakes it, and is answered or ended as Knative ends it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.demo_kube.conftest import eventually
from tests.demo_world.worlds import HandClock
from tui.demo.kube.resources import cluster_resources
from tui.demo.lab import LabOptions, lab
from tui.demo.nim.activator import Activator
from tui.demo.objects import Json, ObjectStore
from tui.demo.world import api
from tui.demo.world.address import ANNOTATION
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.inference import inference_workload
from tui.demo.world.installed import GATEWAY
from tui.demo.world.manifests import inference_spec
from tui.demo.world.traffic import Traffic
from tui.demo.world.world import World

KEY = ("runai-test", "sleepy")
HOST = {"Host": "sleepy.runai-test.runai-inference.era.example.com"}
ASK = {
    "model": "meta/llama-3.1-8b-instruct",
    "messages": [{"role": "user", "content": "x"}],
    "max_tokens": 40,
    "stream": True,
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """With a workload that has gone to zero."""
    async with lab(LabOptions(nodes=4, gpus=2, speed=400.0), tmp_path) as (_, made):
        stop = asyncio.Event()
        running = asyncio.create_task(made.run(stop))
        spec = inference_spec(WorkloadPlan(KEY[1], "test", Kind.INFERENCE, LLAMA, 0.5, 1, 0.0), 1)
        spec |= {"minScale": {"value": 0}, "maxScale": {"value": 2}, "target": {"value": 2}}
        made.context.api.create(inference_workload(made.context.names, *KEY, spec, made.context.clock.now()))
        await eventually(lambda: made.context.inventory.ready_replicas(*KEY), 20)
        await eventually(lambda: not pods(made), 20)
        await eventually(
            lambda: ANNOTATION in (made.context.api.get(api.KSERVICE, *KEY) or {})["metadata"]["annotations"]
        )
        yield made
        stop.set()
        await running


def pods(world: World) -> list[Json]:
    found = world.context.api.list(api.POD, KEY[0])
    return [pod for pod in found if pod["metadata"]["labels"].get("workloadName") == KEY[1]]


def gateway(world: World) -> str:
    service = world.context.api.get(api.SERVICE, *GATEWAY) or {}
    host = service["status"]["loadBalancer"]["ingress"][0]["ip"]
    return f"http://{host}:{service['spec']['ports'][0]['port']}"


def cordon(world: World, on: bool) -> None:
    for node in world.context.api.list(api.NODE):
        name = node["metadata"]["name"]
        world.context.api.change(api.NODE, None, name, lambda obj: obj["spec"].update(unschedulable=on))


async def parts(session: aiohttp.ClientSession) -> list[bytes]:
    """Of a streamed answer, as they come."""
    async with session.post("/v1/chat/completions", json=ASK) as answer:
        assert (answer.status, answer.headers["Content-Type"][:17]) == (200, "text/event-stream")
        return [chunk async for chunk in answer.content.iter_any()]


async def test_a_request_waits_for_the_first_pod_and_then_streams(world: World) -> None:
    async with aiohttp.ClientSession(gateway(world), headers=HOST) as session:
        models = asyncio.create_task(session.get("/v1/models"))
        asked = [asyncio.create_task(parts(session)) for _ in range(2)]
        await eventually(lambda: world.traffic.held[KEY] == 3)
        await eventually(lambda: pods(world))
        while not world.context.inventory.ready_replicas(*KEY):
            assert not any(task.done() for task in (models, *asked)), "none is answered before a pod is ready"
            await asyncio.sleep(0)
        for came in await asyncio.gather(*asked):
            assert b"[DONE]" not in came[0] and came[-1].endswith(b"data: [DONE]\n\n")
        async with await models as answer:
            assert (await answer.json())["data"][0]["id"] == ASK["model"]
        assert world.traffic.held[KEY] == 0
        assert len(pods(world)) == 2, "three that wait want two replicas"


async def test_one_that_waits_too_long_is_ended_as_the_activator_ends_it(world: World) -> None:
    cordon(world, True)
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(gateway(world), headers=HOST) as session:
        began = loop.time()
        async with session.get("/v1/models") as answer:
            assert (answer.status, await answer.text()) == (504, "activator request timeout")
        assert loop.time() - began >= 300 / 400
        assert pods(world), "it goes on being woken"
        cordon(world, False)
        async with session.get("/v1/models") as answer:
            assert answer.status == 200


async def test_what_is_suspended_keeps_no_request(world: World) -> None:
    world.context.api.change(api.INFERENCE, *KEY, lambda obj: obj["spec"].update(maxScale={"value": 0}))

    async def unknown() -> bool:
        async with session.get("/v1/models", timeout=aiohttp.ClientTimeout(total=1)) as answer:
            return answer.status == 404

    async with aiohttp.ClientSession(gateway(world), headers=HOST) as session:
        await eventually(unknown, 10)


class Small:
    """A Service and a pod of it in a store, and an activator at a thousand times the pace."""

    def __init__(self, **spec: object) -> None:
        self.store = ObjectStore(cluster_resources(), HandClock().now)
        self.api = api.Api(self.store)
        metadata = {"name": KEY[1], "namespace": KEY[0]}
        template = {"spec": {"containers": [], **spec}}
        service = {"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": metadata}
        self.api.create({**service, "spec": {"template": template}, "status": {"latestReadyRevisionName": "x"}})
        self.pokes = 0
        self.followed = asyncio.Event()
        self.traffic = Traffic(HandClock().now, self.poke)
        self.activator = Activator(self.store, self.traffic, 1000.0)
        self.activator.follow = self.follow

    def poke(self) -> None:
        self.pokes += 1

    async def follow(self) -> None:
        self.followed.set()
        self.activator.release()

    def pod(self) -> None:
        labels = {"serving.knative.dev/service": KEY[1]}
        status = {"conditions": [{"type": "Ready", "status": "True"}]}
        metadata = {"name": "one", "namespace": KEY[0], "labels": labels}
        self.api.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}, "status": status})


async def test_the_revision_says_how_long() -> None:
    small, loop = Small(timeoutSeconds=20), asyncio.get_running_loop()
    began = loop.time()
    answer = await small.activator.admit(KEY)
    assert answer is not None and answer.status == 504
    assert 0.02 <= loop.time() - began < 0.2, "20 s of the cluster, not the 300 of Knative's default"
    assert small.traffic.held[KEY] == 0


async def test_the_first_that_waits_wakes_and_all_go_on_together() -> None:
    small = Small(timeoutSeconds=100_000)
    waiting = [asyncio.create_task(small.activator.admit(KEY)) for _ in range(3)]
    await eventually(lambda: small.traffic.held[KEY] == 3)
    assert small.pokes == 1
    small.activator.serves = lambda namespace, service: True
    small.pod()
    assert await asyncio.gather(*waiting) == [None] * 3
    assert small.followed.is_set()
    assert await small.activator.admit(KEY) is None, "while it serves nobody waits"
    await small.activator.stop()


async def test_a_pod_that_goes_takes_no_more_requests() -> None:
    """The servers hear of it a little later."""
    small = Small(timeoutSeconds=20)
    small.activator.serves = lambda namespace, service: True
    small.pod()
    assert await small.activator.admit(KEY) is None
    small.api.delete(api.POD, KEY[0], "one")
    answer = await small.activator.admit(KEY)
    assert answer is not None and answer.status == 504


async def test_a_client_that_leaves_waits_no_longer() -> None:
    small = Small(timeoutSeconds=100_000)
    task = asyncio.create_task(small.activator.admit(KEY))
    await eventually(lambda: small.traffic.held[KEY] == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert small.traffic.held[KEY] == 0


async def test_nothing_is_kept_for_what_has_never_been_ready_or_is_no_service() -> None:
    small = Small()
    small.api.change(api.KSERVICE, *KEY, lambda obj: obj.update(status={}), status=True)
    assert await small.activator.admit(KEY) is None
    assert await small.activator.admit(("runai-test", "plain")) is None
