"""Why quota keeps a spec from running, and what its project has: causes and figures for a fit. Pure."""

from collections.abc import Iterable, Sequence

from tui.diagnose.causes import cause
from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_quota import Tenancy, replicas, room
from tui.diagnose.words import in_gpus
from tui.model.cause import Cause, Evidence
from tui.model.fit import QuotaRoom
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot
from tui.model.tenancy import Queue


def no_tenant(spec: LaunchSpec, ask: Ask, snapshot: Snapshot, tenants: Tenancy) -> list[Cause]:
    """The project or its queue is not there, as far as either can be read."""
    if not ask.by_runai:
        return []
    if tenants.known and not tenants.leaves:
        there = ", ".join(sorted({queue.project for queue in snapshot.queues.values() if queue.project})[:8])
        fact = Evidence(f"project/{spec.project}", f"no queue of this project; there are {there or 'none'}")
        return [cause("queue_missing", evidence=[fact], project=spec.project)]
    if not tenants.known and snapshot.projects and spec.project not in snapshot.projects:
        fact = Evidence(f"project/{spec.project}", f"there are {', '.join(list(snapshot.projects)[:8])}")
        return [cause("project_missing", evidence=[fact])]
    return []


def no_quota(spec: LaunchSpec, ask: Ask, tenants: Tenancy, pools: Sequence[str], preemptible: bool) -> list[Cause]:
    """The queues that have no room for what is asked, of the pool that has most."""
    if not tenants.leaves or not tenants.gpus:
        return []
    chains = {pool: tenants.chain(pool) for pool in pools if tenants.leaf(pool) is not None}
    if not chains:
        named = ", ".join(pools)
        fact = Evidence(f"project/{spec.project}", f"the project has no queue in node pool {named}")
        return [cause("queue_missing", evidence=[fact], project=spec.project)]
    best = max(chains, key=lambda pool: min(room(queue, preemptible)[1] for queue in chains[pool]))
    least = min(room(queue, preemptible)[1] for queue in chains[best])
    found = []
    for depth, queue in enumerate(chains[best]):
        possible = room(queue, preemptible)[1]
        if replicas(possible, tenants.gpus) < ask.wanted or possible <= least:
            found.append(_cause(spec, ask, tenants, queue, depth, preemptible))
    return found


def _cause(spec: LaunchSpec, ask: Ask, tenants: Tenancy, queue: Queue, depth: int, preemptible: bool) -> Cause:
    by_limit = preemptible or room(queue, True)[1] <= room(queue, False)[1]
    asked = f"{in_gpus(ask.wanted * tenants.gpus)} asked"
    if by_limit:
        said = f"limit {in_gpus(queue.gpu_limit)}, {in_gpus(queue.gpu_allocated)} allocated, {asked}"
    else:
        held = queue.gpu_allocated_non_preemptible
        held = queue.gpu_allocated if held is None else held
        said = f"quota {in_gpus(queue.gpu_quota)}, {in_gpus(held)} held by work that can't be preempted, {asked}"
    code = "department_limit" if depth else "queue_limit" if by_limit else "over_quota_non_preemptible"
    return cause(code, evidence=[Evidence(f"queue/{queue.name}", said)], project=spec.project)


def quota_room(spec: LaunchSpec, ask: Ask, snapshot: Snapshot, tenants: Tenancy, pools: Iterable[str]) -> QuotaRoom:
    """What the project has in the pools that it may go to; without queues, what is known of the project itself."""
    asked = round(ask.wanted * tenants.gpus, 6)
    queues = list({q.name: q for pool in pools if (q := tenants.leaf(pool)) is not None}.values())
    if queues and tenants.known:
        limits = [float("inf") if queue.gpu_limit is None else queue.gpu_limit for queue in queues]
        quota, held = _sum(q.gpu_quota for q in queues), _sum(q.gpu_allocated for q in queues)
        return QuotaRoom(spec.project, quota, sum(limits), held, asked)
    row = snapshot.projects.get(spec.project)
    if row is None:
        return QuotaRoom(spec.project, None, None, None, asked)
    return QuotaRoom(spec.project, row.gpu_quota, row.gpu_limit, row.gpu_allocated, asked)


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    return None if None in listed else round(sum(value or 0.0 for value in listed), 6)
