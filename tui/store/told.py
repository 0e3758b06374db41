"""What Run:ai's control plane adds to a row of Workloads, and rows that only it knows. Pure functions.

Kubernetes comes first: the API fills what is not known and overrules nothing, for its answers lag.
"""

from dataclasses import replace
from typing import TypeVar

from tui.model.ids import WorkloadKey
from tui.model.runai import RunaiWorkload
from tui.model.workload import Workload
from tui.store.phases import RUNAI_PHASES

T = TypeVar("T")
KINDS = {
    "inference": "InferenceWorkload",
    "distributedinference": "DistributedInferenceWorkload",
    "training": "TrainingWorkload",
    "workspace": "InteractiveWorkload",
    "interactive": "InteractiveWorkload",
    "distributed": "DistributedWorkload",
    "distributedtraining": "DistributedWorkload",
}


def told_key(told: RunaiWorkload) -> WorkloadKey:
    """The key of a row that only the control plane knows."""
    return WorkloadKey(told.key.namespace, told.key.name, KINDS.get(told.type.lower(), told.type))


def told_row(told: RunaiWorkload) -> Workload:
    """A row without Kubernetes."""
    return Workload(
        key=told_key(told),
        type=told.type.capitalize(),
        project=told.project,
        phase=RUNAI_PHASES.get(told.phase.lower(), "Unknown"),
        phase_since=told.phase_since,
        model=None,
        image=told.images[0] if told.images else None,
        running_pods=told.running_pods,
        requested_pods=told.requested_pods,
        gpu_requested=told.gpu_requested,
        gpu_allocated=told.gpu_allocated,
        gpu_memory_requested_bytes=told.gpu_memory_requested_bytes,
        gpu_memory_used_bytes=None,
        idle_gpus=None,
        min_replicas=told.min_pods,
        max_replicas=told.max_pods,
        metric=None,
        target=None,
        endpoint=told.urls[0] if told.urls else None,
        created_at=told.created_at,
        message=told.phase_message,
    )


def enrich(row: Workload, told: RunaiWorkload, pods_known: bool) -> Workload:
    """The row with its gaps filled; without pods, phase and counts are the control plane's."""
    other = told_row(told)
    agrees = row.phase == other.phase or not pods_known
    return replace(
        row,
        project=_either(row.project, other.project),
        phase=row.phase if pods_known else other.phase,
        phase_since=_either(row.phase_since, other.phase_since if agrees else None),
        image=_either(row.image, other.image),
        running_pods=row.running_pods if pods_known else other.running_pods,
        requested_pods=_either(row.requested_pods, other.requested_pods),
        gpu_requested=_either(row.gpu_requested, other.gpu_requested),
        gpu_allocated=_either(row.gpu_allocated, other.gpu_allocated),
        gpu_memory_requested_bytes=_either(row.gpu_memory_requested_bytes, other.gpu_memory_requested_bytes),
        min_replicas=_either(row.min_replicas, other.min_replicas),
        max_replicas=_either(row.max_replicas, other.max_replicas),
        endpoint=_either(row.endpoint, other.endpoint),
        created_at=_either(row.created_at, other.created_at),
        message=row.message or (other.message if agrees else ""),
    )


def _either(ours: T | None, theirs: T | None) -> T | None:
    return theirs if ours is None else ours
