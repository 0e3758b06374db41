"""The curves of a scale test: users, tokens a second and TTFT against pods, and what happened against time. Pure.

Measured curves stand against the ideal line (the smallest measured cell, times the pods), the guide's published point
and what its words derive beyond it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tui.plans.values import Cell, CellResult, MapFrame, ModelResult, PlanMark, ScalePlan
from tui.present.scale_test_guide import GuidePoint, guide_points
from widgets.rows import ChartView, Series

COLOURS = (0, 3, 8, 9)  # of the models
IDEAL, _GUIDE, _DERIVED, CURSOR, _FAILED = 6, 1, 2, 5, 4
_WIDE, _HIGH = 0.012, 0.03  # of a cross, as parts of its axes
_TICK = 0.08
MINUTES_FROM_SECONDS = 600.0

Point = tuple[float, float]
Figure = Callable[[ModelResult], float | None]
GuideFigure = Callable[[GuidePoint], float | None]


@dataclass(frozen=True, slots=True)
class Now:
    """Where the load of a cell under way stands: one model's figures so far. ``ready`` pods where a second says so."""

    model: str
    pods: int
    users: float | None
    output_tokens_per_second: float | None
    ttft_ms: float | None
    ready: int | None = None


@dataclass(frozen=True, slots=True)
class TestCurves:
    """What the three charts of one test are drawn from. ``cursor_pods``: where the look back stands, ``None``: live."""

    plan: ScalePlan
    test: str
    cells: tuple[Cell, ...]
    results: tuple[CellResult, ...]
    now: tuple[Now, ...] = ()
    cursor_pods: int | None = None


def ttft_of(result: ModelResult, statistic: str) -> float | None:
    """TTFT in milliseconds by the plan's statistic."""
    if result.point is None:
        return None
    value: float | None = getattr(result.point.ttft_ms, statistic, None)
    return value


def tokens_of(result: ModelResult) -> float | None:
    return result.point.output_tokens_per_second if result.point is not None else None


def users_of(result: ModelResult) -> float | None:
    return None if result.users is None else float(result.users)


def charts(curves: TestCurves) -> tuple[ChartView, ChartView, ChartView]:
    """Users, output tokens a second, TTFT, each against pods of a model."""
    load = curves.plan.load
    ttft: Figure = lambda result: ttft_of(result, load.statistic)  # noqa: E731
    users = _chart("Users", "", curves, users_of, lambda p: p.users, lambda n: n.users)
    tokens = _chart(
        "Output", "tokens/s", curves, tokens_of, lambda p: p.output_tokens_per_second,
        lambda n: n.output_tokens_per_second,
    )  # fmt: skip
    target = load.ttft_ms
    times = _chart("TTFT", f"{load.statistic}, ms", curves, ttft, lambda p: p.ttft_ms, lambda n: n.ttft_ms, target)
    return users, tokens, times


def measured(results: Iterable[CellResult], model: str, figure: Figure) -> tuple[Point, ...]:
    """(pods, figure) of the cells that were measured, by pods."""
    found = {
        float(result.cell.pods): value
        for result in results
        for one in result.models
        if one.model == model and (value := figure(one)) is not None
    }
    return tuple(sorted(found.items()))


def ideal(points: Sequence[Point], pods: float) -> float | None:
    """What the smallest measured cell would be at ``pods`` pods if nothing were lost."""
    if not points or not points[0][0]:
        return None
    return points[0][1] / points[0][0] * pods


def _chart(
    title: str,
    unit: str,
    curves: TestCurves,
    figure: Figure,
    of_guide: GuideFigure,
    of_now: Callable[[Now], float | None],
    target: float | None = None,
) -> ChartView:
    plan, cells = curves.plan, [cell for cell in curves.cells if cell.test == curves.test and not cell.why_not]
    pods = tuple(sorted({cell.pods for cell in cells}))
    most = float(max(pods, default=1))
    models = next((test.models for test in plan.tests if test.id == curves.test), ())
    lines: list[Series] = []
    crosses: list[tuple[str, int, tuple[Point, ...]]] = []
    results = [result for result in curves.results if result.cell.test == curves.test]
    for place, model in enumerate(models):
        own = measured(results, model, figure)
        guide = guide_points(plan, curves.test, model, pods)
        if target is None:
            lines += _ideal_line(own, most, first=place == 0)
        lines += _derived_line(guide, of_guide, first=place == 0)
        colour = COLOURS[place % len(COLOURS)]
        if own:
            lines.append(Series(model, tuple(x for x, _ in own), tuple(y for _, y in own), colour))
        crosses += [(model if not own else "", colour, own)]
        crosses += [("guide" if place == 0 else "", _GUIDE, _published(guide, of_guide))]
        here = [(float(n.pods), value) for n in curves.now if n.model == model and (value := of_now(n)) is not None]
        crosses += [("now" if place == 0 else "", colour, tuple(here))]
    top = _top(lines, crosses, target)
    for name, colour, points in crosses:
        lines += _cross(name, colour, points, most, top)
    if curves.cursor_pods is not None:
        lines.append(Series("here", (float(curves.cursor_pods),) * 2, (0.0, top), CURSOR))
    lines.append(Series("", (0.0, 0.0, most), (0.0, None, 0.0), IDEAL))  # the axis is as long as the plan at once
    return ChartView(
        title, tuple(lines), "pods of each" if len(models) > 1 else "pods", unit, target,
        target_label="" if target is None else f"target {target:,.0f}", y_min=0.0,
        x_ticks=tuple((float(count), str(count)) for count in _apart(pods)),
    )  # fmt: skip


def _ideal_line(own: tuple[Point, ...], most: float, *, first: bool) -> list[Series]:
    end = ideal(own, most)
    return [] if end is None else [Series("ideal" if first else "", (0.0, most), (0.0, end), IDEAL)]


def _derived_line(guide: tuple[GuidePoint, ...], figure: GuideFigure, *, first: bool) -> list[Series]:
    points = [(float(one.pods), value) for one in guide if (value := figure(one)) is not None]
    if not any(one.derived and figure(one) is not None for one in guide):
        return []
    name = "derived" if first else ""
    if len(points) == 1:  # one point alone: the drop at full scale
        x, y = points[0]
        points = [(x * 0.96, y), (x, y)]
    return [Series(name, tuple(x for x, _ in points), tuple(y for _, y in points), _DERIVED)]


def _published(guide: tuple[GuidePoint, ...], figure: GuideFigure) -> tuple[Point, ...]:
    return tuple((float(p.pods), value) for p in guide if not p.derived and (value := figure(p)) is not None)


def _cross(name: str, colour: int, points: Sequence[Point], most: float, top: float) -> list[Series]:
    """A small cross at each point, so that a point alone is seen."""
    wide, high = most * _WIDE, top * _HIGH
    xs: list[float] = []
    ys: list[float | None] = []
    for x, y in points:
        xs += [max(0.0, x - wide), min(most, x + wide), x, x, x, x]
        ys += [y, y, None, max(0.0, y - high), min(top, y + high), None]
    return [Series(name, tuple(xs), tuple(ys), colour)] if xs else []


def _top(lines: Sequence[Series], crosses: Sequence[tuple[str, int, tuple[Point, ...]]], target: float | None) -> float:
    known = [y for line in lines for y in line.ys if y is not None]
    known += [y for _, _, points in crosses for _, y in points]
    return max((*known, target or 0.0), default=1.0) or 1.0


def _apart(pods: Sequence[int]) -> list[int]:
    """Ticks that do not touch: of 1, 16, 32, 64, 128 all; the largest first."""
    kept: list[int] = []
    for count in sorted(pods, reverse=True):
        if not kept or kept[-1] - count >= max(pods) / 10:
            kept.append(count)
    return sorted(kept)


def time_chart(frames: Sequence[MapFrame], marks: Sequence[PlanMark], cursor: float | None) -> ChartView:
    """Ready pods and users over time, each against its own most; short strokes where pods were scaled, long: failed."""
    last = max([frame.seconds for frame in frames] + [mark.seconds for mark in marks], default=0.0)
    unit, label = (60.0, "minutes") if last >= MINUTES_FROM_SECONDS else (1.0, "seconds")
    lines = [
        *_share(frames, "pods ready", unit, 3, lambda frame: frame.ready_pods),
        *_share(frames, "users", unit, 0, lambda frame: frame.users),
    ]
    scaled = [mark.seconds / unit for mark in marks if mark.what == "scaled"]
    failed = [mark.seconds / unit for mark in marks if mark.what == "failed"]
    lines += strokes("scaled", scaled, _TICK * 100.0, IDEAL) + strokes("failed", failed, 100.0, _FAILED)
    if cursor is not None:
        lines.append(Series("here", (cursor / unit,) * 2, (0.0, 100.0), CURSOR))
    return ChartView("Time", tuple(lines), label, "% of the most", y_min=0.0, y_max=100.0)


def _share(
    frames: Sequence[MapFrame], name: str, unit: float, colour: int, value: Callable[[MapFrame], int | None]
) -> list[Series]:
    most = max((found for frame in frames if (found := value(frame)) is not None), default=0)
    if not most:
        return []
    xs = tuple(frame.seconds / unit for frame in frames)
    ys = tuple(None if (found := value(frame)) is None else 100.0 * found / most for frame in frames)
    return [Series(f"{name}, most {most:,}", xs, ys, colour)]


def strokes(name: str, at: Sequence[float], high: float, colour: int) -> list[Series]:
    """An upright stroke at each moment."""
    if not at:
        return []
    return [Series(name, tuple(x for x in at for _ in range(3)), (0.0, high, None) * len(at), colour)]
