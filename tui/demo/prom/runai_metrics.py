"""The series that Run:ai exports, with the names and labels of its 2.17 list."""

from collections.abc import Callable, Iterable
from statistics import fmean

from tui.demo.objects import Json
from tui.demo.prom.exposition import Family, Row, Sheet
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.holdings import Holdings, WorkloadHoldings
from tui.demo.telemetry import GpuSample
from tui.demo.world.installed import CLUSTER_UID

CLUSTER_ID = CLUSTER_UID

_GPU = (
    Family("runai_allocated_gpu_count_per_gpu", "Whether a GPU is hosting a pod."),
    Family("runai_gpu_utilization_per_gpu", "Utilization of a GPU (in %)."),
    Family("runai_gpu_memory_used_mebibytes_per_gpu", "GPU memory used (in MiB)."),
    Family("runai_gpu_memory_total_mebibytes_per_gpu", "GPU memory (in MiB)."),
    Family("runai_last_gpu_utilization_time_per_gpu", "When the GPU was last used (unix time)."),
)
_NODE = (
    Family("runai_allocated_gpu_count_per_node", "Allocated GPUs of a node, fractions counted."),
    Family("runai_gpu_utilization_per_node", "Average utilization of a node's GPUs (in %)."),
    Family("runai_gpu_memory_used_mebibytes_per_node", "GPU memory used on a node (in MiB)."),
    Family("runai_gpu_memory_total_mebibytes_per_node", "GPU memory of a node (in MiB)."),
    Family("runai_node_cpu_requested_cores", "CPU cores requested on a node."),
    Family("runai_node_requested_memory_bytes", "Memory requested on a node (in bytes)."),
)
_NODE_COUNT = (Family("runai_gpu_count_per_node", "GPUs of a node."),)
_POD_GPU = (
    Family("runai_gpu_utilization_per_pod_per_gpu", "Utilization of a GPU by a pod (in %)."),
    Family("runai_gpu_memory_used_mebibytes_per_pod_per_gpu", "Memory of a GPU used by a pod (in MiB)."),
)
_POD = (Family("runai_allocated_gpu_count_per_pod", "Allocated GPUs of a pod, fractions counted."),)
_WORKLOAD = (
    Family("runai_allocated_gpu_count_per_workload", "Allocated GPUs of a workload, fractions counted."),
    Family("runai_gpu_utilization_per_workload", "Average utilization of a workload's GPUs (in %)."),
    Family("runai_gpu_memory_used_mebibytes_per_workload", "GPU memory used by a workload (in MiB)."),
    Family("runai_gpu_idle_seconds_per_workload", "How long the workload's GPUs have been idle."),
)
_WORKLOAD_ASK = (Family("runai_requested_gpus_per_workload", "GPUs requested by a workload."),)
_WORKLOAD_TIME = (
    Family("runai_run_time_seconds_per_workload", "How long the workload has been running."),
    Family("runai_wait_time_seconds_per_workload", "How long the workload has been waiting."),
)
_PROJECT = (
    Family("runai_allocated_gpu_count_per_project", "Allocated GPUs of a project, fractions counted."),
    Family("runai_project_guaranteed_gpus", "GPU quota of a project."),
    Family("runai_gpu_utilization_per_project", "Average utilization of a project's GPUs (in %)."),
)
_PROJECT_INFO = (Family("runai_project_info", "Quotas of a project."),)
_QUEUE_INFO = (Family("runai_queue_info", "Quotas of a queue."),)

Labels = dict[str, str]
_Entry = tuple[Labels, str, tuple[float | None, ...]]  # labels, node, values


def quota(queue: Json, resource: str, part: str = "quota") -> float:
    """A number of a queue's spec; -1 is unlimited."""
    return float(queue["spec"].get("resources", {}).get(resource, {}).get(part, -1))


class RunaiExporter:
    """Sheets of one moment. Rows are kept for as long as their labels come back."""

    def __init__(self, read: Callable[[], Holdings]) -> None:
        self._read = read
        self._rows: dict[tuple[str, ...], Row] = {}

    def sheets(self, at: float) -> list[Sheet]:
        now = self._read()
        used: dict[tuple[str, ...], Row] = {}
        tables: tuple[tuple[tuple[Family, ...], Iterable[_Entry]], ...] = (
            (_GPU, _gpus(now, at)),
            (_NODE, _nodes(now)),
            (_NODE_COUNT, _node_counts(now)),
            (_POD_GPU, _pods_per_gpu(now)),
            (_POD, _pods(now)),
            (_WORKLOAD, _workloads(now)),
            (_WORKLOAD_ASK, _workload_asks(now)),
            (_WORKLOAD_TIME, _workload_times(now, at)),
            (_PROJECT, _projects(now)),
            (_PROJECT_INFO, _project_info(now)),
            (_QUEUE_INFO, _queue_info(now)),
        )
        sheets = [self._sheet(families, entries, used) for families, entries in tables]
        self._rows = used
        return [sheet for sheet in sheets if sheet.rows]

    def _sheet(
        self, families: tuple[Family, ...], entries: Iterable[_Entry], used: dict[tuple[str, ...], Row]
    ) -> Sheet:
        rows, values = [], []
        for labels, node, numbers in entries:
            key = (families[0].name, *labels.values())
            row = used[key] = self._rows.get(key) or Row({"clusterId": CLUSTER_ID, **labels}, node)
            rows.append(row)
            values.append(numbers)
        return Sheet(families, rows, values)


def _gpus(now: Holdings, at: float) -> Iterable[_Entry]:
    for gpu in now.gpus:
        if gpu.mig_instance is None:
            labels = {"node": gpu.node, "gpu": str(gpu.index)}
            used, total = gpu.memory_used_mib, gpu.memory_total_mib
            yield labels, "", (float(gpu.allocated), gpu.utilization_percent, used, total, round(at - gpu.idle_seconds))


def _by_node(gpus: Iterable[GpuSample]) -> dict[str, list[GpuSample]]:
    found: dict[str, list[GpuSample]] = {}
    for gpu in gpus:
        if gpu.mig_instance is None:
            found.setdefault(gpu.node, []).append(gpu)
    return found


def _nodes(now: Holdings) -> Iterable[_Entry]:
    gpus = _by_node(now.gpus)
    held: dict[str, list[float]] = {name: [0.0, 0.0, 0.0] for name in now.nodes}
    for pod in now.pods:
        if pod.node in held and pod.phase not in ("Succeeded", "Failed"):
            requested = pod.requested
            held[pod.node][0] += now.gpus_of(pod) if pod.holds_gpus else 0.0
            held[pod.node][1] += requested.get("cpu", 0.0)
            held[pod.node][2] += requested.get("memory", 0.0)
    for name, (allocated, cores, memory) in held.items():
        own = gpus.get(name, [])
        yield (
            {"node": name},
            "",
            (
                round(allocated, 6),
                fmean(gpu.utilization_percent for gpu in own) if own else None,
                sum(gpu.memory_used_mib for gpu in own) if own else None,
                sum(gpu.memory_total_mib for gpu in own) if own else None,
                round(cores, 6),
                memory,
            ),
        )


def _node_counts(now: Holdings) -> Iterable[_Entry]:
    for node in now.nodes.values():
        labels = {
            "node": node.name,
            "modelName": node.gpu_model,
            "ready": str(node.ready).lower(),
            "schedulable": str(not node.unschedulable).lower(),
        }
        yield labels, "", (node.capacity.get("nvidia.com/gpu", 0.0),)


def _pods_per_gpu(now: Holdings) -> Iterable[_Entry]:
    for use in now.uses:
        labels = {
            "pod_name": use.pod,
            "pod_uuid": use.uid,
            "pod_namespace": use.namespace,
            "node": use.node,
            "gpu": str(use.index),
        }
        yield labels, "", (use.utilization_percent, use.memory_used_mib)


def _pods(now: Holdings) -> Iterable[_Entry]:
    for pod in now.pods:
        gpus = now.gpus_of(pod)
        if pod.holds_gpus and gpus:
            labels = {"node": pod.node, "pod_name": pod.name, "pod_uuid": pod.uid, "pod_namespace": pod.namespace}
            yield labels, "", (round(gpus, 6),)


def _identity(workload: WorkloadHoldings) -> Labels:
    return {"workload_id": workload.id, "workload_name": workload.name, "workload_type": workload.type}


def _workloads(now: Holdings) -> Iterable[_Entry]:
    uses = now.uses_by_pod
    idle = {(gpu.node, gpu.index): gpu.idle_seconds for gpu in now.gpus}
    for workload in now.workloads.values():
        own = [use for pod in workload.pods for use in uses.get((pod.namespace, pod.name), ())]
        yield (
            {**_identity(workload), "user": "lab-user"},
            "",
            (
                now.allocated(workload.pods),
                fmean(use.utilization_percent for use in own) if own else None,
                sum(use.memory_used_mib for use in own) if own else None,
                min(idle.get((use.node, use.index), 0.0) for use in own) if own else None,
            ),
        )


def _workload_asks(now: Holdings) -> Iterable[_Entry]:
    for workload in now.workloads.values():
        yield {**_identity(workload), "project": workload.project}, "", (now.requested(workload.pods),)


def _workload_times(now: Holdings, at: float) -> Iterable[_Entry]:
    for workload in now.workloads.values():
        created = min((pod.created for pod in workload.pods), default=None)
        if created is not None:
            started = min((pod.started for pod in workload.pods if pod.started is not None), default=None)
            labels = {"workload_id": workload.id, "workload_name": workload.name}
            running = max(0.0, round(at - started)) if started is not None else 0.0
            yield labels, "", (running, max(0.0, round((started or at) - created)))


def _projects(now: Holdings) -> Iterable[_Entry]:
    uses = now.uses_by_pod
    pods: dict[str, list[PodFacts]] = {}
    for pod in now.pods:
        pods.setdefault(pod.project, []).append(pod)
    for queue in now.leaf_queues():
        name = queue["metadata"]["name"]
        own = pods.get(name, [])
        busy = [use.utilization_percent for pod in own for use in uses.get((pod.namespace, pod.name), ())]
        yield {"project": name}, "", (now.allocated(own), quota(queue, "gpu"), fmean(busy) if busy else None)


def _project_info(now: Holdings) -> Iterable[_Entry]:
    for queue in now.leaf_queues():
        labels = {
            "memory_quota": f"{quota(queue, 'memory'):g}",
            "cpu_quota": f"{quota(queue, 'cpu'):g}",
            "gpu_guaranteed_quota": f"{quota(queue, 'gpu'):g}",
            "project": queue["metadata"]["name"],
            "department_name": department(queue),
        }
        yield labels, "", (1.0,)


def _queue_info(now: Holdings) -> Iterable[_Entry]:
    for queue in now.leaf_queues():
        labels = {
            "gpu_guaranteed_quota": f"{quota(queue, 'gpu'):g}",
            "nodepool": queue["metadata"].get("labels", {}).get("runai/node-pool", "default"),
            "queue_name": queue["metadata"]["name"],
            "department_name": department(queue),
        }
        yield labels, "", (1.0,)


def department(queue: Json) -> str:
    labels = queue["metadata"].get("labels", {})
    return str(labels.get("runai/department-name", "default"))
