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
    started: bool | None = None  # its startup probe has passed, or it has none
    last_finished_at: float | None = None  # of lastState.terminated


@dataclass(frozen=True, slots=True)
class NodeRequirement:
    """One expression over a node's labels: ``operator`` is In, NotIn, Exists, DoesNotExist, Gt or Lt. The key
    ``metadata.name`` is the node's name (a matchFields expression)."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeighbourRule:
    """A required pod affinity (``anti`` false) or anti-affinity: pods with these labels, in one topology domain.

    ``namespaces`` empty: the pod's own. ``expressions`` are read as ``NodeRequirement`` over the pods' labels.
    """

    anti: bool
    topology_key: str
    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[NodeRequirement, ...] = ()
    namespaces: tuple[str, ...] = ()
    any_namespace: bool = False  # a namespaceSelector takes in more of them, by labels that are not read


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
    pull_secrets: tuple[str, ...] = ()  # those of ``secrets`` with which images are pulled
    config_maps: tuple[str, ...] = ()  # ConfigMaps that it can't start without
    node_terms: tuple[tuple[NodeRequirement, ...], ...] = ()  # required node affinity: one term, all of it
    neighbours: tuple[NeighbourRule, ...] = ()
    ephemeral_request_bytes: float | None = None
    other_requests: dict[str, float] = field(default_factory=dict)  # extended resources other than GPUs
    finalizers: tuple[str, ...] = ()
    nominated_node: str | None = None
    priority: int | None = None
    gates: tuple[str, ...] = ()  # scheduling gates that hold it back

    @property
    def holds_gpu(self) -> bool:
        """True while its request counts as allocated: bound to a node and not finished."""
        return self.node is not None and self.phase not in ("Succeeded", "Failed") and self.gpu.asks_gpu

    @property
    def ready(self) -> bool:
        for condition in self.conditions:  # of ten thousand pods at each look: no generator
            if condition.type == "Ready":
                return condition.status == "True"
        return False
