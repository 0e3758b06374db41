"""Intervals of rates cover the long-run rate: of correlated seconds, and of closed loops on the model of an engine.

Measured over 1,500 seeds of AR(1) each, and 30 to 120 windows of each closed loop; here are fewer seeds, lower bounds:

* AR(1), 60 s: 96 % at phi 0, 95 % at 0.5, 93 % at 0.7, 90 % at 0.8, 83 % at 0.9; 15 s: 97, 89, 80, 73 and 59 %.
* closed loops of 4 to 300 users, windows of 20 to 300 s, lengths of prompts and answers that vary: 93 to 100 %.
* the same with one length for all, so that users move in waves: 100 %, and up to ten times wider than needed.
* windows that end where the engine calls a point steady, 40 seeds a load: 92 to 100 %.
"""

import random
from functools import cache
from statistics import fmean

import pytest

from tui.bench.nim.closed_loop import trace
from tui.bench.nim.profiles import LLAMA_8B
from tui.bench.stats.interval import Cell, finish_cells, rate_interval, throughput_cells
from tui.bench.stats.timeline import SecondRow

Interval = tuple[float, float]


def autoregressive(seed: int, seconds: int, carry: float) -> list[Cell]:
    """Counts about 100 a second, each with a part of the second before."""
    chance = random.Random(seed)
    level, cells = chance.gauss(0, (1 - carry * carry) ** -0.5), []
    for _ in range(seconds):
        level = carry * level + chance.gauss(0, 1)
        cells.append(Cell(1.0, 100.0 + level))
    return cells


def interval(cells: list[Cell], request_seconds: float) -> Interval:
    found = rate_interval(cells, request_seconds)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("seconds", "carry", "least", "most"),
    [(6, 0.0, 0.92, 0.995), (60, 0.0, 0.92, 0.99), (60, 0.5, 0.9, 0.99), (60, 0.7, 0.88, 0.98), (120, 0.8, 0.88, 0.98)],
)
def test_correlated_seconds_are_covered(seconds: int, carry: float, least: float, most: float) -> None:
    found = [interval(autoregressive(seed, seconds, carry), 1.0) for seed in range(400)]
    assert least <= sum(low <= 100.0 <= high for low, high in found) / 400 <= most


@cache
def closed_loop(users: int, seed: int, spread: float) -> tuple[tuple[int, ...], tuple[int, ...], float]:
    """Tokens and finished requests by the second, 200 s of them, and a request's seconds."""
    seen = trace(LLAMA_8B, users, seconds=200.0, start="staggered", isl_stddev=8 * spread, osl_stddev=spread, seed=seed)
    begin = int(seen.warm_at) + 1
    finished = [0] * len(seen.tokens)
    for stamps in seen.done:
        finished[int(stamps.last)] += 1
    each = fmean(stamps.last - stamps.sent for stamps in seen.done)
    return seen.tokens[begin : begin + 198], tuple(finished[begin : begin + 198]), each


@pytest.mark.parametrize(("users", "seconds"), [(4, 20), (16, 20), (64, 40), (137, 60)])
@pytest.mark.parametrize("kind", [0, 1], ids=["tokens", "requests"])
@pytest.mark.parametrize(("spread", "widest"), [(60.0, 0.12), (0.0, 0.2)], ids=["mixed lengths", "lockstep"])
def test_closed_loops_are_covered(users: int, seconds: int, kind: int, spread: float, widest: float) -> None:
    """And half of them is no more than that part of the rate."""
    loops = [closed_loop(users, seed, spread) for seed in range(8)]
    truth = fmean(fmean(one[kind]) for one in loops)
    windows = [(one[kind][at : at + seconds], one[2]) for one in loops for at in range(0, 199 - seconds, 40)]
    found = [interval([Cell(1.0, value) for value in window], each) for window, each in windows]
    assert sum(low <= truth <= high for low, high in found) / len(found) >= 0.9
    assert fmean((high - low) / 2 for low, high in found) < widest * truth


def test_a_short_window_has_no_interval() -> None:
    cells = autoregressive(1, 30, 0.0)
    assert rate_interval(cells[:5], 1.0) is None, "five batches"
    assert rate_interval(cells[:6], 1.0) is not None
    assert rate_interval(cells, 15.0) is not None
    assert rate_interval(cells, 15.1) is None, "not two requests' time"
    assert rate_interval(cells, None) is None, "no request succeeded"
    assert rate_interval([], 1.0) is None


def test_a_rate_is_never_below_nothing() -> None:
    low, high = interval([Cell(1.0, 30.0 if second == 4 else 0.0) for second in range(8)], 1.0)
    assert low == 0.0
    assert high > 30.0 / 8


def test_rows_are_weighted_by_the_time_they_cover() -> None:
    """A late worker's beat covers three seconds: its rate is no outlier; a second nobody told of is not one of rest."""
    rows = [SecondRow(second, 9, 9, 1.8, 0.36, True, 1.0, 1000, 4, None) for second in range(12)]
    rows[4] = SecondRow(4, 9, 9, 1.8, 0.36, True, 3.0, 3000, 12, None)
    rows[5:7] = [SecondRow(second, 9, 9, 1.8, 0.36, True, 0.0, 0, 0, None) for second in (5, 6)]
    assert interval(throughput_cells(rows), 1.0) == pytest.approx((1000.0, 1000.0))
    assert interval(finish_cells(rows), 1.0) == pytest.approx((4.0, 4.0))
