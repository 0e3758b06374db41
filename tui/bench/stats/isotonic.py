"""A statistic can only rise with load: the weighted monotone fit of measured points, and where it crosses a target.

Pool-adjacent-violators; between points the curve is taken as straight. The crossing's interval is a parametric
bootstrap over the points' own errors (seeded: the same points give the same answer). Pure; knows no units.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_DRAWS = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One place on the curve: x (users), y (statistic) and the standard error of y (> 0 where known; 0: exact)."""

    x: float
    y: float
    error: float = 0.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """The largest x with a fit at or below the target, and its 95 % interval."""

    x: float
    low: float
    high: float


def monotone(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The non-decreasing sequence nearest to `values` by weighted squares (weights > 0)."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        mean, total, count = value, weight, 1
        while blocks and blocks[-1][0] >= mean:
            before, heavier, many = blocks.pop()
            mean = (before * heavier + mean * total) / (heavier + total)
            total, count = total + heavier, count + many
        blocks.append((mean, total, count))
    return [mean for mean, _, count in blocks for _ in range(count)]


def fit(samples: Sequence[Sample]) -> list[Sample]:
    """Monotone fit, ascending in x (each x once; pool repeats first); errors are kept."""
    ordered = sorted(samples, key=lambda sample: sample.x)
    fitted = _fitted([sample.y for sample in ordered], [sample.error for sample in ordered])
    return [Sample(sample.x, y, sample.error) for sample, y in zip(ordered, fitted, strict=True)]


def _fitted(values: Sequence[float], errors: Sequence[float]) -> list[float]:
    weights = [max(error, 1e-3 * abs(y), 1e-9) ** -2 for y, error in zip(values, errors, strict=True)]
    return monotone(values, weights)


def value_at(curve: Sequence[Sample], x: float) -> float | None:
    """The fitted value at x, straight between points; None outside of them."""
    for left, right in pairwise(curve):
        if left.x <= x <= right.x:
            return left.y + (right.y - left.y) * (x - left.x) / (right.x - left.x)
    return curve[0].y if curve and curve[0].x == x else None


def crossing(samples: Sequence[Sample], target: float, seed: int = 1) -> Crossing | None:
    """Where the fit leaves the target; None when it stays within it or begins beyond it."""
    ordered = sorted(samples, key=lambda sample: sample.x)
    places, errors = [sample.x for sample in ordered], [sample.error for sample in ordered]
    found = _leaves(places, _fitted([sample.y for sample in ordered], errors), target)
    if found is None:
        return None
    if not any(errors):
        return Crossing(found, found, found)
    gauss = random.Random(seed).gauss
    drawn = []
    for _ in range(_DRAWS):
        shaken = _fitted([gauss(sample.y, sample.error) for sample in ordered], errors)
        at = _leaves(places, shaken, target)
        drawn.append(at if at is not None else places[0 if shaken[0] > target else -1])
    drawn.sort()
    low, high = drawn[math.floor(0.025 * _DRAWS)], drawn[math.ceil(0.975 * _DRAWS) - 1]
    return Crossing(found, min(low, found), max(high, found))


def _leaves(places: Sequence[float], fitted: Sequence[float], target: float) -> float | None:
    """Where a fit (y at each place) passes the target; it never falls, so that is between two places at most."""
    beyond = bisect_right(fitted, target)
    if not 0 < beyond < len(fitted):
        return None
    x, y = places[beyond - 1], fitted[beyond - 1]
    return x + (places[beyond] - x) * (target - y) / (fitted[beyond] - y)
