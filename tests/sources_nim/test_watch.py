"""Looks one after the other: the address first, then pods; rates, and what is not asked again."""

import asyncio

import pytest

from tests.sources_nim.conftest import SPACE, Cluster, metrics_text, model_pod
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.nim import EndpointLook, NimMetrics, NimProbe
from tui.model.pod import Container, Pod
from tui.sources.kubernetes import KubeClient
from tui.sources.nim_watch import NimWatch, Target, serving_port

ADDRESS = "http://x.ns.svc.cluster.local"


class HandClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds

    monotonic = now


class Address:
    """The own address: ``metrics`` None is one that can't be reached."""

    def __init__(self, metrics: NimMetrics | None = None) -> None:
        self.metrics = metrics
        self.asked = 0

    def __call__(self, url: str) -> NimProbe:
        self.asked += 1
        return NimProbe(url, self.metrics is not None, metrics=self.metrics)


async def look(watch: NimWatch, target: Target, client: KubeClient | None) -> EndpointLook:
    return await asyncio.to_thread(watch.look, target, client)


async def test_pods_are_added_up_and_those_that_are_silent_named(cluster: Cluster) -> None:
    cluster.nim.text = {"a": metrics_text(2), "b": metrics_text(5), "c": ""}
    cluster.nim.loading.add("c")
    target = Target(ADDRESS, tuple(map(model_pod, ("mute", "c", "b", "a"))))
    found = await look(NimWatch(HandClock(), Address()), target, cluster.client("reader"))
    assert found.metrics is not None
    assert (found.metrics.requests_running, found.counted_pods, found.ready_pods) == (7, 2, 4)
    assert [(pod.pod.name, pod.probe.ready) for pod in found.pods] == [
        ("a", True), ("b", True), ("c", False), ("mute", None),
    ]  # fmt: skip
    assert (found.recent, found.tokens_curve, found.running_curve) == (None, (None,), (7,))


async def test_rates_come_pod_by_pod_and_survive_a_restart(cluster: Cluster) -> None:
    clock, client, target = HandClock(), cluster.client("reader"), Target(None, (model_pod("a"), model_pod("b")))
    watch = NimWatch(clock)
    await look(watch, target, client)
    clock.seconds += 10
    cluster.nim.text = {"a": metrics_text(tokens=3000), "b": metrics_text(tokens=10, ttft=(1, 1, 1))}
    second = await look(watch, target, client)
    assert second.recent is not None
    assert (second.recent.output_tokens_per_second, second.pods[1].recent) == (200, None)
    clock.seconds += 10
    cluster.nim.text = {"a": metrics_text(tokens=3000), "b": metrics_text(tokens=60, ttft=(1, 1, 1))}
    third = await look(watch, target, client)
    assert third.recent is not None
    assert third.recent.output_tokens_per_second == 100 + 5
    assert third.tokens_curve == (None, 200, 105)


async def test_an_address_out_of_reach_is_tried_again_only_after_a_minute() -> None:
    clock, address = HandClock(), Address()
    watch, target = NimWatch(clock, address), Target(ADDRESS, ())
    for _ in range(3):
        await look(watch, target, None)
        clock.seconds += 25
    assert address.asked == 1
    found = await look(watch, target, None)
    assert (address.asked, found.metrics, found.own is not None) == (2, None, True)


async def test_an_address_with_one_pod_behind_it_says_all(cluster: Cluster) -> None:
    clock, address = HandClock(), Address(NimMetrics(requests_running=1, output_tokens_total=100))
    watch, target = NimWatch(clock, address), Target(ADDRESS, (model_pod("a"),))
    client = cluster.client("reader")
    await look(watch, target, client)
    clock.seconds += 5
    address.metrics = NimMetrics(requests_running=1, output_tokens_total=150)
    found = await look(watch, target, client)
    assert (cluster.nim.asked, found.pods, found.counted_pods) == ([], (), 0)
    assert found.recent is not None
    assert found.recent.output_tokens_per_second == 10


async def test_with_several_pods_the_address_is_one_of_them(cluster: Cluster) -> None:
    """Without the right to ask pods, its figures stand without a difference of two; the API is left alone."""
    clock, address = HandClock(), Address(NimMetrics(output_tokens_total=100))
    watch, target = NimWatch(clock, address), Target(ADDRESS, (model_pod("a"), model_pod("b")))
    client = cluster.client("viewer")
    for _ in range(2):
        found = await look(watch, target, client)
        clock.seconds += 5
        assert (found.counted_pods, found.metrics, found.recent) == (0, NimMetrics(output_tokens_total=100), None)
        assert [pod.probe.denied_right for pod in found.pods] == [f"get pods/proxy in namespace {SPACE}"]
    cluster.server.users["viewer"] = cluster.server.users["admin"]
    assert (await look(watch, target, cluster.client("admin"))).counted_pods == 0  # remembered
    clock.seconds += 60
    assert (await look(watch, target, cluster.client("admin"))).counted_pods == 2


async def test_what_scales_to_zero_is_never_woken(cluster: Cluster) -> None:
    address = Address(NimMetrics())
    watch = NimWatch(HandClock(), address)
    found = await look(watch, Target(ADDRESS, (model_pod("a"),), scales_to_zero=True), cluster.client("reader"))
    assert (address.asked, found.own, found.counted_pods) == (0, None, 1)
    assert "wake" in found.not_asked


async def test_at_most_eight_pods_are_asked(cluster: Cluster) -> None:
    pods = tuple(model_pod(f"p{number:02}") for number in range(14))
    found = await look(NimWatch(HandClock()), Target(None, pods), cluster.client("reader"))
    assert [pod.pod.name for pod in found.pods] == [f"p{number:02}" for number in range(8)]
    assert found.ready_pods == 14


@pytest.mark.parametrize(
    ("containers", "port"),
    [
        ((Container("queue-proxy", "q", ports=(8012,)), Container("user-container", "n", ports=(9000, 9001))), 9000),
        ((Container("queue-proxy", "q", ports=(8012,)), Container("own", "n", ports=(8080,))), 8080),
        ((Container("init", "i", ports=(1,), is_init=True), Container("user-container", "n")), 8000),
        ((), 8000),
    ],
)
def test_the_port_that_serves(containers: tuple[Container, ...], port: int) -> None:
    pod = Pod(ObjectKey(SPACE, "x"), "x", "1", "Running", None, None, GpuRequest(), containers=containers)
    assert serving_port(pod) == port
