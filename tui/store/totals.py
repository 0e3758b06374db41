"""Sums of a snapshot that become curves: of the cluster at every snapshot, of workloads once a step."""

from tui.model.ids import WorkloadKey
from tui.model.snapshot import Snapshot
from tui.store.history import History


def add_totals(history: History, snapshot: Snapshot) -> None:
    """Write the cluster's and the workloads' figures into history."""
    nodes = [node for node in snapshot.nodes.values() if node.gpus]
    utilizations = [u.value for node in nodes if (u := node.utilization_fraction) is not None]
    used = [m.value for node in nodes if (m := node.memory_used_bytes) is not None]
    given = [node.gpu_allocated for node in nodes if node.gpu_allocated is not None]
    total = [node.gpu_allocatable for node in nodes if node.gpu_allocatable is not None]
    at, add = snapshot.at, history.add_cluster
    add("utilization_fraction", at, sum(utilizations) / len(utilizations) if utilizations else None)
    add("memory_used_bytes", at, sum(used) if used else None)
    add("gpu_allocated", at, sum(given) if given else None)
    add("gpu_allocatable", at, sum(total) if total else None)
    if utilizations and history.wants_workloads(at):
        _add_workloads(history, snapshot)


def _add_workloads(history: History, snapshot: Snapshot) -> None:
    busy: dict[WorkloadKey, list[float]] = {}
    for gpu in [gpu for node in snapshot.nodes.values() for gpu in node.gpus]:
        if gpu.utilization_fraction is None:
            continue
        for part in gpu.slices:
            if part.workload is not None:
                busy.setdefault(part.workload, []).append(gpu.utilization_fraction.value)
    rows = snapshot.workloads.values()
    add, at = history.add_workloads, snapshot.at
    add("utilization_fraction", at, {key: sum(values) / len(values) for key, values in busy.items()})
    add("memory_used_bytes", at, {row.key: m.value for row in rows if (m := row.gpu_memory_used_bytes) is not None})
    add("gpu_allocated", at, {row.key: row.gpu_allocated for row in rows if row.gpu_allocated is not None})
    add("running_pods", at, {row.key: float(row.running_pods) for row in rows if row.running_pods is not None})
