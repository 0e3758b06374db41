"""Sixteen workers that never see each other: their histograms merged give the percentiles of all their samples."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench_stats.test_histogram import exact_quantile
from tui.bench.stats.histogram import RELATIVE_ERROR, Histogram, HistogramState

WORKERS = 16
QUANTILES = (0.01, 0.5, 0.9, 0.95, 0.99, 0.999)
# How many samples a worker has, about how long they take (seconds), and how they spread: no two need be alike.
shapes = st.tuples(st.integers(0, 300), st.floats(1e-4, 30.0), st.floats(0.01, 1.5))


@settings(max_examples=30, deadline=None)
@given(st.lists(shapes, min_size=WORKERS, max_size=WORKERS), st.integers(0, 2**32))
def test_percentiles_of_the_union(workers: list[tuple[int, float, float]], seed: int) -> None:
    chance = random.Random(seed)
    samples = [[chance.lognormvariate(0.0, spread) * median for _ in range(count)] for count, median, spread in workers]
    merged = Histogram()
    for values in chance.sample(samples, len(samples)):  # in whatever order they come
        line = msgspec.json.encode(Histogram(values).to_json())
        merged.merge(Histogram.from_json(msgspec.json.decode(line, type=HistogramState)))
    union = [value for values in samples for value in values]
    assert merged.count == len(union)
    if not union:
        return
    assert (merged.min, merged.max) == (min(union), max(union))
    assert merged.mean == pytest.approx(sum(union) / len(union), rel=1e-9)
    for q in QUANTILES:
        assert merged.quantile(q) == pytest.approx(exact_quantile(union, q), rel=RELATIVE_ERROR)
