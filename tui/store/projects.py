"""Rows of Projects: quota as the scheduler's queues say, the rest from project objects and Run:ai's API. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from tui.model.tenancy import Project, ProjectObject, Queue
from tui.model.workload import Workload

T = TypeVar("T")


def join_projects(
    queues: Mapping[str, Queue], objects: Iterable[ProjectObject], workloads: Iterable[Workload]
) -> dict[str, Project]:
    """One row a project, by name. What a queue says beats what an object says; Kubernetes beats Run:ai's API."""
    by_name: dict[str, list[ProjectObject]] = defaultdict(list)
    for thing in objects:
        by_name[thing.name].append(thing)
    own = _queues_of(queues)
    used = _by_project(workloads)
    names = sorted(by_name.keys() | own.keys())
    return {name: _row(name, own.get(name, []), sorted(by_name[name], key=_trust), used, queues) for name in names}


def _row(
    name: str,
    own: list[Queue],
    objects: list[ProjectObject],
    used: Mapping[str, list[Workload]],
    queues: Mapping[str, Queue],
) -> Project:
    rows = used.get(name, [])
    return Project(
        name=name,
        namespace=_first(o.namespace for o in objects) or _only({row.key.namespace for row in rows}),
        department=_department(own, queues) or _first(o.department for o in objects),
        gpu_quota=_sum(q.gpu_quota for q in own) if own else _first(o.gpu_quota for o in objects),
        gpu_limit=_limit(own) if own else _first(o.gpu_limit for o in objects),
        gpu_allocated=_told(
            [q.gpu_allocated for q in own], [o.gpu_allocated for o in objects], [r.gpu_allocated for r in rows]
        ),
        gpu_requested=_told(
            [q.gpu_requested for q in own], [o.gpu_requested for o in objects], [r.gpu_requested for r in rows]
        ),
        source="kubernetes" if own else objects[0].source,
    )


def _queues_of(queues: Mapping[str, Queue]) -> dict[str, list[Queue]]:
    """Leaf queues by project: several where each node pool has its own. A queue that others name as parent is none."""
    parents = {queue.parent for queue in queues.values()}
    found: dict[str, list[Queue]] = defaultdict(list)
    for queue in queues.values():
        if queue.project or (queue.parent and queue.name not in parents):
            found[queue.project or queue.name].append(queue)
    return dict(found)


def _by_project(workloads: Iterable[Workload]) -> dict[str, list[Workload]]:
    found: dict[str, list[Workload]] = defaultdict(list)
    for row in workloads:
        if row.project is not None:
            found[row.project].append(row)
    return dict(found)


def _told(queues: list[float | None], objects: list[float | None], rows: list[float | None]) -> float | None:
    """The scheduler's account, else our own over the pods, else what an object says."""
    if queues and None not in queues:
        return _sum(queues)
    if rows or not objects:
        return _sum(rows)
    return _first(objects)


def _department(own: list[Queue], queues: Mapping[str, Queue]) -> str | None:
    stated = _first(queue.department for queue in own)
    if stated is not None:
        return stated
    return _first(queue.parent for queue in own if queue.parent in queues)


def _limit(own: list[Queue]) -> float:
    return sum((float("inf") if queue.gpu_limit is None else queue.gpu_limit for queue in own), 0.0)


def _trust(thing: ProjectObject) -> bool:
    return thing.source != "kubernetes"


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _only(values: set[str]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    return None if None in listed else round(sum((v for v in listed if v is not None), 0.0), 6)
