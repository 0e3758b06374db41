"""The live scale screen as values: head, map, curves, table, figures, at this moment or at a chosen one. Pure.

What was simulated says so in the head and in the title of every chart.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from tui.plans.plan_progress import PlanProgress
from tui.plans.values import Cell as PlanCell
from tui.plans.values import PlanRun
from tui.present import format as fmt
from tui.present import scale_test_ramp as ramp
from tui.present.big_figures import BigFigure
from tui.present.scale_test_cells import COLUMNS, cell_rows, efficiency
from tui.present.scale_test_curves import TestCurves, charts, time_chart
from tui.present.scale_test_guide import guide_points
from tui.present.scale_test_map import held_gpus, legend, map_rows
from tui.present.scale_test_moment import Moment, ScalePicture, gpu_hours, moment_of, totals
from widgets.rows import Cell, ChartView, Column, LegendItem, NodeRow, Row, Tone

SIMULATED = "SIMULATED"
_MARKS = 3
_JUST_BEFORE_SECONDS = 0.001


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


def scale_view(
    picture: ScalePicture, at: float | None = None, map_lines: int = 16, *, public: bool = False
) -> ScaleView:
    """``at``: seconds since the plan began, ``None`` for now."""
    run = picture.run
    moment = moment_of(picture, at)
    cell = moment.cell
    drawn = _ramp_drawn(run, cell, at) if run.plan.kind == "autoscale" else _drawn(picture, moment, at, public=public)
    return ScaleView(
        head=_head(picture, moment, at),
        map=map_rows(moment.frame, map_lines),
        legend=legend(run.plan, moment.frame),
        charts=tuple(_marked(chart, simulated=run.simulated) for chart in drawn.charts),
        columns=drawn.columns,
        rows=drawn.rows,
        foot=_foot(picture, moment, at, public=public),
        figures=_figures(picture, moment),
        current=drawn.current,
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What differs with the kind of a plan."""

    charts: tuple[ChartView, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    current: str | None


def _drawn(picture: ScalePicture, moment: Moment, at: float | None, *, public: bool) -> _Drawn:
    """Against pods, beside the ideal line and the guide; a row a cell."""
    run, cell = picture.run, moment.cell
    test = cell.test if cell is not None else next((one.id for one in run.plan.tests), "")
    pods = cell.pods if cell is not None and at is not None else None
    curves = TestCurves(run.plan, test, run.cells, run.results, moment.now, pods)
    return _Drawn(
        charts=(*charts(curves), time_chart(run.frames, run.marks, at)),
        columns=COLUMNS,
        rows=cell_rows(run, picture.progress.cell if picture.live and picture.progress else None, public=public),
        current=cell.id if cell is not None else None,
    )


def _ramp_drawn(run: PlanRun, cell: PlanCell | None, at: float | None) -> _Drawn:
    """Against time; a row a change of the autoscaler."""
    name = cell.id if cell is not None else ""
    rows = ramp.change_rows(run)
    return _Drawn(ramp.charts(run, name, at), ramp.COLUMNS, rows, ramp.current_row(run, name, at))


# -- parts -------------------------------------------------------------------------------------------------------------


def _marked(chart: ChartView, *, simulated: bool) -> ChartView:
    return replace(chart, title=f"{chart.title} (simulated)") if simulated else chart


def _head(picture: ScalePicture, moment: Moment, at: float | None) -> tuple[tuple[Cell, ...], ...]:
    run, progress = picture.run, picture.progress
    lead = [Cell(SIMULATED, Tone.WARN)] if run.simulated else []
    title = Cell(run.plan.title or run.plan.name, Tone.STRONG)
    first: list[Cell] = [*lead, title]
    if at is not None:
        clock = datetime.fromtimestamp(run.started_at + at).astimezone()
        when = "" if run.simulated else f", at {clock:%H:%M:%S}"  # a rehearsal's hours have not come yet
        first += [
            Cell(f"as it was after {fmt.age(at)}{when}", Tone.WARN),
            Cell("end: back", Tone.ACCENT),
        ]
    elif progress is not None and picture.live:
        first.append(Cell(f"cell {progress.number} of {progress.cells}"))
        first.append(Cell(_state_words(picture, progress), Tone.ACCENT))
    else:
        done = sum(1 for result in run.results if result.state == "done")
        fit = sum(1 for cell in run.cells if not cell.why_not)
        first.append(Cell(f"{done} of {fit} cells measured"))
    autoscaled = run.plan.kind == "autoscale"
    second = [Cell(text) for text in _moment_words(moment, run.plan.load.statistic, autoscaled=autoscaled)]
    second.append(Cell(f"{fmt.age(picture.seconds if at is None else at)} passed", Tone.DIM))
    if at is None and progress is not None and picture.live and progress.eta_seconds is not None:
        second.append(Cell(f"about {fmt.age(progress.eta_seconds)} left", Tone.DIM))
    hours = gpu_hours(picture, at)
    second.append(Cell(f"{fmt.gpus(hours, 1 if hours >= 1.0 else 2)} GPU-hours", Tone.DIM))
    return tuple(first), tuple(second)


def _state_words(picture: ScalePicture, progress: PlanProgress) -> str:
    if picture.interrupts:
        return "stopping at once" if picture.interrupts > 1 else "stopping"
    if picture.paused:
        return "paused"
    cell = progress.cell.id if progress.cell is not None else ""
    return f"{cell} {progress.phase}".strip()


def _moment_words(moment: Moment, statistic: str, *, autoscaled: bool) -> list[str]:
    cell = moment.cell
    if cell is None:
        return []
    said = [f"{fmt.number(moment.ready_pods)} of {fmt.number(moment.wanted_pods)} pods ready"]
    if autoscaled and not moment.now:  # of the whole ramp
        said = [f"{fmt.number(moment.wanted_pods)} pods at most"]
    users, tokens, ttft = totals(moment, statistic)
    said += [f"{fmt.number(users)} users", f"{fmt.number(tokens)} tokens/s", f"TTFT {fmt.number(ttft)} ms"]
    return said


def _figures(picture: ScalePicture, moment: Moment) -> tuple[BigFigure, ...]:
    users, tokens, ttft = totals(moment, picture.run.plan.load.statistic)
    over = ttft is not None and ttft > picture.run.plan.load.ttft_ms
    held = held_gpus(moment.frame)
    said = " simulated" if picture.run.simulated else ""
    return (
        BigFigure("pods", f"pods ready{said}", fmt.number(moment.ready_pods), Tone.ACCENT),
        BigFigure("users", f"users at once{said}", fmt.number(users), Tone.GOOD),
        BigFigure("tokens", f"tokens/s{said}", fmt.number(tokens), Tone.GOOD),
        BigFigure("ttft", f"ms TTFT{said}", fmt.number(ttft), Tone.WARN if over else Tone.NORMAL),
        BigFigure("gpus", "GPUs held", fmt.number(held[0] if held else None)),
    )


def _foot(picture: ScalePicture, moment: Moment, at: float | None, *, public: bool) -> tuple[tuple[Cell, ...], ...]:
    run = picture.run
    lines: list[tuple[Cell, ...]] = []
    if picture.problem:
        lines.append((Cell(picture.problem, Tone.BAD),))
    until = [mark for mark in run.marks if at is None or mark.seconds <= at + 1e-6]
    marks = [f"{fmt.age(mark.seconds)}: {mark.what} {mark.text}".strip() for mark in reversed(until[-_MARKS:])]
    if marks and not public:
        lines.append(tuple(Cell(text, Tone.DIM) for text in marks))
    if moment.result is not None and moment.result.note and not public:
        found = run.plan.kind == "autoscale" and moment.result.state == "done"  # what was found, not what is wrong
        lines.append((Cell(moment.result.note, Tone.NORMAL if found else Tone.WARN),))
    share = efficiency(run, moment.result) if moment.result is not None else None
    last = [Cell(f"{share:.0%} of the ideal line's users")] if share is not None else []
    if guide := _guide_words(run, moment.cell):
        last.append(Cell(guide, Tone.DIM))
    if last:
        lines.insert(0, tuple(last))
    return tuple(lines)


def _guide_words(run: PlanRun, cell: PlanCell | None) -> str:
    """What the guide has for this cell, and whether it is a number of its own. It has nothing for a ramp."""
    if cell is None or run.plan.kind == "autoscale":
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
