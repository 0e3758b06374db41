"""Items of ``nimdeck.workloads/1``."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.pending import PendingItem
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.present.documents.causes import CauseItem
from tui.present.documents.figures import age, figure, instant, reading
from tui.present.documents.pending import causes_by_workload


@dataclass(frozen=True, slots=True)
class WorkloadItem:
    name: str
    namespace: str
    kind: str
    project: str | None
    type: str
    phase: str
    phase_since: str | None
    model: str | None
    image: str | None
    running_pods: int | None
    requested_pods: int | None
    gpu_requested: float | None
    gpu_allocated: float | None
    gpu_memory_requested_bytes: float | None
    gpu_memory_used_bytes: float | None
    idle_gpus: float | None
    fraction: float | None
    min_replicas: int | None
    max_replicas: int | None
    metric: str | None
    target: float | None
    endpoint: str | None
    age_seconds: float | None
    message: str
    causes: tuple[CauseItem, ...]


def workload_items(
    snapshot: Snapshot, now: float, project: str | None, waiting: Iterable[PendingItem] = ()
) -> tuple[WorkloadItem, ...]:
    """All workloads, or those of one project, in the snapshot's order; ``waiting`` is what waits, with its causes."""
    causes = causes_by_workload(waiting)
    return tuple(
        _item(one, now, causes.get(one.key, ()))
        for one in snapshot.workloads.values()
        if project in (None, one.project)
    )


def _item(workload: Workload, now: float, causes: tuple[CauseItem, ...]) -> WorkloadItem:
    return WorkloadItem(
        name=workload.key.name,
        namespace=workload.key.namespace,
        kind=workload.key.kind,
        project=workload.project,
        type=workload.type,
        phase=workload.phase,
        phase_since=instant(workload.phase_since),
        model=workload.model,
        image=workload.image,
        running_pods=workload.running_pods,
        requested_pods=workload.requested_pods,
        gpu_requested=figure(workload.gpu_requested),
        gpu_allocated=figure(workload.gpu_allocated),
        gpu_memory_requested_bytes=figure(workload.gpu_memory_requested_bytes),
        gpu_memory_used_bytes=reading(workload.gpu_memory_used_bytes),
        idle_gpus=figure(workload.idle_gpus),
        fraction=figure(workload.fraction),
        min_replicas=workload.min_replicas,
        max_replicas=workload.max_replicas,
        metric=workload.metric,
        target=figure(workload.target),
        endpoint=workload.endpoint,
        age_seconds=age(workload.created_at, now),
        message=workload.message,
        causes=causes,
    )
