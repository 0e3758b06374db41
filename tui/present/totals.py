"""The cluster's GPUs in one line: what is given, what is free, and how free it really is."""

from collections.abc import Iterable, Sequence
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


@dataclass(frozen=True, slots=True)
class NodeShare:
    """What one node adds to the totals; nothing in it is measured. ``usable``: it takes new pods."""

    ready: bool
    usable: bool
    mapped: bool
    approximate: bool
    allocatable: float | None
    allocated: float | None
    unplaced: float
    whole: int
    pieces: float
    largest: float


def totals(nodes: Iterable[Node]) -> Totals:
    """Add up the nodes. Free space on a node that takes no new pods is not counted as free."""
    rows = list(nodes)
    return add_up([share_of(node) for node in rows], add_idle([idle_held(node) for node in rows]))


def add_up(shares: Sequence[NodeShare], idle: int | None) -> Totals:
    """The totals of the nodes' shares; ``idle`` is the sum of ``idle_held``."""
    usable = [share for share in shares if share.usable]
    whole, pieces = sum(share.whole for share in usable), sum(share.pieces for share in usable)
    known = all(share.mapped for share in usable)
    free = whole + pieces
    return Totals(
        nodes=len(shares),
        nodes_ready=sum(share.ready for share in shares),
        allocatable=_sum([share.allocatable for share in shares]),
        allocated=_sum([share.allocated for share in shares]),
        unplaced=sum(share.unplaced for share in shares),
        whole_free=whole if known else None,
        in_fractions=round(pieces, 6) if known else None,
        largest_free=max((share.largest for share in usable), default=0.0) if known else None,
        fragmentation_fraction=(pieces / free if free > _EPSILON else 0.0) if known else None,
        idle_held=idle,
        approximate=any(share.approximate for share in shares),
    )


def share_of(node: Node) -> NodeShare:
    """The node's part of the totals. What is given but not placed is taken from its whole GPUs, to be careful."""
    free = [gpu.free_fraction for gpu in node.gpus]
    known = [part for part in free if part]
    whole = sum(1 for part in known if part > 1.0 - _EPSILON)
    pieces = sum(part for part in known if _EPSILON < part <= 1.0 - _EPSILON)
    unplaced = node.gpu_unplaced or 0.0
    left = whole - min(float(whole), unplaced)
    return NodeShare(
        ready=bool(node.ready),
        usable=node.ready is not False and node.schedulable is not False,
        mapped=node.gpu_allocated is not None and None not in free,  # from Prometheus alone it is not known
        approximate=node.approximate,
        allocatable=node.gpu_allocatable,
        allocated=node.gpu_allocated,
        unplaced=unplaced,
        whole=int(left),
        pieces=pieces + left % 1.0,
        largest=max(known, default=0.0),
    )


def idle_held(node: Node) -> int | None:
    """The node's GPUs that are given and idle; ``None`` when no GPU's idle time is known."""
    known, idle = False, 0
    for gpu in node.gpus:
        seconds = gpu.idle_seconds
        if seconds is not None:
            known = True
            idle += seconds >= IDLE_AFTER_SECONDS and bool(gpu.slices)
    return idle if known else None


def add_idle(counts: Iterable[int | None]) -> int | None:
    """The sum over the nodes; ``None`` when no node knows."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _sum(values: Sequence[float | None]) -> float | None:
    return None if None in values else round(sum(value for value in values if value is not None), 6)
