"""The search against synthetic response curves with noise: right in 95 of 100, in a bounded number of points."""

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from tui.bench.engine.ramp_math import RampRules, RampState, ramp_step
from tui.bench.engine.search_math import (
    Finish,
    Measure,
    Measured,
    Rules,
    SearchState,
    estimate_seconds,
    worst_ratio,
)
from tui.bench.figures import Verdict
from tui.bench.stats.wilson import miss_ratio

Curve = Callable[[float], float]

CURVES: dict[str, Callable[[float], Curve]] = {
    "rises late": lambda c: lambda u: 0.15 + 0.85 * (u / c) ** 6,
    "queue": lambda c: lambda u: 0.1 + 0.9 * 0.2 * u / (1.2 * c - u) if u < 1.19 * c else 50.0,
    "cliff": lambda c: lambda u: 0.2 if u <= c else 3.0,
    "straight": lambda c: lambda u: u / c,
}


def truth_of(curve: Curve, capacity: float) -> int:
    return max(users for users in range(1, int(capacity * 1.3) + 2) if curve(users) <= 1.0 + 1e-9)


def search(curve: Curve, noise: float, chance: random.Random, rules: Rules) -> tuple[Verdict, int]:
    state = SearchState(rules)
    while isinstance(action := state.next(), Measure):
        ratio = curve(action.users)
        seen = ratio * (1 + chance.gauss(0, noise))
        state = state.with_point(Measured(action.users, seen, ratio * noise, value_ms=seen * 1000))
        assert len(state.points) <= rules.max_points
    return action.verdict, len(state.points)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_truth_lies_in_the_bracket(name: str, noise: float) -> None:
    runs, hits, counts = 40, 0, []
    for seed in range(runs):
        chance = random.Random(seed)
        capacity = math.exp(chance.uniform(math.log(3), math.log(3000)))
        curve = CURVES[name](capacity)
        truth = truth_of(curve, capacity)
        verdict, count = search(curve, noise, chance, Rules())
        counts.append(count)
        assert verdict.reason == "bracket"
        assert verdict.low is not None and verdict.high is not None and verdict.concurrency is not None
        assert verdict.low <= verdict.concurrency < verdict.high
        hits += verdict.low <= truth < verdict.high
        if noise == 0.0:
            assert verdict.high - verdict.low <= max(2, 0.25 * verdict.low)
            assert verdict.concurrency == pytest.approx(truth, rel=0.03, abs=1)
    assert hits >= 0.95 * runs
    assert max(counts) <= 45
    assert sum(counts) / runs <= (24 if name == "straight" else 18), "a shallow curve costs repeats"


def drive(state: SearchState, curve: Curve, seconds_left: float | None = None) -> Finish:
    while isinstance(action := state.next(seconds_left), Measure):
        state = state.with_point(Measured(action.users, curve(action.users), 0.001, seconds=10.0))
        if seconds_left is not None:
            seconds_left -= 10.0
    return action


def test_it_doubles_from_one_user() -> None:
    state, asked = SearchState(Rules()), []
    while isinstance(action := state.next(), Measure) and action.phase == "double":
        asked.append(action.users)
        state = state.with_point(Measured(action.users, action.users / 137, 0.001))
    assert asked == [1, 2, 4, 8, 16, 32, 64, 128, 256]


def test_one_user_too_many_is_hopeless_after_a_repeat() -> None:
    state = SearchState(Rules()).with_point(Measured(1, 1.8, 0.01))
    action = state.next()
    assert isinstance(action, Measure)
    assert (action.users, action.repeat, action.phase) == (1, 1, "edge")
    finish = state.with_point(Measured(1, 1.9, 0.01)).next()
    assert isinstance(finish, Finish)
    verdict = finish.verdict
    assert (verdict.reason, verdict.concurrency, verdict.low, verdict.high) == ("hopeless", None, None, 1)


def test_a_first_miss_by_chance_is_forgiven() -> None:
    state = SearchState(Rules()).with_point(Measured(1, 1.02, 0.05)).with_point(Measured(1, 0.7, 0.05))
    action = state.next()
    assert isinstance(action, Measure)
    assert action.users == 2


def test_a_target_never_missed_ends_at_the_most_users() -> None:
    verdict = drive(SearchState(Rules(max_users=100)), lambda _: 0.3).verdict
    assert (verdict.reason, verdict.concurrency, verdict.low, verdict.high) == ("max_users", 100, 100, None)


def test_the_budget_ends_it_with_the_bracket_so_far() -> None:
    verdict = drive(SearchState(Rules()), lambda users: users / 137, 95.0).verdict
    assert verdict.reason == "budget"
    assert (verdict.low, verdict.high) == (128, 256)
    early = drive(SearchState(Rules()), lambda users: users / 137, 35.0).verdict
    assert (early.reason, early.low, early.high) == ("budget", 4, None)


def test_nothing_is_begun_that_would_not_end_in_time() -> None:
    state = SearchState(Rules()).with_point(Measured(1, 0.1, 0.001, seconds=30.0))
    assert isinstance(state.next(41.0), Measure)
    assert isinstance(state.next(39.0), Finish)
    assert isinstance(SearchState(Rules()).next(0.0), Finish)


def test_an_interruption_keeps_what_is_known() -> None:
    state = SearchState(Rules(), (Measured(1, 0.1, 0.01), Measured(2, 0.2, 0.01), Measured(4, 1.5, 0.01)))
    verdict = state.finish("interrupted").verdict
    assert (verdict.reason, verdict.low, verdict.high) == ("interrupted", 2, 4)
    assert SearchState(Rules()).finish("interrupted").verdict.concurrency is None


def test_points_that_are_not_valid_never_decide() -> None:
    points = (Measured(1, 0.1, 0.01), Measured(2, 5.0, 0.01, valid=False))
    state = SearchState(Rules(), points)
    again = state.next()
    assert isinstance(again, Measure)
    assert (again.users, again.repeat) == (2, 1)
    assert state.finish("interrupted").verdict.high is None


def test_users_that_stay_invalid_are_a_ceiling_and_said_to_be_one() -> None:
    state = SearchState(Rules())
    while isinstance(action := state.next(), Measure):
        state = state.with_point(Measured(action.users, action.users / 1000, 0.001, valid=action.users <= 50))
    assert action.client_limited
    assert (action.verdict.reason, action.verdict.high) == ("max_users", None)
    assert 32 <= (action.verdict.low or 0) <= 50
    assert len(state.points) <= 20


def test_it_resumes_from_any_finished_points() -> None:
    curve = CURVES["rises late"](137)
    whole = SearchState(Rules())
    while isinstance(action := whole.next(), Measure):
        resumed = SearchState(Rules(), tuple(reversed(whole.points))).next()
        assert resumed == action
        whole = whole.with_point(Measured(action.users, curve(action.users), 0.01, seconds=5.0))
    assert action.verdict == SearchState(Rules(), whole.points).finish("bracket").verdict


def test_the_worst_criterion_rules() -> None:
    assert worst_ratio([(500.0, 10.0, 1000.0), (90.0, 5.0, 100.0), (None, None, 5.0)]) == (0.9, 0.05)
    assert worst_ratio([(None, None, 5.0)]) == (None, None)
    assert worst_ratio([(500.0, None, 1000.0)]) == (0.5, None)
    assert worst_ratio([(500.0, 1.0, 1000.0)], failed_too_many=True) == (2.0, 0.0)


def test_the_time_of_a_point_is_guessed_from_its_neighbours() -> None:
    points = [Measured(1, 0.1, seconds=3.0), Measured(8, 0.1, seconds=6.0), Measured(16, 2.0, seconds=30.0)]
    assert [estimate_seconds(points, users) for users in (1, 12, 32)] == [3.0, 30.0, 40.0]
    assert estimate_seconds([], 4) is None


def test_goodput_is_searched_by_its_misses() -> None:
    hits = 0
    for seed in range(20):
        chance = random.Random(seed)
        capacity = math.exp(chance.uniform(math.log(3), math.log(500)))
        truth = max(users for users in range(1, int(capacity) + 2) if users <= capacity)
        state = SearchState(Rules())
        while isinstance(action := state.next(), Measure):
            missing = min(1.0, 0.05 * (action.users / capacity) ** 6)
            good = sum(chance.random() >= missing for _ in range(400))
            ratio, error = miss_ratio(good, 400, 0.95) or (None, None)
            state = state.with_point(Measured(action.users, ratio, error))
        low, high = action.verdict.low, action.verdict.high
        hits += (low or 0) <= truth and (high is None or truth < high)
    assert hits >= 19


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_ramp_finds_what_it_can_sustain(noise: float) -> None:
    rules, found = RampRules(), []
    for seed in range(60):
        chance = random.Random(seed)
        capacity = math.exp(chance.uniform(math.log(2), math.log(2000)))
        curve, state, windows = CURVES["rises late"](capacity), RampState(), 0
        while state.phase not in ("done", "hopeless"):
            ratio = curve(state.users) * (1 + chance.gauss(0, noise))
            state = ramp_step(state, ratio, curve(state.users) * noise, rules)
            windows += 1
        assert windows <= 60
        assert state.concurrency is not None
        found.append(state.concurrency / math.floor(capacity))
    assert min(found) >= 0.8
    assert max(found) <= (1.0 if noise == 0.0 else 1.05)


def test_a_ramp_passes_over_one_miss_after_backing_off() -> None:
    state = ramp_step(RampState(users=60, low=40), 3.0, 0.01, RampRules())
    assert (state.phase, state.users) == ("settle", 50), "far too many: half-way to what held"
    state = ramp_step(RampState(users=60, low=40), 1.5, 0.01, RampRules())
    assert (state.phase, state.users) == ("settle", 54)
    assert ramp_step(state, 9.0, 0.01, RampRules()) == replace(state, phase="sustain")
    held = ramp_step(state, 0.9, 0.01, RampRules())
    assert (held.phase, held.held) == ("sustain", 1), "it held in spite of the queue"
    assert ramp_step(state, None, None, RampRules()) == state


def test_a_ramp_stops_where_one_user_is_too_many_and_at_the_most() -> None:
    state = RampState()
    for _ in range(2):
        state = ramp_step(state, 2.0, 0.01, RampRules())
    assert (state.phase, state.concurrency) == ("hopeless", None)
    state = RampState()
    for _ in range(20):
        state = ramp_step(state, 0.5, 0.01, RampRules(max_users=10))
    assert (state.phase, state.concurrency) == ("done", 10)
