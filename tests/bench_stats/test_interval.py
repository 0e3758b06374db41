"""Intervals hold what they promise: their coverage over many seeds, correlated or not."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.stats.histogram import Histogram
from tui.bench.stats.interval import (
    Cell,
    binomial_quantile,
    design_effect,
    estimate,
    quantile_interval,
    student_quantile,
)
from tui.bench.stats.wilson import attained, miss_ratio, wilson


def series(seed: int, seconds: int, carry: float) -> list[Cell]:
    chance = random.Random(seed)
    level, cells = 0.0, []
    for _ in range(seconds):
        level = carry * level + chance.gauss(0, 0.1)
        values = [1 + level + chance.gauss(0, 0.2) for _ in range(20)]
        cells.append(Cell(20, sum(values), sum(value * value for value in values)))
    return cells


@pytest.mark.parametrize(("seconds", "carry", "least"), [(5, 0.0, 0.9), (40, 0.0, 0.92), (60, 0.6, 0.88)])
def test_the_mean_lies_within_its_interval(seconds: int, carry: float, least: float) -> None:
    found = [estimate(series(seed, seconds, carry)) for seed in range(200)]
    assert all(known is not None for known in found)
    assert sum(known.low <= 1.0 <= known.high for known in found if known) / 200 >= least


def test_correlation_widens_the_interval() -> None:
    def width(carry: float) -> float:
        found = [estimate(series(seed, 60, carry)) for seed in range(20)]
        return sum(known.stderr for known in found if known)

    assert width(0.8) > 2 * width(0.0)


def test_a_rate_needs_two_seconds_and_a_mean_two_values() -> None:
    assert estimate([]) is None
    assert estimate([Cell(1.0, 500.0)]) is None
    assert estimate([Cell(1, 0.2, 0.04)]) is None
    steady = estimate([Cell(1.0, 500.0), Cell(1.0, 500.0)])
    assert steady is not None
    assert (steady.mean, steady.stderr) == (500.0, 0.0)


def test_seconds_count_by_their_requests() -> None:
    known = estimate([Cell(1, 1.0, 1.0), Cell(99, 198.0, 396.0)])
    assert known is not None
    assert known.mean == pytest.approx(1.99)


@pytest.mark.parametrize(("q", "n"), [(0.5, 40), (0.9, 300), (0.99, 1000)])
def test_quantile_intervals_cover(q: float, n: int) -> None:
    truth = {0.5: 0.6931, 0.9: 2.3026, 0.99: 4.6052}[q]
    hits = 0
    for seed in range(200):
        chance = random.Random(seed)
        found = quantile_interval(Histogram(chance.expovariate(1) for _ in range(n)), q)
        assert found is not None
        hits += found[0] <= truth * 1.005 and (found[1] is None or truth * 0.995 <= found[1])
    assert hits >= 186


def test_few_requests_do_not_bound_p99_from_above() -> None:
    values = [0.1 + 0.01 * index for index in range(50)]
    found = quantile_interval(Histogram(values), 0.99)
    assert found is not None
    assert found[1] is None
    assert quantile_interval(Histogram(), 0.5) is None


def test_correlated_samples_widen_a_quantile() -> None:
    histogram = Histogram(0.1 + 0.001 * index for index in range(1000))
    plain, correlated = quantile_interval(histogram, 0.5), quantile_interval(histogram, 0.5, design_effect=9)
    assert plain and correlated and plain[1] and correlated[1]
    assert correlated[1] - correlated[0] > 2 * (plain[1] - plain[0])


@pytest.mark.parametrize(
    ("freedom", "exact"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (5, 2.5706), (10, 2.2281), (1000, 1.9623)]
)
def test_student_against_the_tables(freedom: int, exact: float) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(exact, rel=0.01)


def test_binomial_against_the_tables() -> None:
    assert [binomial_quantile(10, 0.5, level) for level in (0.02, 0.5, 0.99)] == [2, 5, 9]
    assert binomial_quantile(1_000_000, 0.999, 0.5) == 999_000
    assert (binomial_quantile(7, 0.0, 0.5), binomial_quantile(7, 1.0, 0.5)) == (0, 7)


def test_wilson_against_the_literature() -> None:
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-3)
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="11 of 10"):
        wilson(11, 10)


@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_holds_the_share_and_stays_a_share(successes: int, n: int) -> None:
    successes = min(successes, n)
    low, high = wilson(successes, n)
    assert 0.0 <= low <= successes / n + 1e-12
    assert successes / n - 1e-12 <= high <= 1.0


def test_attainment_is_told_only_when_sure() -> None:
    assert attained(50, 50, 0.95) is None
    assert attained(200, 200, 0.95) is True
    assert attained(150, 200, 0.95) is False
    ratio, error = miss_ratio(180, 200, 0.95) or (0, 0)
    assert ratio == pytest.approx(2.0)
    assert 0.35 < error < 0.5
    assert miss_ratio(0, 0, 0.95) is None


@pytest.mark.parametrize(("n", "q"), [(2000, 0.5), (20_000, 0.99), (100_000, 0.9)])
def test_the_normal_law_takes_over_without_a_step(n: int, q: float, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [binomial_quantile(n, q, level) for level in (0.025, 0.5, 0.975)]
    monkeypatch.setattr("tui.bench.stats.interval._SMOOTH", math.inf)
    exact = [binomial_quantile(n, q, level) for level in (0.025, 0.5, 0.975)]
    assert all(abs(one - other) <= 2 for one, other in zip(quick, exact, strict=True))


def test_requests_that_share_a_queue_say_less_than_they_are() -> None:
    alone = [design_effect(series(seed, 60, 0.0)) for seed in range(30)]
    carried = [design_effect(series(seed, 60, 0.9)) for seed in range(30)]
    assert 4.0 < sum(alone) / 30 < 9.0, "20 requests share the level of their second: 4.8 times"
    assert sum(carried) > 1.5 * sum(alone)
    assert min(alone) >= 1.0
    assert design_effect(series(1, 3, 0.9)) == 1.0, "three seconds can't tell"
    assert design_effect([]) == 1.0
