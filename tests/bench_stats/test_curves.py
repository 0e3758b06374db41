"""The monotone fit and the knee, against curves whose answer is known."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.stats.isotonic import Sample, crossing, fit, monotone, value_at
from tui.bench.stats.knee import knee

USERS = [1, 2, 4, 8, 16, 32, 64, 96, 128, 160, 192, 256]


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 10)), min_size=1, max_size=30))
def test_the_fit_rises_keeps_the_weighted_mean_and_is_its_own_fit(points: list[tuple[float, float]]) -> None:
    values, weights = [value for value, _ in points], [weight for _, weight in points]
    fitted = monotone(values, weights)
    assert fitted == sorted(fitted)
    total = sum(value * weight for value, weight in points)
    assert sum(value * weight for value, weight in zip(fitted, weights, strict=True)) == pytest.approx(total, abs=1e-6)
    assert monotone(fitted, weights) == pytest.approx(fitted)


def test_violators_are_pooled_by_weight() -> None:
    assert monotone([1.0, 4.0, 1.0, 5.0], [1.0, 1.0, 2.0, 1.0]) == pytest.approx([1.0, 2.0, 2.0, 5.0])


def test_the_crossing_lies_between_the_points_and_covers_the_truth() -> None:
    hits = 0
    for seed in range(60):
        chance = random.Random(seed)
        samples = [Sample(u, 0.01 * u * chance.gauss(1, 0.04), 0.0004 * u) for u in range(10, 200, 10)]
        found = crossing(samples, 1.0)
        assert found is not None
        assert found.low <= found.x <= found.high
        hits += found.low <= 100 <= found.high
    assert hits >= 54


def test_no_crossing_where_the_target_is_never_left_or_never_held() -> None:
    samples = [Sample(1, 0.2), Sample(2, 0.4)]
    assert crossing(samples, 1.0) is None
    assert crossing(samples, 0.1) is None
    exact = crossing(samples, 0.3)
    assert exact is not None
    assert (exact.low, exact.x, exact.high) == pytest.approx((1.5, 1.5, 1.5))


def test_values_between_points() -> None:
    curve = fit([Sample(4, 2.0), Sample(2, 1.0)])
    assert (value_at(curve, 3), value_at(curve, 2), value_at(curve, 5)) == (1.5, 1.0, None)
    assert value_at(curve[:1], 2) == 1.0


def test_the_knee_of_a_curve_that_saturates() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        found = knee([(u, min(u, 96) * 20 * chance.gauss(1, 0.03)) for u in USERS], "concave")
        assert found is not None
        assert found.users in (64, 96, 128)


def test_the_elbow_of_latency() -> None:
    found = knee([(u, 200 + max(0, u - 160) * 30) for u in USERS], "convex")
    assert found is not None
    assert found.users == 160


def test_a_straight_line_and_too_few_points_have_none() -> None:
    for seed in range(30):
        chance = random.Random(seed)
        assert knee([(u, u * 20 * chance.gauss(1, 0.05)) for u in USERS], "concave") is None
    assert knee([(1, 1.0), (2, 2.0), (4, 2.1)], "concave") is None
    assert knee([(u, 5.0) for u in USERS], "concave") is None
