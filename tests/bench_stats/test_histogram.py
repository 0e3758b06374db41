"""The histogram: its stated error, merge equals whole, both ways in agree, JSON both ways, odd values."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.bench.stats.histogram import RELATIVE_ERROR, Histogram, bucket_edges

seconds = st.floats(min_value=1e-8, max_value=1e5, allow_nan=False)
anything = st.one_of(seconds, st.just(0.0), st.floats(min_value=-1.0, max_value=0.0))


def exact_quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = ordered[math.floor(place)]
    return low + (ordered[math.ceil(place)] - low) * (place - math.floor(place))


@given(st.lists(seconds, min_size=1, max_size=200), st.sampled_from([0.0, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0]))
def test_a_quantile_is_within_its_stated_error(values: list[float], q: float) -> None:
    found = Histogram(values).quantile(q)
    assert found == pytest.approx(exact_quantile(values, q), rel=RELATIVE_ERROR)


@given(st.lists(anything, max_size=60), st.lists(anything, max_size=60))
def test_merge_equals_whole(left: list[float], right: list[float]) -> None:
    merged, whole = Histogram(left), Histogram(left + right)
    merged.merge(Histogram(right))
    assert merged.to_json().b == whole.to_json().b
    assert (merged.count, merged.zeros, merged.min, merged.max) == (whole.count, whole.zeros, whole.min, whole.max)
    assert merged.sum == pytest.approx(whole.sum, abs=1e-9)
    assert merged.sum_of_squares == pytest.approx(whole.sum_of_squares)


@given(st.lists(anything, min_size=1, max_size=60))
def test_one_by_one_and_many_at_once_fill_the_same_buckets(values: list[float]) -> None:
    single = Histogram()
    for value in values:
        single.add(value)
    many = Histogram(values)
    assert single.to_json().b == many.to_json().b
    assert (single.zeros, single.min, single.max) == (many.zeros, many.min, many.max)


@given(st.lists(anything, max_size=60))
def test_json_comes_back_as_it_went(values: list[float]) -> None:
    histogram = Histogram(values)
    assert Histogram.from_json(msgspec.json.decode(msgspec.json.encode(histogram.to_json()))) == histogram


@given(seconds)
def test_each_value_lies_in_its_bucket(value: float) -> None:
    (index,) = Histogram([value]).to_json().b
    low, high = bucket_edges(index)
    assert low <= value < high
    assert (high - low) / 2 / low <= RELATIVE_ERROR


@settings(max_examples=30)
@given(st.lists(seconds, min_size=2, max_size=100))
def test_mean_and_deviation_are_exact(values: list[float]) -> None:
    histogram = Histogram(values)
    mean = math.fsum(values) / len(values)
    assert histogram.mean == pytest.approx(mean)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
    assert histogram.stddev == pytest.approx(spread, rel=1e-6, abs=1e-5 * mean)


def test_nothing_counted_is_not_known() -> None:
    empty = Histogram()
    assert (empty.count, empty.mean, empty.stddev, empty.min, empty.max, empty.quantile(0.5)) == (0, *[None] * 5)


def test_a_lag_that_comes_out_negative_keeps_the_mean_true() -> None:
    lag = Histogram([-0.0002, 0.0, 0.0004])
    assert lag.mean == pytest.approx(0.0002 / 3)
    assert (lag.min, lag.max, lag.zeros) == (-0.0002, 0.0004, 2)
    assert lag.quantile(0.5) == 0.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_refused_and_changes_nothing(value: float) -> None:
    histogram = Histogram([0.2])
    before = histogram.to_json()
    with pytest.raises((ValueError, OverflowError)):
        histogram.add(value)
    with pytest.raises(ValueError):
        histogram.add_many([0.1, value])
    assert histogram.to_json() == before


def test_counts_below_a_limit() -> None:
    histogram = Histogram([0.0, 0.1, 0.5, 0.9, 1.5])
    assert [histogram.count_up_to(limit) for limit in (-1.0, 0.0, 0.2, 1.0, 2.0)] == [0, 1, 2, 4, 5]


@pytest.mark.parametrize(
    "state", [{"n": 3, "b": {"5": 1}, "min": 1.0, "max": 1.0}, {"n": 1, "z": 1}, {"n": "many"}, [], {"b": {"x": 1}}]
)
def test_json_that_does_not_fit_is_refused(state: object) -> None:
    with pytest.raises(ValueError):
        Histogram.from_json(state)


def test_a_quantile_outside_of_0_to_1_is_refused() -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        Histogram([1.0]).quantile(1.5)
