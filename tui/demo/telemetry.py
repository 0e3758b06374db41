"""What the embedded cluster's exporters can read off it: between the simulated world and the metrics text."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GpuSample:
    """One GPU as DCGM would read it. ``pod`` is (namespace, pod, container): on a shared GPU its reservation pod."""

    node: str
    index: int
    uuid: str
    pci_bus_id: str
    model: str
    utilization_percent: float
    memory_copy_percent: float
    memory_used_mib: float
    memory_total_mib: float
    power_watts: float
    temperature_celsius: float
    sm_clock_mhz: float
    xid: int
    pod: tuple[str, str, str] | None
    allocated: bool
    idle_seconds: float = 0.0
    mig_profile: str | None = None
    mig_instance: str | None = None


@dataclass(frozen=True, slots=True)
class PodUse:
    """What one pod does on one GPU, as Run:ai's ``*_per_pod_per_gpu`` metrics report it."""

    namespace: str
    pod: str
    uid: str
    node: str
    index: int
    utilization_percent: float
    memory_used_mib: float


class Telemetry(Protocol):
    """The world, as far as exporters see it."""

    def gpus(self) -> Iterable[GpuSample]: ...

    def pod_uses(self) -> Iterable[PodUse]: ...
