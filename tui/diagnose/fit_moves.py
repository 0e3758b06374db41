"""Fragmentation: which slices would have to go so that one more replica fits, the smallest first. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tui.diagnose.fit_nodes import Look
from tui.diagnose.fit_pack import HAIR, PLENTY
from tui.model.cause import Remedy
from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId

_OPTIONS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One slice that has to leave its GPU, and the GPU that has room for it, if one has."""

    part: Slice
    gpu: GpuId
    free_then: float
    to: GpuId | None


@dataclass(frozen=True, slots=True)
class _Way:
    """One node's cheapest way: how much has to leave it, from which GPUs. Nothing may be moved to those ``needed``."""

    cost: float
    slices: int
    gpus: tuple[tuple[Gpu, tuple[Slice, ...]], ...]
    needed: frozenset[GpuId]


def moves(looks: Sequence[Look]) -> list[tuple[Step, ...]]:
    """Up to three ways, each a set of slices of one node, the least that has to move first."""
    ways: list[_Way] = []
    for look in looks:
        if len(ways) == _OPTIONS and _at_least(look) >= ways[-1].cost - HAIR:
            continue
        way = _way(look)
        if way is not None:
            ways = sorted([*ways, way], key=lambda way: (round(way.cost, 6), way.slices))[:_OPTIONS]
    room = sorted((free, GpuId(look.node.name, gpu)) for look in looks for gpu, free in look.space.shared)
    return [_steps(way, room) for way in ways]


def move_remedies(looks: Sequence[Look]) -> list[Remedy]:
    """The same as sentences."""
    return [_remedy(steps) for steps in moves(looks)]


def _at_least(look: Look) -> float:
    """No way on this node costs less: one of its shared GPUs must give what it lacks."""
    lacking = [look.demand.share - free for _, free in look.space.shared if free < look.demand.share - HAIR]
    return min(lacking, default=PLENTY)


def _free(gpu: Gpu) -> float:
    return gpu.free_fraction or 0.0


def _way(look: Look) -> _Way | None:
    """The cheapest way on this node; ``None`` where GPUs are held whole or it is not known what holds them."""
    demand = look.demand
    if look.by_gpus.possible and demand.devices > 1:
        return None
    fitting, found = 0 if look.by_gpus.possible else look.space.offered, []
    shared = dict(look.space.shared)
    for gpu in look.node.gpus if shared else ():
        free = shared.get(gpu.id.gpu)
        if free is None:
            continue
        if free >= demand.share - HAIR:
            fitting += not look.by_gpus.possible
        elif leaving := _least(gpu.slices, demand.share - free):
            found.append((sum(part.fraction or 0.0 for part in leaving), len(leaving), gpu, leaving))
    found.sort(key=lambda entry: entry[:2])
    chosen = found[: demand.devices - fitting]
    if not chosen or len(chosen) < demand.devices - fitting:
        return None
    serving = look.node.gpus if demand.devices > 1 else [gpu for _, _, gpu, _ in chosen]
    return _Way(
        sum(cost for cost, *_ in chosen),
        sum(count for _, count, *_ in chosen),
        tuple((g, s) for _, _, g, s in chosen),
        frozenset(gpu.id for gpu in serving),
    )


def _least(slices: Iterable[Slice], need: float) -> tuple[Slice, ...]:
    """The smallest slice that frees ``need``, else the largest ones together until they do."""
    known = [part for part in slices if part.fraction is not None]
    known.sort(key=lambda part: part.fraction or 0.0)
    single = next((part for part in known if (part.fraction or 0.0) >= need - HAIR), None)
    if single is not None:
        return (single,)
    taken: list[Slice] = []
    for part in reversed(known):
        taken.append(part)
        need -= part.fraction or 0.0
        if need <= HAIR:
            return tuple(taken)
    return ()


def _steps(way: _Way, room: Sequence[tuple[float, GpuId]]) -> tuple[Step, ...]:
    closed, steps = set(way.needed), []
    for gpu, parts in way.gpus:
        then = round(_free(gpu) + sum(part.fraction or 0.0 for part in parts), 6)
        for part in parts:
            first = bisect_left(room, ((part.fraction or 0.0) - HAIR, GpuId("", -1)))
            to = next((key for _, key in room[first:] if key not in closed), None)
            closed |= {to} if to is not None else set()
            steps.append(Step(part, gpu.id, then, to))
    return tuple(steps)


def _remedy(steps: Sequence[Step]) -> Remedy:
    text = ", and ".join(_words(step) for step in steps)
    freed = " and ".join(
        f"GPU {gpu.gpu} of {gpu.node} then has {then:g} free"
        for gpu, then in {step.gpu: step.free_then for step in steps}.items()
    )
    workload = steps[0].part.workload
    return Remedy(f"{text[0].upper()}{text[1:]}: {freed}.", "workload.scale", str(workload or steps[0].part.pod))


def _words(step: Step) -> str:
    name = step.part.workload or step.part.pod
    held = f"{name} ({step.part.fraction:g} of GPU {step.gpu.gpu} on {step.gpu.node})"
    if step.to is None:
        return f"scale down {held}, which fits nowhere else"
    return f"move {held} to GPU {step.to.gpu} on {step.to.node}"
