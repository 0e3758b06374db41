"""A plan beside the app: on a thread with an event loop of its own; no screen ever waits for it.

It starts, stops and remembers; it draws nothing. Where it stands lies in a mailbox that any thread may read; what it
finds is on disk as it comes.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.plans.carry_out import Listener, Outcome, PlanRunner
from tui.plans.folder import PlanFolder
from tui.plans.plan_progress import PlanProgress
from tui.plans.plan_time import PlanTime, SimulatedTime
from tui.plans.stage import Loader, Stage, StageError
from tui.plans.values import Cell, ScalePlan

Parts = Callable[[Path], tuple[Stage, Loader, PlanTime]]
"""Stage, loader and time of a plan whose folder is there. ``StageError`` or ``PlanError`` with one line."""

_log = logging.getLogger(__name__)
_CLOSE_SECONDS = 30.0  # to put back what was changed


@dataclass(frozen=True, slots=True)
class PlanJob:
    """What is to be carried out: ``parts`` on the ``cells`` of ``plan`` into ``folder``, which ``resume`` goes on with.

    ``environment`` are (what, value) pairs for ``plan.json``.
    """

    plan: ScalePlan
    cells: tuple[Cell, ...]
    folder: Path
    parts: Parts
    environment: tuple[tuple[str, str], ...] = ()
    resume: bool = False
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class PlanState:
    """``problem`` is the line that ended it early, ``""`` if nothing did; ``outcome`` is there when it has ended."""

    progress: PlanProgress
    outcome: Outcome | None = None
    problem: str = ""
    running: bool = False


def simulated_parts(plan: ScalePlan, gpus: int, seed: int) -> Parts:
    """A rehearsal on so many GPUs."""

    def parts(_: Path) -> tuple[Stage, Loader, PlanTime]:
        from tui.plans.simulated_load import SimulatedLoader
        from tui.plans.simulated_stage import SimulatedStage

        stage = SimulatedStage(plan, gpus, plan.gpus_per_server, seed)
        return stage, SimulatedLoader(plan, seed, stage.clock), SimulatedTime(stage.clock, time.time())

    return parts


async def perform(job: PlanJob, controls: Controls, tell: Listener) -> Outcome:
    """The whole plan. ``ValueError`` (``PlanError``) or ``StageError`` with one line, after everything was put back."""
    folder = PlanFolder(job.folder, resume=job.resume)
    try:
        stage, loader, clock = job.parts(job.folder)
        folder.begin(job.plan, job.cells, job.environment, job.simulated, clock.now())
        runner = PlanRunner(job.plan, job.cells, stage, loader, folder, controls, tell, clock)
        return await runner.run()
    finally:
        folder.close()


class PlanThread:
    """One plan: ``start`` it once, read ``state`` as often as you like, end it by ``stop`` or ``close``."""

    def __init__(self, job: PlanJob) -> None:
        self.job = job
        self.controls = Controls()
        can_run = sum(1 for cell in job.cells if not cell.why_not)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._progress = PlanProgress("starting", 0, can_run)
        self._outcome: Outcome | None = None
        self._problem = ""

    # -- from any thread -------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread = threading.Thread(target=self._main, name="scale plan", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """End the cell under way, keep what is finished, put everything back."""
        self.controls.interrupt()

    def wait(self) -> None:
        """Until it has ended of itself."""
        if self._thread is not None:
            self._thread.join()

    def close(self, seconds: float = _CLOSE_SECONDS) -> bool:
        """Stop now and wait until everything is put back; False if that did not end in ``seconds``."""
        if self._thread is None:
            return True
        self.controls.interrupts = max(2, self.controls.interrupts)
        self.controls.paused = False
        self._thread.join(seconds)
        return not self._thread.is_alive()

    async def closed(self, seconds: float = _CLOSE_SECONDS) -> bool:
        """``close`` for an event loop."""
        return await asyncio.to_thread(self.close, seconds)

    def state(self) -> PlanState:
        running = self.running
        with self._lock:
            return PlanState(self._progress, self._outcome, self._problem, running)

    def label(self) -> str:
        """A word for the header while it runs: ``PLAN 3/31``; ``""`` when it has ended."""
        state = self.state()
        if not state.running or state.progress.phase == "done":
            return ""
        if self.controls.interrupts:
            return "PLAN stopping"
        return f"PLAN {state.progress.number}/{state.progress.cells}"

    # -- on its own loop -------------------------------------------------------------------------------------------

    def _main(self) -> None:
        try:
            outcome = asyncio.run(perform(self.job, self.controls, self._told))
        except (ValueError, OSError, StageError) as error:
            self._ended(None, str(error))
        except Exception as error:
            _log.exception("the plan broke off")
            self._ended(None, f"the plan broke off: {type(error).__name__}: {error}")
        else:
            self._ended(outcome, "")

    def _told(self, progress: PlanProgress) -> None:
        with self._lock:
            self._progress = progress

    def _ended(self, outcome: Outcome | None, problem: str) -> None:
        with self._lock:
            self._outcome, self._problem = outcome, problem
