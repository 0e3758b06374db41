"""What the points of a search say together: repeats pooled, a monotone fit, the bracket and its certainty. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui.bench.figures import Verdict
from tui.bench.stats.isotonic import Crossing, Sample, crossing, fit, value_at
from tui.bench.stats.knee import knee

ERROR_FLOOR = 0.005
"""No ratio is trusted better than the histograms are."""

ERROR_UNKNOWN = 0.05
"""Taken for a point that could not tell its own error (one request)."""


class PointView(Protocol):
    """What is read of a point; see `search_math.Measured`."""

    @property
    def users(self) -> int: ...
    @property
    def ratio(self) -> float | None: ...
    @property
    def ratio_error(self) -> float | None: ...
    @property
    def valid(self) -> bool: ...
    @property
    def value_ms(self) -> float | None: ...
    @property
    def output_tokens_per_second(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Level:
    """All valid points of the same users as one: pooled ratio with its standard error, and how many there were."""

    users: int
    ratio: float
    error: float
    count: int
    value_ms: float | None
    output_tokens_per_second: float | None

    def decides(self, certainty: float) -> bool:
        """Whether the target lies beyond so many standard errors."""
        return abs(self.ratio - 1.0) > certainty * self.error


def levels_of(points: Sequence[PointView]) -> list[Level]:
    """Valid points that say something, pooled by users, ascending."""
    by_users: dict[int, list[PointView]] = {}
    for point in points:
        if point.valid and point.ratio is not None:
            by_users.setdefault(point.users, []).append(point)
    return [_pool(users, by_users[users]) for users in sorted(by_users)]


def _pool(users: int, points: Sequence[PointView]) -> Level:
    """Inverse-variance mean; its error is at least what the repeats' scatter says (a server drifts between points)."""
    ratios = [point.ratio for point in points if point.ratio is not None]
    errors = [max(ERROR_UNKNOWN if p.ratio_error is None else p.ratio_error, ERROR_FLOOR) for p in points]
    weights = [error**-2 for error in errors]
    ratio = sum(r * w for r, w in zip(ratios, weights, strict=True)) / sum(weights)
    error = sum(weights) ** -0.5
    if len(ratios) > 1:
        scatter = sum((r - ratio) ** 2 for r in ratios) / (len(ratios) - 1)
        error = max(error, math.sqrt(scatter / len(ratios)))
    return Level(users, ratio, error, len(ratios), _mean(p.value_ms for p in points), _throughput(points))


def _throughput(points: Sequence[PointView]) -> float | None:
    return _mean(point.output_tokens_per_second for point in points)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def bracket_ends(curve: Sequence[Sample]) -> tuple[int, int | None]:
    """Largest users whose fit holds (0: none) and smallest whose fit misses (None: none)."""
    low = max((int(sample.x) for sample in curve if sample.y <= 1.0), default=0)
    return low, min((int(sample.x) for sample in curve if sample.y > 1.0), default=None)


def conclude(
    levels: Sequence[Level],
    statistic: str,
    target_ms: float,
    reason: str,
    certainty: float,
    throughputs: Sequence[tuple[int, float]],
) -> Verdict:
    """The verdict: `concurrency` from the fit's crossing, `low` and `high` enclose it with certainty."""
    samples = [Sample(level.users, level.ratio, level.error) for level in levels]
    low, high = bracket_ends(fit(samples))
    crossed = crossing(samples, 1.0)
    sure_low, sure_high = _moved_outwards(levels, certainty, (low, high), crossed)
    concurrency = low or None
    if high is not None and low:
        inside = math.floor(crossed.x) if crossed else low
        concurrency = min(max(inside, low), high - 1)
    interval = None
    if crossed is not None and high is not None:
        interval = (min(crossed.low, sure_low or low), max(crossed.high, sure_high or high))
    bend = knee(throughputs, "concave")
    return Verdict(
        concurrency=concurrency,
        low=sure_low,
        high=sure_high,
        statistic=statistic,
        target_ms=target_ms,
        reason=reason,
        interval=interval,
        output_tokens_per_second=_along([(x.users, x.output_tokens_per_second) for x in levels], concurrency),
        value_ms=_along([(x.users, x.value_ms) for x in levels], concurrency),
        knee=bend.users if bend else None,
    )


def enclosing(levels: Sequence[Level], certainty: float) -> tuple[int | None, int | None]:
    """The bracket with its ends moved outwards to measured users that chance did not decide.

    They lie beyond the crossing's interval; where no measured point is that sure, the outermost on its side stands.
    """
    samples = [Sample(level.users, level.ratio, level.error) for level in levels]
    return _moved_outwards(levels, certainty, bracket_ends(fit(samples)), crossing(samples, 1.0))


def _moved_outwards(
    levels: Sequence[Level], certainty: float, ends: tuple[int, int | None], crossed: Crossing | None
) -> tuple[int | None, int | None]:
    low, high = ends
    inner = min(low, math.floor(crossed.low)) if crossed else low
    outer = max(high, math.ceil(crossed.high)) if crossed and high else high
    below = [level for level in levels if level.users <= low]
    above = [level for level in levels if high is not None and level.users >= high]
    holds = [x.users for x in below if x.users <= inner and x.ratio < 1.0 and x.decides(certainty)]
    misses = [x.users for x in above if outer and x.users >= outer and x.ratio > 1.0 and x.decides(certainty)]
    return (
        max(holds, default=below[0].users if below else None),
        min(misses, default=above[-1].users if above else None),
    )


def _along(points: Sequence[tuple[int, float | None]], users: int | None) -> float | None:
    """A figure at these users, straight between the measured ones; None where it is not known."""
    if users is None:
        return None
    return value_at([Sample(at, value) for at, value in points if value is not None], users)
