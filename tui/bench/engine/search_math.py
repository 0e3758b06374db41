"""Which point a search measures next, and what it concludes: pure decisions over the points finished so far.

Doubling from 1 user until the target is missed, bisection to a bracket of 3 % (or 1 user), repeats at both ends of
the bracket (and points just outside of it where its ends stay undecided), then the verdict from a monotone fit.
Nothing is remembered but the points, so a search resumes from those on disk. A point that is not valid never decides;
users that stay invalid are a ceiling. May not measure, wait or read a clock.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui.bench.engine.search_verdict import bracket_ends, conclude, enclosing, levels_of
from tui.bench.figures import Verdict
from tui.bench.stats.isotonic import Sample, fit

Reason = Literal["bracket", "budget", "max_users", "hopeless", "interrupted"]

MISSED = 2.0
"""The ratio of a point that failed too many requests to have a figure worth comparing."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A finished point as the search sees it.

    `ratio` is the worst of its statistics over that statistic's target (above 1: missed), `ratio_error` its standard
    error; None where the point says nothing. `value_ms` is the chosen TTFT statistic; `seconds` what the point took.
    """

    users: int
    ratio: float | None
    ratio_error: float | None = None
    valid: bool = True
    value_ms: float | None = None
    output_tokens_per_second: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What bounds a search. `certainty` is in standard errors; `tolerance` the bracket's width over its lower end.

    `edge_tolerance`: how far off the ends that chance did not decide may lie before points are spent on nearer ones.
    """

    statistic: str = "mean"
    target_ms: float = 1000.0
    max_users: int = 16_384
    tolerance: float = 0.03
    edge_tolerance: float = 0.1
    repeats: int = 3
    certainty: float = 2.6
    max_points: int = 60
    max_ceilings: int = 3


@dataclass(frozen=True, slots=True)
class Measure:
    """Measure this many users next; `repeat` counts from 0, `seconds` is what it will take (None: not known yet)."""

    users: int
    repeat: int
    phase: Literal["double", "bisect", "edge"]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Finish:
    """The search is over. `client_limited`: more users could not be measured validly, so the answer may be too low."""

    verdict: Verdict
    client_limited: bool = False


def worst_ratio(
    statistics: Sequence[tuple[float | None, float | None, float]], *, failed_too_many: bool = False
) -> tuple[float | None, float | None]:
    """Ratio and error of a point from (value, standard error, target) of each criterion; the worst one rules.

    A criterion without a value makes no statement; a point that failed more requests than allowed misses in any case.
    """
    known = [
        (value / target, None if error is None else error / target)
        for value, error, target in statistics
        if value is not None
    ]
    worst = max(known, key=lambda pair: pair[0], default=(None, None))
    if failed_too_many and (worst[0] is None or worst[0] < MISSED):
        return MISSED, 0.0
    return worst


def estimate_seconds(points: Sequence[Measured], users: int) -> float | None:
    """What a point of so many users will take: the longer of its measured neighbours, a third more beyond them."""
    timed = sorted((point.users, point.seconds) for point in points if point.seconds is not None)
    if not timed:
        return None
    below = [seconds for at, seconds in timed if at <= users]
    above = [seconds for at, seconds in timed if at >= users]
    if not above:
        return below[-1] * 4 / 3
    return max(above[0], below[-1] if below else 0.0)


def _halvings(gap: int, tolerance: int) -> int:
    """Bisections until a bracket so wide is no wider than the tolerance."""
    return max(0, math.ceil(math.log2(gap / tolerance))) if gap > tolerance else 0


@dataclass(frozen=True, slots=True)
class SearchState:
    """The points finished so far under some rules; every question is answered from these alone."""

    rules: Rules
    points: tuple[Measured, ...] = ()

    def with_point(self, point: Measured) -> "SearchState":
        """The state once this point has finished."""
        return replace(self, points=(*self.points, point))

    def next(self, seconds_left: float | None = None) -> Measure | Finish:
        """What to do now; with `seconds_left`, nothing is begun that is expected to take longer."""
        wanted = self._wanted()
        if not isinstance(wanted, Measure):
            return self.finish(wanted)
        if len(self.points) >= self.rules.max_points:
            return self.finish("bracket" if self._ends()[1] is not None else "budget")
        if seconds_left is not None and (seconds_left <= 0 or (wanted.seconds or 0.0) > seconds_left):
            return self.finish("budget")
        return wanted

    def points_left(self) -> int:
        """How many points are still to come at worst: doublings to `max_users`, bisection, repeats at both ends."""
        rules, wanted = self.rules, self._wanted()
        if not isinstance(wanted, Measure):
            return 0
        low, high = self._ends()
        doublings = 0
        upper = min([users for users in (high, *self._ceilings()) if users is not None and users > low], default=None)
        if upper is None:
            # The worst place for the edge is within the last doubling; at the most users there is nothing beyond.
            doublings = math.ceil(math.log2(rules.max_users / max(1, low))) + (low == 0)
            low, upper = max(1, rules.max_users // 2), rules.max_users
        halvings = _halvings(upper - low, max(1, math.floor(rules.tolerance * low)))
        counts = {level.users: level.count for level in levels_of(self.points)} if not doublings + halvings else {}
        repeats = sum(max(0, rules.repeats - counts.get(users, 1)) for users in (low, upper))
        outside = rules.repeats if not doublings + halvings + repeats else 0
        return max(1, min(doublings + halvings + repeats + outside, rules.max_points - len(self.points)))

    def finish(self, reason: Reason) -> Finish:
        """End now (`interrupted`, `budget`) or as found, with the best bracket so far."""
        rules = self.rules
        verdict = conclude(
            levels_of(self.points), rules.statistic, rules.target_ms, reason, rules.certainty, self._throughputs()
        )
        low, high = self._ends()
        return Finish(verdict, client_limited=any(ceiling > low for ceiling in self._ceilings()) and high is None)

    def _throughputs(self) -> list[tuple[int, float]]:
        return [
            (point.users, point.output_tokens_per_second)
            for point in self.points
            if point.valid and point.output_tokens_per_second is not None
        ]

    def _ends(self) -> tuple[int, int | None]:
        """Largest users whose fit holds (0: none) and smallest whose fit misses (None: none)."""
        return bracket_ends(fit([Sample(level.users, level.ratio, level.error) for level in levels_of(self.points)]))

    def _ceilings(self) -> list[int]:
        """Users at which two points were invalid and none was valid."""
        deciding = {level.users for level in levels_of(self.points)}
        spoiled = [point.users for point in self.points if point.users not in deciding]
        return sorted({users for users in spoiled if spoiled.count(users) >= 2})

    def _wanted(self) -> Measure | Reason:
        low, high = self._ends()
        ceilings = self._ceilings()
        upper = min([users for users in (high, *ceilings) if users is not None and users > low], default=None)
        if upper is None:
            return self._double(low)
        if upper == 1:
            return self._first_user(is_miss=high == 1)
        gap = upper - low
        if gap > max(1, math.floor(self.rules.tolerance * low)) and len(ceilings) < self.rules.max_ceilings:
            return self._measure((low + upper) // 2, "bisect")
        if high is None:
            return self._edge(low, None) or "max_users"
        return self._edge(low, high) or self._outside(low, high) or "bracket"

    def _double(self, low: int) -> Measure | Reason:
        if low < self.rules.max_users:
            return self._measure(min(max(1, 2 * low), self.rules.max_users), "double")
        return self._edge(low, None) or "max_users"

    def _first_user(self, *, is_miss: bool) -> Measure | Reason:
        return (self._edge(0, 1) if is_miss else None) or "hopeless"

    def _edge(self, low: int, high: int | None) -> Measure | None:
        """Two points at each end, and a third where chance could still have decided."""
        for level in levels_of(self.points):
            needed = 2 if level.decides(self.rules.certainty) else self.rules.repeats
            if level.users in (low, high) and level.count < needed:
                return self._measure(level.users, "edge")
        return None

    def _outside(self, low: int, high: int) -> Measure | None:
        """Halfway out to the nearest sure end, while that one lies too far off to be told as a bracket."""
        sure_low, sure_high = enclosing(levels_of(self.points), self.rules.certainty)
        for near, far in ((low, sure_low or low), (high, sure_high or high)):
            if abs(near - far) <= max(1, math.floor(self.rules.edge_tolerance * near)):
                continue
            action = self._measure((near + far) // 2, "edge")
            if action.repeat < self.rules.repeats:
                return action
        return None

    def _measure(self, users: int, phase: Literal["double", "bisect", "edge"]) -> Measure:
        repeat = sum(point.users == users for point in self.points)
        return Measure(users, repeat, phase, estimate_seconds(self.points, users))
