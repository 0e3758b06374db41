"""Random clusters whose truth is known: what the join places is true, and nothing is lost or counted twice."""

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.builders import GPU_MEMORY, NOW, HeldClock, node, pod, reservation, uuid
from tui.model.changes import Batch, Listed
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.store import Store

EIGHTHS = GPU_MEMORY // 8


@dataclass
class World:
    """A cluster with its truth: pod -> the GPUs that it really lies on."""

    gpus: dict[str, int] = field(default_factory=dict)
    pods: dict[ObjectKey, Pod] = field(default_factory=dict)
    truth: dict[ObjectKey, Counter[GpuId]] = field(default_factory=dict)
    identities: list[GpuIdentity] = field(default_factory=list)
    said: dict[GpuId, float] = field(default_factory=dict)

    def add(self, thing: Pod, *gpus: GpuId) -> None:
        self.pods[thing.key] = thing
        self.truth[thing.key] = Counter(gpus)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    world = World()
    for number in range(draw(st.integers(1, 3))):
        name = f"n{number}"
        world.gpus[name] = draw(st.sampled_from([1, 2, 4]))
        _fill(draw, world, name)
    return world


def _fill(draw: st.DrawFn, world: World, name: str) -> None:
    free = [GpuId(name, i) for i in range(world.gpus[name])]
    reports = draw(st.booleans())
    used: Counter[GpuId] = Counter()
    while free and draw(st.integers(0, 3)):
        if draw(st.booleans()):
            count = draw(st.integers(1, len(free)))
            mine, free = free[:count], free[count:]
            whole = pod(f"{name}-w{mine[0].gpu}", GpuRequest(devices=count), name)
            whole = replace(whole, gpu_index_hints=tuple(g.gpu for g in mine) if draw(st.booleans()) else ())
            world.add(whole, *mine)
            used.update(mine)
            labels = dict.fromkeys(mine, whole.key)
        else:
            count = draw(st.integers(1, min(2, len(free))))
            mine, free = free[:count], free[count:]
            labels = _share(draw, world, name, mine, used)
        _label(draw, world, labels, reports)
    _label(draw, world, dict.fromkeys(free), reports)
    if draw(st.booleans()):
        world.said.update({GpuId(name, i): float(used[GpuId(name, i)]) for i in range(world.gpus[name])})
    _fill_pending(draw, world, name)


def _share(
    draw: st.DrawFn, world: World, name: str, mine: list[GpuId], used: Counter[GpuId]
) -> dict[GpuId, ObjectKey | None]:
    groups = tuple(f"group-{name}-{gpu.gpu}" for gpu in mine)
    labels: dict[GpuId, ObjectKey | None] = dict.fromkeys(mine)
    left = 8
    sharers = []
    while left and draw(st.integers(0, 2)):
        eighths = draw(st.integers(1, left))
        left -= eighths
        by_memory = draw(st.booleans())
        request = GpuRequest(
            devices=len(mine),
            fraction=None if by_memory else eighths / 8,
            memory_bytes=eighths * EIGHTHS if by_memory else None,
        )
        sharer = pod(f"{name}-f{mine[0].gpu}-{left}", request, name, gpu_groups=groups)
        hints = tuple(gpu.gpu for gpu in mine) if draw(st.booleans()) else ()
        sharers.append(replace(sharer, gpu_index_hints=hints))
        world.add(sharers[-1], *mine)
        used.update(dict.fromkeys(mine, eighths / 8))  # type: ignore[arg-type]
    for gpu, group in zip(mine, groups, strict=True):
        how = draw(st.sampled_from(["uuid", "index", "silent", "missing"]))
        holder = reservation(f"r-{group}", group, {"uuid": uuid(name, gpu.gpu), "index": str(gpu.gpu)}.get(how), name)
        if how != "missing":
            world.pods[holder.key] = holder
        lonely = [s.key for s in sharers if len(s.gpu_groups) == 1]
        labels[gpu] = draw(st.sampled_from([holder.key, None, *lonely]))
    return labels


def _label(draw: st.DrawFn, world: World, labels: dict[GpuId, ObjectKey | None], reports: bool) -> None:
    """DCGM's labels: right, absent, or of a pod that is gone or has finished."""
    if not reports:
        return
    finished = pod(f"done-{len(world.pods)}", GpuRequest(devices=1), next(iter(labels)).node if labels else "n0")
    finished = replace(finished, phase="Succeeded")
    for gpu, key in labels.items():
        shown = draw(st.sampled_from([key, key, key, None, ObjectKey("team", "gone"), finished.key]))
        if shown == finished.key:
            world.pods[finished.key] = finished
        world.identities.append(GpuIdentity(gpu, uuid(*gpu), "H100", shown))


def _fill_pending(draw: st.DrawFn, world: World, name: str) -> None:
    if draw(st.booleans()):
        waiting = pod(f"{name}-waits", GpuRequest(devices=2), None, phase="Pending")
        world.pods[waiting.key] = waiting
    if draw(st.booleans()):
        world.pods[ObjectKey("team", f"{name}-bad")] = pod(
            f"{name}-bad", GpuRequest(devices=1, invalid='gpu-fraction: "half"'), name
        )


def _changes(world: World) -> list[object]:
    return [
        Listed("nodes", {ObjectKey("", n): node(n, g) for n, g in world.gpus.items()}),
        Listed("pods", dict(world.pods)),
        GpuIdentities("dcgm", NOW, tuple(world.identities)),
        MetricColumn("gpu_allocated_fraction", "runai", NOW, world.said),
    ]


def _snapshot(world: World) -> Snapshot:
    store = Store(HeldClock())
    for change in _changes(world):
        store.put(change)  # type: ignore[arg-type]
    store.drain()
    return store.snapshot


def _rule(world: World, name: str) -> float:
    """The design's rule, written again: whole GPUs + fractions x devices + memory over memory of a GPU x devices."""
    total = 0.0
    for thing in world.pods.values():
        if thing.node != name or thing.is_reservation or thing.phase in ("Succeeded", "Failed") or thing.gpu.invalid:
            continue
        memory = thing.gpu.memory_bytes
        share = thing.gpu.fraction if memory is None else memory / GPU_MEMORY
        total += thing.gpu.devices * (1.0 if share is None else share)
    return total


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_fractions_sum_to_what_is_allocated_and_lie_where_they_are(world: World) -> None:
    snapshot = _snapshot(world)
    for name, count in world.gpus.items():
        row = snapshot.nodes[name]
        assert [gpu.id.gpu for gpu in row.gpus] == list(range(count))
        assert row.gpu_allocated == pytest.approx(_rule(world, name), abs=1e-5)
        on_gpus = sum(gpu.allocated_fraction for gpu in row.gpus)  # type: ignore[misc]
        assert on_gpus + row.gpu_unplaced == pytest.approx(row.gpu_allocated, abs=1e-5)  # type: ignore[operator]
        shown: dict[ObjectKey, Counter[GpuId]] = {}
        for gpu in row.gpus:
            assert gpu.allocated_fraction == pytest.approx(sum(s.fraction or 0.0 for s in gpu.slices), abs=1e-5)
            for held in gpu.slices:
                shown.setdefault(held.pod, Counter())[gpu.id] += 1
        for key, where in shown.items():
            if key in world.truth:
                assert where <= world.truth[key], f"{key} placed on {where}, lies on {world.truth[key]}"
        bound = [key for key, thing in world.pods.items() if thing.node == name and key in world.truth]
        for key in bound:
            complete = shown.get(key) == world.truth[key]
            assert complete == (key not in row.unplaced_pods), f"{key}: {shown.get(key)}, {row.unplaced_pods}"


@settings(max_examples=100, deadline=None)
@given(worlds(), st.data())
def test_incremental_equals_from_scratch(world: World, data: st.DataObject) -> None:
    store = Store(HeldClock())
    order = data.draw(st.permutations(_changes(world)))
    for change in order:
        store.put(change)
        if data.draw(st.booleans()):
            store.drain()
    for step in range(data.draw(st.integers(0, 4))):
        keys = sorted(world.pods)
        touched = data.draw(st.lists(st.sampled_from(keys), max_size=4)) if keys else []
        items: list[tuple[ObjectKey, Pod | None]] = []
        for key in touched:
            old = world.pods.get(key)
            if old is None:
                continue
            fates = [
                None,
                replace(old, phase="Succeeded"),
                replace(old, node=data.draw(st.sampled_from([*world.gpus, None]))),
                replace(old, gpu_groups=("other",)),
                replace(old, uid=f"{old.uid}-again"),
            ]
            new = data.draw(st.sampled_from(fates))
            new = replace(new, resource_version=f"{step}-{len(items)}-2") if new is not None else None
            items.append((key, new))
            if new is None:
                del world.pods[key]
            else:
                world.pods[key] = new
        store.put(Batch("pods", tuple(items)))
        before = store.snapshot
        diff = store.drain()
        for name, row in store.snapshot.nodes.items():
            assert (before.nodes.get(name) != row) <= (name in diff.nodes)
        for workload in store.snapshot.workloads.keys() | before.workloads.keys():
            changed = before.workloads.get(workload) != store.snapshot.workloads.get(workload)
            assert changed <= (workload in diff.workloads)
    fresh = _snapshot(world)
    store.drain()
    assert dict(store.snapshot.nodes) == dict(fresh.nodes)
    assert dict(store.snapshot.pods) == dict(fresh.pods)
    assert dict(store.snapshot.workloads) == dict(fresh.workloads)
    assert dict(store.snapshot.projects) == dict(fresh.projects)
