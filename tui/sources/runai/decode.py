"""The control plane's objects -> model values. Pure. -1 means unlimited there, ``float("inf")`` here."""

import math
from datetime import UTC, datetime

from tui.model.ids import ObjectKey
from tui.model.quantity import parse_quantity
from tui.model.runai import RunaiDepartment, RunaiWorkload
from tui.model.tenancy import NodePool, ProjectObject
from tui.sources.runai import wire


def workload(item: wire.Workload) -> RunaiWorkload:
    pods = item.requestedPods or wire.Pods()
    asked = item.workloadRequestedResources or wire.Requested()
    given = item.allocatedResources or wire.Allocated()
    return RunaiWorkload(
        key=ObjectKey(item.namespace, item.name),
        id=item.id,
        type=item.type,
        phase=item.phase,
        phase_message=item.phaseMessage or "",
        phase_reason=item.phaseReason,
        phase_since=unix_seconds(item.phaseUpdatedAt),
        project=item.projectName,
        department=item.departmentName,
        node_pools=tuple(item.currentNodePools or item.requestedNodePools or ()),
        images=tuple(item.images or ()),
        urls=tuple(item.urls or ()),
        running_pods=item.runningPods,
        requested_pods=pods.number,
        min_pods=pods.min,
        max_pods=pods.max,
        gpu_requested=asked.gpu.request if asked.gpu else None,
        gpu_allocated=given.gpu,
        gpu_memory_requested_bytes=parse_quantity(asked.gpuMemory.request) if asked.gpuMemory else None,
        gpu_memory_allocated_bytes=parse_quantity(given.gpuMemory),
        idle_gpus=item.idleAllocatedGpus if item.idleAllocatedGpus is not None else item.idleGpus,
        priority=item.priority,
        priority_class=item.priorityClassName,
        preemptible=item.preemptible,
        created_at=unix_seconds(item.createdAt),
    )


def project(item: wire.OrgUnit) -> ProjectObject:
    status = item.status or wire.UnitStatus()
    allocated, requested = _use(status)
    return ProjectObject(
        name=item.name,
        namespace=status.namespace,
        department=item.parent.name if item.parent else None,
        gpu_quota=_quota(item),
        gpu_limit=_limit(item),
        phase=status.phase,
        source="runai",
        gpu_allocated=allocated,
        gpu_requested=requested,
    )


def department(item: wire.OrgUnit) -> RunaiDepartment:
    allocated, requested = _use(item.status or wire.UnitStatus())
    return RunaiDepartment(item.name, _quota(item), _limit(item), allocated, requested)


def node_pool(item: wire.Pool) -> NodePool:
    """Older control planes have the placement strategy at the top only."""
    strategy = item.schedulingConfiguration.placementStrategy if item.schedulingConfiguration else None
    gpu = (strategy and strategy.gpu) or (item.placementStrategy and item.placementStrategy.gpu)
    return NodePool(item.name, item.labelKey, item.labelValue, gpu or None, item.phase)


def unix_seconds(text: str | None) -> float | None:
    """An RFC 3339 time; ``None`` for what is none."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _quota(item: wire.OrgUnit) -> float | None:
    """The total that it tells, else the sum over node pools; unlimited in one pool is unlimited."""
    if item.totalResources is not None and item.totalResources.gpuQuota is not None:
        return _unlimited(item.totalResources.gpuQuota)
    deserved = [pool.gpu.deserved for pool in item.resources or () if pool.gpu and pool.gpu.deserved is not None]
    return sum(map(_unlimited, deserved)) if deserved else None


def _limit(item: wire.OrgUnit) -> float | None:
    """The sum over node pools; ``None`` while any of them does not tell its limit."""
    limits = [pool.gpu.limit if pool.gpu else None for pool in item.resources or ()]
    known = [_unlimited(limit) for limit in limits if limit is not None]
    return sum(known) if known and len(known) == len(limits) else None


def _unlimited(value: float) -> float:
    return math.inf if value < 0 else value


def _use(status: wire.UnitStatus) -> tuple[float | None, float | None]:
    quota = status.quotaStatus or wire.QuotaStatus()
    return (quota.allocated.gpu if quota.allocated else None, quota.requested.gpu if quota.requested else None)
