"""A server: first as Kubernetes tells it, then joined with its GPUs and what lies on them."""

from dataclasses import dataclass, field

from tui.model.condition import Condition
from tui.model.gpu import Gpu
from tui.model.ids import ObjectKey
from tui.model.reading import Reading


@dataclass(frozen=True, slots=True)
class Taint:
    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class NodeObject:
    """What the Kubernetes Node object says, decoded by ``sources/kinds/node.py``.

    ``gpu_allocatable`` counts whole ``nvidia.com/gpu`` devices; ``mig_allocatable`` holds (profile, count).
    ``gpu_memory_bytes`` is the memory of ONE GPU from the ``nvidia.com/gpu.memory`` label (MiB there).
    """

    name: str
    uid: str
    resource_version: str
    created_at: float | None
    ready: bool | None
    schedulable: bool
    pool: str | None
    gpu_model: str | None
    gpu_count: int | None
    gpu_allocatable: int | None
    gpu_memory_bytes: float | None
    mig_allocatable: tuple[tuple[str, int], ...]
    cpu_allocatable_cores: float | None
    memory_allocatable_bytes: float | None
    pods_allocatable: int | None
    ephemeral_allocatable_bytes: float | None
    taints: tuple[Taint, ...]
    conditions: tuple[Condition, ...]
    labels: dict[str, str] = field(default_factory=dict)
    kubelet_version: str | None = None
    other_allocatable: dict[str, float] = field(default_factory=dict)  # extended resources other than GPUs


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the Nodes screen: the join of all sources.

    All ``gpu_*`` figures are in GPUs (1.5 = one and a half). ``gpu_allocated`` follows ``docs/json.md``:
    the sum of ``gpus[].allocated_fraction`` plus ``gpu_unplaced`` equals it. ``approximate`` is True when no
    Kubernetes object backs the allocation and it was taken from Prometheus. ``None`` means not known.
    """

    name: str
    ready: bool | None
    schedulable: bool | None
    pool: str | None
    gpu_model: str | None
    gpu_allocatable: float | None
    gpu_allocated: float | None
    gpu_unplaced: float | None
    utilization_fraction: Reading | None
    memory_used_bytes: Reading | None
    memory_total_bytes: Reading | None
    gpus: tuple[Gpu, ...]
    pods: tuple[ObjectKey, ...]  # GPU pods bound here, reservation pods left out
    unplaced_pods: tuple[ObjectKey, ...]  # GPU pods whose physical GPU is not known
    status_note: str = ""  # "not ready 4 min: kubelet stopped posting status", "cordoned"
    approximate: bool = False
    object: NodeObject | None = None

    @property
    def gpu_free(self) -> float | None:
        if self.gpu_allocatable is None or self.gpu_allocated is None:
            return None
        return round(max(0.0, self.gpu_allocatable - self.gpu_allocated), 6)
