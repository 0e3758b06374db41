"""A plan beside the app: carried out on a thread with an event loop of its own, so that no screen ever waits for it.

It starts, stops and remembers; it draws nothing. What happens is on disk as it comes (``tui/plans/folder.py``).
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from tui.bench.engine.controls import Controls
from tui.plans.folder import PlanFolder
from tui.plans.plan_progress import PlanProgress
from tui.plans.stage import StageError
from tui.plans.values import Cell, MapFrame, PlanMark, PlanRun, ScalePlan
from tui.present.scale_test import ScalePicture

_log = logging.getLogger(__name__)
_CLOSE_SECONDS = 30.0  # to put back what was changed
Perform = Callable[["ScaleJob"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ScaleOrder:
    """What is to be done. ``gpus`` of a simulated cluster, ``None``: as the plan says."""

    plan: ScalePlan
    cells: tuple[Cell, ...]
    folder: Path
    simulate: bool
    gpus: int | None = None


class RememberingFolder(PlanFolder):
    """Marks and frames go to disk, and to the screen."""

    def __init__(self, path: Path, job: "ScaleJob") -> None:
        super().__init__(path)
        self._job = job

    def mark(self, mark: PlanMark) -> None:
        super().mark(mark)
        self._job.remember(mark=mark)

    def frame(self, frame: MapFrame) -> None:
        super().frame(frame)
        self._job.remember(frame=frame)


class ScaleJob:
    """One plan under way: ``start`` it once, ask for its ``picture`` as often as you like."""

    def __init__(self, order: ScaleOrder, started_at: float, perform: Perform) -> None:
        self.order = order
        self.controls = Controls()
        self._perform = perform
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._progress = PlanProgress("starting", 0, sum(1 for cell in order.cells if not cell.why_not))
        self._marks: list[PlanMark] = []
        self._frames: list[MapFrame] = []
        self._started_at = started_at
        self._environment: tuple[tuple[str, str], ...] = ()
        self._problem = ""
        self._version = 0
        self.left_over: tuple[str, ...] = ()

    # -- from any thread -------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._thread = threading.Thread(target=self._main, name="scale test", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def version(self) -> tuple[int, bool, int, bool]:
        """Another one whenever there is something new to draw."""
        return self._version, self.controls.paused, self.controls.interrupts, self.running

    @property
    def label(self) -> str:
        """For the header while it runs."""
        if not self.running:
            return ""
        with self._lock:
            progress = self._progress
        said = "stopping" if self.controls.interrupts else f"{progress.number}/{progress.cells}"
        return f"SCALE {said}"

    def picture(self) -> ScalePicture:
        with self._lock:
            progress, order = self._progress, self.order
            run = PlanRun(
                str(order.folder), order.plan, order.cells, progress.results, tuple(self._marks), tuple(self._frames),
                self._environment, order.simulate, self._started_at,
            )  # fmt: skip
            return ScalePicture(run, progress, self.controls.paused, self.controls.interrupts, self._problem)

    async def closed(self, seconds: float = _CLOSE_SECONDS) -> bool:
        """Stop now and wait until everything is put back; False if that did not end in ``seconds``."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return True
        self.controls.interrupts = max(2, self.controls.interrupts)
        self.controls.paused = False
        await asyncio.to_thread(thread.join, seconds)
        return not thread.is_alive()

    # -- on the plan's own loop ------------------------------------------------------------------------------------

    def begun(self, started_at: float, environment: tuple[tuple[str, str], ...] = ()) -> None:
        """When it began, on its own time, and what the run is of."""
        with self._lock:
            self._started_at, self._environment = started_at, environment

    def tell(self, progress: PlanProgress) -> None:
        """The runner's listener."""
        with self._lock:
            self._progress = progress
            self._version += 1

    def remember(self, mark: PlanMark | None = None, frame: MapFrame | None = None) -> None:
        with self._lock:
            if mark is not None:
                self._marks.append(mark)
            if frame is not None:
                self._frames.append(frame)
            self._version += 1

    def _main(self) -> None:
        try:
            asyncio.run(self._go())
        except (ValueError, OSError, StageError) as error:
            self._fail(str(error))
        except Exception as error:
            _log.exception("the scale test broke off")
            self._fail(f"the scale test broke off: {type(error).__name__}: {error}")

    async def _go(self) -> None:
        await self._perform(self)

    def _fail(self, text: str) -> None:
        with self._lock:
            self._problem = text
            self._version += 1
