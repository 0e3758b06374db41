"""Which of a node's GPUs are free, and between which bounds replicas fit where that is not known. Pure.

``sure`` counts what fits however the parts lie whose GPU is not known, ``possible`` what fits if they lie as well as
can be: a scheduler's answer is never outside of them.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tui.diagnose.fit_pack import HAIR, PLENTY, Demand, Space, most
from tui.model.gpu_request import mig_fraction
from tui.model.ids import ObjectKey
from tui.model.node import Node
from tui.model.pod import Pod

SOME_GPU = -1  # an index that is not known beforehand, and all below it
UNKNOWN_SHARE = 0.01  # the least that is held of a GPU of which nobody knows how much


class Bounds(NamedTuple):
    """Replicas: at least ``sure``, at most ``possible``."""

    sure: int
    possible: int


class Gpus(msgspec.Struct, frozen=True):
    """A node's devices sorted: ``vague`` are those of which it is not known how much is held."""

    shared: tuple[tuple[int, float], ...] = ()
    empty: tuple[int, ...] = ()
    vague: tuple[int, ...] = ()
    vague_empty: tuple[int, ...] = ()
    occupied: int = 0
    anonymous: bool = False


def single_mig_part(node: Node) -> float:
    """The compute part of a device where all devices are MIG slices of one profile; 0 elsewhere."""
    _, mark, profile = (node.gpu_model or "").partition("-MIG-")
    return mig_fraction(profile) if mark else 0.0


def gpus_of(node: Node) -> Gpus:
    """The node's devices, sorted by what is held of them."""
    if part := single_mig_part(node):
        free = 0 if node.gpu_free is None else int((node.gpu_free + HAIR) / part)
        return Gpus(empty=some_gpus(free), anonymous=True)
    held = [(gpu.id.gpu, gpu.allocated_fraction) for gpu in node.gpus]
    shared = [(index, round(1 - part, 6)) for index, part in held if part is not None and HAIR < part < 1 - HAIR]
    empty = [index for index, part in held if part is not None and part <= HAIR]
    unknown = [gpu for gpu in node.gpus if gpu.allocated_fraction is None]
    vague = [gpu.id.gpu for gpu in unknown if gpu.slices]
    vague_empty = [gpu.id.gpu for gpu in unknown if not gpu.slices]
    occupied = len(held) - len(empty) - len(vague_empty)
    return Gpus(tuple(shared), tuple(empty), tuple(vague), tuple(vague_empty), occupied)


def some_gpus(count: int) -> tuple[int, ...]:
    """Indexes for so many GPUs that can't be told apart: all below 0."""
    return tuple(range(SOME_GPU, SOME_GPU - count, -1))


def hidden_gpus(node: Node, gpus: Gpus, pods: Mapping[ObjectKey, Pod]) -> int:
    """Of how many GPUs it is not known whether they are free, beside the vague ones."""
    if gpus.anonymous:
        return 0
    if node.gpu_unplaced is None:
        return PLENTY
    if node.gpu_unplaced <= HAIR:
        return 0
    return PLENTY if node.approximate else _devices_of(node, pods)


def bounds_of(node: Node, demand: Demand, gpus: Gpus, sure: Space, seen: Space, hidden: int) -> Bounds:
    """Between which numbers the replicas lie."""
    if not demand.devices:
        count = most(seen, demand)
        return Bounds(0 if node.object is None else count, count)
    least = most(sure, demand)
    if not hidden and not gpus.vague and not gpus.vague_empty:
        return Bounds(least, least)
    if sure.places is not None and not demand.whole:
        least = min(least, sure.places // (1 + demand.devices))  # shared GPUs may turn out to be the full ones
    return Bounds(least, _possible(demand, gpus, seen, node.gpu_unplaced or 0.0))


def _possible(demand: Demand, gpus: Gpus, seen: Space, unplaced: float) -> int:
    """What fits if the unplaced parts lie as well as can be, and little is held of the vague GPUs."""
    shared = (*seen.shared, *((gpu, 1 - UNKNOWN_SHARE) for gpu in gpus.vague))
    offered = seen.offered + len(gpus.vague_empty)
    free = max(0.0, sum(free for _, free in shared) + offered - unplaced)
    if demand.whole:
        offered = min(offered, int(free + HAIR))
    space = replace(seen, shared=shared, offered=offered, places=None)
    places = PLENTY if seen.places is None else max(0, seen.places)  # what looks empty may be shared already
    return min(most(space, demand), places, int((free + HAIR) / (demand.devices * demand.share)))


def without(space: Space, hidden: int) -> Space:
    """What is left if the ``hidden`` roomiest GPUs are held; which of the empty ones that are is not known."""
    taken = min(hidden, space.offered)
    shared = sorted(space.shared, key=lambda entry: -entry[1])[hidden - taken :]
    left = space.offered - taken
    return replace(space, shared=tuple(shared), empty=some_gpus(left), offered=left)


def _devices_of(node: Node, pods: Mapping[ObjectKey, Pod]) -> int:
    """On how many GPUs the unplaced pods lie at most."""
    groups: set[str] = set()
    devices = 0
    for key in node.unplaced_pods:
        pod = pods.get(key)
        if pod is None:
            return PLENTY
        groups.update(pod.gpu_groups)
        devices += max(pod.gpu.devices, 1) - min(len(pod.gpu_groups), pod.gpu.devices)
    return devices + len(groups)
