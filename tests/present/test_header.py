"""The header, the line of trouble and the states of panels: nothing denied or failed reads as none."""

import itertools

import pytest

from tests.cli.cluster import NOW, snapshot
from tui.model.snapshot import ClusterInfo
from tui.model.status import SourceState, SourceStatus
from tui.present.header import header_view, panel_state, trouble
from widgets.rows import PanelPhase, Tone

NEEDS = ("kubernetes", "prometheus")


def sources(**states: str) -> dict[str, SourceStatus]:
    return {
        name: SourceStatus(
            name, SourceState(state), None if state in ("failed", "denied", "absent") else NOW - 40, "why"
        )
        for name, state in states.items()
    }


@pytest.mark.parametrize(
    ("states", "rows", "phase"),
    [
        ({}, 0, PanelPhase.LOADING),
        ({"kubernetes": "failed"}, 0, PanelPhase.LOADING),
        ({"kubernetes": "failed"}, 3, PanelPhase.LIVE),
        ({"kubernetes": "live"}, 0, PanelPhase.EMPTY),
        ({"kubernetes": "live", "prometheus": "failed"}, 3, PanelPhase.LIVE),
        ({"kubernetes": "failed", "prometheus": "live"}, 3, PanelPhase.LIVE),
        ({"kubernetes": "stale", "prometheus": "failed"}, 3, PanelPhase.STALE),
        ({"kubernetes": "denied", "prometheus": "absent"}, 0, PanelPhase.FAILED),
        ({"kubernetes": "failed", "prometheus": "failed"}, 0, PanelPhase.FAILED),
    ],
)
def test_the_state_of_a_panel(states: dict[str, str], rows: int, phase: PanelPhase) -> None:
    shown = panel_state(snapshot(sources=sources(**states)), NOW, needs=NEEDS, rows=rows, empty="none")
    assert shown.phase is phase


def test_only_an_answer_makes_a_panel_empty() -> None:
    for first, second in itertools.product(SourceState, repeat=2):
        states = sources(kubernetes=first.value, prometheus=second.value)
        shown = panel_state(snapshot(sources=states), NOW, needs=NEEDS, rows=0, empty="none")
        if shown.phase is PanelPhase.EMPTY:
            assert SourceState.LIVE in (first, second)


def test_what_is_denied_names_itself_and_its_mend() -> None:
    states = sources(kubernetes="denied", prometheus="absent")
    shown = panel_state(snapshot(sources=states), NOW, needs=NEEDS, rows=0, empty="none")
    assert shown.text == "kubernetes denied" and shown.remedy == "why"


def test_the_worst_source_is_told_first() -> None:
    line = trouble(snapshot(sources=sources(kubernetes="stale", prometheus="failed", runai="denied")), NOW)
    assert line is not None and line.text == "prometheus failed: why" and line.tone is Tone.BAD
    line = trouble(snapshot(sources=sources(kubernetes="stale", prometheus="live")), NOW)
    assert line is not None and line.text == "kubernetes stale, last good answer 40 s ago: why"
    assert trouble(snapshot(sources=sources(kubernetes="live", runai="absent")), NOW) is None
    denied = {"kubernetes/events": SourceStatus("kubernetes/events", SourceState.DENIED, None, "ask for list events")}
    line = trouble(snapshot(sources=sources(kubernetes="live") | denied), NOW)
    assert line is not None and line.text == "kubernetes/events: ask for list events"
    assert trouble(snapshot(sources=sources(kubernetes="live") | denied), NOW, public=True) is None


def test_a_refused_query_of_a_live_prometheus_is_told() -> None:
    well = sources(kubernetes="live", prometheus="live")
    for state in (SourceState.FAILED, SourceState.STALE):
        refused = {
            "prometheus/gpu_power_watts": SourceStatus("prometheus/gpu_power_watts", state, None, "not answered")
        }
        line = trouble(snapshot(sources=well | refused), NOW)
        assert line is not None and line.text == "prometheus/gpu_power_watts: not answered"
    again = {"prometheus/gpu_power_watts": SourceStatus("prometheus/gpu_power_watts", SourceState.LIVE, NOW)}
    assert trouble(snapshot(sources=well | again), NOW) is None


@pytest.mark.parametrize(
    ("context", "seen"),
    [("admin@era", "era"), ("arn:aws:eks:eu:1234:cluster/era", "era"), ("era", "era"), ("", "era-name")],
)
def test_for_every_eye_only_the_clusters_own_name(context: str, seen: str) -> None:
    shown = snapshot(cluster=ClusterInfo(name="era-name", context=context))
    view = header_view(shown, NOW, screen="Nodes", profile="root", public=True)
    assert (view.cluster, view.profile) == (seen, "")
    assert header_view(shown, NOW, screen="", profile="root").profile == "root"


def test_badges_are_the_main_sources_that_are_there() -> None:
    view = header_view(snapshot(sources=sources(kubernetes="live", prometheus="stale", runai="absent")), NOW,
                       screen="", profile="default")  # fmt: skip
    assert [(badge.name, badge.text) for badge in view.badges] == [("prometheus", "stale 40 s"), ("kubernetes", "")]
