"""Where a cell's pods lie, read off a snapshot: GPUs, nodes, the map. Pure."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.plans.values import Cell, MapFrame, Placed

OTHERS = "·"
_NEAR = 1e-6
_NAMED = 3


def pods_of(snapshot: Snapshot, key: WorkloadKey) -> tuple[Pod, ...]:
    """Pods that are there: those that have ended are left out."""
    workload = snapshot.workloads.get(key)
    known = (snapshot.pods.get(pod) for pod in workload.pods) if workload is not None else ()
    return tuple(pod for pod in known if pod is not None and pod.phase not in ("Succeeded", "Failed"))


def placed(snapshot: Snapshot, cell: Cell, pods: Collection[Pod]) -> Placed:
    """``pods`` are all of the cell's. GPUs are not known where a pod's physical GPU is not."""
    by_node = Counter(pod.node for pod in pods if pod.node is not None)
    ours = {pod.key for pod in pods}
    on_gpu: dict[GpuId, set[ObjectKey]] = {}
    strangers: dict[GpuId, set[str]] = {}
    for gpu, part in _slices(snapshot):
        if part.pod in ours:
            on_gpu.setdefault(gpu.id, set()).add(part.pod)
        else:
            strangers.setdefault(gpu.id, set()).add(str(part.pod))
    found: set[ObjectKey] = set().union(*on_gpu.values())
    is_known = found == ours
    counts = Counter(len(held) for held in on_gpu.values())
    return Placed(
        by_node=tuple(sorted(by_node.items())),
        pods_per_gpu=tuple(sorted(counts.items())) if is_known else (),
        gpus=len(on_gpu) if is_known else None,
        problem=_problem(cell, on_gpu, strangers) if is_known else _unknown(len(ours - found), len(ours)),
    )


def map_frame(
    snapshot: Snapshot, letters: Mapping[WorkloadKey, str], seconds: float, keys: Iterable[WorkloadKey]
) -> MapFrame | None:
    """Every node with GPUs; what is not the plan's is ``OTHERS``. ``None`` before anything is known."""
    rows = tuple(
        (node.name, tuple(tuple(_parts(gpu, letters)) for gpu in node.gpus))
        for node in sorted(snapshot.nodes.values(), key=lambda node: node.name)
        if node.gpus
    )
    if not rows:
        return None
    ready = sum(1 for key in keys for pod in pods_of(snapshot, key) if pod.ready)
    return MapFrame(seconds, rows, ready)


def _parts(gpu: Gpu, letters: Mapping[WorkloadKey, str]) -> Iterable[tuple[str, float]]:
    for part in gpu.slices:
        letter = letters.get(part.workload, OTHERS) if part.workload is not None else OTHERS
        yield letter, part.fraction if part.fraction is not None else 0.0


def _slices(snapshot: Snapshot) -> Iterable[tuple[Gpu, Slice]]:
    return ((gpu, part) for node in snapshot.nodes.values() for gpu in node.gpus for part in gpu.slices)


def _problem(cell: Cell, on_gpu: Mapping[GpuId, set[ObjectKey]], strangers: Mapping[GpuId, set[str]]) -> str:
    """One line on what is not as the plan says, ``""`` where all is."""
    most = 1 if cell.gpu_per_pod >= 1 else max(1, int(1 / cell.gpu_per_pod + _NEAR))
    crowded = [gpu for gpu, held in on_gpu.items() if len(held) > most]
    lines = []
    if crowded:
        lines.append(f"{_named(crowded)} hold{'s' if len(crowded) == 1 else ''} more than {most} pod each")
    if shared := [gpu for gpu in on_gpu if gpu in strangers]:
        others = sorted({pod for gpu in shared for pod in strangers[gpu]})
        lines.append(f"{_named(shared)} shared with {', '.join(others[:_NAMED])}")
    least = math.ceil(cell.gpus - _NEAR)
    top = round(cell.pods * len(cell.models) * max(1.0, cell.gpu_per_pod))
    if not least <= len(on_gpu) <= top:
        lines.append(f"{len(on_gpu)} GPUs hold them, the plan says {_range(least, top)}")
    return "; ".join(lines)


def _unknown(missing: int, total: int) -> str:
    return f"the GPU of {missing} of {total} pods is not known, so the placement could not be checked" if total else ""


def _named(gpus: Collection[GpuId]) -> str:
    shown = ", ".join(f"{gpu.node} GPU {gpu.gpu}" for gpu in sorted(gpus)[:_NAMED])
    return shown + (f" and {len(gpus) - _NAMED} more" if len(gpus) > _NAMED else "")


def _range(least: int, most: int) -> str:
    return str(most) if least == most else f"{least} to {most}"
