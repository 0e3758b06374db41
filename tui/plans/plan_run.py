"""A plan beside the app: on a thread with an event loop of its own; no screen ever waits for it.

It starts, stops and remembers; it draws nothing. Where it stands lies in a mailbox that any thread may read; what it
finds is on disk as it comes.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tui.bench.engine.controls import Controls
from tui.plans.beside import Beside
from tui.plans.carry_out import Listener, Outcome, PlanRunner
from tui.plans.folder import PlanFolder
from tui.plans.plan_progress import PlanProgress
from tui.plans.plan_time import PlanTime, SimulatedTime
from tui.plans.stage import Loader, Stage
from tui.plans.values import Cell, MapFrame, PlanMark, PlanRun, ScalePlan

Environment = tuple[tuple[str, str], ...]
Parts = Callable[[Path], tuple[Stage, Loader, PlanTime]]
"""Stage, loader and time of a plan whose folder is there. ``StageError`` or ``PlanError`` with one line."""

_CLOSE_SECONDS = 30.0  # to put back what was changed


@dataclass(frozen=True, slots=True)
class PlanJob:
    """What is to be carried out: ``parts`` on the ``cells`` of ``plan`` into ``folder``, which ``resume`` goes on with.

    ``environment`` gives (what, value) pairs for ``plan.json``.
    """

    plan: ScalePlan
    cells: tuple[Cell, ...]
    folder: Path
    parts: Parts
    environment: Callable[[], Environment] = tuple
    resume: bool = False
    simulated: bool = False


class Heard(Protocol):
    """Who wants to know beside the disk: when it began on its own time and where, its marks and its frames."""

    def begun(self, started_at: float, environment: Environment) -> None: ...

    def mark(self, mark: PlanMark) -> None: ...

    def frame(self, frame: MapFrame) -> None: ...


def simulated_parts(plan: ScalePlan, gpus: int, seed: int) -> Parts:
    """A rehearsal on so many GPUs."""

    def parts(_: Path) -> tuple[Stage, Loader, PlanTime]:
        from tui.plans.simulated_load import SimulatedLoader
        from tui.plans.simulated_ramp_load import SimulatedRampLoader
        from tui.plans.simulated_ramp_stage import SimulatedRampStage
        from tui.plans.simulated_stage import SimulatedStage

        if plan.kind == "autoscale":
            ramp_stage = SimulatedRampStage(plan, gpus, plan.gpus_per_server, seed)
            clock = SimulatedTime(ramp_stage.clock, time.time())
            return ramp_stage, SimulatedRampLoader(plan, seed, ramp_stage, clock), clock
        stage = SimulatedStage(plan, gpus, plan.gpus_per_server, seed)
        return stage, SimulatedLoader(plan, seed, stage.clock), SimulatedTime(stage.clock, time.time())

    return parts


async def perform(job: PlanJob, controls: Controls, tell: Listener, heard: Heard | None = None) -> Outcome:
    """The whole plan. ``ValueError`` (``PlanError``) or ``StageError`` with one line, after everything was put back."""
    folder = _HeardFolder(job.folder, job.resume, heard)
    try:
        stage, loader, clock = job.parts(job.folder)
        began, environment = clock.now(), job.environment()
        folder.begin(job.plan, job.cells, environment, job.simulated, began)
        if heard is not None:
            heard.begun(began, environment)
        runner = PlanRunner(job.plan, job.cells, stage, loader, folder, controls, tell, clock)
        return await runner.run()
    finally:
        folder.close()


class _HeardFolder(PlanFolder):
    """Marks and frames go to disk, and to who wants to hear of them."""

    def __init__(self, path: Path, resume: bool, heard: Heard | None) -> None:
        super().__init__(path, resume=resume)
        self._heard = heard

    def mark(self, mark: PlanMark) -> None:
        super().mark(mark)
        if self._heard is not None:
            self._heard.mark(mark)

    def frame(self, frame: MapFrame) -> None:
        super().frame(frame)
        if self._heard is not None:
            self._heard.frame(frame)


@dataclass(frozen=True, slots=True)
class PlanState:
    """``run`` is what its folder holds so far; ``problem`` the line that ended it early, ``""`` if nothing did."""

    run: PlanRun
    progress: PlanProgress
    outcome: Outcome | None = None
    problem: str = ""
    running: bool = False


Carry = Callable[[PlanJob, Controls, Listener, Heard], Awaitable[Outcome | None]]


class PlanThread(Beside):
    """One plan beside the app; read ``state`` as often as you like. ``carry`` carries it out (``perform``)."""

    def __init__(self, job: PlanJob, started_at: float = 0.0, carry: Carry = perform) -> None:
        super().__init__("the scale test", _CLOSE_SECONDS)
        self.job = job
        self._carry = carry
        self._progress = PlanProgress("starting", 0, sum(1 for cell in job.cells if not cell.why_not))
        self._marks: list[PlanMark] = []
        self._frames: list[MapFrame] = []
        self._began: tuple[float, Environment] = (started_at, ())
        self._outcome: Outcome | None = None
        self._version = 0

    # -- from any thread -------------------------------------------------------------------------------------------

    @property
    def version(self) -> tuple[int, bool, int, bool]:
        """Another one whenever there is something new to draw."""
        return self._version, self.controls.paused, self.controls.interrupts, self.running

    def state(self) -> PlanState:
        running, job = self.running, self.job
        with self._lock:
            run = PlanRun(
                folder=str(job.folder),
                plan=job.plan,
                cells=job.cells,
                results=self._progress.results,
                marks=tuple(self._marks),
                frames=tuple(self._frames),
                environment=self._began[1],
                simulated=job.simulated,
                started_at=self._began[0],
                autoscaled=self._progress.autoscaled,
            )
            return PlanState(run, self._progress, self._outcome, self._problem, running)

    def label(self) -> str:
        """A word for the header while it runs: ``SCALE 3/31``; ``""`` when it has ended."""
        if not self.running:
            return ""
        with self._lock:
            progress = self._progress
        said = "stopping" if self.controls.interrupts else f"{progress.number}/{progress.cells}"
        return "" if progress.phase == "done" else f"SCALE {said}"

    # -- on the plan's own loop ------------------------------------------------------------------------------------

    def tell(self, progress: PlanProgress) -> None:
        """The runner's listener."""
        with self._lock:
            self._progress = progress
            self._version += 1

    def begun(self, started_at: float, environment: Environment) -> None:
        with self._lock:
            self._began = started_at, environment

    def mark(self, mark: PlanMark) -> None:
        with self._lock:
            self._marks.append(mark)
            self._version += 1

    def frame(self, frame: MapFrame) -> None:
        with self._lock:
            self._frames.append(frame)
            self._version += 1

    async def _go(self) -> None:
        outcome = await self._carry(self.job, self.controls, self.tell, self)
        with self._lock:
            self._outcome = outcome

    def _failed(self, text: str) -> None:
        super()._failed(text)
        with self._lock:
            self._version += 1
