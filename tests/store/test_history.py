"""Curves: half an hour, packed, gaps kept as gaps."""

import sys

import pytest

from tests.store.builders import NOW, HeldClock, column, dcgm, node, nodes, pod, pods, store_of
from tui.model.ids import GpuId, WorkloadKey
from tui.store.history import SPAN_SECONDS, STEP_SECONDS, History, Ring

START = NOW - NOW % STEP_SECONDS


def test_a_gap_is_none_and_a_step_holds_its_newest_value() -> None:
    history = History()
    a, b = GpuId("n1", 0), GpuId("n1", 1)
    history.add_gpus("gpu_utilization_fraction", START, {a: 0.25, b: 0.5})
    history.add_gpus("gpu_utilization_fraction", START + 2, {a: 0.75})
    history.add_gpus("gpu_utilization_fraction", START + 45, {b: 1.0, a: 0.5})
    assert history.gpu(a, "gpu_utilization_fraction") == [(START, 0.75), (START + 45, 0.5)]
    assert history.gpu(b, "gpu_utilization_fraction") == [(START, None), (START + 45, 1.0)]
    assert history.node("n1", "gpu_utilization_fraction") == [(START, 0.75), (START + 45, 0.75)]
    assert history.gpu(GpuId("n9", 0), "gpu_utilization_fraction") == []
    assert history.gpu(a, "gpu_sm_clock_hertz") == []


def test_memory_of_a_node_is_a_sum() -> None:
    history = History()
    history.add_gpus("gpu_memory_used_bytes", START, {GpuId("n1", 0): 2.0**30, GpuId("n1", 1): 2.0**31})
    assert history.node("n1", "gpu_memory_used_bytes") == [(START, 3 * 2.0**30)]


def test_half_an_hour_is_kept_and_no_more_whatever_the_gaps() -> None:
    ring = Ring()
    for number in range(300):
        ring.add(START + number * STEP_SECONDS, {"a": float(number)})
    points = ring.points(["a"])
    assert points[-1] == (START + 299 * STEP_SECONDS, 299.0)
    assert points[0][0] >= points[-1][0] - SPAN_SECONDS
    ring.add(START + 10 * SPAN_SECONDS, {"a": 1.0})
    assert len(ring.points(["a"])) == 1


def test_a_clock_that_goes_back_breaks_nothing() -> None:
    ring = Ring()
    ring.add(START + 100, {"a": 1.0})
    ring.add(START, {"a": 2.0})
    assert ring.points(["a"]) == [(START + 90, 1.0)]


def test_backfill_comes_before_what_was_watched_and_overrules_nothing() -> None:
    history, gpu = History(), GpuId("n1", 0)
    history.add_gpus("gpu_utilization_fraction", START, {gpu: 0.5})
    history.backfill("gpu_utilization_fraction", {gpu: [(START - 30, 0.125), (START - 15, 0.25), (START + 1, 0.875)]})
    assert history.gpu(gpu, "gpu_utilization_fraction") == [(START - 30, 0.125), (START - 15, 0.25), (START, 0.5)]
    history.add_gpus("gpu_utilization_fraction", START + 15, {gpu: 1.0})
    assert history.node("n1", "gpu_utilization_fraction")[-1] == (START + 15, 1.0)


def test_ten_thousand_gpus_for_half_an_hour_stay_under_25_mib() -> None:
    ring = Ring()
    keys = [GpuId(f"n{n}", i) for n in range(1250) for i in range(8)]
    for number in range(130):
        ring.add(START + number * STEP_SECONDS, dict.fromkeys(keys, 0.5))
    rows = sum(sys.getsizeof(row) for _, row in ring._rows)
    assert 4 * rows <= 25 * 2**20
    assert len(ring.points([keys[-1]])) == 121


def test_workloads_and_cluster_have_curves() -> None:
    clock, whole = HeldClock(START), pod("w")
    store = store_of(nodes(node()), pods(whole), dcgm({0: whole, 1: None, 2: None, 3: None}), clock=clock)
    for number in range(3):
        clock.at = START + 15 * number
        store.put(column("gpu_utilization_fraction", {0: 0.2 * number, 1: 0.0, 2: 0.0, 3: 0.0}, clock.at))
        store.drain()
    curve = store.history.workload(WorkloadKey("team", "w", "Pod"), "utilization_fraction")
    assert [value for _, value in curve] == pytest.approx([0.0, 0.2, 0.4])
    assert store.history.cluster("utilization_fraction")[-1][1] == pytest.approx(0.1)
    assert store.history.cluster("gpu_allocated")[-1] == (clock.at, 1.0)
