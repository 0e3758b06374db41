"""When queries are due: the rate, the CPU share, a change of rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sources.prometheus.cadence import CPU_SHARE, SLOW_SECONDS, Schedule


def asked(fast_cpu: float, slow_cpu: float, fast_seconds: float = 2.0) -> Schedule:
    schedule = Schedule({"f": "fast", "s": "slow"}, fast_seconds)
    assert schedule.due(0.0) == ["f", "s"]
    schedule.asked("f", 0.0, fast_cpu)
    schedule.asked("s", 0.0, slow_cpu)
    return schedule


def test_cheap_queries_keep_their_rate() -> None:
    schedule = asked(0.001, 0.001)
    assert (schedule.due(1.9), schedule.due(2.0), schedule.due(15.0)) == ([], ["f"], ["f", "s"])
    assert schedule.wait_seconds(0.5) == pytest.approx(1.5)


@given(st.floats(0, 2), st.floats(0, 2), st.floats(0.5, 60))
def test_whatever_they_cost_the_cpu_share_holds(fast: float, slow: float, seconds: float) -> None:
    schedule = asked(fast, slow, seconds)
    stretch = schedule.stretch()
    share = fast / (seconds * stretch) + slow / (max(SLOW_SECONDS, seconds) * stretch)
    assert share <= CPU_SHARE * 1.0001
    assert schedule.due(seconds * stretch + 1e-6)


def test_a_new_rate_counts_at_once_and_refresh_asks_everything() -> None:
    schedule = asked(0.001, 0.001, fast_seconds=30.0)
    assert schedule.due(5.0) == []
    schedule.fast_seconds = 1.0
    assert schedule.due(5.0) == ["f"]
    schedule.all_due()
    assert schedule.due(5.0) == ["f", "s"]


def test_nothing_to_ask_waits() -> None:
    assert Schedule({}, 2.0).wait_seconds(100.0) == 2.0
