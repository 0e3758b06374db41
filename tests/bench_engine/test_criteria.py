"""What a point says to a search: how sure its percentiles are, when it is plain; searches by them find the truth."""

import math
import random
from dataclasses import replace
from statistics import NormalDist
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.bench.engine.assemble import distribution
from tui.bench.engine.criteria import is_plain, measured
from tui.bench.engine.search_math import Measure, Rules, SearchState
from tui.bench.engine.search_verdict import levels_of
from tui.bench.figures import ClientMeter, Distribution, PointResult
from tui.bench.spec import LoadSpec, SearchPlan, Slo, Statistic, Target
from tui.bench.stats.histogram import Histogram

SPREAD = 0.4  # of the logarithm of TTFT
NONE = Distribution()


def plan(statistic: Statistic = "mean", *, attainment: float | None = None, slo: Slo | None = None) -> SearchPlan:
    load = LoadSpec(Target("http://h:1", "m"), slo=slo or Slo(ttft_seconds=1.0))
    return SearchPlan(load, 1.0, statistic, attainment=attainment)


def point(values_seconds: list[float], users: int = 8, **more: object) -> PointResult:
    histogram = Histogram(values_seconds)
    stderr = (histogram.stddev or 0.0) / math.sqrt(max(1, len(values_seconds))) * 1000.0
    mean = (histogram.mean or 0.0) * 1000.0
    good = sum(value <= 1.0 for value in values_seconds) / len(values_seconds)
    result = PointResult(
        model="m", concurrency=users, rate=None, requests=len(values_seconds), failed=0, isl=1.0, osl=1.0, seconds=9.0,
        ttft_ms=distribution(histogram, (mean - 1.96 * stderr, mean + 1.96 * stderr), 1.0), itl_ms=NONE, e2e_ms=NONE,
        output_tokens_per_second=users * 10.0, requests_per_second=1.0, steady=True, valid=True, client=ClientMeter(),
        goodput_fraction=good, in_flight_mean=float(users),
    )  # fmt: skip
    return replace(result, **more)  # type: ignore[arg-type]


def quantile_factor(statistic: str) -> float:
    """Of a log-normal TTFT with mean 1."""
    if statistic == "mean":
        return 1.0
    return math.exp(NormalDist().inv_cdf(int(statistic[1:]) / 100.0) * SPREAD - SPREAD**2 / 2)


@pytest.mark.parametrize("statistic", get_args(Statistic))
def test_a_search_by_each_statistic_encloses_the_truth(statistic: Statistic) -> None:
    asked, hits, runs = plan(statistic), 0, 20
    for seed in range(runs):
        chance = random.Random(seed)
        capacity = math.exp(chance.uniform(math.log(20), math.log(500)))

        def level(users: int, capacity: float = capacity) -> float:
            return 0.15 + 0.85 * (users / capacity) ** 3

        truth = max(users for users in range(1, 1200) if level(users) * quantile_factor(statistic) <= 1.0)
        state = SearchState(Rules(statistic, 1000.0, 1024))
        while isinstance(action := state.next(), Measure):
            mean = level(action.users)
            values = [mean * math.exp(chance.gauss(-(SPREAD**2) / 2, SPREAD)) for _ in range(300)]
            state = state.with_point(measured(point(values, action.users), asked))
        low, high = action.verdict.low, action.verdict.high
        assert low is not None and high is not None
        hits += low <= truth < high
        assert action.verdict.concurrency == pytest.approx(truth, rel=0.15, abs=1)
    assert hits >= 0.9 * runs


@pytest.mark.parametrize("statistic", ["p50", "p90", "p99"])
def test_the_error_of_a_percentile_is_what_repeats_scatter(statistic: Statistic) -> None:
    chance = random.Random(1)
    samples = [[chance.lognormvariate(-1.0, SPREAD) for _ in range(600)] for _ in range(150)]
    seen = [measured(point(values), plan(statistic)) for values in samples]
    ratios = [one.ratio or 0.0 for one in seen]
    middle = sum(ratios) / len(ratios)
    scatter = math.sqrt(sum((ratio - middle) ** 2 for ratio in ratios) / (len(ratios) - 1))
    told = sum(one.ratio_error or 0.0 for one in seen) / len(seen)
    assert 0.9 * scatter <= told <= 1.7 * scatter


@given(st.lists(st.floats(0.001, 20.0), min_size=2, max_size=60), st.sampled_from(get_args(Statistic)))
@settings(max_examples=150, deadline=None)
def test_a_plain_point_lies_on_the_side_that_it_says(values: list[float], statistic: Statistic) -> None:
    seen = point(values)
    if is_plain(seen, plan(statistic)):
        found = measured(seen, plan(statistic))
        assert found.ratio is not None
        assert found.ratio <= 0.5 or found.ratio >= 1.5


def test_few_requests_do_not_make_a_p99_sure() -> None:
    few = measured(point([0.9] * 30), plan("p99"))
    many = measured(point([0.9] * 2000), plan("p99"))
    assert few.ratio_error is not None and few.ratio_error >= 0.2
    assert many.ratio_error is not None and many.ratio_error < 0.02
    missed = measured(point([1.4] * 20 + [1.5] * 20), plan("p99"))
    assert missed.ratio_error is not None and missed.ratio is not None
    assert missed.ratio - 1.0 > 2.6 * missed.ratio_error, "but that it misses they do say"
    clump, plain = measured(point([0.5] * 190 + [1.045] * 11), plan("p99")), measured(point([0.68] * 200), plan("p99"))
    (level,) = levels_of([clump, plain, plain])
    assert level.ratio < 1.0, "one unlucky clump does not outweigh its repeats"
    assert is_plain(point([0.1] * 30), plan("p99")), "not even the slowest came near"
    assert not is_plain(point([0.1] * 29 + [0.4]), plan("p99"))


def test_what_is_plain_needs_its_users_its_client_and_no_failure() -> None:
    calm = point([0.1, 0.11, 0.12] * 5)
    assert is_plain(calm, plan())
    assert not is_plain(replace(calm, valid=False), plan())
    assert not is_plain(replace(calm, in_flight_mean=6.0), plan())
    assert not is_plain(replace(calm, failed=1), plan())
    assert not is_plain(point([0.6, 0.61, 0.62] * 5), plan()), "near enough to be looked at"
    assert is_plain(point([3.0, 3.1, 3.2] * 5), plan()), "far beyond"


def test_every_limit_has_to_be_far_off_below_and_one_is_enough_beyond() -> None:
    slo = Slo(ttft_seconds=1.0, itl_seconds=0.05)
    calm, near, beyond = ([value] * 12 for value in (0.01, 0.04, 0.2))
    for itl, plain in ((calm, True), (near, False), (beyond, True)):
        noisy = [value * (1.0 + 0.01 * place) for place, value in enumerate(itl)]
        seen = point([0.1, 0.12] * 6, itl_ms=distribution(Histogram(noisy), alike=1.0))
        assert is_plain(seen, plan(slo=slo)) is plain


@pytest.mark.parametrize(("good", "bad", "plain"), [(300, 0, True), (40, 0, False), (60, 40, True), (190, 10, False)])
def test_goodput_is_plain_when_its_share_is_sure(good: int, bad: int, plain: bool) -> None:
    seen = point([0.8] * good + [1.2] * bad)
    assert is_plain(seen, plan(attainment=0.95)) is plain


def test_the_mean_of_itl_and_of_whole_requests_has_an_error_too() -> None:
    slo = Slo(ttft_seconds=1.0, e2e_seconds=2.0)
    chance = random.Random(3)
    slow = distribution(Histogram(chance.gauss(1.9, 0.2) for _ in range(100)), alike=1.0)
    found = measured(replace(point([0.1] * 50 + [0.11] * 50), e2e_ms=slow), plan(slo=slo))
    assert found.ratio == pytest.approx(0.95, rel=0.05)
    assert found.ratio_error == pytest.approx(0.01, rel=0.3)
