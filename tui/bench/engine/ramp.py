"""One run that finds its own load: users grow until the target is missed, step back, and are sustained.

``ramp_math`` decides; each control window is a point that takes the load over from the one before, undrained. What is
INVALID (the client was late, users were missing) decides nothing, as in every other search.
"""

import time

from tui.bench.engine.criteria import measured, statistic_of
from tui.bench.engine.ramp_math import RampRules, RampState, ramp_step
from tui.bench.engine.run import Engine
from tui.bench.engine.search import lost_above
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import PointSpec, SearchPlan


async def ramp(engine: Engine, plan: SearchPlan, done: tuple[PointResult, ...] = ()) -> Verdict:
    """Grow, back off, sustain; ends early by the budget or the user with what was held by then.

    ``done`` are the windows of a run that is gone on with, in their order.
    """
    began = plan.started_at if plan.started_at is not None else time.monotonic()
    rules, state = RampRules(max_users=plan.max_users), RampState()
    windows = list(done)
    for result in done:
        state = _after(state, result, plan, rules)
    reason, cost = _reason(engine, plan, state, None), 0.0
    while not reason:
        window_began = time.monotonic()
        spec = PointSpec(users=state.users, repeat=_repeat(windows, state.users))
        result = await engine.point(spec, lost_above(plan))
        cost = time.monotonic() - window_began
        windows.append(result)
        state = _after(state, result, plan, rules)
        left = None if plan.budget_seconds is None else plan.budget_seconds - (time.monotonic() - began)
        reason = _reason(engine, plan, state, None if left is None else left - cost)
    engine.client_limited = state.client_limited
    verdict = _verdict(plan, state, windows, reason)
    engine.tell_verdict(verdict)
    return verdict


def _after(state: RampState, result: PointResult, plan: SearchPlan, rules: RampRules) -> RampState:
    seen = measured(result, plan)
    return ramp_step(state, seen.ratio, seen.ratio_error, rules, valid=seen.valid)


def _repeat(windows: list[PointResult], users: int) -> int:
    return sum(window.concurrency == users for window in windows)


def _reason(engine: Engine, plan: SearchPlan, state: RampState, spare_seconds: float | None) -> str:
    """Why it ends now, ``""`` while it goes on; ``spare_seconds``: of the budget, once one more window is paid for."""
    if engine.controls.interrupts:
        return "interrupted"
    if state.phase == "hopeless":
        return "hopeless"
    if state.phase == "done":
        return "bracket" if state.high is not None else "max_users"
    return "budget" if spare_seconds is not None and spare_seconds < 0.0 else ""


def _verdict(plan: SearchPlan, state: RampState, windows: list[PointResult], reason: str) -> Verdict:
    """Figures are those of the last valid window at the users of the answer."""
    users = state.concurrency if state.concurrency is not None else (state.low or None)
    at = [window for window in windows if window.concurrency == users and window.valid]
    return Verdict(
        concurrency=users,
        low=state.low or None,
        high=state.high,
        statistic=plan.statistic,
        target_ms=plan.ttft_seconds * 1000.0,
        reason=reason,
        output_tokens_per_second=at[-1].output_tokens_per_second if at else None,
        value_ms=statistic_of(at[-1].ttft_ms, plan.statistic) if at else None,
        attainment=plan.attainment,
    )
