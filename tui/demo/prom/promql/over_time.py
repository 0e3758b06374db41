"""Functions of a range vector: one number from the samples of a window."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.demo.prom.promql.aggregate import quantile, total
from tui.demo.prom.promql.values import Matrix, Vector

Reduce = Callable[[Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open window (start, end] that the samples come from, unix seconds."""

    start: float
    end: float


def _real(values: Sequence[float]) -> list[float]:
    return [value for value in values if value == value] or [math.nan]


def _mean(values: Sequence[float]) -> float:
    return total(values) / len(values)


def _variance(values: Sequence[float]) -> float:
    mean = _mean(values)
    return total((value - mean) ** 2 for value in values) / len(values)


def _changes(values: Sequence[float]) -> float:
    pairs = pairwise(values)
    return float(sum(1 for old, new in pairs if old != new and not (old != old and new != new)))


REDUCE: dict[str, Reduce] = {
    "avg_over_time": _mean,
    "min_over_time": lambda values: min(_real(values)),
    "max_over_time": lambda values: max(_real(values)),
    "sum_over_time": total,
    "count_over_time": lambda values: float(len(values)),
    "last_over_time": lambda values: values[-1],
    "present_over_time": lambda _: 1.0,
    "stddev_over_time": lambda values: math.sqrt(_variance(values)),
    "stdvar_over_time": _variance,
    "changes": _changes,
    "resets": lambda values: float(sum(1 for old, new in pairwise(values) if new < old)),
}
KEEPS_NAME = {"last_over_time"}


def reduce_matrix(name: str, matrix: Matrix) -> Vector:
    reduce = REDUCE[name]
    keep = name in KEEPS_NAME
    return [(labels if keep else labels.nameless(), reduce(values)) for labels, _, values in matrix]


def quantile_over_time(rank: float, matrix: Matrix) -> Vector:
    return [(labels.nameless(), quantile(rank, values)) for labels, _, values in matrix]


def extrapolated(name: str, matrix: Matrix, window: Window) -> Vector:
    """``rate``, ``increase`` and ``delta``: the change from first to last sample, stretched to the window's edges."""
    counter = name != "delta"
    result: Vector = []
    for labels, times, values in matrix:
        if len(values) < 2:
            continue
        change = values[-1] - values[0]
        if counter:
            change += sum(old for old, new in pairwise(values) if new < old)
        change *= _stretch(times, values, window, change if counter else None)
        if name == "rate":
            change /= round(window.end - window.start, 3)
        result.append((labels.nameless(), change))
    return result


def _stretch(times: Sequence[float], values: Sequence[float], window: Window, increase: float | None) -> float:
    """Prometheus's rule: to the edge if a sample is near it, else by half an average gap; no counter below 0."""
    sampled = round(times[-1] - times[0], 3)  # samples lie on milliseconds; floats of this size do not
    gap = sampled / (len(times) - 1)
    to_start = round(times[0] - window.start, 3)
    to_end = round(window.end - times[-1], 3)
    if to_start >= gap * 1.1:
        to_start = gap / 2
    if increase is not None and increase > 0 and values[0] >= 0:
        to_start = min(to_start, sampled * (values[0] / increase))
    if to_end >= gap * 1.1:
        to_end = gap / 2
    return (sampled + to_start + to_end) / sampled


def instant_change(name: str, matrix: Matrix) -> Vector:
    """``irate`` and ``idelta``: the last two samples alone."""
    result: Vector = []
    for labels, times, values in matrix:
        if len(values) < 2:
            continue
        change = values[-1] - values[-2]
        if name == "irate":
            change = (values[-1] if change < 0 else change) / round(times[-1] - times[-2], 3)
        result.append((labels.nameless(), change))
    return result


def derivative(matrix: Matrix) -> Vector:
    """``deriv``: slope of the least-squares line, a second."""
    result: Vector = []
    for labels, times, values in matrix:
        if len(values) < 2:
            continue
        base = times[0]
        xs = [round(at - base, 3) for at in times]
        mean_x, mean_y = _mean(xs), _mean(values)
        spread = total((x - mean_x) ** 2 for x in xs)
        slope = total((x - mean_x) * (y - mean_y) for x, y in zip(xs, values, strict=True)) / spread
        result.append((labels.nameless(), slope))
    return result
