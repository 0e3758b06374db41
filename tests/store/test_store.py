"""The store as a thing with threads: putting, collapsing, pausing, waiting, stopping."""

import threading

import pytest

from tests.store.builders import NOW, HeldClock, batch, column, node, nodes, pod, pods, store_of
from tui.model.changes import Batch, Listed
from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff
from tui.model.status import SourceState, SourceStatus
from tui.store import SnapshotSource, Store


class Listener:
    """Collects what the store publishes."""

    def __init__(self) -> None:
        self.heard: list[tuple[Snapshot, SnapshotDiff]] = []
        self._told = threading.Condition()

    def __call__(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        with self._told:
            self.heard.append((snapshot, diff))
            self._told.notify_all()

    def wait(self, count: int) -> None:
        with self._told:
            assert self._told.wait_for(lambda: len(self.heard) >= count, 5.0)


def test_changes_from_many_threads_are_all_applied_and_bursts_collapse() -> None:
    store, listener = Store(HeldClock()), Listener()
    store.put(pods())

    def fill(number: int) -> None:
        for index in range(50):
            store.put(batch("pods", pod(f"p-{number}-{index}")))

    threads = [threading.Thread(target=fill, args=(n,)) for n in range(4)]
    store.start(listener, min_interval_seconds=0.05)
    for thread in threads:
        thread.start()
    assert store.wait(lambda snapshot: len(snapshot.pods) == 200, 5.0)
    store.stop()
    for thread in threads:
        thread.join()
    assert len(listener.heard) < 50
    assert frozenset().union(*(diff.pods for _, diff in listener.heard)) <= store.snapshot.pods.keys()
    sequences = [snapshot.sequence for snapshot, _ in listener.heard]
    assert sequences == sorted(set(sequences))


def test_a_snapshot_once_given_never_changes() -> None:
    store = store_of(nodes(node()), pods(pod("a")))
    before = store.snapshot
    pods_then, nodes_then = dict(before.pods), dict(before.nodes)
    store.put(pods())
    store.put(nodes(node("n2")))
    store.drain()
    assert (dict(before.pods), dict(before.nodes)) == (pods_then, nodes_then)


def test_pause_freezes_what_is_shown_while_data_keeps_arriving() -> None:
    store: Store = store_of(nodes(node()), pods(pod("a")))
    source: SnapshotSource = store
    source.pause()
    frozen = source.snapshot
    store.put(batch("pods", pod("b")))
    store.drain()
    store.put(column("gpu_power_watts", {0: 1.0}))
    store.drain()
    assert source.paused
    assert source.snapshot is frozen
    assert store.wait(lambda snapshot: len(snapshot.pods) == 2, 0.0), (
        "waiting looks at what is true, not at what is shown"
    )
    missed = source.resume()
    assert missed.pods == {ObjectKey("team", "b")}
    assert "n1" in missed.nodes
    assert len(source.snapshot.pods) == 2
    assert source.resume() == SnapshotDiff()


def test_while_paused_the_listener_is_left_alone() -> None:
    store, listener = Store(HeldClock()), Listener()
    store.start(listener, min_interval_seconds=0.0)
    store.put(pods(pod("a")))
    listener.wait(1)
    store.pause()
    heard = len(listener.heard)
    store.put(batch("pods", pod("b")))
    assert store.wait(lambda snapshot: len(snapshot.pods) == 2, 5.0)
    store.resume()
    store.put(batch("pods", pod("c")))
    listener.wait(heard + 1)
    store.stop()
    assert len(listener.heard[heard][0].pods) == 3


def test_stop_is_quick_twice_and_from_the_listener() -> None:
    store = Store(HeldClock())
    stopped = threading.Event()

    def stop(snapshot: Snapshot, diff: SnapshotDiff) -> None:
        store.stop()
        stopped.set()

    store.start(stop)
    store.put(pods(pod("a")))
    assert stopped.wait(5.0)
    store.stop()
    with pytest.raises(RuntimeError):
        store.start(stop)
        store.start(stop)
    store.stop()


def test_waiting_gives_up_in_time() -> None:
    assert not Store(HeldClock()).wait(lambda snapshot: False, 0.01)


def test_denied_is_not_none() -> None:
    denied = SourceStatus("kubernetes/pods", SourceState.DENIED, None, "may not list pods: ask for get, list, watch")
    store = store_of(nodes(node()), denied)
    assert store.snapshot.sources["kubernetes/pods"] is denied
    assert store.snapshot.nodes["n1"].gpu_allocated is None
    store.put(denied)
    assert not store.drain().sources


def test_the_last_values_stay_when_a_source_falls_silent() -> None:
    store = store_of(nodes(node()), pods(), column("gpu_utilization_fraction", {0: 0.5}))
    store.put(SourceStatus("prometheus", SourceState.STALE, NOW, "refused"))
    diff = store.drain()
    assert (diff.sources, diff.nodes) == (True, frozenset())
    reading = store.snapshot.nodes["n1"].gpus[0].utilization_fraction
    assert reading is not None
    assert (reading.value, reading.at) == (0.5, NOW)


def test_lists_replace_their_kind_or_their_namespace_only() -> None:
    store = store_of(pods(pod("a", namespace="x"), pod("b", namespace="y")))
    store.put(pods(pod("c", namespace="x"), namespace="x"))
    store.drain()
    assert {key.name for key in store.snapshot.pods} == {"b", "c"}
    store.put(pods(pod("d", namespace="z")))
    store.drain()
    assert {key.name for key in store.snapshot.pods} == {"d"}


def test_events_come_newest_first_and_undated_last() -> None:
    def event(name: str, at: float | None) -> Event:
        return Event(ObjectKey("team", name), at, "Warning", "Pod", ObjectKey("team", "p"), "Unschedulable", "no", 1)

    items = [event("old", NOW - 5), event("never", None), event("new", NOW)]
    store = store_of(Listed("events", {e.key: e for e in items}))
    assert [e.key.name for e in store.snapshot.events] == ["new", "old", "never"]
    store.put(Batch("events", ((items[0].key, None),)))
    assert store.drain().events
    assert len(store.snapshot.events) == 2


def test_what_nothing_reads_is_passed_over() -> None:
    store = store_of(Listed("widgets.example.org", {"a": object()}))
    assert store.snapshot.nodes == {}


def test_the_cluster_is_named_when_it_is_discovered() -> None:
    store = store_of()
    store.set_cluster(ClusterInfo("lab", "ctx", "v1.36.2"))
    assert store.drain().sources
    assert store.snapshot.cluster.kubernetes_version == "v1.36.2"
