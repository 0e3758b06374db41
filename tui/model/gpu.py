"""A physical GPU, what is measured on it and the slices that workloads hold of it."""

from dataclasses import dataclass

import msgspec

from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.reading import Reading


@dataclass(frozen=True, slots=True)
class GpuIdentity:
    """What a metrics source says a GPU is, and which pod it puts on it.

    On a shared GPU DCGM names only ONE pod, often the reservation pod: a pointer to the group, never the whole truth.
    ``mig_profile`` and ``mig_instance`` are set for a MIG instance of the GPU.
    """

    gpu: GpuId
    uuid: str | None = None
    model: str | None = None
    pod: ObjectKey | None = None
    mig_profile: str | None = None
    mig_instance: str | None = None


class Slice(msgspec.Struct, frozen=True, gc=False):
    """The part of one physical GPU that one pod holds.

    ``fraction`` is 0 to 1 of this GPU (``None``: the pod's request can't be read). ``source`` is what placed it here:
    ``reservation``, ``annotation``, ``dcgm``, ``runai`` or ``elimination`` (all of the node's GPUs are the pod's).
    """

    workload: WorkloadKey | None
    pod: ObjectKey
    fraction: float | None
    source: str
    memory_used_bytes: Reading | None = None
    mig_profile: str | None = None


class Gpu(msgspec.Struct, frozen=True, gc=False):
    """One physical GPU. ``allocated_fraction`` is the sum of its slices; above 1 means two pods claim the same part."""

    id: GpuId
    uuid: str | None
    model: str | None
    allocated_fraction: float | None
    slices: tuple[Slice, ...]
    utilization_fraction: Reading | None = None
    memory_used_bytes: Reading | None = None
    memory_total_bytes: Reading | None = None
    power_watts: Reading | None = None
    temperature_celsius: Reading | None = None
    sm_clock_hertz: Reading | None = None
    xid: Reading | None = None  # last XID error; 0 is none
    idle_seconds: float | None = None  # how long it has been allocated and at 0 %, as far as watched

    @property
    def free_fraction(self) -> float | None:
        if self.allocated_fraction is None:
            return None
        return round(max(0.0, 1.0 - self.allocated_fraction), 6)
