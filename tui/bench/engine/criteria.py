"""A point as a search sees it: its worst criterion over that criterion's target, how sure, and whether it is plain.

Pure; it knows figures and plans, not how points are made.
"""

import math

from tui.bench.engine.search_math import Measured, worst_ratio
from tui.bench.figures import Distribution, PointResult
from tui.bench.spec import LoadSpec, SearchPlan
from tui.bench.stats.wilson import attained, miss_ratio

FAR = 0.5
"""Below this part of the target a point is plain."""

BEYOND = 1.5
"""And so it is above this multiple."""

_PLAIN_CONFIDENCE = 0.998  # it is looked at once a second: each look is a chance to be wrong
_SURE = 3.0  # standard errors
_Z95 = 1.96  # half a 95 % interval in standard errors
_UNBOUNDED = 0.25  # of the value: the error of a percentile that too few requests bound from above
_UNBOUNDED_MISS = 0.1  # and of one above its target; no less, or one clump would outweigh every repeat
_ALL_USERS = 0.9


def measured(result: PointResult, plan: SearchPlan) -> Measured:
    """A finished point as the search sees it; without a ratio where it says nothing."""
    if plan.attainment is not None:
        ratio, error = _goodput(result, plan.attainment)
    else:
        criteria = [
            (
                statistic_of(found, plan.statistic),
                _error(found, plan.statistic, result, target * 1000.0),
                target * 1000.0,
            )
            for found, target in _limits(result, plan)
        ]
        ratio, error = worst_ratio(criteria, failed_too_many=failed_too_many(result, plan.load))
    return Measured(
        users=result.concurrency or 0,
        ratio=ratio,
        ratio_error=error,
        valid=result.valid,
        value_ms=statistic_of(result.ttft_ms, plan.statistic),
        seconds=result.seconds,
        output_tokens_per_second=result.output_tokens_per_second,
    )


def is_plain(result: PointResult, plan: SearchPlan) -> bool:
    """Surely far from the edge, with all users there: what more of it would say changes nothing.

    That is far below every target without a failure, or far beyond one; of goodput, surely on one side of the share.
    """
    users = result.concurrency or 0
    if not result.valid or (result.in_flight_mean or 0.0) < _ALL_USERS * users:
        return False
    limits = _limits(result, plan)
    if not result.failed and all(_is_far_below(found, plan, result, target * 1000.0) for found, target in limits):
        return True
    if plan.attainment is not None:
        share = result.goodput_fraction
        good = share * result.requests if share is not None else 0.0
        return share is not None and attained(good, result.requests, plan.attainment, _PLAIN_CONFIDENCE) is not None
    return any(_is_far_beyond(found, plan, result, target * 1000.0) for found, target in limits)


def failed_too_many(result: PointResult, load: LoadSpec) -> bool:
    """More than the allowed part of the measured requests failed."""
    return result.failed > load.limits.max_failed_fraction * result.requests


def statistic_of(found: Distribution, statistic: str) -> float | None:
    """``mean``, ``p50``, ``p90`` or ``p99`` in milliseconds."""
    value: float | None = getattr(found, statistic)
    return value


def _limits(result: PointResult, plan: SearchPlan) -> list[tuple[Distribution, float]]:
    """What is held against which target, in seconds."""
    slo = plan.load.slo
    known = [(result.ttft_ms, plan.ttft_seconds), (result.itl_ms, slo.itl_seconds), (result.e2e_ms, slo.e2e_seconds)]
    return [(found, target) for found, target in known if target is not None]


def _goodput(result: PointResult, attainment: float) -> tuple[float | None, float | None]:
    """Misses of the SLOs over the misses that are allowed; failed requests miss."""
    share = result.goodput_fraction
    found = miss_ratio(share * result.requests, result.requests, attainment) if share is not None else None
    return found if found is not None else (None, None)


def _bounds(found: Distribution, statistic: str) -> tuple[float, float | None] | None:
    if statistic == "mean":
        return found.interval
    interval: tuple[float, float | None] | None = getattr(found, f"{statistic}_interval")
    return interval


def _error(found: Distribution, statistic: str, result: PointResult, target_ms: float = math.inf) -> float | None:
    """Standard error in milliseconds, from the 95 % interval; the mean of ITL and of a request has its spread only.

    Too few requests bound a p99 from below all the same: that is what says a target is missed.
    """
    value, bounds = statistic_of(found, statistic), _bounds(found, statistic)
    if value is None:
        return None
    if bounds is None:
        good = result.requests - result.failed
        return found.stddev / math.sqrt(good) if statistic == "mean" and found.stddev and good > 1 else None
    low, high = bounds
    if high is None:
        least = _UNBOUNDED_MISS if value > target_ms else _UNBOUNDED
        return max(least * value, (value - low) / _Z95)
    return (high - low) / 2.0 / _Z95


def _is_far_below(found: Distribution, plan: SearchPlan, result: PointResult, target_ms: float) -> bool:
    """A share of requests, and a percentile that too few bound, are judged by the slowest request seen."""
    if found.max is None:
        return False
    high = _reach(found, plan.statistic, result)[1] if plan.attainment is None else None
    if high is None and plan.statistic == "mean" and plan.attainment is None:
        return False
    return high <= FAR * target_ms if high is not None else found.max <= FAR / 2.0 * target_ms


def _is_far_beyond(found: Distribution, plan: SearchPlan, result: PointResult, target_ms: float) -> bool:
    low = _reach(found, plan.statistic, result)[0]
    return low is not None and low >= BEYOND * target_ms


def _reach(found: Distribution, statistic: str, result: PointResult) -> tuple[float | None, float | None]:
    """Between which milliseconds the statistic surely lies; ``None`` where its few values do not tell."""
    bounds = _bounds(found, statistic)
    if bounds is not None:
        return bounds
    value, error = statistic_of(found, statistic), _error(found, statistic, result)
    if value is None or error is None:
        return None, None
    return value - _SURE * error, value + _SURE * error
