"""List and watch against a server that does what real ones do, and worse."""

import json
import threading
import time

from tests.sources_kubernetes.conftest import RecordingSink, Start
from tests.sources_kubernetes.fault_api import FaultApi, Reply, forbidden, pod, status_reply
from tui.model.changes import Listed
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.model.status import SourceStatus

PODS = "/api/v1/pods"


def expired(path: str = PODS) -> Reply:
    return status_reply(410, "Expired", "The resourceVersion for the provided watch is too old.")


def live(start: Start) -> RecordingSink:
    sink = start()
    sink.wait_state("kubernetes", "live")
    return sink


def test_first_list_then_status_then_overall(api: FaultApi, start: Start) -> None:
    sink = live(start)
    kinds = [change.kind for change in sink.changes if isinstance(change, Listed)]
    assert sorted(kinds) == ["nodes", "pods"]
    order = [
        (change.kind if isinstance(change, Listed) else f"{change.name}={change.state}")
        for change in sink.changes
        if isinstance(change, Listed | SourceStatus)
    ]
    assert order.index("pods") < order.index("kubernetes/pods=live")
    assert order.index("nodes") < order.index("kubernetes/nodes=live")
    assert order.index("kubernetes=live") > max(
        order.index("kubernetes/pods=live"), order.index("kubernetes/nodes=live")
    )
    assert "v1.36.2" in sink.statuses["kubernetes"].detail


def test_events_of_the_watch_arrive_with_their_deletions(api: FaultApi, start: Start) -> None:
    sink = live(start)
    watch = api.next_watch(PODS)
    assert watch.query["resourceVersion"] == "100"
    assert watch.query["allowWatchBookmarks"] == "true"
    watch.send("ADDED", pod("c", version=101))
    watch.send("MODIFIED", pod("a", version=102, status={"phase": "Failed"}))
    watch.send("DELETED", pod("b", version=103))
    sink.wait(lambda s: s.names("pods") == {"a", "c"})
    a = sink.items["pods"][ObjectKey("runai-team-a", "a")]
    assert isinstance(a, Pod)
    assert a.phase == "Failed"


def test_lists_in_pages(api: FaultApi, start: Start) -> None:
    api.objects[PODS] = [pod(f"p{i}") for i in range(1201)]
    sink = live(start)
    assert len(sink.items["pods"]) == 1201
    assert [query.get("continue") for query in api.asked(PODS) if "watch" not in query] == [None, "500", "1000"]


def test_page_token_that_expires_starts_the_list_again(api: FaultApi, start: Start) -> None:
    api.objects[PODS] = [pod(f"p{i}") for i in range(600)]
    refusals = [status_reply(410, "Expired", "The provided continue parameter is too old", **{"continue": "x"})]
    api.spoil[PODS] = lambda query: refusals.pop() if "continue" in query and refusals else None
    sink = live(start)
    assert len(sink.items["pods"]) == 600
    assert len([change for change in sink.changes if isinstance(change, Listed) and change.kind == "pods"]) == 1


def test_watch_that_ends_is_resumed_from_the_last_version(api: FaultApi, start: Start) -> None:
    sink = live(start)
    first = api.next_watch(PODS)
    first.send("ADDED", pod("c", version=150))
    first.send("BOOKMARK", {"kind": "Pod", "metadata": {"resourceVersion": "177"}, "spec": {"containers": None}})
    first.end()
    second = api.next_watch(PODS)
    assert second.query["resourceVersion"] == "177"
    assert sink.statuses["kubernetes/pods"].state == "live"
    assert len([query for query in api.asked(PODS) if "watch" not in query]) == 1


def test_half_a_line_is_dropped_and_the_watch_resumed(api: FaultApi, start: Start) -> None:
    sink = live(start)
    first = api.next_watch(PODS)
    first.send("ADDED", pod("c", version=150))
    sink.wait(lambda s: "c" in s.names("pods"))
    first.send_raw(b'{"type":"ADDED","object":{"metadata":{"na')
    first.cut()
    second = api.next_watch(PODS)
    assert second.query["resourceVersion"] == "150"
    second.send("ADDED", pod("d", version=151))
    sink.wait(lambda s: s.names("pods") == {"a", "b", "c", "d"})
    sink.wait_state("kubernetes/pods", "live")


def test_gone_inside_the_stream_lists_anew(api: FaultApi, start: Start) -> None:
    sink = live(start)
    first = api.next_watch(PODS)
    api.objects[PODS] = [pod("new")]
    api.version = 500
    first.send("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"})
    sink.wait(lambda s: s.names("pods") == {"new"})
    assert api.next_watch(PODS).query["resourceVersion"] == "500"


def test_gone_as_a_status_of_http_lists_anew(api: FaultApi, start: Start) -> None:
    answers = [expired()]
    api.spoil_watch[PODS] = lambda query: answers.pop() if answers else None
    sink = start()
    assert api.next_watch(PODS).query["resourceVersion"] == "100"
    sink.wait_state("kubernetes/pods", "live")
    assert len([query for query in api.asked(PODS) if "watch" not in query]) == 2


def test_watcher_that_falls_behind_is_cut_and_catches_up(api: FaultApi, start: Start) -> None:
    """A server drops a slow watcher: the connection ends in the middle, and its version is soon too old."""
    sink = live(start)
    first = api.next_watch(PODS)
    for number in range(300):
        first.send("ADDED", pod(f"n{number}", version=200 + number))
    api.objects[PODS] = [pod(f"n{number}") for number in range(400)]
    answers = [expired()]
    api.spoil_watch[PODS] = lambda query: answers.pop() if answers else None
    first.cut()
    sink.wait(lambda s: len(s.names("pods")) == 400 and "a" not in s.names("pods"))


def test_burst_of_events_becomes_few_batches(api: FaultApi, start: Start) -> None:
    sink = live(start)
    before = len(sink.changes)
    watch = api.next_watch(PODS)
    watch.send_raw(b"".join(_line(number) for number in range(400)))
    sink.wait(lambda s: len(s.names("pods")) == 402)
    assert len(sink.changes) - before <= 10


def _line(number: int) -> bytes:
    return json.dumps({"type": "ADDED", "object": pod(f"n{number}", version=200 + number)}).encode() + b"\n"


def test_unknown_line_does_not_end_the_watch_for_good(api: FaultApi, start: Start) -> None:
    sink = live(start)
    first = api.next_watch(PODS)
    first.send_raw(b"<html>gateway</html>\n")
    second = api.next_watch(PODS)
    second.send("ADDED", pod("c", version=150))
    sink.wait(lambda s: "c" in s.names("pods"))


def test_malformed_item_costs_only_itself(api: FaultApi, start: Start) -> None:
    api.objects[PODS] = [pod("a"), {"metadata": "nonsense"}, pod("b", spec={"containers": "none"}), pod("c")]
    sink = live(start)
    assert sink.names("pods") == {"a", "c"}
    assert sink.statuses["kubernetes/pods"].detail == "2 malformed objects skipped"
    watch = api.next_watch(PODS)
    watch.send("MODIFIED", {"metadata": {"resourceVersion": "170"}})
    watch.send("ADDED", pod("d", version=171))
    sink.wait(lambda s: "d" in s.names("pods"))
    assert sink.statuses["kubernetes/pods"].detail == "3 malformed objects skipped"


def test_watch_alone_denied_is_listed_again_and_again(api: FaultApi, start: Start) -> None:
    api.spoil_watch[PODS] = lambda query: forbidden("pods", verb="watch")
    sink = live(start)
    api.objects[PODS] = [pod("later")]
    sink.wait(lambda s: s.names("pods") == {"later"})
    status = sink.statuses["kubernetes/pods"]
    assert status.state == "live"
    assert "watch pods at the cluster scope" in status.detail


def test_stop_ends_every_thread_within_a_second(api: FaultApi, start: Start) -> None:
    before = set(threading.enumerate())
    sink = live(start)
    api.next_watch(PODS)
    ours = [t for t in threading.enumerate() if t not in before and t.name.startswith("kubernetes")]
    assert len(ours) == 4  # supervisor, outbox, nodes, pods
    began = time.monotonic()
    start.sources[0].stop()
    assert time.monotonic() - began < 1.0
    assert not [t for t in ours if t.is_alive()]
    assert sink.statuses["kubernetes"].state == "live"
