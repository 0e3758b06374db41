"""A cell whose autoscalers are left on, as the live scale screen shows it: curves over time, and each change of the
number of pods as a row. Pure.
"""

import math
from collections.abc import Callable, Iterator, Sequence

from tui.plans.autoscale import Change, mean_ttft_ms, seen, thinned
from tui.plans.values import Autoscaled, PlanRun, Second
from tui.present import format as fmt
from tui.present.bench_charts import clipped, cut_of, milliseconds
from tui.present.scale_test_curves import COLOURS, CURSOR, IDEAL, MINUTES_FROM_SECONDS, Now, strokes
from widgets.rows import Cell, ChartView, Column, Row, Series, Tone

COLUMNS = (
    Column("at", "AT", 9, "right"),
    Column("model", "MODEL", 10, flexible=True, max_width=24, priority=3),
    Column("pods", "PODS", 9),
    Column("users", "USERS", 7, "right", priority=1),
    Column("took", "TOOK", 8, "right"),
    Column("before", "TTFT BEFORE", 11, "right", priority=2),
    Column("worst", "WORST ms", 9, "right"),
    Column("after", "AFTER ms", 9, "right", priority=1),
    Column("failed", "FAILED", 7, "right", priority=1),
)
_POINTS = 600  # of a curve; more than any screen has places
_RECENT_SECONDS = 5.0
_TICK = 0.08
_GPUS = 9
_TICKS = 7
Figure = Callable[[Second], float | None]


def of_cell(run: PlanRun, cell: str) -> tuple[Autoscaled, ...]:
    """What was seen in this cell, a model each; nothing in plans of kind ``scale``."""
    return tuple(one for one in run.autoscaled if one.cell == cell and one.seconds)


def moments(run: PlanRun) -> list[float]:
    """Seconds of the plan at which something changed: another number of pods wanted, or so many that serve."""
    found: set[float] = set()
    for one in run.autoscaled:
        began = _began(run, one)
        for change in seen(one.seconds).changes:
            found.add(began + change.seconds)
            if change.serving_after_seconds:
                found.add(began + change.seconds + change.serving_after_seconds)
        found.update(began + second.seconds for second in one.seconds[-1:])
    return sorted(found)


def now_of(run: PlanRun, cell: str, at: float | None) -> tuple[Now, ...]:
    """Each model's figures at that second of the plan, ``None``: the last one seen. TTFT is the mean of what was sent
    in the five seconds before."""
    return tuple(_now(run, one, at) for one in of_cell(run, cell))


def charts(run: PlanRun, cell: str, at: float | None) -> tuple[ChartView, ...]:
    """Users, output, TTFT and pods over time; short strokes where another number of pods was wanted."""
    ones = of_cell(run, cell)
    last = max((one.seconds[-1].seconds for one in ones), default=0.0)
    unit, label = (60.0, "minutes") if last >= MINUTES_FROM_SECONDS else (1.0, "seconds")
    cursor = (at - _began(run, ones[0])) / unit if ones and at is not None else None
    target = run.plan.load.ttft_ms

    def chart(title: str, y_label: str, lines: list[Series], target: float | None = None) -> ChartView:
        top = max([y for line in lines for y in line.ys if y is not None] + [target or 0.0], default=0.0) or 1.0
        changed = [change.seconds / unit for one in ones for change in seen(one.seconds).changes]
        lines += strokes("scaled", changed, top * _TICK, IDEAL)
        if cursor is not None:
            lines.append(Series("here", (cursor, cursor), (0.0, top), CURSOR))
        words = "" if target is None else f"target {target:,.0f}"
        return ChartView(
            title, tuple(lines), label, y_label, target, target_label=words, y_min=0.0, x_ticks=_ticks(last / unit)
        )

    cut = cut_of(target, [second.ttft_ms for one in ones for second in one.seconds])
    ttft = _curves(ones, unit, "mean", lambda s: clipped(s.ttft_ms, cut))
    pods = _curves(ones, unit, "wanted", lambda s: _float(s.wanted), IDEAL)
    pods += _curves(ones, unit, "ready", lambda s: _float(s.ready))
    pods += _curves(ones, unit, "GPUs", lambda s: s.gpus, _GPUS)
    return (
        chart("Users", "", _curves(ones, unit, "users", lambda s: _float(s.users))),
        chart("Output", "tokens/s", _curves(ones, unit, "tokens/s", lambda s: s.output_tokens_per_second)),
        chart("TTFT", milliseconds(cut), ttft, target),
        chart("Pods", "", pods),
    )


def change_rows(run: PlanRun) -> tuple[Row, ...]:
    """A row a change, in their order; a cold start, and when the GPUs came back, have one as well."""
    return tuple(row for one in run.autoscaled for row in _rows(run, one))


def current_row(run: PlanRun, cell: str, at: float | None) -> str | None:
    """The last change of the cell before that second of the plan."""
    found: str | None = None
    for one in of_cell(run, cell):
        for number, change in enumerate(seen(one.seconds).changes):
            if at is None or _began(run, one) + change.seconds <= at + 1e-6:
                found = _key(one, number)
    return found


def gpu_seconds(one: Autoscaled, until: float) -> float:
    """GPUs that it held over the time up to ``until`` (Unix seconds)."""
    return seen([second for second in one.seconds if second.at <= until]).gpu_seconds or 0.0


# -- parts -------------------------------------------------------------------------------------------------------------


def _began(run: PlanRun, one: Autoscaled) -> float:
    first = one.seconds[0]
    return first.at - first.seconds - run.started_at


def _now(run: PlanRun, one: Autoscaled, at: float | None) -> Now:
    moment = one.seconds[-1].seconds if at is None else at - _began(run, one)
    until = [second for second in one.seconds if second.seconds <= moment + 1e-6] or list(one.seconds[:1])
    recent = [second for second in until if second.seconds > until[-1].seconds - _RECENT_SECONDS]
    speeds = [second.output_tokens_per_second for second in recent if second.output_tokens_per_second is not None]
    return Now(
        model=one.model,
        pods=until[-1].wanted or 0,
        users=_float(until[-1].users),
        output_tokens_per_second=sum(speeds) / len(speeds) if speeds else None,
        ttft_ms=mean_ttft_ms(recent),
        ready=until[-1].ready,
    )


def _curves(
    ones: Sequence[Autoscaled], unit: float, name: str, figure: Figure, colour: int | None = None
) -> list[Series]:
    found = []
    for place, one in enumerate(ones):
        seconds = thinned(one.seconds, _POINTS)
        title = name if len(ones) == 1 else f"{one.model} {name}"
        xs = tuple(second.seconds / unit for second in seconds)
        found.append(Series(title, xs, tuple(map(figure, seconds)), COLOURS[place] if colour is None else colour))
    return [line for line in found if any(y is not None for y in line.ys)]


def _ticks(most: float) -> tuple[tuple[float, str], ...]:
    """Round numbers from 0 on, four to eight of them."""
    rough = max(most, 1.0) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    return tuple((place * step, f"{place * step:g}") for place in range(int(most / step) + 1))


def _rows(run: PlanRun, one: Autoscaled) -> Iterator[Row]:
    found = seen(one.seconds)
    if found.cold_start_seconds is not None:
        yield _row(one, "cold", "", "first pod", served=found.cold_start_seconds)
    for number, change in enumerate(found.changes):
        yield _change_row(one, number, change)
    if found.gpus_back_after_seconds is not None:
        yield _row(one, "back", "", "GPUs back", served=found.gpus_back_after_seconds)


def _change_row(one: Autoscaled, number: int, change: Change) -> Row:
    up = change.after > change.before
    cells = (
        Cell(f"{change.seconds:,.0f} s"),
        Cell(one.model),
        Cell(f"{change.before} {'▲' if up else '▼'} {change.after}", Tone.GOOD if up else Tone.DIM),
        Cell(fmt.number(change.users)),
        Cell(_seconds(change.serving_after_seconds) if up else ""),
        Cell(fmt.number(change.ttft_before_ms)),
        Cell(fmt.number(change.ttft_worst_ms) if up else ""),
        Cell(fmt.number(change.ttft_after_ms)),
        Cell(fmt.number(change.failed), Tone.BAD if change.failed else Tone.NORMAL),
    )
    return Row(_key(one, number), cells)


def _row(one: Autoscaled, key: str, at: str, what: str, served: float) -> Row:
    cells = (at, one.model, what, "", _seconds(served), "", "", "", "")
    return Row(f"{one.cell}/{one.model}/{key}", tuple(Cell(text, Tone.STRONG) for text in cells))


def _key(one: Autoscaled, number: int) -> str:
    return f"{one.cell}/{one.model}/{number}"


def _seconds(value: float | None) -> str:
    return fmt.UNKNOWN if value is None else f"{value:,.0f} s"


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)
