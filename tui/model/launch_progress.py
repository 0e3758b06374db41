"""How far a launch has come: the steps from the applied object to the endpoint that answers."""

from dataclasses import dataclass
from typing import Literal

from tui.model.cause import Cause
from tui.model.ids import ObjectKey, WorkloadKey

StepName = Literal["applied", "accepted", "scheduled", "pulling", "downloading", "loading", "ready"]
StepState = Literal["waiting", "active", "done", "blocked"]
Outcome = Literal["going", "ready", "blocked", "gone"]


@dataclass(frozen=True, slots=True)
class Usual:
    """How long a step usually takes, and who says so: ``median of 3 starts here``, ``nimdeck's default``."""

    seconds: float
    source: str


@dataclass(frozen=True, slots=True)
class LaunchStep:
    """One line of the list. Times are Unix seconds, ``None`` where nobody has told them.

    ``detail`` is for a person: ``node007 gpu1 0.50``, ``2 of 3 pods``. ``usual`` None: not known.
    """

    name: StepName
    title: str
    state: StepState
    started_at: float | None = None
    ended_at: float | None = None
    detail: str = ""
    usual: Usual | None = None

    def elapsed_seconds(self, now: float) -> float | None:
        """So far while it lasts, in all once it is done; ``None`` where its beginning is not known."""
        if self.started_at is None or self.state == "waiting":
            return None
        if self.state == "done":
            return None if self.ended_at is None else max(0.0, self.ended_at - self.started_at)
        return max(0.0, now - self.started_at)


@dataclass(frozen=True, slots=True)
class Deadline:
    """Knative fails a Revision that is not ready in time. ``ends_at`` is Unix seconds; ``advice`` what to do about it,
    ``""`` while there is nothing to do."""

    seconds: float
    ends_at: float
    advice: str = ""

    def seconds_left(self, now: float) -> float:
        return max(0.0, self.ends_at - now)


@dataclass(frozen=True, slots=True)
class LaunchProgress:
    """``causes`` are why it does not go on, the surest first. ``blocked`` may clear up by itself, say when a GPU is
    freed; ``is_final`` says that it will not. ``pod`` is the one that is watched: the least far of the newest.
    """

    key: WorkloadKey
    at: float
    steps: tuple[LaunchStep, ...]
    outcome: Outcome
    causes: tuple[Cause, ...] = ()
    is_final: bool = False
    deadline: Deadline | None = None
    pod: ObjectKey | None = None
    ready_pods: int | None = None
    wanted_pods: int | None = None
    message: str = ""

    def step(self, name: StepName) -> LaunchStep:
        return next(step for step in self.steps if step.name == name)

    @property
    def current(self) -> LaunchStep:
        """The step it is at; the last one once it is ready."""
        return next((step for step in self.steps if step.state in ("active", "blocked")), self.steps[-1])
