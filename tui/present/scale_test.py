"""The live scale screen as values: head, map, curves, table, figures, at this moment or at a chosen one. Pure.

What was simulated says so in the head and in the title of every chart.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from tui.plans.plan_progress import PlanProgress
from tui.plans.values import Cell as PlanCell
from tui.plans.values import CellResult, MapFrame, PlanRun
from tui.present import format as fmt
from tui.present.big_figures import BigFigure
from tui.present.scale_test_cells import COLUMNS, cell_rows, efficiency
from tui.present.scale_test_curves import Now, TestCurves, charts, time_chart, tokens_of, ttft_of
from tui.present.scale_test_guide import guide_points
from tui.present.scale_test_map import held_gpus, legend, map_rows
from widgets.rows import Cell, ChartView, Column, LegendItem, NodeRow, Row, Tone

SIMULATED = "SIMULATED"
_MARKS = 3
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
class ScaleView:
    """All that the screen draws. ``current`` is the cell to which the table's cursor goes."""

    head: tuple[tuple[Cell, ...], ...]
    map: tuple[NodeRow, ...]
    legend: tuple[LegendItem, ...]
    charts: tuple[ChartView, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: tuple[tuple[Cell, ...], ...]
    figures: tuple[BigFigure, ...]
    current: str | None


@dataclass(frozen=True, slots=True)
class _Moment:
    """What was true at the moment shown: a cell, its figures by model, the map."""

    cell: PlanCell | None
    result: CellResult | None
    frame: MapFrame | None
    now: tuple[Now, ...]


def scale_view(
    picture: ScalePicture, at: float | None = None, map_lines: int = 16, *, public: bool = False
) -> ScaleView:
    """``at``: seconds since the plan began, ``None`` for now."""
    run = picture.run
    moment = _moment(picture, at)
    cell = moment.cell
    test = cell.test if cell is not None else next((one.id for one in run.plan.tests), "")
    curves = TestCurves(
        run.plan, test, run.cells, run.results, moment.now, cell.pods if cell is not None and at is not None else None
    )
    drawn = (*charts(curves), time_chart(run.frames, run.marks, at))
    return ScaleView(
        head=_head(picture, moment, at),
        map=map_rows(moment.frame, map_lines),
        legend=legend(run.plan, moment.frame),
        charts=tuple(_marked(chart, simulated=run.simulated) for chart in drawn),
        columns=COLUMNS,
        rows=cell_rows(run, picture.progress.cell if picture.live and picture.progress else None, public=public),
        foot=_foot(picture, moment, at, public=public),
        figures=_figures(picture, moment),
        current=cell.id if cell is not None else None,
    )


# -- the cursor --------------------------------------------------------------------------------------------------------


def step_cell(run: PlanRun, at: float | None, step: int) -> float | None:
    """One measured point of the curve on or back; ``None``: now."""
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


# -- parts -------------------------------------------------------------------------------------------------------------


def _moment(picture: ScalePicture, at: float | None) -> _Moment:
    run, progress = picture.run, picture.progress
    frame = _frame(run.frames, at)
    if at is None and picture.live and progress is not None:
        return _Moment(progress.cell, None, progress.frame or frame, tuple(_now(progress, run.plan.load.statistic)))
    result = _result(run, at)
    if at is None and result is not None:  # it has ended, and all was put back: the last that was seen of it
        frame = _frame(run.frames, _end_of(run, result))
    return _Moment(result.cell if result is not None else None, result, frame, ())


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


def _marked(chart: ChartView, *, simulated: bool) -> ChartView:
    return replace(chart, title=f"{chart.title} (simulated)") if simulated else chart


def _head(picture: ScalePicture, moment: _Moment, at: float | None) -> tuple[tuple[Cell, ...], ...]:
    run, progress = picture.run, picture.progress
    lead = [Cell(SIMULATED, Tone.WARN)] if run.simulated else []
    title = Cell(run.plan.title or run.plan.name, Tone.STRONG)
    first: list[Cell] = [*lead, title]
    if at is not None:
        clock = datetime.fromtimestamp(run.started_at + at).astimezone()
        first += [
            Cell(f"as it was after {fmt.age(at)}, at {clock:%H:%M:%S}", Tone.WARN),
            Cell("end: back", Tone.ACCENT),
        ]
    elif progress is not None and picture.live:
        first.append(Cell(f"cell {progress.number} of {progress.cells}"))
        first.append(Cell(_state_words(picture, progress), Tone.ACCENT))
    else:
        done = sum(1 for result in run.results if result.state == "done")
        first.append(Cell(f"{done} of {len(run.cells)} cells measured"))
    second = [Cell(text) for text in _moment_words(moment, run.plan.load.statistic)]
    second.append(Cell(f"{fmt.age(picture.seconds if at is None else at)} passed", Tone.DIM))
    if at is None and progress is not None and picture.live and progress.eta_seconds is not None:
        second.append(Cell(f"about {fmt.age(progress.eta_seconds)} left", Tone.DIM))
    second.append(Cell(f"{fmt.gpus(gpu_hours(picture, at), 1)} GPU-hours", Tone.DIM))
    return tuple(first), tuple(second)


def _state_words(picture: ScalePicture, progress: PlanProgress) -> str:
    if picture.interrupts:
        return "stopping at once" if picture.interrupts > 1 else "stopping"
    if picture.paused:
        return "paused"
    cell = progress.cell.id if progress.cell is not None else ""
    return f"{cell} {progress.phase}".strip()


def _moment_words(moment: _Moment, statistic: str) -> list[str]:
    cell = moment.cell
    if cell is None:
        return []
    pods = cell.pods * len(cell.models)
    ready = moment.frame.ready_pods if moment.frame is not None else None
    said = [f"{fmt.number(ready)} of {pods} pods ready"]
    users, tokens, ttft = totals(moment, statistic)
    said += [f"{fmt.number(users)} users", f"{fmt.number(tokens)} tokens/s", f"TTFT {fmt.number(ttft)} ms"]
    return said


def totals(moment: _Moment, statistic: str) -> tuple[float | None, float | None, float | None]:
    """Users and tokens a second of all models together, and the longest TTFT; ``None`` where one isn't known."""
    if moment.result is not None and moment.result.models:
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
    """GPUs of each cell over the time that it took, the one under way up to now."""
    run, progress = picture.run, picture.progress
    end = run.started_at + (picture.seconds if at is None else at)
    total = 0.0
    last = run.started_at
    for result in run.results:
        if result.state == "skipped":
            continue
        last = max(last, result.finished_at)
        total += result.cell.gpus * max(0.0, min(result.finished_at, end) - result.started_at)
    cell = progress.cell if progress is not None and picture.live and at is None else None
    if cell is not None and all(result.cell.id != cell.id for result in run.results):
        total += cell.gpus * max(0.0, end - last)
    return total / 3600.0


def _figures(picture: ScalePicture, moment: _Moment) -> tuple[BigFigure, ...]:
    users, tokens, ttft = totals(moment, picture.run.plan.load.statistic)
    over = ttft is not None and ttft > picture.run.plan.load.ttft_ms
    held = held_gpus(moment.frame)
    ready = moment.frame.ready_pods if moment.frame is not None else None
    said = " simulated" if picture.run.simulated else ""
    return (
        BigFigure("pods", f"pods ready{said}", fmt.number(ready), Tone.ACCENT),
        BigFigure("users", f"users at once{said}", fmt.number(users), Tone.GOOD),
        BigFigure("tokens", f"tokens/s{said}", fmt.number(tokens), Tone.GOOD),
        BigFigure("ttft", f"ms TTFT{said}", fmt.number(ttft), Tone.WARN if over else Tone.NORMAL),
        BigFigure("gpus", "GPUs held", fmt.number(held[0] if held else None)),
    )


def _foot(picture: ScalePicture, moment: _Moment, at: float | None, *, public: bool) -> tuple[tuple[Cell, ...], ...]:
    run = picture.run
    lines: list[tuple[Cell, ...]] = []
    if picture.problem:
        lines.append((Cell(picture.problem, Tone.BAD),))
    until = [mark for mark in run.marks if at is None or mark.seconds <= at + 1e-6]
    marks = [f"{fmt.age(mark.seconds)}: {mark.what} {mark.text}".strip() for mark in reversed(until[-_MARKS:])]
    if marks and not public:
        lines.append(tuple(Cell(text, Tone.DIM) for text in marks))
    if moment.result is not None and moment.result.note and not public:
        lines.append((Cell(moment.result.note, Tone.WARN),))
    share = efficiency(run, moment.result) if moment.result is not None else None
    last = [Cell(f"{share:.0%} of the ideal line's users")] if share is not None else []
    if guide := _guide_words(run, moment.cell):
        last.append(Cell(guide, Tone.DIM))
    if last:
        lines.insert(0, tuple(last))
    return tuple(lines)


def _guide_words(run: PlanRun, cell: PlanCell | None) -> str:
    """What the guide has for this cell, and whether it is a number of its own."""
    if cell is None:
        return ""
    said: list[str] = []
    for model in cell.models:
        for point in guide_points(run.plan, cell.test, model, (cell.pods,)):
            figures = [f"{fmt.number(point.users)} users"]
            if point.output_tokens_per_second is not None:
                figures.append(f"{fmt.number(point.output_tokens_per_second)} tokens/s")
            if point.ttft_ms is not None:
                figures.append(f"TTFT {fmt.number(point.ttft_ms)} ms")
            kind = f"derived: {point.why}" if point.derived else "published"
            said.append(f"{model} {', '.join(figures)} ({kind})")
    return f"Guide: {'; '.join(said)}" if said else ""


def _sum(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _most(values: list[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
