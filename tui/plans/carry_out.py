"""Carries a plan out, cell by cell, over whatever ``Stage`` and ``Loader`` it is given: real ones or simulated ones.

It decides the order, keeps everything on disk as it comes, and puts everything back at the end, however it ends. It
knows no cluster, no terminal and no engine.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.plans.autoscale import seen, words
from tui.plans.folder import PlanError, PlanFolder
from tui.plans.frames import SIMULATED_SECONDS, FrameKeeper
from tui.plans.plan_progress import PlanPhase, PlanProgress, time_left
from tui.plans.plan_time import PlanTime, RealTime
from tui.plans.spread import uneven
from tui.plans.stage import Loader, Reach, Stage, StageError
from tui.plans.users import users_of
from tui.plans.values import (
    Autoscaled,
    Cell,
    CellResult,
    CellState,
    MapFrame,
    ModelResult,
    Placed,
    PlanMark,
    PlanModel,
    PlanTest,
    ScalePlan,
    Second,
)

T = TypeVar("T")
Listener = Callable[[PlanProgress], None]
_LOOK_SECONDS = 0.2
_FRAME_SECONDS = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan came to. ``left_over`` are lines about what could not be put back."""

    results: tuple[CellResult, ...]
    left_over: tuple[str, ...] = ()
    interrupted: bool = False


class _Interrupted(Exception):  # noqa: N818
    """The user ended it."""


class PlanRunner:
    """One plan, once: ``await PlanRunner(...).run()``.

    ``folder`` has begun. A cell that fails is recorded, and the plan goes on. ``controls``: an interrupt ends the cell
    under way, and everything is put back; ``time`` is simulated where stage and loader are.
    """

    def __init__(
        self,
        plan: ScalePlan,
        cells: tuple[Cell, ...],
        stage: Stage,
        loader: Loader,
        folder: PlanFolder,
        controls: Controls | None = None,
        tell: Listener = lambda _: None,
        time: PlanTime | None = None,
    ) -> None:
        self._plan = plan
        self._ramps = plan.kind == "autoscale"
        self._stage = stage
        self._loader = loader
        self._folder = folder
        self._controls = controls or Controls()
        self._tell_to = tell
        self._time = time or RealTime()
        before = folder.before
        self._began = before.started_at if before is not None else self._time.now()
        self._results = {result.cell.id: result for result in before.results} if before is not None else {}
        self._cells = cells
        self._left = [cell for cell in cells if not cell.why_not and not self._is_done(cell)]
        self._can_run = sum(1 for cell in cells if not cell.why_not)
        self._phase: PlanPhase = "starting"
        self._cell: Cell | None = None
        self._cell_began = self._time.now()
        self._models: dict[str, Progress] = {}
        earlier = before.autoscaled if before is not None else ()
        self._autoscaled = {(one.cell, one.model): one for one in earlier}
        self._prepared: str | None = None
        self._text = ""
        self._frames = FrameKeeper(stage.frame, folder.frame)
        self._frame: MapFrame | None = None

    async def run(self) -> Outcome:
        """All cells that are left. Raises ``PlanError`` where a result can't be kept, after everything was put back."""
        left_over: tuple[str, ...] = ()
        async with self._watched(not self._time.simulated, _FRAME_SECONDS):
            try:
                await self._all_cells()
            finally:
                left_over = await self._put_back()
        self._say("done", None)
        order = {cell.id: place for place, cell in enumerate(self._cells)}
        results = sorted(self._results.values(), key=lambda result: order.get(result.cell.id, len(order)))
        return Outcome(tuple(results), left_over, self._controls.interrupts > 0)

    # -- cells -----------------------------------------------------------------------------------------------------

    async def _all_cells(self) -> None:
        for cell in self._cells:
            if cell.why_not and cell.id not in self._results:
                now = self._time.now()
                self._keep(CellResult(cell, "skipped", now, now, None, note=cell.why_not))
        while self._left and not self._controls.interrupts:
            cell = self._left[0]
            self._cell, self._cell_began, self._models = cell, self._time.now(), {}
            result = await self._one_cell(cell)
            self._keep(result)
            self._left.pop(0)
            if self._left and not self._controls.interrupts and result.models:
                await self._cool_down(cell)

    async def _one_cell(self, cell: Cell) -> CellResult:
        """Never raises for what may happen to a cell."""
        began = self._time.now()
        found = CellResult(cell, "failed", began, began, None)
        try:
            users = users_of(self._plan, cell, self._results)
            found = await self._staged(cell, found)
            models = await self._measured(cell, users)
            state: CellState = "interrupted" if self._controls.interrupts else "done"
            through = self._plan.load.through
            told = [found.placed.problem if found.placed is not None else ""]
            told += [uneven(one.spread, through) for one in models]
            told += self._autoscaled_words(cell)
            note = "; ".join(line for line in told if line)
            found = replace(found, state=state, models=models, note=note)
        except _Interrupted:
            found = replace(found, state="interrupted", note="ended by the user")
        except StageError as error:
            ended = bool(self._controls.interrupts)
            found = replace(found, state="interrupted" if ended else "failed", note=str(error))
        except PlanError:
            raise
        except Exception as error:
            _log.exception("cell %s broke off", cell.id)
            found = replace(found, note=f"broke off: {type(error).__name__}: {error}")
        if found.state == "failed":
            self._mark("failed", found.note)
        return replace(found, finished_at=self._time.now())

    async def _staged(self, cell: Cell, found: CellResult) -> CellResult:
        """Its pods serve, and lie where they lie."""
        test = self._test(cell)
        if self._prepared != test.id:
            self._say("preparing", cell, f"{test.id}: {' and '.join(test.models)}")
            self._prepared = None
            await self._unless_ended(self._stage.prepare(test, self._models_of(cell)))
            self._prepared = test.id
        most = " at most" if self._ramps else ""
        self._mark("scaled", f"{_pods(cell.pods)}{most} of {' and '.join(cell.models)}")
        self._say("scaling", cell)
        await self._unless_ended(self._stage.scale(cell))
        pods = "its pods" if self._ramps else _pods(cell.pods * len(cell.models))
        self._say("waiting", cell, f"until {pods} can serve")
        async with self._watched(self._time.simulated, SIMULATED_SECONDS):
            seconds = await self._unless_ended(self._stage.ready(cell, self._plan.load.ready_timeout_seconds))
        placed: Placed = self._stage.placed(cell)
        self._mark("ready", f"after {seconds:.0f} s" + (f"; {placed.problem}" if placed.problem else ""))
        return replace(found, ready_seconds=seconds, placed=placed)

    async def _measured(self, cell: Cell, users: dict[str, int | None]) -> tuple[ModelResult, ...]:
        reaches: dict[str, Reach] = {}
        for model in self._models_of(cell):
            reaches[model.key] = await self._unless_ended(self._stage.reach(cell, model))
        loads = "users along the ramp" if self._ramps else ", ".join(_load_words(*one) for one in users.items())
        self._mark("measuring", loads)
        self._say("measuring", cell)
        began = self._time.now()

        def told(model: str, progress: Progress, seconds: tuple[Second, ...] = ()) -> None:
            self._models[model] = progress
            if seconds:
                self._autoscaled[cell.id, model] = Autoscaled(cell.id, model, seconds)
            self._say("measuring", cell)

        path = self._folder.fresh(cell)
        models = await self._loader.measure(cell, reaches, users, path, self._controls, told)
        if self._time.simulated:  # a load that is only computed has taken no time yet
            await self._time.sleep(began + _took(models, self._models) - self._time.now())
        runs = {one.model: path / one.model for one in models if (path / one.model).is_dir()}
        inside = {model: run.relative_to(self._folder.path).as_posix() for model, run in runs.items()}
        return tuple(replace(one, folder=inside.get(one.model, one.folder)) for one in models)

    def _autoscaled_words(self, cell: Cell) -> list[str]:
        """What was seen of the autoscalers of a cell that were left on."""
        found = {one.model: words(seen(one.seconds)) for one in self._autoscaled.values() if one.cell == cell.id}
        return [f"{model}: {text}" if len(found) > 1 else text for model, text in found.items()]

    async def _cool_down(self, cell: Cell) -> None:
        seconds = self._plan.load.cooldown_seconds
        if seconds <= 0:
            return
        self._cell_began = self._time.now()  # for what is left: this cell is over
        self._mark("cooling", f"{seconds:g} s")
        self._say("cooling", cell)
        self._models = {}
        with suppress(_Interrupted):
            await self._unless_ended(self._time.sleep(seconds))

    async def _put_back(self) -> tuple[str, ...]:
        self._models = {}
        self._say("restoring", self._cell, "everything goes back to what it was")
        try:
            left_over = await self._stage.restore()
        except StageError as error:
            left_over = (str(error),)
        for line in left_over:
            self._mark("left over", line)
        return left_over

    # -- helpers ---------------------------------------------------------------------------------------------------

    async def _unless_ended(self, work: Awaitable[T]) -> T:
        """Its result; the user's interrupt ends the wait for it."""
        task: asyncio.Future[T] = asyncio.ensure_future(work)
        try:
            while not self._controls.interrupts:
                done, _ = await asyncio.wait([task], timeout=_LOOK_SECONDS)
                if done:
                    return task.result()
            raise _Interrupted
        finally:
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError, StageError):
                    await task

    @asynccontextmanager
    async def _watched(self, watch: bool, seconds: float) -> AsyncIterator[None]:
        """The map is kept, every so many seconds, until the block ends."""

        async def look() -> None:
            while True:
                self._look()
                await self._time.sleep(seconds)

        looking = asyncio.create_task(look()) if watch else None
        try:
            yield
        finally:
            if looking is not None:
                looking.cancel()
                with suppress(asyncio.CancelledError):
                    await looking

    def _look(self) -> None:
        progress = self._progress(self._text)
        self._frame = self._frames.look(self._seconds(), progress.users) or self._frame

    def _keep(self, result: CellResult) -> None:
        self._results[result.cell.id] = result
        self._folder.cell(result)
        self._say(self._phase, self._cell, result.note)

    def _mark(self, what: str, text: str) -> None:
        self._folder.mark(PlanMark(self._seconds(), self._cell.id if self._cell is not None else None, what, text))

    def _say(self, phase: PlanPhase, cell: Cell | None, text: str = "") -> None:
        self._phase, self._cell, self._text = phase, cell, text
        if self._time.simulated and (phase != "measuring" or self._frames.is_due(self._seconds())):
            self._look()
        self._tell_to(self._progress(text))

    def _progress(self, text: str) -> PlanProgress:
        under_way = self._time.now() - self._cell_began
        left = self._left if self._phase not in ("restoring", "done") else []
        number = self._can_run - len(self._left) + (1 if left else 0)
        return PlanProgress(
            phase=self._phase,
            number=min(number, self._can_run),
            cells=self._can_run,
            cell=self._cell,
            models=tuple(self._models.items()),
            seconds=self._seconds(),
            eta_seconds=time_left(self._plan, left, self._results.values(), under_way),
            results=tuple(self._results.values()),
            frame=self._frame,
            autoscaled=tuple(self._autoscaled.values()),
            text=text,
        )

    def _seconds(self) -> float:
        return self._time.now() - self._began

    def _is_done(self, cell: Cell) -> bool:
        result = self._results.get(cell.id)
        return result is not None and result.state == "done"

    def _test(self, cell: Cell) -> PlanTest:
        return next(test for test in self._plan.tests if test.id == cell.test)

    def _models_of(self, cell: Cell) -> tuple[PlanModel, ...]:
        return tuple(model for model in self._plan.models if model.key in cell.models)


def _pods(number: int) -> str:
    return f"{number} pod{'' if number == 1 else 's'}"


def _load_words(model: str, users: int | None) -> str:
    return f"{model}: {users} users held" if users is not None else f"{model}: users are searched for"


def _took(models: Sequence[ModelResult], told: Mapping[str, Progress]) -> float:
    """Seconds of the longest load: all its points, where it told of them."""
    points = [sum(point.seconds for point in progress.finished) for progress in told.values()]
    return max([0.0, *points, *(one.point.seconds for one in models if one.point is not None)])
