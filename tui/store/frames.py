"""The frames of a recording: what a snapshot differs in from the one before, as bytes and back.

A frame holds model values and nothing else, so a recording knows no more than the screens do. A *key* frame holds the
whole snapshot, a *delta* what is not the very same value as before; the unit of both is a row.
"""

import zlib
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

import msgspec

from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff
from tui.model.status import SourceStatus
from tui.model.tenancy import NodePool, PodGroup, Project, Queue
from tui.model.workload import Workload

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Frame(msgspec.Struct, omit_defaults=True):
    """``None`` in a list: the same as before. ``gone_*`` are rows that ended."""

    at: float
    sequence: int
    cluster: ClusterInfo | None = None
    sources: list[SourceStatus] | None = None
    nodes: list[Node] = []
    gone_nodes: list[str] = []
    pods: list[Pod] = []
    gone_pods: list[ObjectKey] = []
    workloads: list[Workload] = []
    gone_workloads: list[WorkloadKey] = []
    projects: list[Project] | None = None
    queues: list[Queue] | None = None
    node_pools: list[NodePool] | None = None
    pod_groups: list[PodGroup] | None = None
    events: list[Event] | None = None


_decoder = msgspec.msgpack.Decoder(Frame)
_encoder = msgspec.msgpack.Encoder()
EMPTY = Snapshot(0.0, 0, ClusterInfo())
MAX_FRAME_BYTES = 2**30  # a frame that says more is damage, not data


def pack(before: Snapshot | None, after: Snapshot) -> bytes:
    """The frame that leads from ``before`` (``None``: from nothing, a key frame) to ``after``."""
    old = before or EMPTY
    frame = Frame(
        at=after.at,
        sequence=after.sequence,
        cluster=after.cluster if before is None or before.cluster != after.cluster else None,
        sources=_list(old.sources, after.sources, before),
        nodes=_new(old.nodes, after.nodes),
        gone_nodes=_gone(old.nodes, after.nodes),
        pods=_new(old.pods, after.pods),
        gone_pods=_gone(old.pods, after.pods),
        workloads=_new(old.workloads, after.workloads),
        gone_workloads=_gone(old.workloads, after.workloads),
        projects=_list(old.projects, after.projects, before),
        queues=_list(old.queues, after.queues, before),
        node_pools=_list(old.node_pools, after.node_pools, before),
        pod_groups=_list(old.pod_groups, after.pod_groups, before),
        events=None if before is not None and before.events is after.events else list(after.events),
    )
    return zlib.compress(_encoder.encode(frame), level=3)


def unpack(before: Snapshot | None, data: bytes) -> Snapshot:
    """The snapshot that a frame leads to. ``ValueError`` for bytes that are no frame."""
    old = before or EMPTY
    try:
        plain = zlib.decompressobj()
        frame = _decoder.decode(plain.decompress(data, MAX_FRAME_BYTES))
    except (zlib.error, msgspec.DecodeError) as error:
        raise ValueError(f"a frame can't be read: {error}") from None
    return Snapshot(
        at=frame.at,
        sequence=frame.sequence,
        cluster=frame.cluster or old.cluster,
        sources=_table(old.sources, frame.sources, lambda status: status.name),
        nodes=_merged(old.nodes, frame.nodes, frame.gone_nodes, lambda node: node.name),
        pods=_merged(old.pods, frame.pods, frame.gone_pods, lambda pod: pod.key),
        workloads=_merged(old.workloads, frame.workloads, frame.gone_workloads, lambda row: row.key),
        projects=_table(old.projects, frame.projects, lambda project: project.name),
        queues=_table(old.queues, frame.queues, lambda queue: queue.name),
        node_pools=_table(old.node_pools, frame.node_pools, lambda pool: pool.name),
        pod_groups=_table(old.pod_groups, frame.pod_groups, lambda group: group.key),
        events=old.events if frame.events is None else tuple(frame.events),
    )


def difference(old: Snapshot, new: Snapshot) -> SnapshotDiff:
    """What differs between any two snapshots, in either direction."""
    nodes = _differing(old.nodes, new.nodes)
    return SnapshotDiff(
        nodes=nodes,
        workloads=_differing(old.workloads, new.workloads),
        pods=_differing(old.pods, new.pods),
        projects=old.projects != new.projects or old.queues != new.queues,
        events=old.events != new.events,
        sources=old.sources != new.sources or old.cluster != new.cluster,
        placed=nodes,
    )


def _differing(old: Mapping[K, V], new: Mapping[K, V]) -> frozenset[K]:
    changed = {key for key, value in new.items() if (was := old.get(key)) is not value and was != value}
    return frozenset(changed | (old.keys() - new.keys()))


def _new(old: Mapping[K, V], new: Mapping[K, V]) -> list[V]:
    return [] if old is new else [value for key, value in new.items() if old.get(key) is not value]


def _gone(old: Mapping[K, V], new: Mapping[K, V]) -> list[K]:
    return [] if old is new else [key for key in old if key not in new]


def _list(old: Mapping[K, V], new: Mapping[K, V], before: Snapshot | None) -> list[V] | None:
    return None if before is not None and old is new else list(new.values())


def _table(old: Mapping[K, V], rows: Iterable[V] | None, key: Callable[[V], K]) -> Mapping[K, V]:
    return old if rows is None else {key(row): row for row in rows}


def _merged(old: Mapping[K, V], rows: Iterable[V], gone: Iterable[K], key: Callable[[V], K]) -> Mapping[K, V]:
    merged = dict(old)
    for name in gone:
        merged.pop(name, None)
    added = {key(row): row for row in rows}
    comes = not added.keys() <= merged.keys()
    merged.update(added)
    return dict(sorted(merged.items())) if comes else merged
