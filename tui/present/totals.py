"""The cluster's GPUs in one line: what is given, what is free, and how free it really is."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.node import Node

_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Totals:
    """All in GPUs. ``None``: not known for at least one node, so a sum would lie.

    ``fragmentation_fraction`` is the part of the free GPUs that lies in pieces of less than a whole one: 0 when every
    free GPU is whole, 1 when none is. ``idle_held`` counts GPUs that are given and stood at 0 % for 300 s.
    """

    nodes: int
    nodes_ready: int
    allocatable: float | None
    allocated: float | None
    unplaced: float
    whole_free: int | None
    in_fractions: float | None
    largest_free: float | None
    fragmentation_fraction: float | None
    idle_held: int | None
    approximate: bool


IDLE_AFTER_SECONDS = 300.0


def totals(nodes: Iterable[Node]) -> Totals:
    """Add up the nodes. Free space on a node that takes no new pods is not counted as free."""
    rows = list(nodes)
    usable = [node for node in rows if node.ready is not False and node.schedulable is not False]
    whole, pieces = _free(usable)
    known = all(_is_mapped(node) for node in usable)
    free_total = whole + pieces
    return Totals(
        nodes=len(rows),
        nodes_ready=sum(1 for node in rows if node.ready),
        allocatable=_sum(node.gpu_allocatable for node in rows),
        allocated=_sum(node.gpu_allocated for node in rows),
        unplaced=sum(node.gpu_unplaced or 0.0 for node in rows),
        whole_free=whole if known else None,
        in_fractions=round(pieces, 6) if known else None,
        largest_free=_largest_free(usable) if known else None,
        fragmentation_fraction=(pieces / free_total if free_total > _EPSILON else 0.0) if known else None,
        idle_held=_idle_held(rows),
        approximate=any(node.approximate for node in rows),
    )


def _is_mapped(node: Node) -> bool:
    """True if it is known what lies on each of the node's GPUs; from Prometheus alone it is not."""
    return node.gpu_allocated is not None and all(gpu.allocated_fraction is not None for gpu in node.gpus)


def _free(nodes: list[Node]) -> tuple[int, float]:
    """(whole free GPUs, GPUs free in pieces). What is given but not placed is taken from whole GPUs, to be careful."""
    whole, pieces = 0, 0.0
    for node in nodes:
        node_whole = 0
        for gpu in node.gpus:
            free = gpu.free_fraction or 0.0
            if free > 1.0 - _EPSILON:
                node_whole += 1
            elif free > _EPSILON:
                pieces += free
        unplaced = node.gpu_unplaced or 0.0
        taken = min(float(node_whole), unplaced)
        whole += int(node_whole - taken)
        pieces += (node_whole - taken) % 1.0
    return whole, pieces


def _largest_free(nodes: list[Node]) -> float:
    best = 0.0
    for node in nodes:
        for gpu in node.gpus:
            best = max(best, gpu.free_fraction or 0.0)
    return best


def _idle_held(nodes: list[Node]) -> int | None:
    """GPUs given and idle; ``None`` when no GPU's idle time is known."""
    known = [gpu for node in nodes for gpu in node.gpus if gpu.idle_seconds is not None]
    if not known:
        return None
    return sum(1 for gpu in known if (gpu.idle_seconds or 0.0) >= IDLE_AFTER_SECONDS and gpu.slices)


def _sum(values: Iterable[float | None]) -> float | None:
    total = 0.0
    for value in values:
        if value is None:
            return None
        total += value
    return round(total, 6)
