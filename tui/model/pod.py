"""A pod, lean: what joins, pending and detail screens need, and nothing that only kubectl needs."""

from dataclasses import dataclass, field
from enum import StrEnum

from tui.model.condition import Condition
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey, OwnerRef


class ContainerPhase(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Container:
    """One container with its state. ``reason`` is ``ImagePullBackOff``, ``CrashLoopBackOff``, ``OOMKilled``, ..."""

    name: str
    image: str
    ready: bool = False
    restarts: int = 0
    phase: ContainerPhase = ContainerPhase.UNKNOWN
    reason: str = ""
    message: str = ""
    since: float | None = None  # startedAt or finishedAt
    exit_code: int | None = None
    last_reason: str = ""  # of lastState.terminated
    last_exit_code: int | None = None
    last_message: str = ""
    is_init: bool = False
    ports: tuple[int, ...] = ()  # that it declares


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod of any namespace.

    ``gpu_groups`` are the Run:ai/KAI shared-GPU groups from its labels (several for a fraction on several devices).
    ``reserved_gpu`` on a reservation pod: the UUID or index as text (``run.ai/reserve_for_gpu_index``).
    ``gpu_index_hints`` are indexes from the deprecated ``runai-gpu`` annotation. Times are Unix seconds.
    """

    key: ObjectKey
    uid: str
    resource_version: str
    phase: str
    node: str | None
    owner: OwnerRef | None
    gpu: GpuRequest
    created_at: float | None = None
    started_at: float | None = None
    deleting_at: float | None = None
    is_reservation: bool = False
    gpu_groups: tuple[str, ...] = ()
    reserved_gpu: str | None = None
    gpu_index_hints: tuple[int, ...] = ()
    project: str | None = None
    workload_name: str | None = None
    knative_service: str | None = None
    knative_revision: str | None = None
    pod_group: str | None = None
    scheduler: str | None = None
    priority_class: str | None = None
    reason: str = ""
    message: str = ""
    ip: str | None = None
    cpu_request_cores: float | None = None
    memory_request_bytes: float | None = None
    containers: tuple[Container, ...] = ()
    conditions: tuple[Condition, ...] = ()
    claims: tuple[str, ...] = ()  # PersistentVolumeClaims it mounts
    secrets: tuple[str, ...] = ()  # Secrets it names (env, volumes, image pull)
    node_selector: dict[str, str] = field(default_factory=dict)
    tolerations: tuple[tuple[str, str, str, str], ...] = ()  # key, operator, value, effect
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def holds_gpu(self) -> bool:
        """True while its request counts as allocated: bound to a node and not finished."""
        return self.node is not None and self.phase not in ("Succeeded", "Failed") and self.gpu.asks_gpu

    @property
    def ready(self) -> bool:
        return any(c.type == "Ready" and c.status == "True" for c in self.conditions)
