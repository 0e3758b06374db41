"""A Prometheus that is away, empty, late or otherwise: allocation lives on, figures are unknown or their age shows."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.cluster import GPUS, NODES, Cluster
from tests.e2e.conftest import Read, Watch
from tests.e2e.process import Answer
from tui.demo.prom.server import PromServer
from tui.demo.prom.shape import LabelShape


def gpus(answer: Answer) -> list[dict[str, Any]]:
    return [gpu for node in answer.items for gpu in node["gpus"]]


@pytest.fixture
def nodes(read: Read, cluster: Cluster) -> Callable[..., Answer]:
    """``nodes -o json`` on a Kubernetes that is well and a Prometheus that is ordered."""

    def run(prepare: Callable[[PromServer], None] = lambda server: None, **options: Any) -> Answer:
        server = cluster.prometheus(prepare, **options)
        return read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig(), "--prometheus", server.url)

    return run


def assert_allocation_without_figures(answer: Answer) -> None:
    assert answer.code == 0
    assert len(answer.items) == NODES
    assert sum(node["gpu_allocated"] for node in answer.items) > 5
    for node in answer.items:
        assert node["utilization_fraction"] is None
        assert node["approximate"] is False
    assert all(gpu["utilization_fraction"] is None for gpu in gpus(answer))


def assert_measured(answer: Answer) -> None:
    assert (answer.code, answer.err) == (0, "")
    assert answer.state("prometheus") == "live"
    assert len(gpus(answer)) == NODES * GPUS
    assert all(gpu["utilization_fraction"] is not None for gpu in gpus(answer))
    assert all(node["gpu_unplaced"] == 0 for node in answer.items)


def test_absent(read: Read, cluster: Cluster) -> None:
    answer = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig(), "--prometheus", "http://127.0.0.1:1",
                  "--timeout", "5")  # fmt: skip
    assert_allocation_without_figures(answer)
    assert answer.state("prometheus") == "failed"
    assert "127.0.0.1:1" in answer.err
    for node in answer.items:
        placed = sum(gpu["allocated_fraction"] or 0 for gpu in node["gpus"])
        assert placed + node["gpu_unplaced"] == pytest.approx(node["gpu_allocated"])


def test_empty(nodes) -> None:
    answer = nodes(label_shape=LabelShape(dcgm=False, kube_state=False, runai=False))
    assert_allocation_without_figures(answer)
    assert answer.detail("prometheus")


@pytest.mark.parametrize("mode", ["error", "html"])
def test_an_error_or_a_page(nodes, mode: str) -> None:
    def spoil(server: PromServer) -> None:
        server.faults.mode = mode  # type: ignore[assignment]

    answer = nodes(spoil)
    assert_allocation_without_figures(answer)
    assert answer.state("prometheus") == "failed"
    assert "prometheus failed" in answer.err


def test_behind_a_path_prefix(nodes) -> None:
    assert_measured(nodes(prefix="/mon/prom"))


@pytest.mark.parametrize(
    "shape",
    [
        LabelShape(host="hostname", uuid="uuid"),
        LabelShape(exported=True),
        LabelShape(exported=True, runai=False, kube_state=False),
    ],
)
def test_other_label_names(nodes, shape: LabelShape) -> None:
    assert_measured(nodes(label_shape=shape))


def test_run_ai_metrics_alone(nodes) -> None:
    answer = nodes(label_shape=LabelShape(dcgm=False))
    assert answer.code == 0
    assert all(gpu["utilization_fraction"] is not None for gpu in gpus(answer))
    assert {gpu["measured_by"] for gpu in gpus(answer)} == {"runai"}


def test_50_seconds_late_shows_its_age(nodes) -> None:
    def late(server: PromServer) -> None:
        server.faults.lag_seconds = 50.0

    for gpu in gpus(nodes(late)):
        assert gpu["utilization_fraction"] is None or gpu["measured_age_seconds"] >= 45


def test_not_a_number_is_unknown(nodes) -> None:
    def spoil(server: PromServer) -> None:
        server.faults.not_a_number = True

    answer = nodes(spoil)
    assert answer.code == 0
    assert "NaN" not in answer.out and "Infinity" not in answer.out
    assert all(gpu["measured_by"] != "dcgm" for gpu in gpus(answer))


def test_series_there_twice_are_counted_once(nodes) -> None:
    def spoil(server: PromServer) -> None:
        server.faults.duplicates = True

    assert_measured(nodes(spoil))


def test_found_behind_the_api_servers_service_proxy(read: Read, cluster: Cluster) -> None:
    url = cluster.prometheus().url
    cluster.behind_the_proxy("kube-prometheus-stack-prometheus", "http-web", url)
    answer = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig())
    assert_measured(answer)
    assert "services/kube-prometheus-stack-prometheus" in answer.detail("prometheus")


def test_no_kubernetes_at_all(read: Read, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    url = cluster.prometheus().url
    whole = read("nodes", "-o", "json", "--kubeconfig", cluster.kubeconfig(), "--prometheus", url)
    monkeypatch.setenv("NIMDECK_KUBERNETES_ENABLED", "false")
    answer = read("nodes", "-o", "json", "--prometheus", url)
    assert answer.code == 0
    assert [node["name"] for node in answer.items] == [node["name"] for node in whole.items]
    for seen, true in zip(answer.items, whole.items, strict=True):
        assert seen["approximate"] is True
        assert seen["gpu_allocated"] == pytest.approx(true["gpu_allocated"], abs=0.02)


def test_an_outage_dims_and_passes(watch: Watch, cluster: Cluster) -> None:
    server = cluster.prometheus()
    session = watch(cluster.kubeconfig(), server.url)
    session.set_interval(0.5)
    first = session.store.snapshot.nodes["node001"].gpus[0].utilization_fraction
    assert first is not None
    cluster._loop.run(server.outage(True))
    assert session.store.wait(lambda now: now.sources["prometheus"].state == "stale", 20)
    gone = session.store.snapshot
    assert gone.nodes["node001"].gpus[0].utilization_fraction is not None, "the last value stays"
    assert gone.sources["kubernetes"].state == "live"
    cluster._loop.run(server.outage(False))
    session.refresh()
    assert session.store.wait(lambda now: now.sources["prometheus"].state == "live", 20)
