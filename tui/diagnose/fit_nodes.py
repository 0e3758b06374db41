"""One node as a fit sees it: why it is closed to this ask, the space it has, and how many replicas fit there. Pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_bounds import (
    UNKNOWN_SHARE,
    Bounds,
    Gpus,
    bounds_of,
    gpus_of,
    hidden_gpus,
    single_mig_part,
    some_gpus,
    without,
)
from tui.diagnose.fit_pack import HAIR, PLENTY, Demand, Space, most, most_by_gpus
from tui.model.ids import ObjectKey
from tui.model.node import Node
from tui.model.pod import Pod

GPU_TAINT = "nvidia.com/gpu"  # whoever asks for GPUs tolerates it
_FINISHED = ("Succeeded", "Failed")
_DEFAULT_PODS = 110  # the kubelet's own default


class Used(NamedTuple):
    """What the pods of one node ask for together."""

    pods: int
    cores: float
    memory_bytes: float


@dataclass(frozen=True, slots=True)
class Size:
    """What the ask is on GPUs of one size. ``code`` and ``why`` tell where it is too large for them."""

    share: float | None
    demand: Demand
    code: str = ""
    why: str = ""


class Look(msgspec.Struct, frozen=True):
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
    short: Mapping[str, int] = msgspec.field(default_factory=dict)
    gpu_memory_bytes: float | None = None
    exact: bool = True

    @property
    def vague(self) -> bool:
        """True when more might fit than surely does."""
        return self.count.sure < self.count.possible


class Usage:
    """What the nodes' unfinished pods ask for. Cores and memory are added up only where the ask has any."""

    def __init__(self, pods: Mapping[ObjectKey, Pod], ask: Ask) -> None:
        self.pods = pods
        alive = [pod for pod in pods.values() if pod.phase not in _FINISHED]
        self._count = Counter([pod.node for pod in alive])
        self._sums: dict[str | None, list[float]] = {}
        for pod in alive if ask.cores or ask.memory_bytes else ():
            sums = self._sums.setdefault(pod.node, [0.0, 0.0])
            sums[0] += pod.cpu_request_cores or 0.0
            sums[1] += pod.memory_request_bytes or 0.0

    def of(self, node: str) -> Used:
        """The sums of one node."""
        return Used(self._count[node], *self._sums.get(node, (0.0, 0.0)))


class Lens:
    """One ask, looking at one node after the other. ``pool_of`` names each node's pool."""

    def __init__(self, ask: Ask, pods: Mapping[ObjectKey, Pod], pool_of: Mapping[str, str]) -> None:
        self._ask = ask
        self._pool_of = pool_of
        self._usage = Usage(pods, ask)
        self._sizes: dict[float | None, Size] = {}  # nodes are alike: reckoned once for each size of GPU

    def look(self, node: Node, closely: bool = False) -> Look:
        """All that a fit needs of this node; ``closely``: also what it lacks."""
        ask, used = self._ask, self._usage.of(node.name)
        memory = _gpu_memory(node)
        size = self._size(memory)
        code, why = _closed(node, ask, size)
        gpus = gpus_of(node) if ask.devices else Gpus()
        seen = _space(node, ask, gpus, used)
        hidden = _hidden(node, ask, size, gpus, self._usage.pods)
        sure = without(seen, hidden) if hidden else seen
        count = bounds_of(node, size.demand, gpus, sure, seen, hidden)
        exact = not hidden and not gpus.vague and not gpus.vague_empty
        found = Look(node, self._pool_of[node.name], size.demand, sure, count, count, code, why, {}, memory, exact)
        if not closely:
            return found
        free, surely = replace(seen, places=None, others=None), replace(sure, places=None, others=None)
        by_gpus = bounds_of(node, size.demand, gpus, surely, free, hidden)
        if count.possible >= by_gpus.possible:
            return replace(found, by_gpus=by_gpus)
        return replace(found, by_gpus=by_gpus, short=_short(node, ask, size.demand, seen, by_gpus, used))

    def closer(self, first: Look) -> Look:
        """The same with what the node lacks."""
        if first.exact and self._ask.devices and most_by_gpus(first.space, first.demand) == first.count.possible:
            return first
        return self.look(first.node, closely=True)

    def _size(self, memory: float | None) -> Size:
        size = self._sizes.get(memory)
        if size is None:
            size = self._sizes[memory] = _size_of(self._ask, memory)
        return size


def _size_of(ask: Ask, memory: float | None) -> Size:
    share, granted = ask.share(memory), ask.granted_bytes(memory)
    demand = Demand(ask.devices, UNKNOWN_SHARE if share is None else share, not ask.is_shared)
    if ask.devices and share is not None and share > 1 + HAIR:
        return Size(share, demand, "gpu_memory_too_large", f"{(memory or 0) / 2**30:.0f} GiB a GPU")
    if ask.devices and ask.nim is not None and granted is not None and granted < ask.nim.weights_bytes:
        return Size(share, demand, "model_exceeds_memory", f"{granted / 1e9:.3g} GB of GPU memory for a replica")
    return Size(share, demand)


def _hidden(node: Node, ask: Ask, size: Size, gpus: Gpus, pods: Mapping[ObjectKey, Pod]) -> int:
    if node.object is None or size.share is None:
        return PLENTY  # what Kubernetes does not tell of a node is no promise
    return hidden_gpus(node, gpus, pods) if ask.devices else 0


def _gpu_memory(node: Node) -> float | None:
    """Memory of one GPU: the node's label, else the least that is measured there."""
    if node.object is not None and node.object.gpu_memory_bytes:
        return node.object.gpu_memory_bytes
    measured = [gpu.memory_total_bytes.value for gpu in node.gpus if gpu.memory_total_bytes is not None]
    return min(measured, default=None)


def _closed(node: Node, ask: Ask, size: Size) -> tuple[str, str]:
    """(code, fact) of what keeps the ask off this node whatever is free there; what lasts longest comes first."""
    thing = node.object
    is_mig = (thing is not None and thing.mig_allocatable) or (node.gpu_model and "-MIG-" in node.gpu_model)
    if is_mig and ask.devices and (ask.is_shared or not single_mig_part(node)):
        return "node_uses_mig", "cut into MIG slices"
    if size.code and node.gpus:
        return size.code, size.why
    if node.ready is False:
        return "node_not_ready", node.status_note or "not ready"
    if node.schedulable is False:
        return "node_cordoned", "cordoned"
    for taint in thing.taints if thing is not None else ():
        if taint.effect != "PreferNoSchedule" and taint.key != GPU_TAINT:
            return "node_taint", f"taint {taint.key}={taint.value}:{taint.effect}".replace("=:", ":")
    if thing is None or not ask.devices or thing.gpu_allocatable or thing.mig_allocatable:
        return "", ""
    if thing.gpu_count or node.gpus:
        return "gpu_operator_not_ready", f"{thing.gpu_count or len(node.gpus)} GPUs, none offered"
    return "", ""


def _space(node: Node, ask: Ask, gpus: Gpus, used: Used) -> Space:
    """What is free as far as it can be seen. A device that the node has but does not offer is one of its empty ones."""
    thing = node.object
    empty = gpus.empty
    if thing is not None and thing.gpu_allocatable is not None and not gpus.anonymous:
        offered = max(0, thing.gpu_allocatable - gpus.occupied)
        empty = empty if offered >= len(empty) else some_gpus(offered)
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


def _short(node: Node, ask: Ask, demand: Demand, space: Space, by_gpus: Bounds, used: Used) -> dict[str, int]:
    """What keeps the node from as many replicas as its GPUs allow, with how many each allows by itself."""
    limits = _cpu_limits(node, ask, used)
    limits["pods"] = most(replace(space, others=None), demand)
    return {name: limit for name, limit in limits.items() if limit < by_gpus.possible}
