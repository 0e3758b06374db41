"""Faults of server and rights: what is denied or broken is said in one line, and the rest goes on."""

import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import KubernetesSettings
from tests.sources_kubernetes.conftest import FAST, RecordingSink, Start
from tests.sources_kubernetes.fault_api import FaultApi, Reply, one_line, pod, status_reply, write_kubeconfig
from tui.model.changes import Listed
from tui.model.clock import SystemClock
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.sources.kinds.base import Kind
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.source import KubernetesSource

PODS, NODES = "/api/v1/pods", "/api/v1/nodes"


def test_server_that_refuses_is_failed_at_once_and_live_once_it_is_there(start: Start, api: FaultApi) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write_kubeconfig(start.kubeconfig, f"http://127.0.0.1:{port}")
    sink = start()
    status = sink.wait_state("kubernetes", "failed", timeout=1.0)
    assert f"127.0.0.1:{port}" in status.detail
    assert "refuses the connection" in status.detail
    assert one_line(status.detail)
    assert status.last_good_at is None
    assert not [change for change in sink.changes if isinstance(change, Listed)]


def test_server_that_never_answers_is_failed_and_stops_at_once(start: Start, api: FaultApi) -> None:
    def hang(query: object) -> None:
        api.hang.wait(10)

    api.spoil["/version"] = hang
    sink = start(timeout_seconds=0.1)
    status = sink.wait_state("kubernetes", "failed")
    assert "did not answer in time" in status.detail
    assert one_line(status.detail)


def test_stop_ends_a_request_that_hangs(start: Start, api: FaultApi) -> None:
    asked = threading.Event()

    def hang(query: object) -> None:
        asked.set()
        api.hang.wait(10)

    api.spoil[PODS] = hang
    start(timeout_seconds=30.0)
    assert asked.wait(5)
    start.sources[0].stop()
    assert not [t for t in threading.enumerate() if t.name.startswith("kubernetes-pods")]


def test_web_page_instead_of_an_api(start: Start, api: FaultApi) -> None:
    api.spoil["/version"] = lambda query: Reply(200, b"<html>Sign in</html>", "text/html")
    status = start().wait_state("kubernetes", "failed")
    assert "web page" in status.detail
    assert one_line(status.detail)


def test_list_that_is_cut_off_or_no_json(start: Start, api: FaultApi) -> None:
    answers = [Reply(200, b'{"metadata":{"resourceVersion":"5"},"items":[{"metad'), Reply(200, b"oops", "text/plain")]
    api.spoil[PODS] = lambda query: answers.pop() if answers else None
    sink = start()
    sink.wait_state("kubernetes/pods", "failed")
    sink.wait_state("kubernetes/pods", "live")
    assert sink.names("pods") == {"a", "b"}


def test_wrong_token_is_denied_and_names_no_secret(start: Start, api: FaultApi) -> None:
    api.authorize = lambda token: False
    status = start().wait_state("kubernetes", "denied")
    assert "401" in status.detail
    assert one_line(status.detail)


def test_token_that_expires_in_the_middle_of_a_watch_is_read_again(start: Start, api: FaultApi) -> None:
    sink = start()
    sink.wait_state("kubernetes", "live")
    watch = api.next_watch(PODS)
    api.authorize = lambda token: token == "Bearer fresh"
    write_kubeconfig(start.kubeconfig, api.url, user={"token": "fresh"})
    watch.end()
    again = api.next_watch(PODS)
    again.send("ADDED", pod("c", version=150))
    sink.wait(lambda s: "c" in s.names("pods"))
    assert sink.statuses["kubernetes"].state == "live"
    assert again.query["resourceVersion"] == "100"


def test_401_in_the_middle_of_a_watch_is_denied_then_live_again_without_a_new_list(start: Start, api: FaultApi) -> None:
    sink = start()
    sink.wait_state("kubernetes", "live")
    watch = api.next_watch(PODS)
    api.authorize = lambda token: False
    watch.end()
    denied = sink.wait_state("kubernetes", "denied")
    assert denied.last_good_at is not None
    assert sink.names("pods") == {"a", "b"}  # what was known is kept
    api.authorize = lambda token: True
    api.next_watch(PODS).send("ADDED", pod("c", version=150))
    sink.wait(lambda s: "c" in s.names("pods"))
    sink.wait_state("kubernetes", "live")
    assert len([query for query in api.asked(PODS) if "watch" not in query]) == 1


def test_server_that_goes_away_is_stale_and_keeps_what_was_known(start: Start, api: FaultApi) -> None:
    sink = start(timing=replace(FAST, probe=0.05))
    sink.wait_state("kubernetes", "live")
    api.spoil["/version"] = lambda query: status_reply(503, "ServiceUnavailable", "etcd is away")
    status = sink.wait_state("kubernetes", "stale")
    assert "etcd is away" in status.detail
    assert sink.names("pods") == {"a", "b"}
    first = api.next_watch(PODS)
    api.spoil.clear()
    sink.wait_state("kubernetes", "live")
    assert api.next_watch(PODS).query["resourceVersion"] == first.query["resourceVersion"]  # reconnected, not relisted


def test_server_that_is_restarted_is_stale_then_live(start: Start, api: FaultApi) -> None:
    sink = start(timing=replace(FAST, probe=0.05))
    sink.wait_state("kubernetes", "live")
    port = api.port
    api.close()
    status = sink.wait_state("kubernetes", "stale")
    assert "refuses the connection" in status.detail or "broke the connection off" in status.detail
    assert sink.names("pods") == {"a", "b"}
    again = FaultApi(port)
    try:
        again.objects |= {PODS: [pod("later")], NODES: []}
        again.spoil_watch[PODS] = lambda query: (
            status_reply(410, "Expired", "too old") if query["resourceVersion"] == "100" else None
        )
        again.version = 900
        sink.wait(lambda s: s.names("pods") == {"later"})
        sink.wait_state("kubernetes", "live")
    finally:
        again.close()


def test_polled_kind_fetches_metadata_only_and_is_listed_again_at_a_refresh(start: Start, api: FaultApi) -> None:
    path = "/apis/apps/v1/replicasets"
    api.groups["apps"] = {"v1": {"replicasets": True}}
    api.objects[path] = [{"metadata": {"name": "r1", "namespace": "n"}}]
    sink = start("replicasets.apps")
    sink.wait_state("kubernetes", "live")
    api.objects[path] = [{"metadata": {"name": "r2", "namespace": "n"}}]
    start.sources[0].refresh()
    sink.wait(lambda s: s.names("replicasets.apps") == {"r2"})
    accepts = {
        headers["Accept"] for headers, request in zip(api.headers, api.requests, strict=True) if request[1] == path
    }
    assert all("PartialObjectMetadataList" in accept for accept in accepts)
    assert not any("watch" in query for query in api.asked(path))


def test_overloaded_server_is_asked_again(start: Start, api: FaultApi) -> None:
    answers = [status_reply(429, "TooManyRequests", "slow down")] * 2
    api.spoil[PODS] = lambda query: answers.pop() if answers else None
    sink = start()
    sink.wait_state("kubernetes", "live")
    assert sink.names("pods") == {"a", "b"}  # the overall status waited for the list to come through


def test_list_that_keeps_failing_does_not_hold_up_the_overall_status(start: Start, api: FaultApi) -> None:
    api.spoil[PODS] = lambda query: status_reply(500, "InternalError", "etcdserver: request timed out")
    sink = start()
    sink.wait_state("kubernetes", "live")
    assert sink.statuses["kubernetes/pods"].state == "failed"
    assert "request timed out" in sink.statuses["kubernetes/pods"].detail


def test_clock_skew_never_makes_an_age_negative(start: Start, api: FaultApi) -> None:
    """The server's clock runs a year ahead: times are taken as they are said, and statuses keep our own clock."""
    ahead = pod("ahead")
    ahead["metadata"]["creationTimestamp"] = "2037-01-01T00:00:00Z"
    api.objects[PODS] = [ahead]
    sink = start()
    status = sink.wait_state("kubernetes", "live")
    now = SystemClock().now()
    assert status.last_good_at is not None
    assert abs(now - status.last_good_at) < 60
    found = sink.items["pods"][ObjectKey("runai-team-a", "ahead")]
    assert isinstance(found, Pod)
    assert found.created_at == 2114380800.0


def test_no_kubeconfig_is_failed_until_there_is_one(api: FaultApi, tmp_path: Path) -> None:
    path = tmp_path / "later"
    source = KubernetesSource(
        KubernetesSettings(kubeconfig=path), SystemClock(), lambda: KubeClient(path), FAST, kinds=_two_kinds()
    )
    sink = RecordingSink()
    source.start(sink)
    try:
        status = sink.wait_state("kubernetes", "failed")
        assert str(path) in status.detail
        assert one_line(status.detail)
        write_kubeconfig(path, api.url)
        sink.wait_state("kubernetes", "live")
    finally:
        source.stop()


def test_nothing_configured_is_absent_not_failed(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    source = KubernetesSource(KubernetesSettings(), SystemClock(), timing=FAST)
    sink = RecordingSink()
    source.start(sink)
    try:
        assert "give one with --kubeconfig" in sink.wait_state("kubernetes", "absent").detail
    finally:
        source.stop()


def test_fault_of_our_own_is_said_and_does_not_freeze_the_others(start: Start, api: FaultApi) -> None:
    def broken(item: object) -> object:
        raise RuntimeError("oops")

    nodes, pods = _two_kinds()
    source = KubernetesSource(
        KubernetesSettings(),
        SystemClock(),
        lambda: KubeClient(start.kubeconfig),
        FAST,
        (nodes, replace(pods, to_model=broken)),
    )
    sink = RecordingSink()
    source.start(sink)
    try:
        status = sink.wait_state("kubernetes/pods", "failed")
        assert "RuntimeError: oops" in status.detail
        assert one_line(status.detail)
        sink.wait_state("kubernetes/nodes", "live")
    finally:
        source.stop()


def test_version_from_before_a_restore_lists_anew(start: Start, api: FaultApi) -> None:
    answers = [status_reply(504, "Timeout", "Timeout: Too large resource version: 100, current: 7")]
    api.spoil_watch[PODS] = lambda query: answers.pop() if answers else None
    sink = start()
    api.next_watch(PODS)
    sink.wait_state("kubernetes", "live")
    assert len([query for query in api.asked(PODS) if "watch" not in query]) == 2


def test_events_are_bounded_to_the_newest(start: Start, api: FaultApi) -> None:
    api.objects["/api/v1/events"] = [_event(number) for number in range(2600)]
    sink = start("events")
    sink.wait_state("kubernetes", "live")
    assert len(sink.items["events"]) == 2000
    assert "e0599" not in sink.names("events")
    assert {"e0600", "e2599"} <= sink.names("events")
    api.next_watch("/api/v1/events").send("ADDED", _event(2600))
    sink.wait(lambda s: "e2600" in s.names("events") and "e0600" not in s.names("events"))
    assert len(sink.items["events"]) == 2000


def _event(number: int) -> dict[str, object]:
    at = f"2026-11-24T{number // 3600:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    metadata = {"name": f"e{number:04d}", "namespace": "default", "resourceVersion": str(number)}
    return {"metadata": metadata, "lastTimestamp": at, "reason": "Scheduled", "involvedObject": {"name": "a"}}


def _two_kinds() -> tuple[Kind, Kind]:
    nodes, pods, *_ = all_kinds()
    return nodes, pods
