"""One run that finds its own load: users grow until the target is missed, step back, and are sustained.

``ramp_math`` decides; each control window is a point that takes the load over from the one before, undrained.
"""

import time

from tui.bench.engine.ramp_math import RampRules, RampState, ramp_step
from tui.bench.engine.run import Engine
from tui.bench.engine.search import measured
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import PointSpec, SearchPlan


async def ramp(engine: Engine, plan: SearchPlan) -> Verdict:
    """Grow, back off, sustain; ends early by the budget or the user with what was held by then."""
    began = plan.started_at if plan.started_at is not None else time.monotonic()
    rules, state = RampRules(max_users=plan.max_users), RampState()
    held: PointResult | None = None
    reason = ""
    while not reason:
        result = await engine.point(PointSpec(users=state.users))
        seen = measured(result, plan)
        if not seen.valid:
            engine.client_limited = True
        before, state = state, ramp_step(state, seen.ratio if seen.valid else None, seen.ratio_error, rules)
        if seen.ratio is not None and seen.ratio <= 1.0 and state.low >= before.users:
            held = result
        reason = _reason(engine, plan, state, began, valid=seen.valid)
    return _concluded(engine, plan, state, held, reason)


def _reason(engine: Engine, plan: SearchPlan, state: RampState, began: float, *, valid: bool) -> str:
    if engine.controls.interrupts:
        return "interrupted"
    if state.phase == "hopeless":
        return "hopeless"
    if state.phase == "done":
        return "bracket" if state.high is not None else "max_users"
    over = plan.budget_seconds is not None and time.monotonic() - began >= plan.budget_seconds
    return "budget" if over or not valid else ""


def _concluded(engine: Engine, plan: SearchPlan, state: RampState, held: PointResult | None, reason: str) -> Verdict:
    found = state.concurrency if state.concurrency is not None else (state.low or None)
    verdict = Verdict(
        concurrency=found,
        low=state.low or None,
        high=state.high,
        statistic=plan.statistic,
        target_ms=plan.ttft_seconds * 1000.0,
        reason=reason,
        output_tokens_per_second=held.output_tokens_per_second if held is not None else None,
        value_ms=getattr(held.ttft_ms, plan.statistic) if held is not None else None,
    )
    engine.tell_verdict(verdict)
    return verdict
