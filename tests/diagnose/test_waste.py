"""What could be given back: by examples with known answers, and by brute force over small clusters."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.diagnose.clusters import DEPARTMENT, LIVE, identities, pool, queue, shared, snapshot
from tests.store.builders import GPU_MEMORY, NOW, WHOLE, column, node, nodes, objects, owner, pod, store_of, thing
from tui.diagnose.waste import waste
from tui.model.changes import Change, Listed
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, WorkloadKey
from tui.model.node import NodeObject, Taint
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.tenancy import NodePool
from tui.model.waste import Waste
from tui.store import Store

UTIL = "gpu_utilization_fraction"
LLAMA = "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"


def served(name: str, place: str, gpu: GpuRequest = WHOLE, of: str = "llama", **fields: object) -> Pod:
    return pod(name, gpu, place, "team", owner=owner("InferenceWorkload", of), project="team", **fields)


def workloads(*names: str, image: str = "registry.example/some:1") -> Change:
    made = [thing(n, "InferenceWorkload", project="team", image=image, gpu=GpuRequest(1)) for n in names]
    return objects("inferenceworkloads.run.ai", *made)


def watched(
    things: Sequence[NodeObject],
    pods: Sequence[Pod],
    busy: dict[GpuId, float] | None,
    seconds: float = 400.0,
    where: dict[GpuId, Pod] | None = None,
    extra: Sequence[Change] = (),
) -> Snapshot:
    """A cluster watched for so long; ``busy`` is what each GPU did all the time (``None``: nobody measures)."""
    store = store_of(*LIVE, nodes(*things), Listed("pods", {p.key: p for p in pods}), identities(things, where), *extra)
    for at in (NOW - seconds, NOW) if busy is not None else ():
        for name in {gpu.node for gpu in busy or {}}:
            values = {gpu.gpu: part for gpu, part in (busy or {}).items() if gpu.node == name}
            store.put(column(UTIL, values, at, name))
        store.drain()
    return store.snapshot


def two_halves() -> tuple[Pod, Pod, Pod]:
    first, reservation = shared("one", "n1", 0, 0.5, "g")
    second, _ = shared("two", "n1", 0, 0.5, "g")
    halves = [
        replace(half, owner=owner("InferenceWorkload", name), project="team")
        for half, name in ((first, "first"), (second, "second"))
    ]
    return halves[0], halves[1], reservation


# -- idle -------------------------------------------------------------------------------------------------------------


def test_a_gpu_at_rest_for_long_is_idle_and_whose_it_is_is_said() -> None:
    lazy, eager = served("a-0", "n1", of="lazy"), served("b-0", "n1", of="eager")
    where = {GpuId("n1", 0): lazy, GpuId("n1", 1): eager}
    found = waste(watched([node("n1", 2)], [lazy, eager], {GpuId("n1", 0): 0.0, GpuId("n1", 1): 0.7}, where=where,
                          extra=[workloads("lazy", "eager")]))  # fmt: skip
    (hold,) = found.idle
    assert (hold.workload.name, hold.project, hold.gpus, hold.held) == ("lazy", "team", 1.0, 1.0)
    assert (hold.idle_seconds, hold.nodes, hold.pods) == (400.0, ("n1",), 1)
    assert found.could_free == 1.0 and found.unmeasured == 0.0 and not found.why_unknown


def test_a_shared_gpu_is_idle_for_all_who_share_it_each_by_its_part() -> None:
    found = waste(watched([node("n1", 1)], two_halves(), {GpuId("n1", 0): 0.0}))
    assert sorted((hold.workload.name, hold.gpus) for hold in found.idle) == [("first", 0.5), ("second", 0.5)]
    assert found.could_free == 1.0


def test_rest_shorter_than_the_bound_is_no_waste_and_its_sum_is_not_known_yet() -> None:
    lazy = served("a-0", "n1", of="lazy")
    taken = watched([node("n1", 1)], [lazy], {GpuId("n1", 0): 0.0}, 40.0, {GpuId("n1", 0): lazy}, [workloads("lazy")])
    found = waste(taken)
    assert found.could_free is None and not found.idle and found.resting == 1.0
    assert found.watched_seconds == 40.0 and "40 s" in found.why_unknown
    assert waste(taken, idle_after_seconds=30.0).could_free == 1.0


def test_what_was_measured_before_we_came_counts_as_far_as_the_pod_has_run() -> None:
    old, new = (served(f"{name}-0", "n1", of=name, started_at=NOW - ago) for name, ago in (("old", 7200), ("new", 100)))
    where = {GpuId("n1", 0): old, GpuId("n1", 1): new}
    use = {GpuId("n1", 0): 0.0, GpuId("n1", 1): 0.0}
    taken = watched([node("n1", 2)], [old, new], use, 20.0, where, [workloads("old", "new")])
    found = waste(taken, rested_seconds=dict.fromkeys(use, 1800.0))
    assert [(hold.workload.name, hold.idle_seconds) for hold in found.idle] == [("old", 1800.0)]
    assert (found.could_free, found.resting) == (1.0, 1.0)
    busy = watched([node("n1", 2)], [old, new], dict.fromkeys(use, 0.3), 20.0, where, [workloads("old", "new")])
    assert waste(busy, rested_seconds=dict.fromkeys(use, 1800.0)).could_free == 0.0


def test_work_seen_before_makes_a_short_rest_known_not_to_be_waste() -> None:
    store = _store([node("n1", 1)], [lazy := served("a-0", "n1", of="lazy")], lazy)
    for ago, value in ((400.0, 0.6), (40.0, 0.0), (0.0, 0.0)):
        store.put(column(UTIL, {0: value}, NOW - ago))
        store.drain()
    found = waste(store.snapshot)
    assert (found.could_free, found.resting, found.why_unknown) == (0.0, 1.0, "")


def _store(things: Sequence[NodeObject], pods: Sequence[Pod], first: Pod) -> Store:
    listed = Listed("pods", {p.key: p for p in pods})
    return store_of(*LIVE, nodes(*things), listed, identities(things, {GpuId("n1", 0): first}), workloads("lazy"))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (SourceStatus("prometheus", SourceState.FAILED, None, "refused the connection"), "refused the connection"),
        (SourceStatus("prometheus", SourceState.ABSENT, None, "not found"), "absent"),
        (SourceStatus("prometheus", SourceState.LIVE, NOW, ""), "DCGM"),
    ],
    ids=["dead", "absent", "without DCGM"],
)
def test_what_nobody_measures_is_not_known_and_the_missing_source_is_named(status: SourceStatus, said: str) -> None:
    lazy = served("a-0", "n1")
    found = waste(watched([node("n1", 2)], [lazy], None, where={GpuId("n1", 0): lazy}, extra=[status]))
    assert found.could_free is None and not found.idle and found.unmeasured == 1.0
    assert said in found.why_unknown


def test_a_figure_from_long_ago_says_nothing_of_now() -> None:
    lazy = served("a-0", "n1")
    taken = watched([node("n1", 1)], [lazy], {GpuId("n1", 0): 0.0}, where={GpuId("n1", 0): lazy})
    assert waste(taken).could_free == 1.0
    assert waste(replace(taken, at=NOW + 900.0)).could_free is None


def test_where_a_part_is_measured_the_sum_is_at_least_so_much() -> None:
    lazy, dark = served("a-0", "n1", of="lazy"), served("b-0", "n1", of="dark")
    where = {GpuId("n1", 0): lazy, GpuId("n1", 1): dark}
    found = waste(watched([node("n1", 2)], [lazy, dark], {GpuId("n1", 0): 0.0}, where=where))
    assert (found.could_free, found.unmeasured) == (1.0, 1.0) and "not measured" in found.why_unknown


def test_a_cluster_that_holds_nothing_wastes_nothing_and_one_not_seen_is_not_known() -> None:
    assert waste(snapshot([node("n1", 4)])).could_free == 0.0
    blind = waste(snapshot([]))
    assert blind.could_free is None and blind.why_unknown and not blind.pools


def test_what_only_a_workload_tells_of_its_idle_gpus_counts_too() -> None:
    taken = watched([node("n1", 2)], [served("a-0", "n1")], None, extra=[workloads("llama")])
    key = WorkloadKey("far", "told", "TrainingWorkload")
    told = replace(
        next(iter(taken.workloads.values())), key=key, project="team", gpu_allocated=4.0, idle_gpus=3.0, pods=()
    )
    found = waste(replace(taken, workloads={**taken.workloads, key: told}))
    assert [(hold.workload, hold.gpus, hold.held) for hold in found.idle] == [(key, 3.0, 4.0)]
    assert found.could_free == 3.0 and found.why_unknown


# -- room -------------------------------------------------------------------------------------------------------------


def test_room_that_takes_no_pod_is_stranded_and_says_why() -> None:
    full = [pod(f"small-{n}", GpuRequest(), "full", cpu_request_cores=10.0) for n in range(2)]
    things = [
        node("open", 2),
        node("cordoned", 2, schedulable=False),
        node("broken", 2, ready=False),
        node("tainted", 1, taints=(Taint("team", "x", "NoSchedule"),)),
        node("gpus-only", 1, taints=(Taint("nvidia.com/gpu", "", "NoSchedule"),)),
        node("full", 4, cpu_allocatable_cores=20.5),
        node("crowded", 3, pods_allocatable=0),
    ]
    (room,) = waste(snapshot(things, full)).pools
    assert (room.free, room.whole_free, room.in_parts, room.largest_block) == (3.0, 3, 0.0, 2)
    assert room.stranded == 12.0 and room.fragmentation == 0.0
    assert dict(room.stranded_by) == {
        "CPU or memory used up": 4.0, "no place for a pod": 3.0, "cordoned": 2.0, "not ready": 2.0, "tainted": 1.0,
    }  # fmt: skip


def test_pools_are_told_apart_as_their_labels_say() -> None:
    things = [node("a", 2, labels={"runai/node-pool": "a100"}), node("b", 4), node("cpu-only", 0)]
    pools = [pool(), NodePool("a100", "runai/node-pool", "a100", "spread")]
    found = waste(snapshot(things, pools=pools)).pools
    assert [(room.pool, room.nodes, room.whole_free) for room in found] == [("a100", 1, 2), ("default", 1, 4)]


def test_gpus_that_a_node_does_not_offer_are_not_free() -> None:
    (room,) = waste(snapshot([node("n1", 4, gpu_allocatable=3)])).pools
    assert (room.whole_free, room.free) == (3, 3.0)


def test_what_is_given_and_lies_nobody_knows_where_is_taken_off_the_whole_gpus() -> None:
    found = waste(snapshot([node("n1", 4)], [pod("lost", GpuRequest(1, 0.5), "n1")]))
    (room,) = found.pools
    assert (room.whole_free, room.in_parts, room.free, room.unplaced) == (3, 0.5, 3.5, 0.5)
    assert found.could_free is None and found.unmeasured == 0.5


def test_room_is_not_known_where_only_prometheus_knows_the_nodes() -> None:
    store = store_of(*LIVE[-1:], identities([node("n1", 2)]), column(UTIL, {0: 0.5, 1: 0.0}))
    for room in waste(store.snapshot).pools:
        assert room.free is None and room.whole_free is None and room.fragmentation is None


PARTS = st.lists(st.sampled_from((0.0, 0.25, 0.5, 0.75, 1.0)), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(PARTS, st.booleans()), min_size=1, max_size=4))
def test_room_by_brute_force(cluster: list[tuple[list[float], bool]]) -> None:
    """Each GPU holds one part; each node takes pods or not."""
    found = _laid(cluster)
    (room,) = found.pools
    opened = [part for parts, is_open in cluster if is_open for part in parts]
    closed = [part for parts, is_open in cluster if not is_open for part in parts]
    assert room.whole_free == opened.count(0.0)
    assert room.in_parts == pytest.approx(sum(1 - part for part in opened if 0 < part < 1))
    assert room.free == pytest.approx(room.whole_free + room.in_parts)
    assert room.stranded == pytest.approx(sum(1 - part for part in closed))
    assert room.allocatable == pytest.approx(room.allocated + room.free + room.stranded)
    assert room.largest_block == max([parts.count(0.0) for parts, is_open in cluster if is_open], default=0)
    assert room.largest_part == max([1 - part for part in opened if 0 < part < 1], default=0.0)
    assert room.fragmentation == pytest.approx(room.in_parts / room.free if room.free else 0.0, abs=1e-6)
    least = min([part for part in opened if 0 < part < 1], default=None)
    assert (found.moves[0].moved if found.moves else None) == least
    for way in found.moves:
        for move in way.moves:
            assert move.to != move.gpu
            if move.to is not None:
                parts, is_open = cluster[int(move.to.node)]
                assert is_open and parts[move.to.gpu] + move.fraction <= 1.0


def _laid(cluster: list[tuple[list[float], bool]]) -> Waste:
    things = [node(f"{n}", len(parts), schedulable=is_open) for n, (parts, is_open) in enumerate(cluster)]
    pods, where = [], {}
    for n, (parts, _) in enumerate(cluster):
        for gpu, part in enumerate(parts):
            if part == 1.0:
                pods.append(held := pod(f"whole-{n}-{gpu}", GpuRequest(1), f"{n}"))
                where[GpuId(f"{n}", gpu)] = held
            elif part:
                pods += shared(f"part-{n}-{gpu}", f"{n}", gpu, part)
    return waste(snapshot(things, pods, where=where))


USES = st.sampled_from((None, 0.0, 0.4))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from((0.25, 0.5, 1.0)), USES, st.integers(0, 2)), min_size=1, max_size=6))
def test_idle_is_never_more_than_held_and_what_is_not_measured_is_in_no_sum(
    gpus: list[tuple[float, float | None, int]],
) -> None:
    pods: list[Pod] = []
    where = {}
    for index, (part, _, of) in enumerate(gpus):
        made = owner("InferenceWorkload", f"w{of}")
        if part == 1.0:
            pods.append(held := pod(f"p-{index}", GpuRequest(1), "n1", "runai-other", owner=made))
            where[GpuId("n1", index)] = held
        else:
            held, reservation = shared(f"p-{index}", "n1", index, part)
            pods += [replace(held, owner=made), reservation]
    busy = {GpuId("n1", index): use for index, (_, use, _) in enumerate(gpus) if use is not None}
    found = waste(watched([node("n1", len(gpus))], pods, busy, where=where))
    idle = sum(part for part, use, _ in gpus if use == 0.0)
    dark = sum(part for part, use, _ in gpus if use is None)
    assert found.unmeasured == pytest.approx(dark)
    assert all(0 < hold.gpus <= hold.held + 1e-9 for hold in found.idle)
    assert found.could_free == (None if dark == sum(part for part, _, _ in gpus) else pytest.approx(idle))
    assert bool(found.why_unknown) is (dark > 0)


# -- fractions --------------------------------------------------------------------------------------------------------


def _whole(image: str, used: float | None, devices: int = 1) -> Waste:
    held = served("a-0", "n1", GpuRequest(devices), of="llama")
    extra: list[Change] = [workloads("llama", image=image)]
    if used is not None:
        values = dict.fromkeys(range(devices), used)
        extra.append(column("gpu_memory_used_bytes", values))
    where = {GpuId("n1", index): held for index in range(devices)}
    return waste(watched([node("n1", 4)], [held], {GpuId("n1", 0): 0.5}, where=where, extra=extra))


def test_a_known_model_is_judged_by_its_weights_not_by_what_it_reserves() -> None:
    (fit,) = _whole(LLAMA, 0.92 * GPU_MEMORY).fractions
    assert (fit.fraction, fit.measure, fit.saves) == (0.5, "weights", 0.5)


def test_a_server_of_an_unknown_model_that_reserves_all_is_not_judged() -> None:
    found = _whole("registry.example/vllm:1", 0.92 * GPU_MEMORY)
    (fit,) = found.fractions
    assert (fit.fraction, fit.measure, fit.saves, found.fractions_save) == (None, None, None, None)


@pytest.mark.parametrize(
    ("used", "fraction"), [(0.1, 0.25), (0.2, 0.25), (0.21, 0.5), (0.4, 0.5), (0.6, 0.75), (0.7, 1.0)]
)
def test_what_reserves_nothing_is_judged_by_memory_in_use_and_a_quarter_more(used: float, fraction: float) -> None:
    found = _whole("registry.example/other:1", used * GPU_MEMORY)
    (fit,) = found.fractions
    assert (fit.fraction, fit.measure, found.fractions_save) == (fraction, "memory", 1 - fraction)


def test_memory_that_is_not_measured_is_no_need_and_weights_are_split_over_devices() -> None:
    assert _whole("registry.example/other:1", None).fractions_save is None
    (fit,) = _whole(LLAMA, None, devices=2).fractions
    assert (fit.gpus, fit.fraction, fit.saves) == (2, 0.25, 1.5)


def test_parts_hold_no_whole_gpu() -> None:
    found = waste(watched([node("n1", 1)], two_halves(), {GpuId("n1", 0): 0.5}))
    assert found.fractions == () and found.fractions_save == 0.0


# -- quota ------------------------------------------------------------------------------------------------------------


def test_quota_unused_while_others_wait_and_who_is_over() -> None:
    queues = [
        DEPARTMENT,
        queue("rich", 8.0, gpu_allocated=3.0, gpu_requested=3.0),
        queue("greedy", 2.0, gpu_allocated=5.0, gpu_requested=5.0),
        queue("poor", 1.0, gpu_allocated=1.0, gpu_requested=3.0),
        queue("quiet", 2.0, gpu_allocated=2.0, gpu_requested=2.0),
        queue("endless", gpu_allocated=7.0, gpu_requested=7.0),
    ]
    waits = pod("w-0", GpuRequest(2), None, "runai-poor", phase="Pending", project="poor")
    found = waste(snapshot([node("n1", 4)], [waits], queues))
    rows = {row.project: (row.unused, row.waiting, row.over) for row in found.slack}
    assert rows == {"poor": (0.0, 2.0, 0.0), "greedy": (0.0, 0.0, 3.0), "rich": (5.0, 0.0, 0.0)}
    assert (found.slack[0].project, found.waiting, found.unused_quota) == ("poor", 2.0, 5.0)


def test_what_is_unused_in_one_pool_does_not_pay_for_what_is_over_in_another() -> None:
    queues = [
        DEPARTMENT,
        replace(queue("test", 4.0, gpu_allocated=1.0, gpu_requested=1.0), name="test-a", node_pool="a"),
        replace(queue("test", 1.0, gpu_allocated=3.0, gpu_requested=3.0), name="test-b", node_pool="b"),
    ]
    (row,) = waste(snapshot([node("n1", 4)], (), queues)).slack
    assert (row.unused, row.over) == (3.0, 2.0)


def test_an_old_request_without_a_pod_that_waits_is_no_waiting() -> None:
    queues = [DEPARTMENT, queue("test", 4.0, gpu_allocated=4.0, gpu_requested=6.0)]
    found = waste(snapshot([node("n1", 4)], [pod("x", GpuRequest(1), "n1", project="test")], queues))
    assert found.waiting == 0.0
    blind = replace(snapshot([node("n1", 4)], (), queues), pods={})
    assert waste(blind).waiting == 2.0


def test_without_projects_nothing_is_said_of_quota() -> None:
    found = waste(snapshot([node("n1", 4)], queues=()))
    assert (found.slack, found.waiting, found.unused_quota) == ((), None, None)
