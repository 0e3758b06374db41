"""Alerts: what is raised, what never is, and that nothing flaps."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import AlertSettings
from tui.diagnose.alerts import HISTORY, Watchman
from tui.diagnose.causes import cause
from tui.model.alert import Alert, AlertKind
from tui.model.condition import Condition
from tui.model.gpu import Gpu
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pending import PendingItem
from tui.model.pod import Pod
from tui.model.reading import Reading
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.workload import Workload

RULES = AlertSettings()
NIM = WorkloadKey("runai-a", "llama", "InferenceWorkload")
START = 1_000_000.0


def reading(value: float | None) -> Reading | None:
    return None if value is None else Reading(value, "dcgm", START)


def node(name: str = "n1", *, ready: bool | None = True, celsius: float | None = 50, xid: float | None = 0) -> Node:
    gpu = Gpu(GpuId(name, 0), None, None, 0.0, (), temperature_celsius=reading(celsius), xid=reading(xid))
    return Node(name, ready, True, None, None, 1.0, 0.0, 0.0, None, None, None, (gpu,), (), ())


def waits(name: str = "llama", since: float | None = START) -> PendingItem:
    key = WorkloadKey("runai-a", name, "InferenceWorkload")
    pod = ObjectKey("runai-a", f"{name}-0")
    return PendingItem(pod, "runai-a", key, "a", since, "Pending", (cause("no_free_gpu"),))


def served(ready: bool, **changes: object) -> dict[str, object]:
    """Pods and workloads of a snapshot with one NIM."""
    pod = Pod(ObjectKey("runai-a", "llama-0"), "u", "1", "Running", "n1", None, GpuRequest(),
              conditions=(Condition("Ready", "True" if ready else "False"),))  # fmt: skip
    plain = Workload(NIM, "Inference", "a", "Running", None, None, None, 1, 1, None, None, None, None, None, None, None,
                     None, None, None, None, pods=(pod.key,))  # fmt: skip
    return {"pods": {pod.key: pod}, "workloads": {NIM: replace(plain, **changes)}}  # type: ignore[arg-type]


def source(state: SourceState, name: str = "prometheus") -> dict[str, object]:
    return {"sources": {name: SourceStatus(name, state, START, "http://prom")}}


class Watch:
    """A watchman and the time, and what he said."""

    def __init__(self, rules: AlertSettings = RULES) -> None:
        self.man = Watchman(rules)
        self.at = START
        self.said: list[Alert] = []

    def see(self, seconds: float = 1.0, items: Sequence[PendingItem] = (), **parts: object) -> tuple[Alert, ...]:
        """The next picture, so many seconds later."""
        self.at += seconds
        told = self.man.see(Snapshot(self.at, 1, ClusterInfo(), **parts), items)  # type: ignore[arg-type]
        self.said += told
        return told

    @property
    def raised(self) -> list[Alert]:
        return [alert for alert in self.said if alert.cleared_at is None]


@pytest.fixture
def watch() -> Watch:
    made = Watch()
    made.see(0.0, nodes={"n1": node()})
    return made


def test_a_workload_that_waits_too_long_is_one_alert_until_it_has_run_for_a_while(watch: Watch) -> None:
    assert watch.see(110, [waits()]) == ()  # it waits for 110 s
    (alert,) = watch.see(12, [waits()])
    assert (alert.kind, alert.target, alert.raised_at) == (AlertKind.PENDING, "workload/runai-a/llama", START + 122)
    assert alert.text == "runai-a/llama waits: no GPU is free for it"
    assert watch.see(5, [waits()]) == ()
    assert watch.see(30) == ()
    assert watch.see(59) == ()
    (cleared,) = watch.see(2)
    assert (cleared.key, cleared.cleared_at) == (alert.key, START + 122 + 5 + 30 + 59 + 2)
    assert watch.man.active == ()
    assert watch.man.history == (cleared,)


def test_what_waited_before_is_told_as_old_and_not_announced() -> None:
    watch = Watch()
    assert watch.see(0, [waits("a", START - 1000), waits("b", START - 500)]) == ()
    (alert,) = watch.man.active
    assert alert.old
    assert alert.text == "2 workloads wait: runai-a/a, runai-a/b"
    assert watch.see(61) == watch.see(61) == ()  # nor is its end
    assert watch.man.active == ()


def test_a_burst_is_one_alert_and_what_comes_later_is_another(watch: Watch) -> None:
    watch.see(100, [waits(f"w{number}") for number in range(5)])
    (alert,) = watch.see(21, [waits(f"w{number}") for number in range(5)])
    assert (alert.names, alert.cleared_at) == (tuple(f"runai-a/w{number}" for number in range(5)), None)
    (whole,) = watch.man.active
    assert whole.text == "5 workloads wait: runai-a/w0, runai-a/w1 and 3 more"
    (late,) = watch.see(30, [*(waits(f"w{number}") for number in range(5)), waits("late")]) or watch.see(
        30, [*(waits(f"w{number}") for number in range(5)), waits("late")]
    )
    assert late.names == ("runai-a/late",)
    watch.see(1, [waits("w3"), waits("late")])
    assert watch.see(100, [waits("w3"), waits("late")]) == ()  # one of the five still waits
    assert len(watch.man.active) == 2


def test_an_xid_is_news_only_when_it_changes(watch: Watch) -> None:
    (alert,) = watch.see(nodes={"n1": node(xid=79)})
    assert (alert.text, alert.severity) == ("n1 GPU 0 reported XID 79: it has fallen off the bus", "critical")
    assert alert.target == "node/n1"
    assert watch.see(300, nodes={"n1": node(xid=79)}) == ()
    (other,) = watch.see(1, nodes={"n1": node(xid=13)})
    assert (other.severity, len(watch.man.active)) == ("warning", 2)


def test_an_xid_that_stood_there_at_first_is_old_until_it_changes() -> None:
    watch = Watch()
    assert watch.see(0, nodes={"n1": node(xid=31)}) == ()
    assert [alert.old for alert in watch.man.active] == [True]
    assert watch.see(30, nodes={"n1": node(xid=31)}) == watch.see(30, nodes={"n1": node(xid=None)}) == ()
    (news,) = watch.see(1, nodes={"n1": node(xid=48)})
    assert not news.old
    later = Watch()
    later.see(0)
    later.see(10, nodes={"n1": node(xid=None)})
    assert later.see(10, nodes={"n1": node(xid=31)}) == ()  # nobody knows since when


@pytest.mark.parametrize("quiet", [0.0, None])
def test_no_xid_is_none(watch: Watch, quiet: float | None) -> None:
    assert watch.see(20, nodes={"n1": node(xid=quiet)}) == ()
    assert watch.man.history == ()


def test_heat_must_last_and_an_unknown_temperature_is_not_a_low_one(watch: Watch) -> None:
    hot = {"n1": node(celsius=93.4)}
    assert watch.see(1, nodes=hot) == watch.see(9, nodes=hot) == ()
    (alert,) = watch.see(1, nodes=hot)
    assert alert.text == "n1 GPU 0 is at 93 °C, over 90 °C"
    assert watch.see(100, nodes={"n1": node(celsius=None)}) == ()
    assert watch.man.active == (alert,)
    watch.see(1, nodes={"n1": node(celsius=70)})
    assert [one.cleared_at for one in watch.see(61, nodes={"n1": node(celsius=70)})] == [watch.at]


def test_a_nim_that_served_and_does_not(watch: Watch) -> None:
    watch.see(1, **served(False))
    assert watch.see(60, **served(False)) == ()  # it never was ready
    watch.see(1, **served(True))
    watch.see(1, [waits()], **served(False))
    (alert,) = watch.see(200, [waits()], **served(False, message="CrashLoopBackOff"))
    assert (alert.kind, alert.severity) == (AlertKind.NOT_READY, "critical")  # and not as one that waits
    assert alert.text == "runai-a/llama served and has no ready pod any more: CrashLoopBackOff"


@pytest.mark.parametrize("change", [{"requested_pods": 0}, {"phase": "Stopped"}, {"phase": "Deleting"}])
def test_one_that_was_stopped_is_none(watch: Watch, change: dict[str, object]) -> None:
    watch.see(1, **served(True))
    watch.see(1, **served(False, **change))
    assert watch.see(60, **served(False, **change)) == ()


@pytest.mark.parametrize("state", [SourceState.STALE, SourceState.FAILED, SourceState.DENIED])
def test_a_source_that_goes_quiet(watch: Watch, state: SourceState) -> None:
    watch.see(1, **source(SourceState.LIVE))
    assert watch.see(1, **source(state)) == watch.see(29, **source(state)) == ()
    (alert,) = watch.see(1, **source(state))
    assert alert.text == f"prometheus answered and is {state} now: http://prom"
    assert alert.target == "source/prometheus"


def test_a_source_that_never_answered_is_none_and_kinds_do_not_repeat_their_source(watch: Watch) -> None:
    assert watch.see(60, **source(SourceState.FAILED)) == ()
    both = ("kubernetes", "kubernetes/pods")
    for state, seconds in ((SourceState.LIVE, 1.0), (SourceState.STALE, 1.0), (SourceState.STALE, 31.0)):
        told = watch.see(seconds, sources={name: SourceStatus(name, state) for name in both})
    assert [alert.names for alert in told] == [("kubernetes",)]


def test_a_node_that_becomes_not_ready(watch: Watch) -> None:
    watch.see(1, nodes={"n1": node(ready=False), "n2": node("n2", ready=False)})
    (alert,) = watch.see(10, nodes={"n1": node(ready=False), "n2": node("n2", ready=False)})
    assert (alert.kind, alert.text) == (AlertKind.NODE, "n1 is not ready")
    assert [one.names for one in watch.man.active if one.old] == [("n2",)]  # it was never seen ready


def test_going_back_in_a_recording_begins_anew(watch: Watch) -> None:
    watch.see(1, nodes={"n1": node(xid=79)})
    watch.see(-600, nodes={"n1": node()})
    assert watch.man.history == ()
    assert len(watch.see(1, nodes={"n1": node(xid=79)})) == 1
    watch.see(-2, nodes={"n1": node(xid=79)})  # a clock that was set
    assert len(watch.man.history) == 1


def test_the_history_has_bounds() -> None:
    watch = Watch(AlertSettings(clear_seconds=0.5, hold_seconds=0.1))
    watch.see(0, nodes={"n1": node()})
    for number in range(1, HISTORY + 50):
        watch.see(20, nodes={"n1": node(xid=number)})
    assert len(watch.man.history) == HISTORY
    assert watch.man.history[0].text.startswith(f"n1 GPU 0 reported XID {HISTORY + 49}")


STEP = st.fixed_dictionaries(
    {
        "seconds": st.sampled_from([0.0, 1.0, 7.0, 15.0, 40.0, 90.0]),
        "celsius": st.sampled_from([50.0, 95.0, None]),
        "xid": st.sampled_from([0.0, 31.0, 79.0, None]),
        "ready": st.sampled_from([True, False, None]),
        "waiting": st.lists(st.sampled_from(["a", "b", "c"]), unique=True),
        "prometheus": st.sampled_from([SourceState.LIVE, SourceState.STALE]),
        "serves": st.booleans(),
    }
)


@given(st.lists(STEP, max_size=40))
def test_nothing_flaps(steps: list[dict]) -> None:
    """No key is raised twice within ``clear_seconds``; each is raised, then cleared, in turn; what is active is so."""
    watch = Watch()
    open_keys: set[str] = set()
    last: dict[str, float] = {}
    for step in steps:
        told = watch.see(
            step["seconds"],
            [waits(name) for name in step["waiting"]],
            nodes={"n1": node(ready=step["ready"], celsius=step["celsius"], xid=step["xid"])},
            **source(step["prometheus"]),
            **served(step["serves"]),
        )
        for alert in told:
            if alert.cleared_at is not None:
                assert alert.key in open_keys
                assert alert.cleared_at - alert.raised_at >= RULES.clear_seconds
                open_keys.discard(alert.key)
            else:
                assert alert.key not in open_keys
                assert watch.at - last.get(alert.key, 0.0) >= RULES.clear_seconds
                open_keys.add(alert.key)
                last[alert.key] = watch.at
        assert {alert.key for alert in watch.man.active if not alert.old} == open_keys


@given(st.lists(st.tuples(st.sampled_from([1.0, 4.0, 11.0, 61.0]), st.sampled_from([50.0, 95.0])), max_size=30))
def test_heat_is_raised_exactly_when_it_has_lasted(steps: list[tuple[float, float]]) -> None:
    watch = Watch()
    watch.see(0.0, nodes={"n1": node()})
    since: float | None = None
    for seconds, celsius in steps:
        told = watch.see(seconds, nodes={"n1": node(celsius=celsius)})
        if celsius < RULES.temperature_celsius:
            since = None
            assert not [alert for alert in told if alert.cleared_at is None]
            continue
        since = watch.at if since is None else since
        if watch.at - since >= RULES.hold_seconds:
            assert [alert.kind for alert in watch.man.active] == [AlertKind.THERMAL]
