"""What was true of a scale test at one moment: the cell, its figures, the map; and the moments there are to look at.

Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.plans.plan_progress import PlanProgress
from tui.plans.values import Cell as PlanCell
from tui.plans.values import CellResult, MapFrame, PlanRun
from tui.present import scale_test_ramp as ramp
from tui.present.scale_test_curves import Now, tokens_of, ttft_of

_JUST_BEFORE_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class ScalePicture:
    """A plan's state. ``progress`` while it is carried out; ``None`` for one that is read from its folder.

    ``interrupts`` as those of ``Controls``; ``problem`` is the line that ended it early.
    """

    run: PlanRun
    progress: PlanProgress | None = None
    paused: bool = False
    interrupts: int = 0
    problem: str = ""

    @property
    def live(self) -> bool:
        return self.progress is not None and self.progress.phase != "done" and not self.problem

    @property
    def seconds(self) -> float:
        """Of the plan, on its own time."""
        ends = [result.finished_at - self.run.started_at for result in self.run.results]
        ends += [frame.seconds for frame in self.run.frames[-1:]] + [mark.seconds for mark in self.run.marks[-1:]]
        return max([*ends, self.progress.seconds if self.progress is not None else 0.0], default=0.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """``now`` are figures by model that are no cell's result: of a load under way, or of one second of a ramp."""

    cell: PlanCell | None
    result: CellResult | None
    frame: MapFrame | None
    now: tuple[Now, ...]
    wanted_pods: int | None  # of all models
    ready_pods: int | None


def moment_of(picture: ScalePicture, at: float | None) -> Moment:
    """``at``: seconds since the plan began, ``None`` for now."""
    run, progress = picture.run, picture.progress
    frame = _frame(run.frames, at)
    if at is None and picture.live and progress is not None:
        cell, result, frame = progress.cell, None, progress.frame or frame
        now = tuple(_now(progress, run.plan.load.statistic))
    else:
        result, now = _result(run, at), ()
        if at is None and result is not None:  # it has ended, and all was put back: the last that was seen of it
            frame = _frame(run.frames, _end_of(run, result))
        elif picture.live and at is not None and (result is None or at > _end_of(run, result) + _JUST_BEFORE_SECONDS):
            result = None  # the cell under way, a while ago
        cell = result.cell if result is not None else progress.cell if progress is not None else None
    seen = ramp.now_of(run, cell.id, at) if cell is not None and (at is not None or result is None) else ()
    wanted = sum(one.pods for one in seen) if seen else cell.pods * len(cell.models) if cell is not None else None
    ready = frame.ready_pods if frame is not None else None
    if seen:  # of the very second: a frame may be older than a change of the pods
        known = [one.ready for one in seen if one.ready is not None]
        ready = sum(known) if len(known) == len(seen) else None
    return Moment(cell, result, frame, seen or now, wanted, ready)


def _frame(frames: tuple[MapFrame, ...], at: float | None) -> MapFrame | None:
    if at is None:
        return frames[-1] if frames else None
    return next((frame for frame in reversed(frames) if frame.seconds <= at + 1e-6), frames[0] if frames else None)


def _result(run: PlanRun, at: float | None) -> CellResult | None:
    """The cell under way at that moment, or else the last before it."""
    ran = sorted((one for one in run.results if one.state != "skipped"), key=lambda one: one.started_at)
    moment = float("inf") if at is None else run.started_at + at + 1e-6
    return next((one for one in reversed(ran) if one.started_at <= moment), ran[0] if ran else None)


def _end_of(run: PlanRun, result: CellResult) -> float:
    """The last moment of a cell: what follows it, if only that all is put back, is not seen."""
    return result.finished_at - run.started_at - _JUST_BEFORE_SECONDS


def _now(progress: PlanProgress, statistic: str) -> Iterable[Now]:
    cell = progress.cell
    for model, told in progress.models if cell is not None else ():
        point, beat = told.partial, told.beat
        ttft = getattr(point.ttft_ms, statistic, None) if point is not None else None
        tokens = point.output_tokens_per_second if point is not None else None
        if beat is not None:
            ttft = beat.ttft_mean_ms if ttft is None else ttft
            tokens = beat.output_tokens_per_second if tokens is None else tokens
        users = None if told.users is None else float(told.users)
        yield Now(model, cell.pods if cell is not None else 0, users, tokens, ttft)


def totals(moment: Moment, statistic: str) -> tuple[float | None, float | None, float | None]:
    """Users and tokens a second of all models together, and the longest TTFT; ``None`` where one isn't known."""
    if not moment.now and moment.result is not None and moment.result.models:
        models = moment.result.models
        users = [None if one.users is None else float(one.users) for one in models]
        return _sum(users), _sum([tokens_of(one) for one in models]), _most([ttft_of(one, statistic) for one in models])
    now = moment.now
    return (
        _sum([one.users for one in now]),
        _sum([one.output_tokens_per_second for one in now]),
        _most([one.ttft_ms for one in now]),
    )


def gpu_hours(picture: ScalePicture, at: float | None = None) -> float:
    """GPUs of each cell over the time that it took, the one under way up to now; under an autoscaler, those held."""
    run, progress = picture.run, picture.progress
    end = run.started_at + (picture.seconds if at is None else at)
    total = sum(ramp.gpu_seconds(one, end) for one in run.autoscaled)
    seen = {one.cell for one in run.autoscaled}
    last = run.started_at
    for result in run.results:
        if result.state == "skipped":
            continue
        last = max(last, result.finished_at)
        if result.cell.id not in seen:
            total += result.cell.gpus * max(0.0, min(result.finished_at, end) - result.started_at)
    cell = progress.cell if progress is not None and picture.live and at is None else None
    if cell is not None and cell.id not in seen and all(result.cell.id != cell.id for result in run.results):
        total += cell.gpus * max(0.0, end - last)
    return total / 3600.0


# -- the cursor --------------------------------------------------------------------------------------------------------


def step_cell(run: PlanRun, at: float | None, step: int) -> float | None:
    """One measured point of the curve on or back, or one change of an autoscaler; ``None``: now."""
    if run.autoscaled:
        return _step(ramp.moments(run), at, step)
    stops = sorted(_end_of(run, result) for result in run.results if result.state != "skipped")
    return _step(stops, at, step)


def step_frame(run: PlanRun, at: float | None, step: int) -> float | None:
    """One picture of the map on or back; ``None``: now."""
    return _step([frame.seconds for frame in run.frames], at, step)


def _step(stops: list[float], at: float | None, step: int) -> float | None:
    little = 1e-6
    if step < 0:
        return max((stop for stop in stops if at is None or stop < at - little), default=at)
    return min((stop for stop in stops if at is not None and stop > at + little), default=None)


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _most(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
