"""Two runs side by side, load by load: what changed, and whether chance alone could have done it. Pure."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from tui.bench.figures import PointResult
from tui.bench.results.reader import Run

Load = tuple[int | None, float | None]


@dataclass(frozen=True, slots=True)
class Side:
    """All valid points of one load in one run, as one. ``interval`` is 95 % of the mean TTFT in milliseconds."""

    points: int
    invalid: int
    ttft_mean_ms: float | None = None
    ttft_p99_ms: float | None = None
    itl_mean_ms: float | None = None
    output_tokens_per_second: float | None = None
    interval: tuple[float, float] | None = None
    output_tokens_per_second_interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One load. Changes are fractions of ``a``: 0.1 is 10 % more in ``b``.

    ``intervals`` of mean TTFT and of output tokens/s: ``overlap`` (chance could have done it), ``apart``, or ``None``
    where one of them is not known.
    Nothing is compared where a side has no valid point.
    """

    concurrency: int | None
    rate: float | None
    a: Side
    b: Side
    ttft_mean_change_fraction: float | None
    ttft_p99_change_fraction: float | None
    itl_mean_change_fraction: float | None
    output_tokens_per_second_change_fraction: float | None
    intervals: str | None
    output_tokens_per_second_intervals: str | None


def compare(a: Run, b: Run) -> list[Difference]:
    """Every load that either run has, users first, ascending."""
    sides = _by_load(a.points), _by_load(b.points)
    loads = sorted({*sides[0], *sides[1]}, key=lambda load: (load[0] is None, load[0] or 0, load[1] or 0.0))
    return [_difference(load, *(_side(side.get(load, [])) for side in sides)) for load in loads]


def unlike(a: Run, b: Run) -> list[str]:
    """What was not the same, a line each: a difference of the figures may come from there."""
    before, after = (msgspec.to_builtins(run.head.load, enc_hook=str) for run in (a, b))
    keys = [("target", key) for key in before["target"]] + [("prompts", key) for key in before["prompts"]]
    lines = [
        f"{key}: {before[part][key]} and {after[part][key]}"
        for part, key in keys
        if before[part][key] != after[part][key]
    ]
    if before["start"] != after["start"]:
        lines.append(f"start: {before['start']} and {after['start']}")
    return lines


def _by_load(points: Sequence[PointResult]) -> dict[Load, list[PointResult]]:
    found: dict[Load, list[PointResult]] = {}
    for point in points:
        found.setdefault((point.concurrency, point.rate), []).append(point)
    return found


def _side(points: Sequence[PointResult]) -> Side:
    valid = [point for point in points if point.valid]
    return Side(
        points=len(points),
        invalid=len(points) - len(valid),
        ttft_mean_ms=_pooled(valid, lambda point: point.ttft_ms.mean),
        ttft_p99_ms=_pooled(valid, lambda point: point.ttft_ms.p99),
        itl_mean_ms=_pooled(valid, lambda point: point.itl_ms.mean),
        output_tokens_per_second=_pooled(valid, lambda point: point.output_tokens_per_second),
        interval=_interval(valid, lambda point: point.ttft_ms.mean, lambda point: point.ttft_ms.interval),
        output_tokens_per_second_interval=_interval(
            valid,
            lambda point: point.output_tokens_per_second,
            lambda point: point.output_tokens_per_second_interval,
        ),
    )


def _pooled(points: Sequence[PointResult], of: Callable[[PointResult], float | None]) -> float | None:
    """The mean over repeats, weighted by the requests that succeeded."""
    known = [(value, max(point.requests - point.failed, 1)) for point in points if (value := of(point)) is not None]
    return sum(value * weight for value, weight in known) / sum(weight for _, weight in known) if known else None


def _interval(
    points: Sequence[PointResult],
    of: Callable[[PointResult], float | None],
    interval_of: Callable[[PointResult], tuple[float, float] | None],
) -> tuple[float, float] | None:
    """Of the pooled mean; repeats are independent, so their half widths add as squares."""
    mean = _pooled(points, of)
    bounds = [interval for point in points if (interval := interval_of(point)) is not None]
    if mean is None or len(bounds) < len(points):
        return None
    if len(points) == 1:
        return bounds[0]
    weights = [max(point.requests - point.failed, 1) for point in points]
    squares = sum((weight * (high - low) / 2) ** 2 for weight, (low, high) in zip(weights, bounds, strict=True))
    half = math.sqrt(squares) / sum(weights)
    return mean - half, mean + half


def _difference(load: Load, a: Side, b: Side) -> Difference:
    return Difference(
        concurrency=load[0],
        rate=load[1],
        a=a,
        b=b,
        ttft_mean_change_fraction=_change(a.ttft_mean_ms, b.ttft_mean_ms),
        ttft_p99_change_fraction=_change(a.ttft_p99_ms, b.ttft_p99_ms),
        itl_mean_change_fraction=_change(a.itl_mean_ms, b.itl_mean_ms),
        output_tokens_per_second_change_fraction=_change(a.output_tokens_per_second, b.output_tokens_per_second),
        intervals=_overlap(a.interval, b.interval),
        output_tokens_per_second_intervals=_overlap(
            a.output_tokens_per_second_interval, b.output_tokens_per_second_interval
        ),
    )


def _overlap(a: tuple[float, float] | None, b: tuple[float, float] | None) -> str | None:
    if a is None or b is None:
        return None
    return "overlap" if a[0] <= b[1] and b[0] <= a[1] else "apart"


def _change(before: float | None, after: float | None) -> float | None:
    return (after - before) / before if before and after is not None else None
