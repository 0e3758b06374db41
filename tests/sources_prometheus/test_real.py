"""The catalogue and the poller against the real prometheus, in both label shapes."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from config.queries import fill, load_queries
from tests.sources_prometheus.kit import Kept, poller, settings
from tests.sources_prometheus.real import Series, needs_prometheus, running, scraped, wait_for
from tui.model.clock import SystemClock
from tui.model.ids import GpuId, ObjectKey
from tui.model.status import SourceState

pytestmark = [pytest.mark.prometheus, needs_prometheus]
GIB_IN_MIB = 1024


@dataclass(frozen=True)
class Shape:
    """How a cluster labels: renamed by the scrape or not, and what the exporter calls the host."""

    honor_labels: bool
    host: str


def gpu(shape: Shape, node: str, index: int, pod: str = "", **more: str) -> dict[str, str]:
    labels = {
        shape.host: node,
        "gpu": str(index),
        "UUID": f"GPU-{node}-{index}",
        "modelName": "NVIDIA H100 NVL",
        **more,
    }
    return labels | ({"pod": pod, "namespace": "runai-a", "container": "main"} if pod else {})


def exporters(shape: Shape) -> Series:
    plain, idle = gpu(shape, "node001", 0, "llama-0"), gpu(shape, "node001", 1)
    small = gpu(shape, "node002", 0, "tiny-0", GPU_I_ID="7", GPU_I_PROFILE="1g.12gb")
    large = gpu(shape, "node002", 0, "big-0", GPU_I_ID="1", GPU_I_PROFILE="3g.47gb")
    series: Series = []
    for labels, used in ((plain, 60), (idle, 0), (small, 4), (large, 30)):
        series.append(("DCGM_FI_DEV_FB_USED", labels, used * GIB_IN_MIB))
        series.append(("DCGM_FI_DEV_FB_FREE", labels, 10 * GIB_IN_MIB))
        series.append(("DCGM_FI_DEV_POWER_USAGE", labels, 301.5))
    series += [("DCGM_FI_DEV_FB_RESERVED", labels, GIB_IN_MIB) for labels in (plain, idle)]
    series += [("DCGM_FI_DEV_GPU_UTIL", plain, 44), ("DCGM_FI_DEV_GPU_UTIL", idle, float("nan"))]
    series += [("DCGM_FI_PROF_GR_ENGINE_ACTIVE", small, 1.0), ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", large, 0.5)]
    return series + objects()


def request(
    pod: str, node: str, count: float, namespace: str = "runai-a", resource: str = "nvidia_com_gpu"
) -> tuple[str, dict[str, str], float]:
    labels = {"namespace": namespace, "pod": pod, "container": "main", "resource": resource}
    return "kube_pod_container_resource_requests", labels | ({"node": node} if node else {}), count


def objects() -> Series:
    phases = {"llama-0": "Running", "done": "Succeeded", "waits": "Pending"}
    return [
        request("llama-0", "node001", 2),
        request("done", "node001", 1),
        request("waits", "", 4),
        request("gpu-reservation-node001-x", "node001", 1, "runai-reservation"),
        request("tiny-0", "node002", 1, resource="nvidia_com_mig_1g_12gb"),
        request("big-0", "node002", 1, resource="nvidia_com_mig_3g_47gb"),
        *(
            ("kube_pod_status_phase", {"namespace": "runai-a", "pod": pod, "phase": phase}, float(phase == now))
            for pod, now in phases.items()
            for phase in ("Running", "Pending", "Succeeded", "Failed")
        ),
        ("kube_node_status_allocatable", {"node": "node001", "resource": "nvidia_com_gpu"}, 4),
        ("kube_node_status_allocatable", {"node": "node003", "resource": "nvidia_com_gpu"}, 4),
        ("kube_node_status_allocatable", {"node": "node002", "resource": "nvidia_com_mig_1g_12gb"}, 7),
        ("kube_node_status_condition", {"node": "node001", "condition": "Ready", "status": "true"}, 1),
        ("kube_node_status_condition", {"node": "node003", "condition": "Ready", "status": "true"}, 0),
        ("kube_node_spec_unschedulable", {"node": "node003"}, 1),
        ("kube_node_info", {"node": "node001"}, 1),
        ("kube_node_info", {"node": "node002"}, 1),
    ]


def values(kept: Kept, metric: str) -> dict[object, float]:
    column = kept.column(metric)
    assert column is not None, metric
    return dict(column.values)


SHAPES = (Shape(False, "Hostname"), Shape(True, "Hostname"), Shape(False, "hostname"))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Shape, str]]:
    with ExitStack() as stack:
        urls = {
            shape: stack.enter_context(
                running(tmp_path_factory.mktemp("prometheus"), exporters(shape), shape.honor_labels)
            )
            for shape in SHAPES
        }
        for url in urls.values():
            wait_for(lambda url=url: scraped(url), 30)  # type: ignore[misc]
        yield urls


@pytest.mark.parametrize("shape", SHAPES)
def test_a_poll_tells_what_was_exported(shape: Shape, servers: dict[Shape, str]) -> None:
    clock = SystemClock()
    with poller(settings(servers[shape]), clock) as polled:
        kept = Kept()
        polled.step(kept)
        facts = dict(polled.facts)
    assert kept.status.state is SourceState.LIVE
    assert "left out" not in kept.status.detail
    assert "not answered" not in kept.status.detail
    first, second, sliced = GpuId("node001", 0), GpuId("node001", 1), GpuId("node002", 0)
    gib = 2.0**30
    assert values(kept, "gpu_memory_used_bytes") == {first: 60 * gib, second: 0, sliced: 34 * gib}
    assert values(kept, "gpu_memory_total_bytes") == {first: 71 * gib, second: 11 * gib, sliced: 54 * gib}
    assert values(kept, "gpu_utilization_fraction") == pytest.approx({first: 0.44, sliced: (1 + 3 * 0.5) / 7})
    assert values(kept, "gpu_power_watts") == {first: 301.5, second: 301.5, sliced: 301.5}
    pods = {(i.gpu, i.mig_instance): i.pod for i in kept.identities.items}
    assert pods == {
        (first, None): ObjectKey("runai-a", "llama-0"),
        (second, None): None,
        (sliced, "1"): ObjectKey("runai-a", "big-0"),
        (sliced, "7"): ObjectKey("runai-a", "tiny-0"),
    }
    assert values(kept, "node_gpu_allocated") == pytest.approx({"node001": 2.0, "node002": 4 / 7, "node003": 0.0})
    assert values(kept, "node_gpu_shared") == {"node001": 1.0}
    assert values(kept, "node_gpu_allocatable") == pytest.approx({"node001": 4.0, "node002": 1.0, "node003": 4.0})
    assert values(kept, "node_ready") == {"node001": 1.0, "node003": 0.0}
    assert values(kept, "node_unschedulable") == {"node003": 1.0}
    assert values(kept, "pod_gpu_allocated") == {ObjectKey("runai-a", "llama-0"): 2.0}
    column = kept.column("gpu_utilization_fraction")
    assert column is not None
    assert 0 <= clock.now() - column.at < 5
    assert facts["host label"] == shape.host
    assert facts["version"].startswith(("2.", "3."))


def test_every_query_of_the_catalogue_is_understood(servers: dict[Shape, str]) -> None:
    catalogue = load_queries()
    labels: dict[str, str | tuple[str, ...]] = {"node": "node001", "namespace": "runai-a", "pods": ("llama-0", 'a"b.c')}
    figures = [*catalogue.metric.values(), *catalogue.curve.values()]
    queries = [fill(v.query, labels) for figure in figures for v in figure.variant]
    with poller(settings(servers[SHAPES[1]])) as polled:
        polled.step(Kept())
        assert polled.client is not None
        for query in [*queries, catalogue.probe.nodes, catalogue.probe.exporter_pods]:
            polled.client.query(query)
