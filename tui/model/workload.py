"""A workload: first as its own object tells it, then joined with its pods."""

from dataclasses import dataclass, field

from tui.model.condition import Condition
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey, OwnerRef, WorkloadKey
from tui.model.reading import Reading


@dataclass(frozen=True, slots=True)
class WorkloadObject:
    """What an object that makes pods says: InferenceWorkload, Knative Service, NIMService, Deployment, Job, ...

    Fields that its kind does not have are ``None``. ``gpu`` is the request of one replica.
    """

    key: WorkloadKey
    uid: str
    resource_version: str
    owner: OwnerRef | None = None
    created_at: float | None = None
    deleting_at: float | None = None
    project: str | None = None
    image: str | None = None
    model: str | None = None
    gpu: GpuRequest | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    metric: str | None = None
    target: float | None = None
    phase: str | None = None  # as its status says, in its own vocabulary
    desired_pods: int | None = None
    endpoint: str | None = None
    node_pools: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    has_status: bool | None = None  # whether a controller has written anything to it; ``None``: not looked at
    latest_revision: str | None = None  # of a Knative Service: the newest made
    ready_revision: str | None = None  # and the newest that became ready


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of Workloads, the join of its object, its pods, the GPUs and the Run:ai API.

    ``phase`` is Run:ai's vocabulary (Creating, Initializing, Resuming, Pending, Deleting, Running, Updating, Stopped,
    Stopping, Degraded, Failed, Completed, Terminating, Unknown). GPU figures are in GPUs. ``idle_gpus`` are those
    allocated and at 0 % for 300 s (``None`` while not watched long enough or not measured). ``running_pods`` is
    ``None`` where pods may not be read.
    """

    key: WorkloadKey
    type: str
    project: str | None
    phase: str
    phase_since: float | None
    model: str | None
    image: str | None
    running_pods: int | None
    requested_pods: int | None
    gpu_requested: float | None
    gpu_allocated: float | None
    gpu_memory_requested_bytes: float | None
    gpu_memory_used_bytes: Reading | None
    idle_gpus: float | None
    min_replicas: int | None
    max_replicas: int | None
    metric: str | None
    target: float | None
    endpoint: str | None
    created_at: float | None
    fraction: float | None = None  # of one device, where replicas ask for less than one
    pods: tuple[ObjectKey, ...] = ()
    conditions: tuple[Condition, ...] = ()
    message: str = ""
    object: WorkloadObject | None = None
