"""What the Run:ai control plane says of workloads and departments."""

from dataclasses import dataclass

from tui.model.ids import ObjectKey


@dataclass(frozen=True, slots=True)
class RunaiWorkload:
    """One workload of the control plane's list. ``None`` is what it did not say.

    ``phase`` is Run:ai's vocabulary; ``type`` its own name of the kind (compare without case). GPU figures are in GPUs,
    memory in bytes, times in Unix seconds.
    """

    key: ObjectKey
    id: str
    type: str
    phase: str
    phase_message: str = ""
    phase_reason: str | None = None
    phase_since: float | None = None
    project: str | None = None
    department: str | None = None
    node_pools: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    running_pods: int | None = None
    requested_pods: int | None = None
    min_pods: int | None = None
    max_pods: int | None = None
    gpu_requested: float | None = None
    gpu_allocated: float | None = None
    gpu_memory_requested_bytes: float | None = None
    gpu_memory_allocated_bytes: float | None = None
    idle_gpus: float | None = None
    priority: int | None = None
    priority_class: str | None = None
    preemptible: bool | None = None
    created_at: float | None = None


@dataclass(frozen=True, slots=True)
class RunaiDepartment:
    """A department with its quota in GPUs; unlimited is ``float("inf")``."""

    name: str
    gpu_quota: float | None
    gpu_limit: float | None
    gpu_allocated: float | None
    gpu_requested: float | None
