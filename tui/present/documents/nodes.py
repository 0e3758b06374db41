"""Items of ``nimdeck.nodes/1``: a node, its GPUs, the slices on each."""

from dataclasses import dataclass

from tui.model.gpu import Gpu, Slice
from tui.model.node import Node
from tui.model.reading import Reading
from tui.model.snapshot import Snapshot
from tui.present.documents.figures import age, figure, reading


@dataclass(frozen=True, slots=True)
class SliceItem:
    workload: str | None
    workload_kind: str | None
    namespace: str
    pod: str
    fraction: float | None
    memory_used_bytes: float | None
    mig_profile: str | None
    placed_by: str


@dataclass(frozen=True, slots=True)
class GpuItem:
    index: int
    uuid: str | None
    model: str | None
    allocated_fraction: float | None
    utilization_fraction: float | None
    memory_used_bytes: float | None
    memory_total_bytes: float | None
    power_watts: float | None
    temperature_celsius: float | None
    sm_clock_hertz: float | None
    xid: float | None
    idle_seconds: float | None
    measured_by: str | None
    measured_age_seconds: float | None
    slices: tuple[SliceItem, ...]


@dataclass(frozen=True, slots=True)
class NodeItem:
    name: str
    ready: bool | None
    schedulable: bool | None
    pool: str | None
    gpu_model: str | None
    gpu_allocatable: float | None
    gpu_allocated: float | None
    gpu_unplaced: float | None
    gpu_free: float | None
    utilization_fraction: float | None
    memory_used_bytes: float | None
    memory_total_bytes: float | None
    approximate: bool
    note: str
    gpus: tuple[GpuItem, ...]


def node_items(snapshot: Snapshot, now: float) -> tuple[NodeItem, ...]:
    """All nodes, in the snapshot's order."""
    return tuple(_node(node, now) for node in snapshot.nodes.values())


def _node(node: Node, now: float) -> NodeItem:
    return NodeItem(
        name=node.name,
        ready=node.ready,
        schedulable=node.schedulable,
        pool=node.pool,
        gpu_model=node.gpu_model,
        gpu_allocatable=figure(node.gpu_allocatable),
        gpu_allocated=figure(node.gpu_allocated),
        gpu_unplaced=figure(node.gpu_unplaced),
        gpu_free=figure(node.gpu_free),
        utilization_fraction=reading(node.utilization_fraction),
        memory_used_bytes=reading(node.memory_used_bytes),
        memory_total_bytes=reading(node.memory_total_bytes),
        approximate=node.approximate,
        note=node.status_note,
        gpus=tuple(_gpu(gpu, now) for gpu in node.gpus),
    )


def _gpu(gpu: Gpu, now: float) -> GpuItem:
    measured = _first(gpu.utilization_fraction, gpu.memory_used_bytes, gpu.power_watts, gpu.temperature_celsius)
    return GpuItem(
        index=gpu.id.gpu,
        uuid=gpu.uuid,
        model=gpu.model,
        allocated_fraction=figure(gpu.allocated_fraction),
        utilization_fraction=reading(gpu.utilization_fraction),
        memory_used_bytes=reading(gpu.memory_used_bytes),
        memory_total_bytes=reading(gpu.memory_total_bytes),
        power_watts=reading(gpu.power_watts),
        temperature_celsius=reading(gpu.temperature_celsius),
        sm_clock_hertz=reading(gpu.sm_clock_hertz),
        xid=reading(gpu.xid),
        idle_seconds=figure(gpu.idle_seconds),
        measured_by=measured.source if measured else None,
        measured_age_seconds=age(measured.at, now) if measured else None,
        slices=tuple(_slice(part) for part in gpu.slices),
    )


def _slice(part: Slice) -> SliceItem:
    return SliceItem(
        workload=part.workload.name if part.workload else None,
        workload_kind=part.workload.kind if part.workload else None,
        namespace=part.pod.namespace,
        pod=part.pod.name,
        fraction=figure(part.fraction),
        memory_used_bytes=reading(part.memory_used_bytes),
        mig_profile=part.mig_profile,
        placed_by=part.source,
    )


def _first(*readings: Reading | None) -> Reading | None:
    return next((one for one in readings if one is not None), None)
