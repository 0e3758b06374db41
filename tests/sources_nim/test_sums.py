"""Sums over servers and differences over time: unknown stays unknown, nothing is counted that did not happen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources_nim.conftest import metrics_text
from tui.model.nim import NimMetrics
from tui.sources.nim_metrics import parse_metrics
from tui.sources.nim_sums import added_up, recent_of, since


def test_the_sum_is_that_of_all_requests_together() -> None:
    fast, slow = parse_metrics(metrics_text(ttft=(100, 100, 100))), parse_metrics(metrics_text(5, 500, (0, 300, 300)))
    both = added_up([fast, slow])
    assert (both.requests_running, both.requests_waiting, both.output_tokens_total) == (8, 2, 1500)
    assert (both.kv_cache_used_fraction, both.requests_max) == (0.5, None)
    assert both.ttft_count == 400
    assert both.ttft_p50_seconds == pytest.approx(0.1 + 0.1 * (200 - 100) / 300)


def test_figures_are_over_those_that_print_them() -> None:
    both = added_up([NimMetrics(requests_running=2), NimMetrics(kv_cache_used_fraction=0.25)])
    assert (both.requests_running, both.kv_cache_used_fraction, both.output_tokens_total) == (2, 0.25, None)
    assert added_up([]) == NimMetrics()
    assert recent_of([]) is None


def test_different_buckets_leave_quantiles_unknown_and_the_mean_known() -> None:
    one = parse_metrics(metrics_text())
    other = parse_metrics(metrics_text().replace('le="0.2"', 'le="0.25"'))
    both = added_up([one, other])
    assert both.ttft_p50_seconds is None
    assert both.ttft_mean_seconds == pytest.approx(0.1)


def test_what_happened_in_between() -> None:
    before, now = parse_metrics(metrics_text()), parse_metrics(metrics_text(tokens=1600, ttft=(50, 90, 140)))
    found = since(before, now, 3.0)
    assert found is not None
    assert (found.output_tokens_per_second, found.metrics.ttft_count) == (200, 40)
    assert found.metrics.ttft_p50_seconds == 0.2  # all forty were slower than the last edge
    quiet = since(now, now, 3.0)
    assert quiet is not None
    assert (quiet.output_tokens_per_second, quiet.metrics.ttft_mean_seconds) == (0, None)


def test_a_server_that_was_started_anew_has_no_past() -> None:
    before, now = parse_metrics(metrics_text()), parse_metrics(metrics_text(tokens=10, ttft=(1, 1, 1)))
    assert since(before, now, 3.0) is None
    assert since(before, before, 0.0) is None


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99)), min_size=1, max_size=5))
def test_adding_up_keeps_every_observation(rows: list[tuple[int, int, int]]) -> None:
    parts = [parse_metrics(metrics_text(ttft=(a, a + b, a + b + c))) for a, b, c in rows]
    both = added_up(parts)
    assert both.ttft_count == sum(sum(row) for row in rows)
    quantiles = (both.ttft_p50_seconds, both.ttft_p95_seconds)
    assert quantiles == (None, None) if not both.ttft_count else all(q is not None for q in quantiles)
