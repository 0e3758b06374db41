"""The kinds that circumstances are made of, and what was found of them sorted into ``Circumstances``."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tui.model.circumstances import (
    Autoscaler,
    BindRequest,
    Circumstances,
    KindState,
    LogQuestion,
    LogTail,
    PodMaker,
    ResourceQuota,
    Revision,
    Volume,
)
from tui.model.ids import ObjectKey
from tui.model.surroundings import Claim, PriorityClass, SecretInfo, StorageClass
from tui.sources.kubernetes import circumstance_values as values
from tui.sources.kubernetes.errors import Forbidden, KubeError
from tui.sources.kubernetes.listing import METADATA_ONLY, claim_of, priority_class_of, storage_class_of

FEW, SOME = 5, 20  # namespaces up to which each is asked by itself; ``SOME`` where the objects are big
SECRETS, LOGS = "secrets", "pods/log"

Place = tuple[str, str]  # a kind's name and a namespace; "" for cluster-scoped kinds
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sought:
    """A kind, where today's releases serve it, and what is made of one of its objects as JSON.

    ``each_up_to``: more namespaces than these are read in one list, where that is allowed; 0: it has no namespace.
    """

    group: str
    version: str
    plural: str
    to_model: Callable[[object], object]
    each_up_to: int = FEW
    accept: str = "application/json"

    @property
    def name(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def base(self) -> str:
        return f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"


CLAIMS = Sought("", "v1", "persistentvolumeclaims", claim_of)
CONFIG_MAPS = Sought("", "v1", "configmaps", values.key_of, accept=METADATA_ONLY)
QUOTAS = Sought("", "v1", "resourcequotas", values.quota_of)
REPLICA_SETS = Sought("apps", "v1", "replicasets", values.replica_set_of, SOME)
JOBS = Sought("batch", "v1", "jobs", values.job_of, SOME)
REVISIONS = Sought("serving.knative.dev", "v1", "revisions", values.revision_of, SOME)
AUTOSCALERS = Sought("autoscaling.internal.knative.dev", "v1alpha1", "podautoscalers", values.autoscaler_of)
BIND_REQUESTS = Sought("scheduling.run.ai", "v1alpha2", "bindrequests", values.bind_request_of)
VOLUMES = Sought("", "v1", "persistentvolumes", values.volume_of, 0)
STORAGE_CLASSES = Sought("storage.k8s.io", "v1", "storageclasses", storage_class_of, 0)
PRIORITY_CLASSES = Sought("scheduling.k8s.io", "v1", "priorityclasses", priority_class_of, 0)

SOUGHT = (
    CLAIMS, REPLICA_SETS, JOBS, REVISIONS, AUTOSCALERS, BIND_REQUESTS, CONFIG_MAPS, QUOTAS,
    VOLUMES, STORAGE_CLASSES, PRIORITY_CLASSES,
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """What was read: values by key, for each kind and namespace; tails by question; errors in place of either."""

    tables: dict[Place, Mapping[ObjectKey, object]] = field(default_factory=dict)
    tails: dict[LogQuestion, LogTail | None] = field(default_factory=dict)  # ``None``: its pod is gone
    errors: dict[Place, KubeError] = field(default_factory=dict)

    def circumstances(self, at: float) -> Circumstances:
        """All of it; a place with an error counts as that, whatever else was read there."""
        secrets = self._of(SECRETS, SecretInfo)
        makers = (*self._of(REPLICA_SETS.name, PodMaker).values(), *self._of(JOBS.name, PodMaker).values())
        read = (*self.tables, *((LOGS, question.pod.namespace) for question in self.tails))
        return Circumstances(
            at=at,
            claims=self._of(CLAIMS.name, Claim),
            volumes=_by_name(self._of(VOLUMES.name, Volume)),
            storage_classes=_by_name(self._of(STORAGE_CLASSES.name, StorageClass)),
            priority_classes=_by_name(self._of(PRIORITY_CLASSES.name, PriorityClass)),
            secrets=secrets,
            config_maps=frozenset(self._of(CONFIG_MAPS.name, ObjectKey)),
            pod_makers=makers,
            revisions=self._of(REVISIONS.name, Revision),
            autoscalers=self._of(AUTOSCALERS.name, Autoscaler),
            bind_requests=self._of(BIND_REQUESTS.name, BindRequest),
            quotas=tuple(self._of(QUOTAS.name, ResourceQuota).values()),
            logs=self._tails_by_pod(),
            states=dict.fromkeys(read, KindState.READ) | {place: _state(e) for place, e in self.errors.items()},
            why={place: str(error) for place, error in self.errors.items()},
        )

    def _of(self, kind: str, model: type[T]) -> dict[ObjectKey, T]:
        tables = (table for (name, _), table in self.tables.items() if name == kind)
        return {key: value for table in tables for key, value in table.items() if isinstance(value, model)}

    def _tails_by_pod(self) -> dict[ObjectKey, tuple[LogTail, ...]]:
        by_pod: dict[ObjectKey, tuple[LogTail, ...]] = {}
        for question, tail in self.tails.items():
            if tail is not None:
                by_pod[question.pod] = (*by_pod.get(question.pod, ()), tail)
        return by_pod


def table_of(kind: Sought, items: Iterable[object]) -> dict[ObjectKey, object]:
    """Objects as JSON to values by key."""
    return {values.key_of(item): kind.to_model(item) for item in items}


def _state(error: KubeError) -> KindState:
    return KindState.HIDDEN if isinstance(error, Forbidden) else KindState.FAILED


def _by_name(table: Mapping[ObjectKey, T]) -> dict[str, T]:
    return {key.name: value for key, value in table.items()}
