"""A point as a search sees it: its worst criterion over that criterion's target, how sure, and whether it is plain.

Pure; it knows figures and plans, not how points are made.
"""

import math

from tui.bench.engine.search_math import Measured, worst_ratio
from tui.bench.figures import Distribution, PointResult
from tui.bench.spec import LoadSpec, SearchPlan
from tui.bench.stats.wilson import miss_ratio

FAR = 0.5
"""Below this part of the target a point is plain: more of it would change nothing."""

_Z95 = 1.96  # half a 95 % interval in standard errors
_UNBOUNDED = 0.25  # of the value: the error of a percentile that too few requests bound from above
_ALL_USERS = 0.9


def measured(result: PointResult, plan: SearchPlan) -> Measured:
    """A finished point as the search sees it; without a ratio where it says nothing."""
    if plan.attainment is not None:
        ratio, error = _goodput(result, plan.attainment)
    else:
        criteria = [
            (statistic_of(found, plan.statistic), _error(found, plan.statistic, result), target * 1000.0)
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
    """Far below every target, surely, with all users there and no failure: no need to wait until it is steady."""
    users = result.concurrency or 0
    if not result.valid or result.failed or (result.in_flight_mean or 0.0) < _ALL_USERS * users:
        return False
    return all(_far_below(found, plan, result, target * 1000.0) for found, target in _limits(result, plan))


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


def _error(found: Distribution, statistic: str, result: PointResult) -> float | None:
    """Standard error in milliseconds, from the 95 % interval; the mean of ITL and of a request has its spread only."""
    value, bounds = statistic_of(found, statistic), _bounds(found, statistic)
    if value is None:
        return None
    if bounds is None:
        good = result.requests - result.failed
        return found.stddev / math.sqrt(good) if statistic == "mean" and found.stddev and good > 1 else None
    low, high = bounds
    if high is None:
        return max(_UNBOUNDED * value, (value - low) / _Z95)
    # The interval of a percentile is lopsided: the farther side is what chance could have hidden.
    return max(value - low, high - value) / _Z95


def _far_below(found: Distribution, plan: SearchPlan, result: PointResult, target_ms: float) -> bool:
    """A share of requests, and a percentile that too few bound, are judged by the slowest request seen."""
    if found.max is None:
        return False
    bounds = _bounds(found, plan.statistic) if plan.attainment is None else None
    if bounds is not None and bounds[1] is not None:
        return bounds[1] <= FAR * target_ms
    value, error = found.mean, _error(found, "mean", result)
    if plan.statistic == "mean" and plan.attainment is None:
        return value is not None and error is not None and value + 3.0 * error <= FAR * target_ms
    return found.max <= FAR / 2.0 * target_ms
