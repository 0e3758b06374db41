"""Looking for the largest number of users that hold the target: ``search_math`` decides, this carries it out."""

import time
from dataclasses import replace

from tui.bench.engine.run import Engine
from tui.bench.engine.search_math import Finish, Measured, Rules, SearchState, worst_ratio
from tui.bench.figures import Distribution, PointResult, Verdict
from tui.bench.spec import LoadSpec, PointSpec, SearchPlan
from tui.bench.stats.wilson import miss_ratio

_Z95 = 1.96  # half a 95 % interval in standard errors


async def search(engine: Engine, plan: SearchPlan, done: tuple[PointResult, ...] = ()) -> Verdict:
    """Measure points until the answer stands, the budget is spent or the user interrupts; ``done`` are resumed ones.

    The budget is counted from the start of the process where the plan knows it, so that it covers everything.
    """
    began = plan.started_at if plan.started_at is not None else time.monotonic()
    state = SearchState(Rules(plan.statistic, plan.ttft_seconds * 1000.0, plan.max_users))
    for result in done:
        state = state.with_point(measured(result, plan))
    limit = plan.ttft_seconds if plan.statistic == "mean" and plan.attainment is None else None
    while True:
        if engine.controls.interrupts:
            finish = state.finish("interrupted")
            break
        left = None if plan.budget_seconds is None else plan.budget_seconds - (time.monotonic() - began)
        step = state.next(left)
        if isinstance(step, Finish):
            finish = step
            break
        point_began = time.monotonic()
        result = await engine.point(PointSpec(users=step.users, repeat=step.repeat), surely_lost_above=limit)
        cost = time.monotonic() - point_began  # with ramp and warm-up: what the next one will cost, too
        state = state.with_point(replace(measured(result, plan), seconds=cost))
    engine.client_limited = finish.client_limited
    engine.tell_verdict(finish.verdict)
    return finish.verdict


def measured(result: PointResult, plan: SearchPlan) -> Measured:
    """A finished point as the search sees it: the worst of its criteria over that criterion's target."""
    slo, load = plan.load.slo, plan.load
    if plan.attainment is not None:
        return _goodput(result, plan, plan.attainment)
    criteria = [_criterion(result.ttft_ms, plan.statistic, plan.ttft_seconds)]
    if slo.itl_seconds is not None:
        criteria.append(_criterion(result.itl_ms, plan.statistic, slo.itl_seconds))
    if slo.e2e_seconds is not None:
        criteria.append(_criterion(result.e2e_ms, plan.statistic, slo.e2e_seconds))
    ratio, error = worst_ratio(criteria, failed_too_many=failed_too_many(result, load))
    return Measured(
        users=result.concurrency or 0,
        ratio=ratio,
        ratio_error=error,
        valid=result.valid,
        value_ms=statistic_of(result.ttft_ms, plan.statistic),
        seconds=result.seconds,
        output_tokens_per_second=result.output_tokens_per_second,
    )


def _goodput(result: PointResult, plan: SearchPlan, attainment: float) -> Measured:
    """Misses of the SLOs over the misses that are allowed; failed requests miss."""
    share = result.goodput_fraction
    found = miss_ratio(share * result.requests, result.requests, attainment) if share is not None else None
    return Measured(
        users=result.concurrency or 0,
        ratio=found[0] if found is not None else None,
        ratio_error=found[1] if found is not None else None,
        valid=result.valid,
        value_ms=statistic_of(result.ttft_ms, plan.statistic),
        seconds=result.seconds,
        output_tokens_per_second=result.output_tokens_per_second,
    )


def failed_too_many(result: PointResult, load: LoadSpec) -> bool:
    """More than the allowed part of the measured requests failed."""
    return result.failed > load.limits.max_failed_fraction * result.requests


def statistic_of(found: Distribution, statistic: str) -> float | None:
    """``mean``, ``p50``, ``p90`` or ``p99`` in milliseconds."""
    value: float | None = getattr(found, statistic)
    return value


def _criterion(found: Distribution, statistic: str, target_seconds: float) -> tuple[float | None, float | None, float]:
    error = None
    if statistic == "mean" and found.interval is not None:
        error = (found.interval[1] - found.interval[0]) / 2.0 / _Z95
    return statistic_of(found, statistic), error, target_seconds * 1000.0
