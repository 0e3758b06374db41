"""The ground on which waiting pods are placed: what each node has free, reckoned once for all of them. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import msgspec

from tui.diagnose.fit_bounds import Gpus, gpus_of, some_gpus, without
from tui.diagnose.fit_pack import HAIR, PLENTY, Space
from tui.diagnose.fit_pools import Pools
from tui.model.ids import ObjectKey
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot

_FINISHED = ("Succeeded", "Failed")
_NEARLY = 0.99  # the most that may be free of a GPU of which something is held
_SOMEWHERE = -1000  # indexes, and all below, of shared GPUs whose own is not known


class Used(msgspec.Struct):
    """What the unfinished pods of one node ask for together."""

    pods: int = 0
    cores: float = 0.0
    memory_bytes: float = 0.0
    ephemeral_bytes: float = 0.0
    others: dict[str, float] = msgspec.field(default_factory=dict)
    mig: Counter[str] = msgspec.field(default_factory=Counter)


class Room(msgspec.Struct, frozen=True):
    """One node. ``seen`` is what is free as far as it can be seen, ``sure`` what is free however the parts lie whose
    GPU is not known. ``None`` where the node does not say how much it has."""

    node: Node
    pool: str
    seen: Space
    sure: Space
    free_cores: float | None
    free_memory_bytes: float | None
    free_ephemeral_bytes: float | None
    free_others: Mapping[str, float]
    free_mig: Mapping[str, int]
    gpu_memory_bytes: float | None
    unclear: bool = False  # of some GPU nobody knows how much is held
    kind: int = 0  # rooms of one kind take the same pods: one number for all that is alike

    @property
    def labels(self) -> Mapping[str, str]:
        return self.node.object.labels if self.node.object is not None else {}

    @property
    def devices(self) -> int:
        """GPUs that it offers, or would if its operator were ready."""
        thing = self.node.object
        if thing is not None:
            return max(thing.gpu_allocatable or 0, thing.gpu_count or 0)
        return len(self.node.gpus)

    @property
    def free_gpus(self) -> float:
        """Parts and whole ones added up, as far as can be seen."""
        return sum([free for _, free in self.seen.shared]) + self.seen.offered


class Site:
    """All nodes of a snapshot as rooms. ``known``: Kubernetes tells of every node."""

    def __init__(self, snapshot: Snapshot) -> None:
        pools = Pools(snapshot.node_pools)
        used = _used(snapshot.pods.values())
        kinds: dict[object, int] = {}
        self.known = _is_known(snapshot)
        self.rooms = tuple(
            [
                _numbered(_room(node, pools.of(node), used.get(name) or Used(), snapshot), kinds)
                for name, node in snapshot.nodes.items()
            ]
        )
        memory = {room.gpu_memory_bytes for room in self.rooms if room.gpu_memory_bytes}
        self.least_gpu_memory_bytes = min(memory, default=None)
        self._suitable: dict[object, tuple[Room, ...]] = {}
        self.pools = frozenset([room.pool for room in self.rooms]) | snapshot.node_pools.keys()

    @cached_property
    def labels(self) -> frozenset[tuple[str, str]]:
        """All labels that any node has."""
        return frozenset([pair for room in self.rooms for pair in room.labels.items()])

    def suitable(self, wishes: Hashable, suits: Callable[[Room], bool]) -> tuple[Room, ...]:
        """The rooms that suit, looked up once for all pods with the same wishes."""
        known = self._suitable.get(wishes)
        if known is None:
            known = self._suitable[wishes] = tuple([room for room in self.rooms if suits(room)])
        return known


def _is_known(snapshot: Snapshot) -> bool:
    status = snapshot.sources.get("kubernetes/nodes")
    if status is not None:
        return status.state in ("live", "stale")
    return any(node.object is not None for node in snapshot.nodes.values())


def _used(pods: Iterable[Pod]) -> dict[str, Used]:
    sums: dict[str, Used] = {}
    for pod in pods:
        if pod.node is None or pod.phase in _FINISHED:
            continue
        used = sums.get(pod.node)
        if used is None:
            used = sums[pod.node] = Used()
        used.pods += 1
        used.cores += pod.cpu_request_cores or 0.0
        used.memory_bytes += pod.memory_request_bytes or 0.0
        used.ephemeral_bytes += pod.ephemeral_request_bytes or 0.0
        for name, count in pod.other_requests.items():
            used.others[name] = used.others.get(name, 0.0) + count
        for profile, count in pod.gpu.mig:
            used.mig[profile] += count
    return sums


def _room(node: Node, pool: str, used: Used, snapshot: Snapshot) -> Room:
    thing = node.object
    gpus, memory = gpus_of(node), _gpu_memory(node)
    held = _held(node, snapshot.pods, memory)
    seen = _space(node, gpus, used, held)
    sure = without(seen, held.unclear) if held.unclear else seen
    if gpus.vague_empty or gpus.vague:  # what is not known may be free: it is seen as such, and never promised
        some = some_gpus(len(gpus.vague_empty))
        vague = tuple((gpu, _NEARLY) for gpu in gpus.vague)
        seen = Space((*seen.shared, *vague), (*seen.empty, *some), seen.offered + len(some), seen.places)
    return Room(
        node=node,
        pool=pool,
        seen=seen,
        sure=sure,
        free_cores=_left(thing.cpu_allocatable_cores if thing else None, used.cores),
        free_memory_bytes=_left(thing.memory_allocatable_bytes if thing else None, used.memory_bytes),
        free_ephemeral_bytes=_left(thing.ephemeral_allocatable_bytes if thing else None, used.ephemeral_bytes),
        free_others=_others(thing.other_allocatable, used.others) if thing and thing.other_allocatable else {},
        free_mig={profile: count - used.mig[profile] for profile, count in thing.mig_allocatable} if thing else {},
        gpu_memory_bytes=memory,
        unclear=bool(held.unclear or gpus.vague or gpus.vague_empty),
    )


def _numbered(room: Room, kinds: dict[object, int]) -> Room:
    """The room with the number of its kind: all that decides what it takes, names and indexes aside."""
    node, thing, seen, sure = room.node, room.node.object, room.seen, room.sure
    offer = (thing.gpu_allocatable, thing.gpu_count, bool(thing.mig_allocatable), thing.taints) if thing else None
    kind = (
        *(tuple(sorted([free for _, free in seen.shared])), seen.offered, seen.places),
        None if sure is seen else (tuple(sorted([free for _, free in sure.shared])), sure.offered),
        *(room.free_cores, room.free_memory_bytes, room.free_ephemeral_bytes, room.gpu_memory_bytes),
        *(tuple(room.free_others.items()), tuple(room.free_mig.items())),
        *(
            node.ready,
            node.schedulable,
            node.status_note,
            bool(node.gpus),
            len(node.gpus),
            node.gpu_model,
            offer,
            room.unclear,
        ),
    )
    return msgspec.structs.replace(room, kind=kinds.setdefault(kind, len(kinds)))


def _left(total: float | None, used: float) -> float | None:
    return None if total is None else total - used + HAIR


def _others(total: Mapping[str, float], used: Mapping[str, float]) -> dict[str, float]:
    return {name: count - used.get(name, 0.0) for name, count in total.items()}


class Held(NamedTuple):
    """GPUs that are held, and nobody knows which: free parts of shared ones, whole ones, and what is not even known to
    be the one or the other."""

    parts: tuple[float, ...] = ()
    whole: int = 0
    unclear: int = 0


def _held(node: Node, pods: Mapping[ObjectKey, Pod], gpu_memory_bytes: float | None) -> Held:
    """Which GPU a pod holds does not matter to others, if its group tells how many it shares with whom."""
    if node.gpu_unplaced is None or (node.gpu_unplaced > HAIR and node.approximate):
        return Held(unclear=PLENTY)
    groups: dict[str, float] = {}
    whole = unclear = 0
    for key in node.unplaced_pods:
        pod = pods.get(key)
        if pod is None:
            return Held(unclear=PLENTY)
        share = pod.gpu.per_device_fraction(gpu_memory_bytes)
        if share is not None and not pod.gpu.is_shared:
            whole += pod.gpu.devices
        elif share is not None and len(pod.gpu_groups) >= pod.gpu.devices:
            for group in pod.gpu_groups:
                groups[group] = groups.get(group, 0.0) + share
        else:
            unclear += max(1, pod.gpu.devices)
    return Held(tuple(round(max(0.0, 1 - part), 6) for part in groups.values()), whole, unclear)


def _space(node: Node, gpus: Gpus, used: Used, held: Held) -> Space:
    """What is free as far as it can be seen. A device that the node has but does not offer is one of its empty ones."""
    thing, empty = node.object, gpus.empty
    taken = len(held.parts) + held.whole
    if taken:
        empty = some_gpus(max(0, len(empty) - taken))
    if thing is not None and thing.gpu_allocatable is not None and not gpus.anonymous:
        offered = max(0, thing.gpu_allocatable - gpus.occupied - taken)
        empty = empty if offered >= len(empty) else some_gpus(offered)
    places = None
    if thing is not None and thing.pods_allocatable is not None:
        places = thing.pods_allocatable - used.pods
    parts = tuple((_SOMEWHERE - number, part) for number, part in enumerate(held.parts) if part > HAIR)
    return Space((*gpus.shared, *parts), empty, len(empty), places)


def _gpu_memory(node: Node) -> float | None:
    """Memory of one GPU: the node's label, else the least that is measured there."""
    if node.object is not None and node.object.gpu_memory_bytes:
        return node.object.gpu_memory_bytes
    measured = [gpu.memory_total_bytes.value for gpu in node.gpus if gpu.memory_total_bytes is not None]
    return min(measured, default=None)
