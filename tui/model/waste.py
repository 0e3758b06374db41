"""What could be given back: GPUs that are held and not used, parts that nothing fits into, quota that lies idle."""

from dataclasses import dataclass
from typing import Literal

from tui.model.ids import GpuId, ObjectKey, WorkloadKey

Measure = Literal["weights", "memory"]  # what a need was reckoned from: the catalogue's weights, or memory in use


@dataclass(frozen=True, slots=True)
class IdleHold:
    """GPUs that a workload holds without using them. ``gpus`` in GPUs, parts counted; ``idle_seconds`` at least so long
    (watched, or told by Run:ai); ``pods`` how many of its pods they are; ``by`` who to ask: project, user if known."""

    workload: WorkloadKey
    project: str | None
    gpus: float
    held: float
    idle_seconds: float | None
    nodes: tuple[str, ...]
    pods: int
    fraction_would_do: float | None = None  # of a GPU, by the memory it needs; ``None``: not known
    measure: Measure | None = None  # what that was reckoned from


@dataclass(frozen=True, slots=True)
class PoolRoom:
    """One node pool. All in GPUs: ``free`` = ``whole_free`` + ``in_parts``; ``largest_part`` the largest free part of
    one shared GPU, ``largest_block`` the most whole GPUs free on one node; ``stranded`` is what nobody holds beside
    ``free``, on nodes that take no pod (cordoned, not ready, tainted, out of CPU, memory or pods). ``fragmentation``
    0 to 1: the part of ``free`` that no whole-GPU pod can take."""

    pool: str
    nodes: int
    allocatable: float | None
    allocated: float | None
    free: float | None
    whole_free: int | None
    in_parts: float | None
    largest_part: float | None
    largest_block: int | None
    stranded: float | None
    fragmentation: float | None
    stranded_by: tuple[tuple[str, float], ...] = ()  # (why in a few words, GPUs), the most first
    unplaced: float = 0.0  # given to pods whose GPU is not known: taken off the whole ones, to be careful


@dataclass(frozen=True, slots=True)
class SliceMove:
    """A part that has to leave its GPU. ``to`` has room for it; ``None``: none has, it would have to be given up."""

    workload: WorkloadKey | None
    pod: ObjectKey
    fraction: float
    gpu: GpuId
    to: GpuId | None


@dataclass(frozen=True, slots=True)
class WholeGpu:
    """What would have to move so that one more GPU of ``node`` is free whole."""

    pool: str
    node: str
    moves: tuple[SliceMove, ...]

    @property
    def moved(self) -> float:
        """GPUs that move."""
        return round(sum(move.fraction for move in self.moves), 6)


@dataclass(frozen=True, slots=True)
class FractionFit:
    """A workload that holds whole GPUs. ``fraction`` of each would do, by ``measure`` (both ``None``: not known, as
    with a server of an unknown model that reserves all it sees). ``need_bytes`` and ``used_bytes`` of one GPU;
    ``saves`` in GPUs.
    """

    workload: WorkloadKey
    project: str | None
    gpus: float
    fraction: float | None
    measure: Measure | None
    need_bytes: float | None
    used_bytes: float | None
    memory_bytes: float | None
    saves: float | None


@dataclass(frozen=True, slots=True)
class QuotaSlack:
    """A project that holds less than its quota while others wait, or more than it. In GPUs."""

    project: str
    quota: float | None
    allocated: float | None
    unused: float | None
    waiting: float | None
    over: float | None


@dataclass(frozen=True, slots=True)
class Waste:
    """``could_free`` is the sum of the idle holds in GPUs, ``None`` where use is not measured; ``why_unknown`` says so.

    ``fractions_save`` is how many GPUs the workloads that hold whole GPUs would give back at the fraction their memory
    use allows: the guide's reason for fractions.
    """

    idle: tuple[IdleHold, ...]
    pools: tuple[PoolRoom, ...]
    slack: tuple[QuotaSlack, ...]
    could_free: float | None
    fractions_save: float | None
    watched_seconds: float | None
    why_unknown: str = ""
    unmeasured: float | None = None  # GPUs that are held and of whose use nothing is known
    resting: float = 0.0  # GPUs that are held and at 0 %, not yet for so long as counts as idle
    fractions: tuple[FractionFit, ...] = ()  # all that hold whole GPUs, what saves most first
    moves: tuple[WholeGpu, ...] = ()  # at most three a pool, the least that has to move first
    waiting: float | None = None  # GPUs that projects wait for
    unused_quota: float | None = None  # GPUs of quota that nobody uses, where others wait for some; else 0
