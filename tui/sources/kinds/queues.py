"""Queues of the scheduler: the authority for quotas. -1 means unlimited."""

from tui.model.tenancy import Queue
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.loose import count_at, number_at, text_at

GPU = "nvidia.com/gpu"
POOL_LABELS = ("runai/node-pool", "run.ai/node-pool", "kai.scheduler/node-pool")


def to_model(item: Loose) -> Queue:
    """Quota and limit in GPUs. A quota of -1 becomes infinite, a limit of -1 ``None`` (no limit)."""
    labels, spec, status = item.metadata.shared_labels, item.spec, item.status
    parent = text_at(spec, "parentQueue")  # a queue without one is a department
    quota = number_at(spec, "resources", "gpu", "quota")
    limit = number_at(spec, "resources", "gpu", "limit")
    return Queue(
        name=item.metadata.name,
        parent=parent,
        project=labels.get("project") or (text_at(spec, "displayName") or item.metadata.name if parent else None),
        department=labels.get("runai/department-name"),
        node_pool=next((labels[label] for label in POOL_LABELS if labels.get(label)), None),
        gpu_quota=float("inf") if quota is not None and quota < 0 else quota,
        gpu_limit=None if limit is not None and limit < 0 else limit,
        over_quota_weight=number_at(spec, "resources", "gpu", "overQuotaWeight"),
        gpu_allocated=number_at(status, "allocated", GPU),
        gpu_allocated_non_preemptible=number_at(status, "allocatedNonPreemptible", GPU),
        gpu_requested=number_at(status, "requested", GPU),
        priority=count_at(spec, "priority"),
    )


KINDS = (Kind("scheduling.run.ai", "queues", Loose, to_model, namespaced=False),)
