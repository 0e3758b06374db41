"""What is free in each node pool, how much of it takes a whole GPU, what is stranded, what would have to move. Pure.

It looks at nodes as a fit does, with the smallest ask there is: one GPU, one core, 1 GiB and a place for a pod.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_bounds import gpus_of, single_mig_part
from tui.diagnose.fit_moves import moves
from tui.diagnose.fit_nodes import Lens, Look
from tui.diagnose.fit_pack import HAIR
from tui.diagnose.fit_pools import Pools
from tui.model.snapshot import Snapshot
from tui.model.waste import PoolRoom, SliceMove, WholeGpu

_LEAST = Ask(devices=1, portion=None, gpu_memory_bytes=None, cores=1.0, memory_bytes=2.0**30, wanted=1, by_runai=True,
             nim=None)  # fmt: skip
_CLOSED = {
    "node_not_ready": "not ready",
    "node_cordoned": "cordoned",
    "node_taint": "tainted",
    "gpu_operator_not_ready": "GPUs not offered",
}


@dataclass(frozen=True, slots=True)
class _Room:
    """What nobody holds on one node. ``why`` it takes no pod (``""``: it does). ``known``: of all its GPUs."""

    look: Look
    whole: int
    parts: float
    largest_part: float
    why: str
    known: bool

    @property
    def free(self) -> float:
        return self.whole + self.parts


def room(snapshot: Snapshot) -> tuple[tuple[PoolRoom, ...], tuple[WholeGpu, ...]]:
    """(the pools that have GPUs by name, what would have to move in each for one more whole GPU)."""
    named = Pools(snapshot.node_pools)
    pool_of = {name: named.of(node) for name, node in snapshot.nodes.items()}
    lens = Lens(_LEAST, snapshot.pods, pool_of)
    by_pool: dict[str, list[_Room]] = {}
    for node in snapshot.nodes.values():
        if node.gpus or node.gpu_allocatable:
            by_pool.setdefault(pool_of[node.name], []).append(_room(lens.look(node)))
    pools = tuple(_pool(name, by_pool[name]) for name in sorted(by_pool))
    return pools, tuple(way for name in sorted(by_pool) for way in _ways(name, by_pool[name]))


def _room(look: Look) -> _Room:
    node = look.node
    why = _why_closed(look)
    if single_mig_part(node) or (node.object is not None and node.object.mig_allocatable):
        return _mig_room(look, why)
    if look.exact and look.closed != "gpu_operator_not_ready":  # the look has sorted the GPUs already
        offered, shared = look.space.offered, [free for _, free in look.space.shared]
        known = node.gpu_allocated is not None
        return _Room(look, offered, round(sum(shared), 6), max(shared, default=0.0), why, known)
    return _vague_room(look, why)


def _vague_room(look: Look, why: str) -> _Room:
    """What is given and lies nobody knows where is taken off the whole GPUs."""
    node = look.node
    gpus = gpus_of(node)
    offered = len(gpus.empty)
    if look.closed != "gpu_operator_not_ready" and node.object is not None and node.object.gpu_allocatable is not None:
        offered = min(offered, max(0, node.object.gpu_allocatable - gpus.occupied))
    unplaced = node.gpu_unplaced or 0.0
    left = max(0.0, offered - unplaced)
    whole = int(left + HAIR)
    rest = max(0.0, left - whole)
    shared = [free for _, free in gpus.shared]
    parts = round(max(0.0, sum(shared) + rest - max(0.0, unplaced - offered)), 6)
    known = node.gpu_allocated is not None and not gpus.vague and not gpus.vague_empty
    return _Room(look, whole, parts, min(parts, max([*shared, rest], default=0.0)), why, known)


def _mig_room(look: Look, why: str) -> _Room:
    """MIG slices: what is free is in parts, however much it is."""
    node, free = look.node, look.node.gpu_free
    one = single_mig_part(node)
    largest = max([gpu.free_fraction or 0.0 for gpu in node.gpus], default=0.0)
    if one and free and free >= one - HAIR:
        largest = one
    return _Room(look, 0, free or 0.0, min(free or 0.0, largest), why, free is not None)


def _why_closed(look: Look) -> str:
    """Why the node takes no pod that asks for GPUs, in a few words."""
    if look.closed in _CLOSED:
        return _CLOSED[look.closed]
    if look.space.places is not None and look.space.places <= 0:
        return "no place for a pod"
    return "CPU or memory used up" if look.space.others == 0 else ""


def _pool(name: str, rooms: Sequence[_Room]) -> PoolRoom:
    nodes = [each.look.node for each in rooms]
    opened = [each for each in rooms if not each.why]
    known = all(each.known for each in rooms)
    whole, parts = sum(each.whole for each in opened), sum(each.parts for each in opened)
    free, closed = whole + parts, _stranded(rooms)
    return PoolRoom(
        pool=name,
        nodes=len(rooms),
        allocatable=_sum(node.gpu_allocatable for node in nodes),
        allocated=_sum(node.gpu_allocated for node in nodes),
        free=round(free, 6) if known else None,
        whole_free=whole if known else None,
        in_parts=round(parts, 6) if known else None,
        largest_part=round(max((each.largest_part for each in opened), default=0.0), 6) if known else None,
        largest_block=max((each.whole for each in opened), default=0) if known else None,
        stranded=round(sum(gpus for _, gpus in closed), 6) if known else None,
        fragmentation=(round(parts / free, 6) if free > HAIR else 0.0) if known else None,
        stranded_by=closed if known else (),
        unplaced=round(sum(node.gpu_unplaced or 0.0 for node in nodes), 6),
    )


def _stranded(rooms: Iterable[_Room]) -> tuple[tuple[str, float], ...]:
    found: defaultdict[str, float] = defaultdict(float)
    for each in rooms:
        if each.why and each.free > HAIR:
            found[each.why] += each.free
    return tuple((why, round(gpus, 6)) for why, gpus in sorted(found.items(), key=lambda item: -item[1]))


def _ways(pool: str, rooms: Sequence[_Room]) -> list[WholeGpu]:
    """Up to three, the least that has to move first."""
    looks = [each.look for each in rooms if not each.why and not each.look.closed and each.look.space.shared]
    found = []
    for steps in moves(looks):
        parts = tuple(
            SliceMove(step.part.workload, step.part.pod, step.part.fraction or 0.0, step.gpu, step.to) for step in steps
        )
        found.append(WholeGpu(pool, steps[0].gpu.node, parts))
    return found


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    return None if None in listed else round(sum(value or 0.0 for value in listed), 6)
