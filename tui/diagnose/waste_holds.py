"""Who holds which GPUs, how long these have done nothing, and what is known of their memory. One walk. Pure.

A GPU that is shared is idle for all who share it: each counts its own part. What is not measured is not counted idle.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.diagnose.fit_pack import HAIR
from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload

_NO_PAST: Mapping[GpuId, float] = {}
NO_WORKLOAD = "Pod"  # the kind in the key of a pod that belongs to no workload


@dataclass(slots=True)
class Hold:
    """What one workload holds, added up while the GPUs are walked. GPUs, bytes, seconds."""

    key: WorkloadKey
    placed: float = 0.0
    idle: float = 0.0
    idle_seconds: float | None = None  # of its idle GPU that was busy last
    unsure: float = 0.0  # GPUs at rest, nobody knows since when
    whole: float = 0.0
    nodes: dict[str, None] = field(default_factory=dict)
    idle_pods: set[ObjectKey] = field(default_factory=set)
    pods: set[ObjectKey] = field(default_factory=set)
    parts: int = 0
    used_bytes: float | None = 0.0  # the most that is used of one GPU; ``None`` once one is not measured
    memory_bytes: float | None = None  # of the smallest of its GPUs


@dataclass(slots=True)
class Holds:
    """``measured`` and ``unmeasured`` are the GPUs held, by whether it is known what they do."""

    by_workload: dict[WorkloadKey, Hold] = field(default_factory=dict)
    measured: float = 0.0
    unmeasured: float = 0.0
    resting: float = 0.0
    watched_seconds: float | None = None


def holds_of(snapshot: Snapshot, idle_after_seconds: float, rested_seconds: Mapping[GpuId, float] = _NO_PAST) -> Holds:
    """Walk all GPUs. A figure older than ``idle_after_seconds`` (at least a minute) says nothing about now.

    ``rested_seconds``: how long GPUs have been at 0 % by what was measured before we watched, held or not.
    """
    found = Holds()
    oldest = snapshot.at - max(60.0, idle_after_seconds)
    for node in snapshot.nodes.values():
        memory = node.object.gpu_memory_bytes if node.object is not None else None
        found.unmeasured += node.gpu_unplaced or 0.0
        for gpu in node.gpus:
            if not gpu.slices:
                continue
            size = memory if gpu.memory_total_bytes is None else gpu.memory_total_bytes.value
            at_rest = _at_rest_seconds(gpu, oldest)
            for part in gpu.slices:
                hold = _hold(found.by_workload, part)
                _count(hold, gpu, part, size)
                if at_rest is None or part.fraction is None:
                    found.unmeasured += part.fraction or 0.0
                    continue
                found.measured += part.fraction
                if at_rest >= 0.0:
                    known = _since_start(snapshot, part, rested_seconds.get(gpu.id))
                    _rest(found, hold, gpu, part, at_rest, known, idle_after_seconds)
    return found


_BUSY = -1.0


def _at_rest_seconds(gpu: Gpu, oldest: float) -> float | None:
    """How long it has been at 0 %; ``None``: not known, below 0: it works."""
    use = gpu.utilization_fraction
    if use is None or use.at < oldest:
        return None
    return _BUSY if use.value > 0.0 else gpu.idle_seconds or 0.0


def _since_start(snapshot: Snapshot, part: Slice, rested_seconds: float | None) -> float | None:
    """How long of that time this pod has held it; ``None`` where either is not known."""
    pod = snapshot.pods.get(part.pod) if rested_seconds is not None else None
    if pod is None or pod.started_at is None or rested_seconds is None:
        return None
    return max(0.0, min(rested_seconds, snapshot.at - pod.started_at))


def _rest(
    found: Holds, hold: Hold, gpu: Gpu, part: Slice, watched: float, known: float | None, idle_after_seconds: float
) -> None:
    """Note a part that does nothing, for ``watched`` seconds that we saw and ``known`` seconds that are on record."""
    seconds, share = max(watched, known or 0.0), part.fraction or 0.0
    found.watched_seconds = max(found.watched_seconds or 0.0, seconds)
    if seconds < idle_after_seconds:
        found.resting += share
        hold.unsure += share if known is None else 0.0
        return
    hold.idle += share
    hold.idle_seconds = seconds if hold.idle_seconds is None else min(hold.idle_seconds, seconds)
    hold.idle_pods.add(part.pod)
    hold.nodes[gpu.id.node] = None


def _count(hold: Hold, gpu: Gpu, part: Slice, memory: float | None) -> None:
    share = part.fraction or 0.0
    hold.placed += share
    hold.parts += 1
    hold.pods.add(part.pod)
    is_whole = share >= 1 - HAIR
    if is_whole and part.mig_profile is None:
        hold.whole += 1
    if hold.used_bytes is not None:
        used = part.memory_used_bytes
        if used is None and is_whole:
            used = gpu.memory_used_bytes
        if used is None:
            hold.used_bytes = None
        elif used.value > hold.used_bytes:
            hold.used_bytes = used.value
    if memory is not None and (hold.memory_bytes is None or memory < hold.memory_bytes):
        hold.memory_bytes = memory


def _hold(by_workload: dict[WorkloadKey, Hold], part: Slice) -> Hold:
    key = part.workload or WorkloadKey(part.pod.namespace, part.pod.name, NO_WORKLOAD)
    hold = by_workload.get(key)
    if hold is None:
        hold = by_workload[key] = Hold(key)
    return hold


def project_of(snapshot: Snapshot, hold: Hold) -> str | None:
    """Whose it is."""
    row = snapshot.workloads.get(hold.key)
    if row is not None:
        return row.project
    pods = (snapshot.pods.get(key) for key in hold.pods)
    return next((pod.project for pod in pods if pod is not None and pod.project), None)


def held(snapshot: Snapshot, hold: Hold) -> float:
    """All that it holds in GPUs, what could not be placed on a GPU too."""
    row = snapshot.workloads.get(hold.key)
    return round(max(hold.placed, (row.gpu_allocated or 0.0) if row is not None else 0.0), 6)


def told_only(snapshot: Snapshot, by_workload: Mapping[WorkloadKey, Hold]) -> list[Workload]:
    """Workloads of which it is only told how many of their GPUs are idle: none of these is placed."""
    rows = snapshot.workloads.items()
    return [row for key, row in rows if row.idle_gpus is not None and key not in by_workload]
