"""Stands between the engine and the listener of a search: adds what is left, and ends points that need no more.

A point far from its targets ends after two requests' time and 3 s without having become steady, and any point does
once the budget is spent: so the seconds go to the edge. With a number of requests or a duration asked for, no point
ends early. It uses what every listener has, the figures of the point under way, and the user's own control to end it.
"""

import time
from dataclasses import replace

from tui.bench.engine.controls import Controls
from tui.bench.engine.criteria import is_plain, measured
from tui.bench.engine.progress import Listener, Progress
from tui.bench.engine.ramp_math import RampRules, RampState, ramp_step, windows_left
from tui.bench.engine.search_math import Rules, SearchState
from tui.bench.figures import PointResult
from tui.bench.spec import SearchPlan

LEAST_SECONDS = 3.0
_RECENT = 3  # points whose cost the next one is expected to have


def points_left(finished: tuple[PointResult, ...], plan: SearchPlan) -> int:
    """How many points a search has to measure yet at worst, the one under way counted."""
    seen = [measured(result, plan) for result in finished]
    if not plan.adaptive:
        return SearchState(Rules(max_users=plan.max_users), tuple(seen)).points_left()
    rules, state = RampRules(max_users=plan.max_users), RampState()
    for point in seen:
        state = ramp_step(state, point.ratio, point.ratio_error, rules, valid=point.valid)
    return windows_left(state, rules)


class SearchWatch:
    """A ``Listener``. Costs are seconds from the end of one point to the end of the next: with ramp and warm-up."""

    def __init__(self, listener: Listener, plan: SearchPlan, controls: Controls) -> None:
        self._listener = listener
        self._plan = plan
        self._controls = controls
        self._began = plan.started_at if plan.started_at is not None else time.monotonic()
        self._costs: list[float] = []
        self._finished: int | None = None
        self._left: int | None = None
        self._point_began = 0.0
        self._measuring_since: float | None = None
        self._measuring_users: int | None = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        self._count(progress, now)
        if self._is_enough(progress, now):
            self._controls.skip()
            self._measuring_since = None
        eta = None if progress.phase == "done" else self._eta(now)
        self._listener(replace(progress, eta_seconds=eta))

    def _count(self, progress: Progress, now: float) -> None:
        if self._finished is None:
            self._point_began = now - progress.point_seconds
        elif len(progress.finished) > self._finished:
            self._costs.append(now - self._point_began)
            self._point_began = now
        if len(progress.finished) != self._finished:
            self._finished, self._left = len(progress.finished), points_left(progress.finished, self._plan)

    def _eta(self, now: float) -> float | None:
        """At worst; ``None`` until a point has shown what one costs."""
        if not self._costs or not self._left:
            return None
        recent = self._costs[-_RECENT:]
        left = max(0.0, self._left * sum(recent) / len(recent) - (now - self._point_began))
        budget = self._plan.budget_seconds
        return left if budget is None else min(left, max(0.0, budget - (now - self._began)))

    def _is_enough(self, progress: Progress, now: float) -> bool:
        """Whether the point under way may end: long enough, and plain or out of budget."""
        partial, limits = progress.partial, self._plan.load.limits
        if progress.phase != "measuring" or progress.users is None:
            self._measuring_since = None
            return False
        if self._measuring_since is None or self._measuring_users != progress.users:
            self._measuring_since, self._measuring_users = now, progress.users
        if limits.requests is not None or limits.duration_seconds is not None or self._controls.extra_seconds:
            return False
        if partial is None or partial.e2e_ms.mean is None:
            return False
        if now - self._measuring_since < max(LEAST_SECONDS, 2.0 * partial.e2e_ms.mean / 1000.0):
            return False
        return self._is_over(now) or is_plain(partial, self._plan)

    def _is_over(self, now: float) -> bool:
        budget = self._plan.budget_seconds
        return budget is not None and now - self._began >= budget
