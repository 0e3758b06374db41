"""Looking for the largest number of users that hold the target: ``search_math`` decides, this carries it out."""

import time
from dataclasses import replace

from tui.bench.engine.criteria import measured
from tui.bench.engine.run import Engine
from tui.bench.engine.search_math import Finish, Rules, SearchState
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import PointSpec, SearchPlan


async def search(engine: Engine, plan: SearchPlan, done: tuple[PointResult, ...] = ()) -> Verdict:
    """Measure points until the answer stands, the budget is spent or the user interrupts; ``done`` are resumed ones.

    The budget is counted from the start of the process where the plan knows it, so that it covers everything.
    """
    began = plan.started_at if plan.started_at is not None else time.monotonic()
    state = SearchState(Rules(plan.statistic, plan.ttft_seconds * 1000.0, plan.max_users))
    for result in done:
        state = state.with_point(measured(result, plan))
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
        result = await engine.point(PointSpec(users=step.users, repeat=step.repeat), lost_above(plan))
        cost = time.monotonic() - point_began  # with ramp and warm-up: what the next one will cost, too
        state = state.with_point(replace(measured(result, plan), seconds=cost))
    engine.client_limited = finish.client_limited
    verdict = replace(finish.verdict, attainment=plan.attainment)
    engine.tell_verdict(verdict)
    return verdict


def lost_above(plan: SearchPlan) -> float | None:
    """Seconds of mean TTFT beyond whose double a point need not be carried on; ``None`` where the mean decides nothing.

    Of a positive figure at least a tenth lies above its p90 and a hundredth above its p99, so a mean so far off does
    not bound a percentile: those points run until they are steady.
    """
    return plan.ttft_seconds if plan.statistic == "mean" and plan.attainment is None else None
