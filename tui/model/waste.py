"""What could be given back: GPUs that are held and not used, parts that nothing fits into, quota that lies idle."""

from dataclasses import dataclass

from tui.model.ids import WorkloadKey


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
    fraction_would_do: float | None = None  # of a GPU, by the memory it uses; ``None``: not known


@dataclass(frozen=True, slots=True)
class PoolRoom:
    """One node pool. All in GPUs: ``free`` = ``whole_free`` + ``in_parts``; ``largest_part`` the largest free part of
    one shared GPU, ``largest_block`` the most whole GPUs free on one node; ``stranded`` is free and not usable
    (cordoned, not ready, tainted, out of CPU, memory or pods). ``fragmentation`` 0 to 1: the part of ``free`` that no
    whole-GPU pod can take."""

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
