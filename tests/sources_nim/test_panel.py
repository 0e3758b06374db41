"""The part Endpoint of a workload's page, driven as the screen drives it, on an API server that answers."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from textual.app import App, ComposeResult

from tests.demo_kube.conftest import eventually
from tests.present.test_endpoint import WORKLOAD
from tests.sources_nim.conftest import Cluster, metrics_text, model_pod
from tui.model.condition import Condition
from tui.model.pod import Pod
from tui.model.workload import Workload
from tui.screens.endpoint import EndpointPanel
from tui.sources.kubernetes import KubeClient, Unreachable


class Page(App[None]):
    def compose(self) -> ComposeResult:
        yield EndpointPanel()


class Kubernetes:
    def __init__(self, client: KubeClient | None) -> None:
        self._client = client

    @property
    def client(self) -> KubeClient:
        if self._client is None:
            raise Unreachable("not yet")
        return self._client


def feed(pods: tuple[Pod, ...], client: KubeClient | None, player: object = None) -> Any:
    store = SimpleNamespace(snapshot=SimpleNamespace(pods={pod.key: pod for pod in pods}))
    return SimpleNamespace(store=store, kubernetes=Kubernetes(client), player=player)


def ready(name: str, status: str = "True") -> Pod:
    return replace(model_pod(name), conditions=(Condition("Ready", status),))


def workload(pods: tuple[Pod, ...]) -> Workload:
    return replace(WORKLOAD, endpoint=None, pods=tuple(pod.key for pod in pods))


async def shows(panel: EndpointPanel, check: Callable[[str], bool]) -> str:
    await eventually(lambda: check(panel.text), 8.0)
    return panel.text


async def test_ready_pods_are_shown_added_up(cluster: Cluster) -> None:
    cluster.nim.text = {"a": metrics_text(2), "b": metrics_text(5)}
    pods = (ready("a"), ready("b"), ready("c", "False"))
    async with Page().run_test(size=(80, 24)) as pilot:
        panel = pilot.app.query_one(EndpointPanel)
        panel.watch_workload(feed(pods, cluster.client("reader")), workload(pods))
        assert panel.text == "asking its pods ..."
        text = await shows(panel, lambda text: "Load, 2 pods added up" in text)
    assert "through the API server, 2 of 2 pods" in text
    assert {pod for pod, _ in cluster.nim.asked} == {"a", "b"}


async def test_the_missing_right_is_on_the_page(cluster: Cluster) -> None:
    pods = (ready("a"),)
    async with Page().run_test(size=(80, 24)) as pilot:
        panel = pilot.app.query_one(EndpointPanel)
        panel.watch_workload(feed(pods, cluster.client("viewer")), workload(pods))
        await shows(panel, lambda text: "get pods/proxy in namespace runai-test is denied" in text)


async def test_neither_a_recording_nor_a_cluster_out_of_reach_asks(cluster: Cluster) -> None:
    pods = (ready("a"),)
    async with Page().run_test(size=(80, 24)) as pilot:
        panel = pilot.app.query_one(EndpointPanel)
        panel.watch_workload(feed(pods, cluster.client("reader"), player=object()), workload(pods))
        assert panel.text == "A recording has no endpoint to ask."
        panel.watch_workload(feed(pods, None), workload(pods))
        await shows(panel, lambda text: "Endpoint of runai-test/llama" in text)
    assert cluster.nim.asked == []
