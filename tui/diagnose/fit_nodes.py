"""One node as a fit sees it: why it is closed to this ask, the space it has, and between which bounds replicas fit.

Pure. Where it is not known which GPU holds what, ``sure`` counts what fits however it lies, ``possible`` what fits if
it lies as well as can be; a scheduler's answer is never outside of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_pack import HAIR, PLENTY, Demand, Space, most, most_by_gpus
from tui.model.gpu_request import mig_fraction
from tui.model.ids import ObjectKey
from tui.model.node import Node
from tui.model.pod import Pod

DEFAULT_POOL = "default"
GPU_TAINT = "nvidia.com/gpu"  # whoever asks for GPUs tolerates it
SOME_GPU = -1  # an index that is not known beforehand
_FINISHED = ("Succeeded", "Failed")
_DEFAULT_PODS = 110  # the kubelet's own default
_UNKNOWN_SHARE = 0.01


class Bounds(NamedTuple):
    """Replicas: at least ``sure``, at most ``possible``."""

    sure: int
    possible: int


@dataclass(slots=True)
class Used:
    """What the pods of one node ask for together."""

    pods: int = 0
    cores: float = 0.0
    memory_bytes: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """``closed`` is the code of the cause that keeps the ask away (``""``: open) and ``why`` its fact. ``space`` is
    what is surely free. Seen closely, ``by_gpus`` counts what the GPUs alone allow and ``short`` what cpu, memory
    and pods do by themselves, where that is less.
    """

    node: Node
    pool: str
    demand: Demand
    space: Space
    count: Bounds
    by_gpus: Bounds
    closed: str = ""
    why: str = ""
    short: Mapping[str, int] = field(default_factory=dict)
    gpu_memory_bytes: float | None = None
    exact: bool = True

    @property
    def vague(self) -> bool:
        """True when more might fit than surely does."""
        return self.count.sure < self.count.possible


@dataclass(frozen=True, slots=True)
class Gpus:
    """A node's devices sorted: ``vague`` are those of which it is not known how much is held."""

    shared: tuple[tuple[int, float], ...] = ()
    empty: tuple[int, ...] = ()
    vague: tuple[int, ...] = ()
    vague_empty: tuple[int, ...] = ()
    occupied: int = 0
    anonymous: bool = False


def used_by_node(pods: Iterable[Pod]) -> dict[str, Used]:
    """Node -> what its unfinished pods ask for."""
    found: dict[str, Used] = {}
    for pod in pods:
        if pod.node is None or pod.phase in _FINISHED:
            continue
        used = found.get(pod.node)
        if used is None:
            used = found[pod.node] = Used()
        used.pods += 1
        used.cores += pod.cpu_request_cores or 0.0
        used.memory_bytes += pod.memory_request_bytes or 0.0
    return found


def pool_of(node: Node) -> str:
    """Nodes without a label belong to the default pool."""
    return node.pool or DEFAULT_POOL


def look(node: Node, ask: Ask, used: Used | None, pods: Mapping[ObjectKey, Pod], closely: bool = False) -> Look:
    """All that a fit needs of this node. ``used`` ``None``: no pod runs there. ``closely``: also what it lacks."""
    memory = _gpu_memory(node)
    share = ask.share(memory)
    demand = Demand(ask.devices, _UNKNOWN_SHARE if share is None else share, not ask.is_shared)
    code, why = _closed(node, ask, memory)
    gpus = _gpus(node) if ask.devices else Gpus()
    seen = _space(node, ask, gpus, used or Used())
    hidden = PLENTY if node.object is None or share is None else _hidden(node, ask, gpus, pods)
    sure = _without(seen, hidden) if hidden else seen
    count = _bounds(node, demand, gpus, sure, seen, hidden)
    exact = not hidden and not gpus.vague and not gpus.vague_empty
    found = Look(node, pool_of(node), demand, sure, count, count, code, why, {}, memory, exact)
    if not closely:
        return found
    free = replace(seen, places=None, others=None)
    by_gpus = _bounds(node, demand, gpus, replace(sure, places=None, others=None), free, hidden)
    short = _short(node, ask, demand, seen, by_gpus, used or Used()) if count.possible < by_gpus.possible else {}
    return replace(found, by_gpus=by_gpus, short=short)


def look_closer(first: Look, ask: Ask, used: Used | None, pods: Mapping[ObjectKey, Pod]) -> Look:
    """The same with what the node lacks."""
    if first.exact and ask.devices and most_by_gpus(first.space, first.demand) == first.count.possible:
        return first
    return look(first.node, ask, used, pods, closely=True)


def _gpu_memory(node: Node) -> float | None:
    """Memory of one GPU: the node's label, else the least that is measured there."""
    if node.object is not None and node.object.gpu_memory_bytes:
        return node.object.gpu_memory_bytes
    measured = [gpu.memory_total_bytes.value for gpu in node.gpus if gpu.memory_total_bytes is not None]
    return min(measured, default=None)


def _closed(node: Node, ask: Ask, memory: float | None) -> tuple[str, str]:
    """(code, fact) of what keeps the ask off this node whatever is free there."""
    thing = node.object
    if node.ready is False:
        return "node_not_ready", node.status_note or "not ready"
    if node.schedulable is False:
        return "node_cordoned", "cordoned"
    for taint in thing.taints if thing is not None else ():
        if taint.effect != "PreferNoSchedule" and taint.key != GPU_TAINT:
            return "node_taint", f"taint {taint.key}={taint.value}:{taint.effect}".replace("=:", ":")
    if not ask.devices:
        return "", ""
    if thing is not None and not thing.gpu_allocatable and not thing.mig_allocatable and (thing.gpu_count or node.gpus):
        return "gpu_operator_not_ready", f"{thing.gpu_count or len(node.gpus)} GPUs, none offered"
    if _is_mig(node) and (ask.is_shared or not _single_mig(node)):
        return "node_uses_mig", "cut into MIG slices"
    share, granted = ask.share(memory), ask.granted_bytes(memory)
    if share is not None and share > 1 + HAIR:
        return "gpu_memory_too_large", f"{(memory or 0) / 2**30:.0f} GiB a GPU"
    if ask.nim is not None and granted is not None and granted < ask.nim.weights_bytes:
        return "model_exceeds_memory", f"{granted / 1e9:.3g} GB of GPU memory for a replica"
    return "", ""


def _single_mig(node: Node) -> float:
    """The compute part of a device where all devices are MIG slices of one profile; 0 elsewhere."""
    _, mark, profile = (node.gpu_model or "").partition("-MIG-")
    return mig_fraction(profile) if mark else 0.0


def _is_mig(node: Node) -> bool:
    return bool(_single_mig(node)) or (node.object is not None and bool(node.object.mig_allocatable))


def _gpus(node: Node) -> Gpus:
    """The node's devices, sorted by what is held of them."""
    part = _single_mig(node)
    if part:
        free = 0 if node.gpu_free is None else int((node.gpu_free + HAIR) / part)
        return Gpus(empty=_some(free), anonymous=True)
    shared: list[tuple[int, float]] = []
    empty: list[int] = []
    vague: list[int] = []
    vague_empty: list[int] = []
    occupied = 0
    for gpu in node.gpus:
        held = gpu.allocated_fraction
        if held is None:
            (vague if gpu.slices else vague_empty).append(gpu.id.gpu)
            occupied += bool(gpu.slices)
        elif held <= HAIR:
            empty.append(gpu.id.gpu)
        else:
            occupied += 1
            if held < 1 - HAIR:
                shared.append((gpu.id.gpu, round(1 - held, 6)))
    return Gpus(tuple(shared), tuple(empty), tuple(vague), tuple(vague_empty), occupied)


def _some(count: int) -> tuple[int, ...]:
    """Indexes for so many GPUs that can't be told apart: all below 0."""
    return tuple(range(SOME_GPU, SOME_GPU - count, -1))


def _space(node: Node, ask: Ask, gpus: Gpus, used: Used) -> Space:
    """What is free as far as it can be seen. A device that the node has but does not offer is one of its empty ones."""
    thing = node.object
    empty = gpus.empty
    if thing is not None and thing.gpu_allocatable is not None and not gpus.anonymous:
        offered = max(0, thing.gpu_allocatable - gpus.occupied)
        empty = empty if offered >= len(empty) else _some(offered)
    places = others = None
    if thing is not None and not node.approximate:
        places = None if thing.pods_allocatable is None else thing.pods_allocatable - used.pods
        others = min(_cpu_limits(node, ask, used).values(), default=None)
    if not ask.devices and places is None:
        places = _DEFAULT_PODS
    return Space(gpus.shared, empty, len(empty), places, others)


def _cpu_limits(node: Node, ask: Ask, used: Used) -> dict[str, int]:
    """How many replicas CPU and memory allow, where both ends are known."""
    thing, limits = node.object, {}
    if thing is not None and ask.cores and thing.cpu_allocatable_cores is not None:
        limits["cpu"] = max(0, int((thing.cpu_allocatable_cores - used.cores + HAIR) / ask.cores))
    if thing is not None and ask.memory_bytes and thing.memory_allocatable_bytes is not None:
        limits["memory"] = max(0, int((thing.memory_allocatable_bytes - used.memory_bytes) / ask.memory_bytes))
    return limits


def _hidden(node: Node, ask: Ask, gpus: Gpus, pods: Mapping[ObjectKey, Pod]) -> int:
    """Of how many GPUs it is not known whether they are free, beside the vague ones."""
    if not ask.devices or gpus.anonymous:
        return 0
    if node.gpu_unplaced is None:
        return PLENTY
    if node.gpu_unplaced <= HAIR:
        return 0
    return PLENTY if node.approximate else _devices_of(node, pods)


def _bounds(node: Node, demand: Demand, gpus: Gpus, sure: Space, seen: Space, hidden: int) -> Bounds:
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
    shared = (*seen.shared, *((gpu, 1 - _UNKNOWN_SHARE) for gpu in gpus.vague))
    offered = seen.offered + len(gpus.vague_empty)
    free = max(0.0, sum(free for _, free in shared) + offered - unplaced)
    if demand.whole:
        offered = min(offered, int(free + HAIR))
    space = replace(seen, shared=shared, offered=offered, places=None)
    places = PLENTY if seen.places is None else max(0, seen.places)  # what looks empty may be shared already
    return min(most(space, demand), places, int((free + HAIR) / (demand.devices * demand.share)))


def _without(space: Space, hidden: int) -> Space:
    """What is left if the ``hidden`` roomiest GPUs are held; which of the empty ones that are is not known."""
    taken = min(hidden, space.offered)
    shared = sorted(space.shared, key=lambda entry: -entry[1])[hidden - taken :]
    left = space.offered - taken
    return replace(space, shared=tuple(shared), empty=_some(left), offered=left)


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


def _short(node: Node, ask: Ask, demand: Demand, space: Space, by_gpus: Bounds, used: Used) -> dict[str, int]:
    """What keeps the node from as many replicas as its GPUs allow, with how many each allows by itself."""
    limits = _cpu_limits(node, ask, used)
    limits["pods"] = most(replace(space, others=None), demand)
    return {name: limit for name, limit in limits.items() if limit < by_gpus.possible}
