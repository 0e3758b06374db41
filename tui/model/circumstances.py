"""What waiting pods lean on beside the Snapshot: claims, volumes, Secrets, revisions, the words of a log.

Read on demand, for the namespaces of what waits. A kind that was not read is not *none*: ``kind_state`` tells them
apart, and only ``READ`` lets an object that is not there be called missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.model.condition import Condition
from tui.model.ids import ObjectKey, OwnerRef
from tui.model.surroundings import Claim, PriorityClass, SecretInfo, StorageClass


class KindState(StrEnum):
    """What became of the question for one kind in one namespace."""

    READ = "read"
    HIDDEN = "hidden"  # RBAC denies it
    FAILED = "failed"  # asked, and not answered
    UNREAD = "unread"  # never asked


@dataclass(frozen=True, slots=True)
class Volume:
    """A PersistentVolume. ``node_values`` are (label, values) of its required node affinity, all terms together."""

    name: str
    phase: str | None
    access_modes: tuple[str, ...]
    storage_class: str | None
    claim: ObjectKey | None
    size_bytes: int | None = None
    node_values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class PodMaker:
    """A ReplicaSet or Job as far as it tells why it makes no pods: its condition ``ReplicaFailure``, its counts."""

    kind: str
    key: ObjectKey
    owner: OwnerRef | None
    desired: int | None
    existing: int | None
    conditions: tuple[Condition, ...] = ()
    created_at: float | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """A Knative Revision of the Service ``service``; ``generation`` orders the revisions of a Service."""

    key: ObjectKey
    service: str | None
    generation: int | None
    desired: int | None
    actual: int | None
    conditions: tuple[Condition, ...] = ()
    created_at: float | None = None


@dataclass(frozen=True, slots=True)
class Autoscaler:
    """A Knative PodAutoscaler, named as its Revision. ``min_scale`` and ``max_scale`` are its annotations."""

    key: ObjectKey
    service: str | None
    desired: int | None
    actual: int | None
    min_scale: int | None
    max_scale: int | None
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class BindRequest:
    """A KAI BindRequest: the scheduler has chosen ``node`` for ``pod``, and the binder is to carry it out."""

    key: ObjectKey
    pod: str
    node: str | None
    phase: str | None  # Pending, Succeeded, Failed
    reason: str = ""
    failed_attempts: int | None = None
    created_at: float | None = None


@dataclass(frozen=True, slots=True)
class ResourceQuota:
    """A ResourceQuota: (resource, hard, used) as the API writes the quantities."""

    key: ObjectKey
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class LogTail:
    """The newest lines of a container; ``previous``: of its run before the last restart."""

    container: str
    lines: tuple[str, ...]
    previous: bool = False


@dataclass(frozen=True, slots=True)
class LogQuestion:
    """Whose newest lines are to be read; ``previous``: of the run before the last restart."""

    pod: ObjectKey
    container: str
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is to be read so that what waits can be explained: the kinds of these namespaces, and these logs."""

    namespaces: tuple[str, ...] = ()
    logs: tuple[LogQuestion, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.namespaces or self.logs)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Keys are namespace and name. ``states`` holds (kind, namespace) -> state; kinds are named as in sources, such as
    ``persistentvolumeclaims`` or ``revisions.serving.knative.dev``; the namespace of a cluster-scoped kind is ``""``.

    ``why`` says of a kind that is hidden or failed what is wrong, in one line.
    """

    at: float
    claims: Mapping[ObjectKey, Claim] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
    storage_classes: Mapping[str, StorageClass] = field(default_factory=dict)
    priority_classes: Mapping[str, PriorityClass] = field(default_factory=dict)
    secrets: Mapping[ObjectKey, SecretInfo] = field(default_factory=dict)
    config_maps: frozenset[ObjectKey] = frozenset()
    pod_makers: tuple[PodMaker, ...] = ()
    revisions: Mapping[ObjectKey, Revision] = field(default_factory=dict)
    autoscalers: Mapping[ObjectKey, Autoscaler] = field(default_factory=dict)
    bind_requests: Mapping[ObjectKey, BindRequest] = field(default_factory=dict)
    quotas: tuple[ResourceQuota, ...] = ()
    logs: Mapping[ObjectKey, tuple[LogTail, ...]] = field(default_factory=dict)
    states: Mapping[tuple[str, str], KindState] = field(default_factory=dict)
    why: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def kind_state(self, kind: str, namespace: str = "") -> KindState:
        """Whether this kind was read there."""
        return self.states.get((kind, namespace), KindState.UNREAD)
