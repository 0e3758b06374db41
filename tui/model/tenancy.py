"""Who may use how much: projects, queues, node pools, and the pod groups that wait in the queues."""

from dataclasses import dataclass

from tui.model.condition import Condition
from tui.model.ids import ObjectKey, OwnerRef


@dataclass(frozen=True, slots=True)
class Queue:
    """A ``scheduling.run.ai`` Queue; its numbers are the authority for quota. ``None`` in a limit means unlimited."""

    name: str
    parent: str | None
    project: str | None
    department: str | None
    node_pool: str | None
    gpu_quota: float | None
    gpu_limit: float | None
    over_quota_weight: float | None
    gpu_allocated: float | None
    gpu_allocated_non_preemptible: float | None
    gpu_requested: float | None
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectObject:
    """A Run:ai Project as its custom resource or the control plane's API tells it."""

    name: str
    namespace: str | None
    department: str | None
    gpu_quota: float | None
    gpu_limit: float | None
    phase: str | None
    source: str  # "kubernetes" or "runai"
    gpu_allocated: float | None = None
    gpu_requested: float | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """One row of Projects. A quota of ``None`` is unknown; unlimited is ``float("inf")``."""

    name: str
    namespace: str | None
    department: str | None
    gpu_quota: float | None
    gpu_limit: float | None
    gpu_allocated: float | None
    gpu_requested: float | None
    source: str


@dataclass(frozen=True, slots=True)
class NodePool:
    """``placement_strategy`` is the wire value ``spread`` or ``binpack``."""

    name: str
    label_key: str | None
    label_value: str | None
    placement_strategy: str | None
    phase: str | None = None


@dataclass(frozen=True, slots=True)
class SchedulingReason:
    """One entry of a PodGroup's ``schedulingConditions[].reasons``: the structured why of Run:ai and KAI."""

    node_pool: str | None
    reason: str
    message: str
    queue: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class PodGroup:
    key: ObjectKey
    uid: str
    owner: OwnerRef | None
    queue: str | None
    min_member: int | None
    priority_class: str | None
    preemptibility: str | None
    phase: str | None
    created_at: float | None = None
    reasons: tuple[SchedulingReason, ...] = ()
    conditions: tuple[Condition, ...] = ()
