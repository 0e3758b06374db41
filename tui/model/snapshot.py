"""What is true now: one immutable value that every screen, command and diagnosis reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.status import SourceStatus
from tui.model.tenancy import NodePool, PodGroup, Project, Queue
from tui.model.workload import Workload


@dataclass(frozen=True, slots=True)
class ClusterInfo:
    """What was discovered of the cluster: shown on the diagnostics screen."""

    name: str = ""
    context: str = ""
    kubernetes_version: str | None = None
    runai_version: str | None = None
    facts: tuple[tuple[str, str], ...] = ()  # (what, found): API groups, metric families, label shapes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of the cluster at ``at`` (Unix seconds). Mappings keep a stable order and are never changed."""

    at: float
    sequence: int
    cluster: ClusterInfo
    sources: Mapping[str, SourceStatus] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    pods: Mapping[ObjectKey, Pod] = field(default_factory=dict)
    workloads: Mapping[WorkloadKey, Workload] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    node_pools: Mapping[str, NodePool] = field(default_factory=dict)
    pod_groups: Mapping[ObjectKey, PodGroup] = field(default_factory=dict)
    events: tuple[Event, ...] = ()  # newest first


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """What changed between two snapshots, by name: the rows to draw again.

    Of ``nodes``, those in ``placed`` changed in more than their measured figures: what lies on their GPUs, their state.
    """

    nodes: frozenset[str] = frozenset()
    workloads: frozenset[WorkloadKey] = frozenset()
    pods: frozenset[ObjectKey] = frozenset()
    projects: bool = False
    events: bool = False
    sources: bool = False
    placed: frozenset[str] = frozenset()


def merge(first: SnapshotDiff, second: SnapshotDiff) -> SnapshotDiff:
    """What changed over both."""
    return SnapshotDiff(
        nodes=first.nodes | second.nodes,
        workloads=first.workloads | second.workloads,
        pods=first.pods | second.pods,
        projects=first.projects or second.projects,
        events=first.events or second.events,
        sources=first.sources or second.sources,
        placed=first.placed | second.placed,
    )
