"""Which pod lies on which GPU, source by source, and what happens when sources contradict each other or are missing."""

from dataclasses import replace

import pytest

from tests.store.builders import (
    GPU_MEMORY,
    HALF,
    NOW,
    HeldClock,
    batch,
    column,
    dcgm,
    node,
    nodes,
    placed,
    pod,
    pods,
    reservation,
    store_of,
    uuid,
)
from tui.model.changes import Batch
from tui.model.condition import Condition
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.reading import Reading

SILENT = dcgm({0: None, 1: None, 2: None, 3: None})


def test_two_halves_of_one_group_share_the_gpu_whose_uuid_the_reservation_pod_names() -> None:
    a, b = (pod(name, HALF, gpu_groups=("g",)) for name in "ab")
    store = store_of(nodes(node()), pods(a, b, reservation("r", "g", uuid("n1", 2))), SILENT)
    row = store.snapshot.nodes["n1"]
    assert placed(store) == {2: [("a", 0.5, "reservation"), ("b", 0.5, "reservation")]}
    assert (row.gpu_allocated, row.gpu_unplaced, row.gpu_free) == (1.0, 0.0, 3.0)
    assert row.pods == (a.key, b.key)


def test_an_index_as_text_is_understood_without_any_metrics() -> None:
    store = store_of(nodes(node()), pods(pod("a", HALF, gpu_groups=("g",)), reservation("r", "g", "3")))
    assert placed(store) == {3: [("a", 0.5, "reservation")]}
    assert store.snapshot.nodes["n1"].gpus[3].uuid is None


def test_a_fraction_on_two_devices_lies_on_both() -> None:
    two = pod("a", GpuRequest(devices=2, fraction=0.25), gpu_groups=("g", "h"))
    store = store_of(nodes(node()), pods(two, reservation("r", "g", "0"), reservation("s", "h", "2")))
    assert placed(store) == {0: [("a", 0.25, "reservation")], 2: [("a", 0.25, "reservation")]}
    assert store.snapshot.nodes["n1"].gpu_allocated == 0.5


def test_memory_becomes_a_fraction_of_the_nodes_memory_of_one_gpu() -> None:
    asks = pod("a", GpuRequest(devices=1, memory_bytes=GPU_MEMORY // 4), gpu_groups=("g",))
    store = store_of(nodes(node()), pods(asks, reservation("r", "g", "1")))
    assert placed(store) == {1: [("a", pytest.approx(0.25), "reservation")]}


def test_memory_of_a_gpu_that_nobody_states_leaves_the_allocation_unknown_until_it_is_measured() -> None:
    asks = pod("a", GpuRequest(devices=1, memory_bytes=GPU_MEMORY // 4), gpu_groups=("g",))
    store = store_of(nodes(node(gpu_memory_bytes=None)), pods(asks, reservation("r", "g", "1")))
    row = store.snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_unplaced, row.gpus[1].allocated_fraction) == (None, None, None)
    store.put(column("gpu_memory_total_bytes", {i: float(GPU_MEMORY) for i in range(4)}))
    assert store.drain().nodes == {"n1"}
    assert store.snapshot.nodes["n1"].gpu_allocated == pytest.approx(0.25)


def test_the_reservation_beats_the_annotation_and_the_label() -> None:
    a = pod("a", HALF, gpu_groups=("g",), gpu_index_hints=(1,))
    store = store_of(nodes(node()), pods(a, reservation("r", "g", "2")), dcgm({0: a, 1: None, 2: None, 3: None}))
    assert placed(store) == {2: [("a", 0.5, "reservation")]}


def test_a_whole_gpu_pod_is_not_put_where_a_reservation_sits() -> None:
    whole, a = pod("w"), pod("a", HALF, gpu_groups=("g",))
    store = store_of(
        nodes(node()), pods(whole, a, reservation("r", "g", "2")), dcgm({0: None, 1: None, 2: whole, 3: None})
    )
    row = store.snapshot.nodes["n1"]
    assert placed(store) == {2: [("a", 0.5, "reservation")]}
    assert (row.gpu_allocated, row.gpu_unplaced, row.unplaced_pods) == (1.5, 1.0, (whole.key,))


def test_annotation_places_pods_of_clusters_without_groups() -> None:
    a, b = (pod(name, HALF, gpu_index_hints=(1,)) for name in "ab")
    store = store_of(nodes(node()), pods(a, b), SILENT)
    assert placed(store) == {1: [("a", 0.5, "annotation"), ("b", 0.5, "annotation")]}


def test_dcgm_naming_the_reservation_pod_leads_to_all_of_its_group() -> None:
    a, b = (pod(name, HALF, gpu_groups=("g",)) for name in "ab")
    holder = reservation("r", "g", None)
    store = store_of(nodes(node()), pods(a, b, holder), dcgm({0: None, 1: holder, 2: None, 3: None}))
    assert placed(store) == {1: [("a", 0.5, "dcgm"), ("b", 0.5, "dcgm")]}


def test_dcgm_naming_one_sharer_leads_to_its_mates_when_reservation_pods_are_hidden() -> None:
    a, b = (pod(name, HALF, gpu_groups=("g",)) for name in "ab")
    store = store_of(nodes(node()), pods(a, b), dcgm({0: None, 1: None, 2: None, 3: b}))
    assert placed(store) == {3: [("a", 0.5, "dcgm"), ("b", 0.5, "dcgm")]}


def test_a_label_of_a_finished_pod_says_nothing() -> None:
    done, live = pod("done", phase="Succeeded"), pod("live")
    store = store_of(nodes(node()), pods(done, live), dcgm({0: done, 1: live, 2: None, 3: None}))
    assert placed(store) == {1: [("live", 1.0, "dcgm")]}
    assert store.snapshot.nodes["n1"].gpu_allocated == 1.0


def test_more_labels_than_devices_contradict_each_other() -> None:
    one = pod("one")
    store = store_of(nodes(node()), pods(one), dcgm({0: one, 1: one, 2: None, 3: None}))
    assert placed(store) == {}
    assert store.snapshot.nodes["n1"].gpu_unplaced == 1.0


def test_a_pod_that_holds_all_gpus_needs_no_label() -> None:
    store = store_of(nodes(node()), pods(pod("all", GpuRequest(devices=4))))
    assert placed(store) == {i: [("all", 1.0, "elimination")] for i in range(4)}


def test_of_two_pods_without_labels_nobody_guesses() -> None:
    store = store_of(nodes(node(gpus=2)), pods(pod("a"), pod("b")))
    row = store.snapshot.nodes["n1"]
    assert placed(store) == {}
    assert (row.gpu_allocated, row.gpu_unplaced, len(row.unplaced_pods)) == (2.0, 2.0, 2)
    assert "2 GPU not located" in row.status_note


def test_runai_fraction_of_each_gpu_places_what_only_fits_there() -> None:
    quarter = pod("q", GpuRequest(devices=1, fraction=0.25), gpu_groups=("g",))
    store = store_of(
        nodes(node()),
        pods(quarter, pod("w")),
        SILENT,
        column("gpu_allocated_fraction", {0: 0.0, 1: 1.0, 2: 0.0, 3: 0.25}, source="runai"),
    )
    assert placed(store) == {1: [("w", 1.0, "runai")], 3: [("q", 0.25, "runai")]}


def test_over_claims_are_shown_as_they_are() -> None:
    a, b = (pod(name, GpuRequest(devices=1, fraction=0.75), gpu_groups=("g",)) for name in "ab")
    store = store_of(nodes(node()), pods(a, b, reservation("r", "g", "0")), SILENT)
    row = store.snapshot.nodes["n1"]
    assert row.gpus[0].allocated_fraction == 1.5
    assert row.gpus[0].free_fraction == 0.0
    assert row.gpu_allocated == 1.5
    assert "gpu0 claimed 1.5 times" in row.status_note


def test_an_unreadable_fraction_is_shown_and_counts_nothing() -> None:
    bad = pod("bad", GpuRequest(devices=1, invalid='gpu-fraction: "half"'))
    store = store_of(
        nodes(node()), pods(bad, pod("w", GpuRequest(devices=1))), dcgm({0: None, 1: None, 2: None, 3: None})
    )
    row = store.snapshot.nodes["n1"]
    assert row.gpu_allocated == 1.0
    assert bad.key in row.pods
    assert bad.key in row.unplaced_pods
    assert next(w for w in store.snapshot.workloads.values() if w.key.name == "bad").gpu_allocated is None


def test_mig_slices_count_their_compute_part_on_the_gpu_that_dcgm_names() -> None:
    small = pod("small", GpuRequest(mig=(("1g.12gb", 2),)))
    items = [
        GpuIdentity(GpuId("n1", 0), uuid("n1", 0), "H100", small.key, "1g.12gb", "7"),
        GpuIdentity(GpuId("n1", 0), uuid("n1", 0), "H100", None, "1g.12gb", "8"),
        GpuIdentity(GpuId("n1", 1), uuid("n1", 1), "H100", small.key, "1g.12gb", "7"),
    ]
    mixed = node(gpus=2, gpu_allocatable=0, mig_allocatable=(("1g.12gb", 14),))
    store = store_of(nodes(mixed), pods(small), GpuIdentities("dcgm", NOW, tuple(items)))
    row = store.snapshot.nodes["n1"]
    assert row.gpu_allocatable == pytest.approx(2.0)
    assert row.gpu_allocated == pytest.approx(2 / 7, abs=1e-5)
    assert row.gpu_unplaced == 0.0
    assert [gpu.allocated_fraction for gpu in row.gpus] == pytest.approx([1 / 7, 1 / 7], abs=1e-5)
    assert row.gpus[0].slices[0].mig_profile == "1g.12gb"


def test_a_node_without_gpus_has_none_and_knows_it() -> None:
    store = store_of(nodes(node(gpus=None, gpu_model=None)), pods(pod("web", GpuRequest())))
    row = store.snapshot.nodes["n1"]
    assert (row.gpus, row.gpu_allocatable, row.gpu_allocated, row.gpu_free) == ((), 0.0, 0.0, 0.0)
    assert (row.utilization_fraction, row.memory_used_bytes) == (None, None)
    assert store.snapshot.workloads == {}


def test_a_gpu_that_vanishes_from_dcgm_keeps_its_place_its_uuid_and_its_pods() -> None:
    a = pod("a", HALF, gpu_groups=("g",))
    store = store_of(
        nodes(node()),
        pods(a, reservation("r", "g", uuid("n1", 2))),
        SILENT,
        column("gpu_utilization_fraction", dict.fromkeys(range(4), 0.5)),
        column("gpu_memory_used_bytes", dict.fromkeys(range(4), 1e9)),
    )
    store.put(dcgm({0: None, 1: None, 3: None}))
    store.put(column("gpu_utilization_fraction", dict.fromkeys((0, 1, 3), 0.5), NOW + 2))
    store.put(column("gpu_memory_used_bytes", dict.fromkeys((0, 1, 3), 1e9), NOW + 2))
    assert store.drain().nodes == {"n1"}
    row = store.snapshot.nodes["n1"]
    assert [gpu.id.gpu for gpu in row.gpus] == [0, 1, 2, 3]
    assert row.gpus[2].uuid == uuid("n1", 2)
    assert row.gpus[2].utilization_fraction is None
    assert placed(store) == {2: [("a", 0.5, "reservation")]}
    assert row.memory_used_bytes is None, "three of four GPUs would pass for the whole node"
    assert row.utilization_fraction == Reading(0.5, "dcgm", NOW + 2)
    assert row.status_note == "gpu2 not measured"


def test_gpus_known_only_to_kubernetes_have_indexes_and_no_figures() -> None:
    row = store_of(nodes(node()), pods()).snapshot.nodes["n1"]
    assert [gpu.id for gpu in row.gpus] == [GpuId("n1", i) for i in range(4)]
    assert all(gpu.uuid is None and gpu.utilization_fraction is None for gpu in row.gpus)
    assert row.gpu_allocated == 0.0


def test_before_pods_are_known_nothing_passes_for_free() -> None:
    row = store_of(nodes(node())).snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_unplaced, row.gpu_free, row.approximate) == (None, None, None, True)
    assert all(gpu.allocated_fraction is None for gpu in row.gpus)


def test_without_kubernetes_prometheus_gives_an_approximate_node() -> None:
    named = ObjectKey("team", "a")
    holder = ObjectKey("runai-reservation", "r")
    items = (GpuIdentity(GpuId("n1", 0), "U0", "H100", named), GpuIdentity(GpuId("n1", 1), "U1", "H100", holder))
    store = store_of(
        GpuIdentities("dcgm", NOW, items),
        column("gpu_utilization_fraction", {0: 0.25, 1: 0.75}),
        MetricColumn("node_gpu_allocated", "runai", NOW, {"n1": 1.5}),
        MetricColumn("node_gpu_allocatable", "kube-state-metrics", NOW, {"n1": 2.0}),
        MetricColumn("node_ready", "kube-state-metrics", NOW, {"n1": 0.0}),
    )
    row = store.snapshot.nodes["n1"]
    assert row.approximate
    assert (row.gpu_allocatable, row.gpu_allocated, row.gpu_unplaced, row.ready) == (2.0, 1.5, 1.5, False)
    assert row.utilization_fraction == Reading(0.5, "dcgm", NOW)
    assert [(s.pod, s.fraction) for s in row.gpus[0].slices] == [(named, None)]
    assert row.gpus[1].slices == ()
    store.put(column("gpu_allocated_fraction", {0: 1.0, 1: 0.25}, source="runai"))
    store.drain()
    row = store.snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_unplaced) == (1.25, 0.0), "Run:ai's API is trusted over its metrics"


def test_kubernetes_nodes_replace_those_that_metrics_spoke_of() -> None:
    store = store_of(column("gpu_utilization_fraction", {0: 0.5}, name="exporter-pod-x"))
    assert list(store.snapshot.nodes) == ["exporter-pod-x"]
    store.put(nodes(node()))
    assert store.drain().nodes == {"exporter-pod-x", "n1"}
    assert list(store.snapshot.nodes) == ["n1"]


def test_pods_of_one_namespace_alone_are_no_whole_truth() -> None:
    mine = pod("a")
    store = store_of(nodes(node()), pods(mine, namespace="team"))
    row = store.snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_free, row.approximate) == (None, None, True)
    store.put(MetricColumn("node_gpu_allocated", "runai", NOW, {"n1": 2.5}))
    store.drain()
    row = store.snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_unplaced, row.approximate) == (2.5, 2.5, True)


def test_only_pods_may_be_read() -> None:
    mine = pod("a")
    store = store_of(pods(mine), dcgm({0: mine, 1: None}))
    row = store.snapshot.nodes["n1"]
    assert (row.gpu_allocated, row.gpu_allocatable, row.approximate, row.ready) == (1.0, None, False, None)
    assert placed(store) == {0: [("a", 1.0, "dcgm")]}


def test_memory_of_a_slice_is_the_gpus_when_alone_and_runais_when_shared() -> None:
    a, b, whole = pod("a", HALF, gpu_groups=("g",)), pod("b", HALF, gpu_groups=("g",)), pod("w")
    store = store_of(
        nodes(node()),
        pods(a, b, whole, reservation("r", "g", "0")),
        dcgm({0: None, 1: whole, 2: None, 3: None}),
        column("gpu_memory_used_bytes", {0: 9e9, 1: 7e9, 2: 0.0, 3: 0.0}),
    )
    gpus = store.snapshot.nodes["n1"].gpus
    assert [s.memory_used_bytes for s in gpus[0].slices] == [None, None]
    assert gpus[1].slices[0].memory_used_bytes == Reading(7e9, "dcgm", NOW)
    store.put(MetricColumn("pod_gpu_memory_used_bytes", "runai", NOW, {a.key: 4e9}))
    assert store.drain().nodes == {"n1"}
    gpus = store.snapshot.nodes["n1"].gpus
    assert [s.memory_used_bytes for s in gpus[0].slices] == [Reading(4e9, "runai", NOW), None]


def test_notes_say_what_is_wrong_and_for_how_long_whatever_the_clocks() -> None:
    down = Condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", NOW - 250)
    clock = HeldClock()
    store = store_of(nodes(node(ready=False, schedulable=False, conditions=(down,))), pods(), clock=clock)
    assert store.snapshot.nodes["n1"].status_note == "not ready 4 min: kubelet stopped posting node status; cordoned"
    clock.at += 60
    assert store.drain().nodes == {"n1"}
    assert store.snapshot.nodes["n1"].status_note.startswith("not ready 5 min")
    ahead = replace(down, changed_at=NOW + 3600)
    store.put(nodes(node(ready=False, conditions=(ahead,))))
    store.drain()
    assert store.snapshot.nodes["n1"].status_note.startswith("not ready 0 s: ")


def test_unchanged_figures_touch_nothing_and_changed_ones_only_their_node() -> None:
    store = store_of(nodes(node("n1"), node("n2")), pods())
    for name in ("n1", "n2"):
        store.put(column("gpu_power_watts", {0: 300.0}, name=name))
    both = {GpuId("n1", 0): 300.0, GpuId("n2", 0): 300.0}
    store.put(MetricColumn("gpu_power_watts", "dcgm", NOW, both))
    store.drain()
    store.put(MetricColumn("gpu_power_watts", "dcgm", NOW + 2, both))
    assert store.drain().nodes == frozenset()
    store.put(MetricColumn("gpu_power_watts", "dcgm", NOW + 4, both | {GpuId("n2", 0): 310.0}))
    assert store.drain().nodes == {"n2"}
    store.put(MetricColumn("gpu_power_watts", "dcgm", NOW + 40, both | {GpuId("n2", 0): 310.0}))
    assert store.drain().nodes == frozenset()
    assert store.snapshot.nodes["n1"].gpus[0].power_watts == Reading(300.0, "dcgm", NOW + 40), "its age must not grow"


def test_a_pod_that_ends_frees_its_gpu_and_one_that_moves_is_counted_once() -> None:
    one = pod("one")
    store = store_of(nodes(node("n1"), node("n2")), pods(one), dcgm({0: one}))
    store.put(batch("pods", replace(one, node="n2", resource_version="2")))
    assert store.drain().nodes == {"n1", "n2"}
    assert [store.snapshot.nodes[n].gpu_allocated for n in ("n1", "n2")] == [0.0, 1.0]
    store.put(Batch("pods", ((one.key, None),)))
    assert store.drain().nodes == {"n2"}
    assert store.snapshot.nodes["n2"].gpu_allocated == 0.0
    assert store.snapshot.workloads == {}


def test_dcgm_puts_no_whole_gpu_pod_where_an_annotation_put_a_fraction() -> None:
    a, whole = pod("a", HALF, gpu_index_hints=(1,)), pod("w")
    store = store_of(nodes(node()), pods(a, whole), dcgm({0: None, 1: whole, 2: None, 3: None}))
    assert placed(store) == {1: [("a", 0.5, "annotation")]}
    assert store.snapshot.nodes["n1"].unplaced_pods == (whole.key,)


def test_a_reservation_whose_gpu_nobody_can_name_forbids_guessing() -> None:
    store = store_of(
        nodes(node(gpus=2)), pods(pod("w"), pod("v"), reservation("r", "g", None)), dcgm({0: pod("v"), 1: None})
    )
    assert placed(store) == {0: [("v", 1.0, "dcgm")]}, "the reservation pod may keep gpu1"
    assert store.snapshot.nodes["n1"].gpu_unplaced == 1.0


def test_one_hint_left_names_the_one_group_left_for_its_mates_too() -> None:
    a = pod("a", GpuRequest(devices=2, fraction=0.25), gpu_groups=("g", "h"), gpu_index_hints=(1, 3))
    b = pod("b", HALF, gpu_groups=("h",))
    store = store_of(nodes(node()), pods(a, b, reservation("r", "g", "1")), SILENT)
    assert placed(store)[3] == [("a", 0.25, "annotation"), ("b", 0.5, "annotation")]
