"""What a chart is made of, before anything draws it: runs without gaps, fewer points, round ticks. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from widgets.rows import ChartView, Series

Point = tuple[float, float]

_TICKS_APART_LINES = 4
_TICKS_APART_CELLS = 12


@dataclass(frozen=True, slots=True)
class Axis:
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """One run of a series without a gap; ``colour`` is the series' own."""

    points: tuple[Point, ...]
    colour: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a drawing engine needs; ``target`` is a height on the y axis."""

    curves: tuple[Curve, ...]
    x: Axis
    y: Axis
    target: float | None


def plan(view: ChartView, width: int, height: int) -> Plan | None:
    """Lay a chart out for a canvas of ``width`` by ``height`` cells; ``None`` if no point is known."""
    curves = tuple(Curve(tuple(thin(run, 2 * width)), series.colour) for series in view.series for run in runs(series))
    points = [point for curve in curves for point in curve.points]
    if not points:
        return None
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if view.target is not None:
        ys.append(view.target)
    low = view.y_min if view.y_min is not None else min(0.0, *ys)
    high = view.y_max if view.y_max is not None else max(ys)
    y = _axis(low, high, max(2, height // _TICKS_APART_LINES + 1), grow=view.y_max is None)
    if view.x_ticks:
        x = Axis(*_span(min(xs), max(xs)), tuple((v, s) for v, s in view.x_ticks if min(xs) <= v <= max(xs)))
    else:
        x = _axis(min(xs), max(xs), max(2, width // _TICKS_APART_CELLS), grow=False)
    return Plan(curves, x, y, view.target)


def runs(series: Series) -> list[list[Point]]:
    """The stretches of a series between its gaps (``None``, NaN, infinities)."""
    found: list[list[Point]] = [[]]
    for x, y in zip(series.xs, series.ys, strict=False):
        if y is not None and isfinite(y) and isfinite(x):
            found[-1].append((x, y))
        elif found[-1]:
            found.append([])
    return [run for run in found if run]


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most ``most`` points, the lowest and the highest of each stretch among them, so that spikes survive."""
    if len(points) <= most:
        return list(points)
    buckets = max(1, most // 2)
    kept: list[Point] = []
    for place in range(buckets):
        part = points[place * len(points) // buckets : (place + 1) * len(points) // buckets]
        low, high = min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])
        kept += sorted({low, high})
    return kept


def round_ticks(low: float, high: float, count: int) -> list[float]:
    """About ``count`` round values from at or below ``low`` to at or above ``high``."""
    if high <= low:
        high = low + 1.0
    rough = (high - low) / max(1, count - 1)
    power = 10.0 ** floor(log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(place * step, 12) for place in range(first, last + 1)]


def tick_text(value: float) -> str:
    """``1,500``, ``0.25``, ``2M``: short, and exact for round values."""
    for unit, name in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"


def _axis(low: float, high: float, count: int, *, grow: bool) -> Axis:
    ticks = round_ticks(low, high, count)
    if grow:
        low, high = min(low, ticks[0]), max(high, ticks[-1])
    low, high = _span(low, high)
    return Axis(low, high, tuple((tick, tick_text(tick)) for tick in ticks if low <= tick <= high))


def _span(low: float, high: float) -> tuple[float, float]:
    return (low, high) if high > low else (low, low + 1.0)
