"""Intervals of simulated figures: what other seeds would give lies in them, whatever the pods have in common or not."""

import random
from dataclasses import replace
from statistics import fmean

import pytest

from tui.bench.figures import PointResult
from tui.plans.simulated_point import PODS, Situation, samples_of, scaled, simulated
from tui.plans.simulated_scatter import Seen, scatter_interval
from tui.plans.values import PlanLoad

LLAMA = "meta/llama-3.1-8b-instruct"
MIXED = PlanLoad(isl=200, osl=40, isl_stddev=50.0, osl_stddev=12.0)


def drawn(seed: int, *situations: tuple[float, int, float]) -> list[Seen]:
    """Pods of each (mean, number, weight), 2 % apart by chance."""
    chance = random.Random(seed)
    return [
        Seen(mean, mean * chance.gauss(1.0, 0.02), weight) for mean, number, weight in situations for _ in range(number)
    ]


def figure(pods: list[Seen]) -> float:
    return sum(pod.value * pod.weight for pod in pods)


@pytest.mark.parametrize(
    "situations",
    [((3000.0, 8, 1.0),), ((3000.0, 5, 1.0), (1700.0, 3, 1.0)), ((3000.0, 7, 9.0), (2990.0, 1, 1.0))],
    ids=["alike", "two speeds", "one of its own"],
)
def test_the_truth_is_covered(situations: tuple[tuple[float, int, float], ...]) -> None:
    truth = sum(mean * number * weight for mean, number, weight in situations)
    found = [scatter_interval(figure(pods), pods) for pods in (drawn(seed, *situations) for seed in range(400))]
    assert all(found)
    assert 0.92 <= sum(low <= truth <= high for low, high in filter(None, found)) / 400 <= 0.98


def test_what_sets_situations_apart_is_no_chance() -> None:
    low, high = scatter_interval(100.0, drawn(1, (3000.0, 5, 1.0), (300.0, 3, 1.0))) or (0.0, 0.0)
    assert 100.0 - low == pytest.approx(high - 100.0)
    assert 0.2 < high - low < 8.0


def test_pods_that_nothing_can_be_held_against_have_no_interval() -> None:
    assert scatter_interval(3000.0, []) is None
    assert scatter_interval(3000.0, [Seen("a", 3000.0, 1.0), Seen("b", 1700.0, 1.0)]) is None
    assert scatter_interval(None, drawn(1, (3000.0, 8, 1.0))) is None
    assert scatter_interval(0.0, [Seen("a", 0.0, 1.0)] * 8) is None


def point(seed: int, load: PlanLoad, users: int = 12, pods: int = 1) -> PointResult:
    samples = samples_of([Situation(1.0, users, pods)], seed * PODS)
    return scaled(simulated(load, LLAMA, 1.0, samples), load, users * pods, pods)


@pytest.mark.parametrize(
    "load",
    [
        replace(MIXED, start="burst"),
        replace(MIXED, start="staggered"),
        replace(MIXED, start="staggered", duration_seconds=12.0),
    ],
    ids=["burst", "staggered", "a duration"],
)
def test_other_seeds_lie_within_it(load: PlanLoad) -> None:
    points = [point(seed, load) for seed in range(12)]
    for rates in (
        [(one.output_tokens_per_second, one.output_tokens_per_second_interval) for one in points],
        [(one.requests_per_second, one.requests_per_second_interval) for one in points],
    ):
        truth = fmean(rate or 0.0 for rate, _ in rates)
        found = [interval for _, interval in rates if interval is not None]
        assert len(found) == 12
        assert sum(low <= truth <= high for low, high in found) >= 9
        assert fmean(high - low for low, high in found) < 0.2 * truth


def test_it_is_scaled_with_its_figure() -> None:
    one, many = point(1, MIXED), point(1, MIXED, pods=64)
    low, high = one.output_tokens_per_second_interval or (0.0, 0.0)
    assert many.output_tokens_per_second_interval == pytest.approx((64 * low, 64 * high))
    low, high = one.requests_per_second_interval or (0.0, 0.0)
    assert 0.0 < low < high
    assert many.requests_per_second_interval == pytest.approx((64 * low, 64 * high))
