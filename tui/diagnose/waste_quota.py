"""Quota that lies idle while others wait, and who holds more than theirs. Pure.

A project may have a queue in each node pool: what is unused in one does not pay for what is over in another.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tui.diagnose.fit_pack import HAIR
from tui.model.snapshot import Snapshot
from tui.model.tenancy import Project, Queue
from tui.model.waste import QuotaSlack

_INF = float("inf")


def quota_slack(snapshot: Snapshot) -> tuple[QuotaSlack, ...]:
    """The projects that use less than their quota, more than it, or wait for more; who waits most comes first."""
    own = _leaves(snapshot.queues)
    asking = _projects_with_pending(snapshot)
    rows = [_slack(project, own.get(name, ()), asking) for name, project in snapshot.projects.items()]
    kept = [row for row in rows if row.unused or row.over or row.waiting]
    return tuple(sorted(kept, key=lambda row: (-(row.waiting or 0.0), -(row.over or 0.0), -(row.unused or 0.0))))


def waiting(slack: Iterable[QuotaSlack]) -> float:
    """GPUs that projects wait for."""
    return round(sum(row.waiting or 0.0 for row in slack), 6)


def unused_while_waiting(slack: Iterable[QuotaSlack]) -> float:
    """GPUs of quota that their projects do not use while another project waits."""
    rows = list(slack)
    waits = {row.project for row in rows if row.waiting}
    return round(sum(row.unused or 0.0 for row in rows if waits - {row.project}), 6)


def _slack(project: Project, queues: Iterable[Queue], asking: frozenset[str] | None) -> QuotaSlack:
    pairs = [(queue.gpu_quota, queue.gpu_allocated) for queue in queues]
    if not pairs or any(None in pair for pair in pairs):
        pairs = [(project.gpu_quota, project.gpu_allocated)]
    known = [(quota, given) for quota, given in pairs if quota is not None and given is not None]
    bounded = [(quota, given) for quota, given in known if quota != _INF]
    unused = _rounded(sum(max(0.0, quota - given) for quota, given in bounded)) if bounded else None
    over = _rounded(sum(max(0.0, given - quota) for quota, given in known)) if known else None
    return QuotaSlack(project.name, project.gpu_quota, project.gpu_allocated, unused, _waits(project, asking), over)


def _waits(project: Project, asking: frozenset[str] | None) -> float | None:
    """What it asked for and did not get; nothing where pods can be read and none of its waits."""
    if project.gpu_requested is None or project.gpu_allocated is None:
        return None
    if asking is not None and project.name not in asking:
        return 0.0
    return _rounded(max(0.0, project.gpu_requested - project.gpu_allocated))


def _projects_with_pending(snapshot: Snapshot) -> frozenset[str] | None:
    """Projects with a pod that asks for GPUs and has no node, or a workload without the pods it wants; ``None`` where
    pods can't be read."""
    if not snapshot.pods:
        return None
    found = {
        pod.project
        for pod in snapshot.pods.values()
        if pod.node is None and pod.project and pod.phase == "Pending" and pod.gpu.asks_gpu
    }
    found |= {
        row.project
        for row in snapshot.workloads.values()
        if row.project and (row.gpu_requested or 0.0) > (row.gpu_allocated or 0.0) + HAIR
    }
    return frozenset(found)


def _leaves(queues: Mapping[str, Queue]) -> dict[str, list[Queue]]:
    """The queues of each project; one that others name as parent is a department's."""
    parents = {queue.parent for queue in queues.values()}
    found: dict[str, list[Queue]] = defaultdict(list)
    for queue in queues.values():
        if queue.project or (queue.parent and queue.name not in parents):
            found[queue.project or queue.name].append(queue)
    return dict(found)


def _rounded(value: float) -> float:
    return 0.0 if value <= HAIR else round(value, 6)
