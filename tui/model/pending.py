"""What waits, why, and where its time went: what the pending list, its screen and ``w`` show."""

from dataclasses import dataclass

from tui.model.cause import Cause
from tui.model.ids import ObjectKey, WorkloadKey


@dataclass(frozen=True, slots=True)
class PendingItem:
    """A pod that is due and not ready, or (``pod`` is ``None``) a workload that lacks pods it wants.

    ``since`` (Unix seconds) is when the trouble began: created, or last ready. ``phase`` is the pod's own word, with
    the waiting reason of a container, if any; of a workload its phase. ``lacking`` is how many pods a workload lacks.
    ``causes`` are ordered, the first is the one to mend; there is always at least one.
    """

    pod: ObjectKey | None
    namespace: str
    workload: WorkloadKey | None
    project: str | None
    since: float | None
    phase: str
    causes: tuple[Cause, ...]
    lacking: int = 0

    @property
    def name(self) -> str:
        """``namespace/name`` of the pod, or of the workload where there is no pod."""
        return str(self.pod) if self.pod is not None else str(self.workload)


@dataclass(frozen=True, slots=True)
class PendingGroup:
    """Items with the same first cause and the same headline: ``14 pods: no GPU is free in pool a100``.

    ``severity`` orders groups: 0 stops it for good until somebody acts, 1 waits for room, 2 takes its course.
    """

    code: str
    headline: str
    severity: int
    since: float | None
    items: tuple[PendingItem, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a pod's life. ``seconds`` it took, or has taken so far where ``ended_at`` is ``None``; ``None`` in
    ``started_at``: not reached, or not known. ``usual_seconds`` is the median of its siblings."""

    name: str  # created, queued, scheduled, pulled, started, ready
    started_at: float | None
    ended_at: float | None
    seconds: float | None
    note: str = ""
    usual_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The answer to ``w`` on one pod or workload. ``causes`` may hold some that are no fault (``fault`` false), such as
    scaled to zero; empty: it runs, or its start takes its course, and ``summary`` says which."""

    pod: ObjectKey | None
    workload: WorkloadKey | None
    summary: str
    causes: tuple[Cause, ...]
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class WhatIf:
    """One thing that could be changed, and what would come of it. ``fits`` as in ``Fit``; ``helps`` of the group's pods
    how many would then run."""

    change: str
    outcome: str
    fits: bool | None
    helps: int | None
    action: str | None = None  # an action of ``tui/actions.py`` that opens the review of it, and its target
    target: str = ""
    devices: int | None = None  # what the form or the review is to be filled in with
    portion: float | None = None
    replicas: tuple[int, int] | None = None  # at least, at most
    node_pools: tuple[str, ...] = ()
    preemptible: bool | None = None
    command: str | None = None  # to copy, where nimdeck has no action
