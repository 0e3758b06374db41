"""Steadiness by simulation: how soon stationary noise is called steady, and how rarely drift is."""

import math
import random
from collections.abc import Callable

from tui.bench.stats.steady import judge, over_saturated, surely_lost
from tui.bench.stats.timeline import SecondRow

RUNS = 25


def second_of(chance: random.Random, second: int, mean: float, requests: int, cv: float, in_flight: float) -> SecondRow:
    shape = 1 / cv**2
    values = [mean * chance.gammavariate(shape, 1 / shape) for _ in range(requests)]
    chunks = round(200 * requests * chance.gauss(1, 0.03))
    squares = sum(value * value for value in values)
    return SecondRow(second, requests, requests, sum(values), squares, True, 1.0, chunks, requests, in_flight)


def steady_at(
    seed: int, mean_at: Callable[[int], float], rate: float, cv: float, request: float
) -> tuple[int, int] | None:
    """The second at which a point would have ended (judged every second, as the engine does), and since when."""
    chance = random.Random(seed)
    rows = []
    for second in range(60):
        requests = int(rate) + (chance.random() < rate % 1)
        rows.append(second_of(chance, second, mean_at(second), requests, cv, rate * request))
        found = judge(rows, request)
        if found.steady and found.since_second is not None:
            return second + 1, found.since_second
    return None


def ended(mean_at: Callable[[int], float], rate: float, cv: float, request: float) -> list[tuple[int, int]]:
    found = [steady_at(seed, mean_at, rate, cv, request) for seed in range(RUNS)]
    return [at for at in found if at is not None]


def test_stationary_noise_is_called_steady_soon() -> None:
    calm = ended(lambda _: 1.0, 15, 0.3, 9)
    assert len(calm) == RUNS
    assert max(at for at, _ in calm) <= 40
    assert min(at for at, _ in calm) >= 18, "never before two requests' time"
    assert len(ended(lambda _: 0.2, 200, 0.5, 1)) == RUNS
    assert len(ended(lambda _: 0.05, 0.5, 0.02, 2)) == RUNS, "one user alone"


def test_a_drifting_ttft_is_not() -> None:
    assert len(ended(lambda second: 1 + 0.05 * second, 30, 0.3, 4)) <= RUNS // 20
    assert len(ended(lambda second: 4 * math.exp(-0.06 * second), 30, 0.3, 4)) <= RUNS // 10


def test_a_first_wave_is_left_behind() -> None:
    found = ended(lambda second: 1 + 2 * math.exp(-second / 5), 40, 0.3, 3)
    assert len(found) == RUNS
    assert min(since for _, since in found) >= 5


def test_throughput_that_still_grows_is_not_steady() -> None:
    rows = [SecondRow(s, 20, 20, 20 * 0.2, 20 * 0.04, True, 1.0, 1000 + 100 * s, 20, 20.0) for s in range(20)]
    found = judge(rows, 2.0)
    assert not found.steady
    assert "throughput" in found.reason


def test_seconds_whose_slow_requests_still_run_do_not_count() -> None:
    rows = [SecondRow(s, 9, 9, 1.8, 0.36, s < 2, 1.0, 1000, 9, 20.0) for s in range(20)]
    assert not judge(rows, 2.0).steady
    assert judge([], 2.0).reason == "no second has all its requests finished yet"


def rising(ttft: float, flight: float) -> list[SecondRow]:
    chance = random.Random(5)
    return [second_of(chance, s, 1 + ttft * s, 40, 0.3, 50 + flight * s) for s in range(30)]


def test_over_saturation_needs_both_ttft_and_requests_in_flight_to_grow() -> None:
    assert over_saturated(rising(0.2, 10.0))
    assert not over_saturated(rising(0.2, 0.0))
    assert not over_saturated(rising(0.0, 10.0))
    assert not over_saturated(rising(0.2, 10.0)[:3])


def test_a_point_far_beyond_its_target_may_be_given_up() -> None:
    assert surely_lost(rising(0.0, 0.0), 0.4)
    assert not surely_lost(rising(0.0, 0.0), 0.6)
    assert not surely_lost([], 0.4)
