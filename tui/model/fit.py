"""The answer to "would it fit?": where, how often, and what stands in the way."""

from dataclasses import dataclass

from tui.model.cause import Cause
from tui.model.ids import GpuId


@dataclass(frozen=True, slots=True)
class GpuShare:
    """So much (0 to 1) of one physical GPU. Index -1: some GPU of that node, not known beforehand."""

    gpu: GpuId
    fraction: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one replica would go."""

    node: str
    shares: tuple[GpuShare, ...]


@dataclass(frozen=True, slots=True)
class QuotaRoom:
    """Figures in GPUs; ``float("inf")`` is unlimited, ``None`` unknown."""

    project: str
    quota: float | None
    limit: float | None
    allocated: float | None
    asked: float | None


@dataclass(frozen=True, slots=True)
class Fit:
    """``fits`` is about the replicas the spec starts with (``wanted``); ``None`` when it can't be known.

    ``replicas_now`` is the most that would run now (``None`` unknown); ``over_quota_replicas`` the most that Run:ai
    would let run beyond quota, as preemptible work. ``blockers`` is empty when it fits; ``notes`` only warn.
    """

    fits: bool | None
    wanted: int
    replicas_now: int | None
    placements: tuple[Placement, ...] = ()
    blockers: tuple[Cause, ...] = ()
    notes: tuple[Cause, ...] = ()
    quota: QuotaRoom | None = None
    over_quota_replicas: int | None = None
    strategy: str | None = None  # spread or binpack, of the pool it goes to
