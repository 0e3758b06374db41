"""What a node's GPU pods hold, cut into parts of one device each, and the board on which they are being placed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import mig_fraction
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.node import NodeObject
from tui.model.pod import Pod

WorkloadOf = Callable[[ObjectKey], WorkloadKey | None]


class Part(NamedTuple):
    """What a pod holds of one device: ``share`` 0 to 1 of it (``None``: not known), ``group`` its shared-GPU group."""

    pod: Pod
    share: float | None
    group: str | None = None
    mig_profile: str | None = None


class Held(NamedTuple):
    """A part on a GPU, and what placed it there (see ``Slice.source``)."""

    part: Part
    source: str


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """All that is known of one node before its figures are measured; everything in it belongs to this node.

    ``pods`` hold GPUs (reservation pods left out), ``reservations`` are the live reservation pods. ``uuid_index``
    remembers the index of each UUID ever reported here. ``reported_allocatable`` and ``reported_allocated`` are GPUs
    as Prometheus says, ``runai_allocated`` the fraction of each GPU as Run:ai's API says. ``pods_seen`` is ``all``,
    ``some`` (certain namespaces only) or ``none`` (no right, or not yet).
    """

    name: str
    object: NodeObject | None = None
    pods: tuple[Pod, ...] = ()
    reservations: tuple[Pod, ...] = ()
    identities: tuple[GpuIdentity, ...] = ()
    uuid_index: Mapping[str, int] = field(default_factory=dict)
    reported_gpus: frozenset[int] = frozenset()
    reported_allocatable: float | None = None
    reported_allocated: float | None = None
    runai_allocated: Mapping[int, float] = field(default_factory=dict)
    gpu_memory_bytes: float | None = None
    pods_seen: str = "all"

    @property
    def gpu_count(self) -> int | None:
        """How many physical GPUs the node has, by what Kubernetes says first."""
        if self.object is not None and not single_mig_profile(self.object):
            count = self.object.gpu_count if self.object.gpu_count is not None else self.object.gpu_allocatable
            if count is not None or not self.object.mig_allocatable:
                return count or 0
        if self.object is None and self.reported_allocatable is not None:
            return int(self.reported_allocatable)
        return None


def single_mig_profile(node: NodeObject | None) -> str | None:
    """The profile of a node whose ``nvidia.com/gpu`` devices are MIG slices (strategy ``single``), else ``None``."""
    _, mark, profile = (node.gpu_model or "").partition("-MIG-") if node is not None else ("", "", "")
    return profile if mark and mig_fraction(profile) > 0 else None


def gpu_indexes(facts: NodeFacts) -> tuple[int, ...]:
    """The indexes of the node's GPUs: those reported, then the lowest free ones up to what Kubernetes counts.

    A GPU that fell off the exporter therefore keeps its place as long as Kubernetes counts it.
    """
    found = {identity.gpu.gpu for identity in facts.identities} | facts.reported_gpus | facts.runai_allocated.keys()
    count = facts.gpu_count
    if facts.object is None and count is None:
        found |= {index for pod in facts.pods for index in pod.gpu_index_hints}
    missing = (count or 0) - len(found)
    index = 0
    while missing > 0:
        if index not in found:
            found.add(index)
            missing -= 1
        index += 1
    return tuple(sorted(found))


def parts_of(pod: Pod, facts: NodeFacts) -> list[Part]:
    """The pod's request as parts of one device each; a request that can't be read is one part of unknown share."""
    request = pod.gpu
    if request.invalid is not None:
        return [Part(pod, None, group) for group in (pod.gpu_groups or (None,))]
    profile = single_mig_profile(facts.object)
    if profile is not None and not request.is_shared:
        parts = [Part(pod, mig_fraction(profile), None, profile)] * request.devices
    else:
        share = request.per_device_fraction(facts.gpu_memory_bytes)
        groups: Iterable[str | None] = pod.gpu_groups if request.is_shared else ()
        named = list(groups)[: request.devices]
        parts = [Part(pod, share, group) for group in named + [None] * (request.devices - len(named))]
    for name, count in request.mig:
        parts += [Part(pod, mig_fraction(name), None, name)] * count
    return parts


class Board:
    """One node while its pods are being placed: what lies on each GPU, and what is still open."""

    def __init__(self, facts: NodeFacts) -> None:
        self.facts = facts
        self.gpus: dict[int, list[Held]] = {index: [] for index in gpu_indexes(facts)}
        self.open: dict[ObjectKey, list[Part]] = {pod.key: parts_of(pod, facts) for pod in facts.pods}
        self.group_gpu: dict[str, tuple[int, str]] = {}
        self.reserved: dict[int, str] = {}  # GPU -> the group that a reservation pod or a trusted label keeps it for

    def place(self, part: Part, gpu: int, source: str) -> None:
        """Put an open part on a GPU."""
        self.gpus[gpu].append(Held(part, source))
        self.open[part.pod.key].remove(part)

    def name_group(self, group: str, gpu: int | None, source: str) -> None:
        """Say where a group lies, unless a more trusted source said so, or keeps that GPU for another group."""
        if gpu is None or gpu not in self.gpus or group in self.group_gpu:
            return
        if source != "reservation" and (self.reserved.get(gpu, group) != group or self.holds_whole(gpu)):
            return
        self.group_gpu[group] = (gpu, source)
        self.reserved.setdefault(gpu, group)

    def settle_groups(self) -> None:
        """Place every open part whose group has a GPU."""
        for parts in list(self.open.values()):
            for part in list(parts):
                if part.group is not None and part.group in self.group_gpu:
                    self.place(part, *self.group_gpu[part.group])

    def holds_whole(self, gpu: int) -> bool:
        """True when a whole-device pod lies there."""
        return any(is_whole(held.part) for held in self.gpus[gpu])

    def open_parts(self) -> list[Part]:
        return [part for parts in self.open.values() for part in parts]

    def empty_gpus(self) -> list[int]:
        """GPUs with nothing on them and kept for no group."""
        return [gpu for gpu, held in self.gpus.items() if not held and gpu not in self.reserved]


def is_whole(part: Part) -> bool:
    """True for a part that takes a device alone."""
    return part.mig_profile is None and not part.pod.gpu.is_shared and part.pod.gpu.invalid is None
