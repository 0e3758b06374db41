"""How evenly a load lay on its pods."""

import pytest

from tui.model.ids import ObjectKey
from tui.model.nim import NimMetrics, NimProbe
from tui.plans.spread import counts_of, spread_of, uneven


def test_what_pods_answered_in_between_and_how_far_from_even_it_was() -> None:
    spread = spread_of({"a": 10, "b": 5}, {"a": 110, "b": 25, "c": 30})
    assert spread is not None
    assert spread.requests == (("a", 100), ("b", 20), ("c", 30))
    assert spread.imbalance == pytest.approx(2.0)
    told = uneven(spread, "service")
    assert told == "uneven: a had 2.00 times the mean of 3 pods; load the pods directly (through = pods)"
    assert uneven(spread, "pods").endswith("; all have as many users, so the others answer more slowly, or failed")


def test_a_pod_that_was_started_anew_counts_from_its_start_and_one_that_is_gone_not_at_all() -> None:
    spread = spread_of({"a": 100, "gone": 7}, {"a": 12})
    assert spread is not None and spread.requests == (("a", 12),)
    assert uneven(spread, "service") == ""


def test_without_a_pod_that_counts_nothing_is_said() -> None:
    assert spread_of({"a": 1}, {}) is None
    idle = spread_of({"a": 1, "b": 1}, {"a": 1, "b": 1})
    assert idle is not None and idle.imbalance is None and uneven(idle, "pods") == ""


def test_pods_that_do_not_tell_are_left_out() -> None:
    def probe(pod: ObjectKey) -> NimProbe | None:
        if pod.name == "silent":
            return None
        if pod.name == "plain":
            return NimProbe("http://x", True)
        return NimProbe("http://x", True, metrics=NimMetrics(requests_succeeded_total=7.0))

    pods = [ObjectKey("n", name) for name in ("told", "silent", "plain")]
    assert counts_of(pods, probe) == {"told": 7.0}
    assert counts_of([], probe) == {}
