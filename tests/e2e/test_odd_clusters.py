"""Clusters that are odd but real: clocks apart, nodes without GPUs, GPUs that vanish, requests that make no sense."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.cluster import GPUS, NODES, Cluster
from tests.e2e.conftest import Make, Read, Watch

Json = dict[str, Any]


def ages(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    """Every ``..._age_seconds`` and ``age_seconds`` in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from ages(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from ages(inner, name)
    elif name.endswith("age_seconds") and value is not None:
        yield name, value


def flags(cluster: Cluster, **prometheus: Any) -> tuple[str, ...]:
    return "--kubeconfig", cluster.kubeconfig(), "--prometheus", cluster.prometheus(**prometheus).url


@pytest.mark.parametrize("ahead", [3600.0, -3600.0])
def test_no_negative_ages_where_clocks_differ_by_an_hour(read: Read, make_cluster: Make, ahead: float) -> None:
    cluster = make_cluster(ahead_seconds=ahead)
    where = flags(cluster, ahead_seconds=ahead)
    for kind in ("nodes", "workloads", "events"):
        answer = read(kind, "-o", "json", *where)
        assert answer.code == 0
        found = list(ages(answer.document))
        assert found and all(age >= 0 for _, age in found)
        table = read(kind, *where)
        assert table.code == 0
        assert not any(word.startswith("-") for word in table.out.split())


def test_a_node_without_gpus(read: Read, cluster: Cluster) -> None:
    where = flags(cluster)
    plain = {
        "metadata": {"name": "head", "labels": {"kubernetes.io/hostname": "head"}},
        "spec": {},
        "status": {
            "allocatable": {"cpu": "32", "memory": "128Gi", "pods": "110"},
            "capacity": {"cpu": "32", "memory": "128Gi", "pods": "110"},
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }
    cluster.create("nodes", plain)
    answer = read("nodes", "-o", "json", *where)
    assert (answer.code, answer.err) == (0, "")
    head = next(node for node in answer.items if node["name"] == "head")
    assert (head["gpu_allocatable"], head["gpu_allocated"], head["gpu_unplaced"], head["gpus"]) == (0, 0, 0, [])
    assert (head["ready"], head["gpu_model"], head["utilization_fraction"]) == (True, None, None)
    assert "head" in read("nodes", *where).out


def test_a_gpu_that_vanishes_from_the_exporter_is_unknown_and_not_free(watch: Watch, cluster: Cluster) -> None:
    server = cluster.prometheus(scrape_seconds=0.2)
    session = watch(cluster.kubeconfig(), server.url)
    session.set_interval(0.5)
    before = session.store.snapshot.nodes["node001"]
    assert len(before.gpus) == GPUS and before.gpus[0].allocated_fraction
    cluster._loop.call(lambda: cluster.telemetry.gone.add(("node001", 0)))
    cluster.scrape(server)

    def is_unknown(now: Any) -> bool:
        return now.nodes["node001"].gpus[0].utilization_fraction is None

    session.refresh()
    assert session.store.wait(is_unknown, 20)
    after = session.store.snapshot.nodes["node001"]
    assert after.gpu_allocated == before.gpu_allocated
    placed = sum(gpu.allocated_fraction or 0 for gpu in after.gpus)
    assert placed + (after.gpu_unplaced or 0) == pytest.approx(after.gpu_allocated)


def shared_pods(cluster: Cluster) -> list[Json]:
    """Pods that share one GPU, at least two of them."""
    groups: dict[str, list[Json]] = {}
    for pod in cluster.objects("pods"):
        group = (pod["metadata"].get("labels") or {}).get("runai-gpu-group")
        if group and "gpu-fraction" in (pod["metadata"].get("annotations") or {}):
            groups.setdefault(group, []).append(pod)
    return next(pods for pods in groups.values() if len(pods) > 1)


def set_fraction(cluster: Cluster, pod: Json, text: str) -> None:
    def edit(obj: Json) -> None:
        obj["metadata"]["annotations"]["gpu-fraction"] = text

    cluster.edit("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], edit)


@pytest.mark.parametrize("text", ["lots", "-1", "NaN", "inf", ""])
def test_a_fraction_that_is_not_a_number(read: Read, cluster: Cluster, text: str) -> None:
    pod = shared_pods(cluster)[0]
    set_fraction(cluster, pod, text)
    answer = read("nodes", "-o", "json", *flags(cluster))
    assert answer.code == 0
    assert len(answer.items) == NODES
    parts = [
        part
        for node in answer.items
        for gpu in node["gpus"]
        for part in gpu["slices"]
        if part["pod"] == pod["metadata"]["name"]
    ]
    assert parts, "it is shown on its GPU"
    assert [part["fraction"] for part in parts] == [None]
    for node in answer.items:
        placed = sum(gpu["allocated_fraction"] or 0 for gpu in node["gpus"])
        assert placed + node["gpu_unplaced"] == pytest.approx(node["gpu_allocated"])


def test_two_pods_that_claim_more_than_a_gpu(read: Read, cluster: Cluster) -> None:
    first, second = shared_pods(cluster)[:2]
    set_fraction(cluster, first, "0.9")
    set_fraction(cluster, second, "0.8")
    answer = read("nodes", "-o", "json", *flags(cluster))
    assert answer.code == 0
    over = [gpu for node in answer.items for gpu in node["gpus"] if gpu["allocated_fraction"] > 1]
    assert len(over) == 1
    assert over[0]["allocated_fraction"] >= 1.7
    for node in answer.items:
        assert node["gpu_free"] >= 0
        placed = sum(gpu["allocated_fraction"] for gpu in node["gpus"])
        assert placed + node["gpu_unplaced"] == pytest.approx(node["gpu_allocated"])
