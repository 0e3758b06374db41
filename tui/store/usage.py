"""What a workload uses of the GPUs it holds: memory used and idle GPUs, anew with every round of metrics."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from tui.model.gpu import Gpu, Slice
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.metrics import MetricKey
from tui.model.pod import Pod
from tui.model.reading import Reading
from tui.model.workload import Workload
from tui.store.measure import Measures, sum_reading

IDLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Holders:
    """The pods of a workload that hold GPUs, and how many parts of devices they asked for in all."""

    keys: tuple[ObjectKey, ...]
    nodes: tuple[str, ...]
    parts: int


def holders_of(pods: Sequence[Pod]) -> Holders:
    holding = [pod for pod in pods if pod.holds_gpu]
    parts = sum(pod.gpu.devices + sum(count for _, count in pod.gpu.mig) for pod in holding)
    return Holders(tuple(pod.key for pod in holding), tuple(pod.node or "" for pod in holding), parts)


def measure_workload(
    row: Workload,
    holders: Holders,
    held: Sequence[tuple[Gpu, Slice]],
    measures: Measures,
    watched: Set[MetricKey],
) -> Workload:
    """The same row with its newest figures; the same value if nothing changed.

    ``held`` are the parts of GPUs that its pods hold, as far as they are placed. ``watched`` are the GPUs that were
    seen busy or free since the start: how long these have been idle is known.
    """
    is_complete = bool(held) and len(held) >= holders.parts
    used = _memory_used(row.key, holders, held if is_complete else (), measures)
    idle = _idle_gpus(held, watched) if is_complete else None
    if used == row.gpu_memory_used_bytes and idle == row.idle_gpus:
        return row
    return replace(row, gpu_memory_used_bytes=used, idle_gpus=idle)


def by_name(measures: Measures, key: WorkloadKey, metric: str) -> Reading | None:
    """A figure of Run:ai's metrics, whose series of a workload may lack the namespace."""
    named = measures.reading(metric, ObjectKey(key.namespace, key.name))
    return named or measures.reading(metric, ObjectKey("", key.name))


def _memory_used(
    key: WorkloadKey, holders: Holders, held: Sequence[tuple[Gpu, Slice]], measures: Measures
) -> Reading | None:
    """Over all its pods: what their slices use, else what Run:ai reports; ``None`` if one of them is not known."""
    used = sum_reading([part.memory_used_bytes for _, part in held])
    if used is None:
        used = sum_reading([measures.reading("pod_gpu_memory_used_bytes", pod) for pod in holders.keys])
    return used or by_name(measures, key, "workload_gpu_memory_used_bytes")


def _idle_gpus(held: Sequence[tuple[Gpu, Slice]], watched: Set[MetricKey]) -> float | None:
    """GPUs that have been at 0 % for 300 s; ``None`` while one of them has not been watched that long."""
    idle = 0.0
    for gpu, part in held:
        if gpu.utilization_fraction is None or part.fraction is None:
            return None
        if gpu.utilization_fraction.value > 0.0:
            continue
        if (gpu.idle_seconds or 0.0) >= IDLE_SECONDS:
            idle += part.fraction
        elif gpu.id not in watched:
            return None
    return round(idle, 6)
