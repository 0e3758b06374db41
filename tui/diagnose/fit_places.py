"""Where the first replicas go: nodes and GPUs in the order of the cluster's placement strategy. Pure.

The scheduler lays one replica after the other: bin-packing takes the fullest node and GPU that fit, spreading the
emptiest. Where that order strands some that would fit, they are laid with care instead, and that is said.
"""

import heapq
from collections.abc import Mapping, Sequence

from tui.diagnose.fit_bounds import single_mig_part
from tui.diagnose.fit_nodes import Look
from tui.diagnose.fit_pack import Tray, lay
from tui.model.fit import GpuShare, Placement
from tui.model.ids import GpuId


def places(looks: Sequence[Look], wanted: int, packed: Mapping[str, bool], room: Mapping[str, int]) -> list[Placement]:
    """The placements of ``wanted`` replicas as the scheduler would lay them, or fewer if it gets stuck.

    ``packed`` tells of each pool, in the order in which they are tried, whether it is bin-packed; ``room`` how many
    replicas quota allows there.
    """
    rank = {pool: place for place, pool in enumerate(packed)}
    left = dict(room)
    heap: list[tuple[int, float, str]] = []
    looks_by_name: dict[str, Look] = {}
    trays: dict[str, Tray] = {}
    for look in looks:
        if look.count.sure:
            looks_by_name[look.node.name] = look
            heap.append((rank[look.pool], _fullness(look, 0, packed), look.node.name))
    heapq.heapify(heap)
    laid: list[Placement] = []
    while heap and len(laid) < wanted:
        place, _, name = heapq.heappop(heap)
        look = looks_by_name[name]
        if left.get(look.pool, 0) <= 0:
            continue
        tray = trays.get(name) or Tray(look.space, look.demand, packed[look.pool])
        trays[name] = tray
        gpus = tray.take()
        if gpus is None:
            continue
        left[look.pool] -= 1
        laid.append(_placement(look, gpus))
        heapq.heappush(heap, (place, _fullness(look, tray.taken, packed), name))
    return laid


def careful_places(looks: Sequence[Look], wanted: int, room: Mapping[str, int]) -> list[Placement]:
    """The placements of ``wanted`` replicas, of which as many as surely fit are found."""
    left = dict(room)
    laid: list[Placement] = []
    for look in looks:
        count = min(look.count.sure, left.get(look.pool, 0), wanted - len(laid))
        if count > 0:
            left[look.pool] -= count
            laid.extend(_placement(look, gpus) for gpus in lay(look.space, look.demand, count))
    return laid


def _fullness(look: Look, taken: int, packed: Mapping[str, bool]) -> float:
    """What nodes are sorted by: the part of their GPUs that is given, the other way round for bin-packing."""
    given = (look.node.gpu_allocated or 0.0) + taken * look.demand.devices * look.demand.share
    part = given / (look.node.gpu_allocatable or 1.0)
    return -part if packed[look.pool] else part


def _placement(look: Look, gpus: Sequence[int]) -> Placement:
    name, share = look.node.name, single_mig_part(look.node) or look.demand.share
    return Placement(name, tuple(GpuShare(GpuId(name, max(gpu, -1)), round(share, 6)) for gpu in gpus))
