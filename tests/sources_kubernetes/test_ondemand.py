"""Single questions: YAML without secrets, events of an object, logs, access reviews."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources_kubernetes.fault_api import FaultApi, Reply, pod, status_reply
from tui.model.ids import ObjectKey
from tui.sources.kubernetes import KubeClient, NotFound, Refused, ondemand
from tui.sources.kubernetes.discovery import Served

KEY = ObjectKey("n", "x")


@pytest.fixture
def client(kubeconfig: Path) -> Iterator[KubeClient]:
    made = KubeClient(kubeconfig, timeout_seconds=5)
    yield made
    made.close()


def test_object_without_managed_fields(api: FaultApi, client: KubeClient) -> None:
    body = pod("x", "n")
    body["metadata"]["managedFields"] = [{"manager": "m"}]
    api.spoil["/api/v1/namespaces/n/pods/x"] = lambda query: Reply(200, body)
    found = ondemand.get_object(client, Served(), "pods", KEY)
    assert "managedFields" not in found["metadata"]
    assert found["spec"] == body["spec"]


def test_secret_shows_its_keys_and_no_value(api: FaultApi, client: KubeClient) -> None:
    note = {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"NGC_API_KEY":"c2VjcmV0"}}'}
    body = {"kind": "Secret", "metadata": {"name": "x", "annotations": note}, "data": {"NGC_API_KEY": "c2VjcmV0"}}
    api.objects["/api/v1/secrets"] = []
    api.spoil["/api/v1"] = lambda query: Reply(200, {"resources": [{"name": "secrets", "verbs": ["list"]}]})
    api.spoil["/api/v1/namespaces/n/secrets/x"] = lambda query: Reply(200, body)
    found = ondemand.get_object(client, Served(), "secrets", KEY)
    assert found["data"] == {"NGC_API_KEY": "***"}
    assert "c2VjcmV0" not in json.dumps(found)


def test_object_of_a_kind_that_is_not_served(api: FaultApi, client: KubeClient) -> None:
    with pytest.raises(NotFound, match=r"does not serve things.example\.com"):
        ondemand.get_object(client, Served(), "things.example.com", KEY)


def test_events_of_one_object_newest_first(api: FaultApi, client: KubeClient) -> None:
    def event(name: str, at: str) -> dict[str, object]:
        return {"metadata": {"name": name, "namespace": "n"}, "lastTimestamp": at, "involvedObject": {"name": "x"}}

    api.objects["/api/v1/namespaces/n/events"] = [
        event("old", "2026-11-24T05:00:00Z"), event("new", "2026-11-24T06:00:00Z"),
    ]  # fmt: skip
    found = ondemand.get_events_of(client, KEY, "Pod")
    assert [event.key.name for event in found] == ["new", "old"]
    (asked,) = api.asked("/api/v1/namespaces/n/events")
    assert asked["fieldSelector"] == "involvedObject.name=x,involvedObject.kind=Pod"


def test_log_with_a_last_line_that_has_no_end(api: FaultApi, client: KubeClient) -> None:
    api.spoil["/api/v1/namespaces/n/pods/x/log"] = lambda query: Reply(200, b"one\ntw\xff\nthree", "text/plain")
    lines = ondemand.logs(client, KEY, "main", tail_lines=10, previous=True, since_seconds=60)
    assert list(lines) == ["one", "tw\ufffd", "three"]
    (asked,) = api.asked("/api/v1/namespaces/n/pods/x/log")
    assert asked == {
        "container": "main", "tailLines": "10", "follow": "false", "previous": "true", "sinceSeconds": "60",
    }  # fmt: skip


def test_log_that_is_an_html_page_of_the_container_is_still_a_log(api: FaultApi, client: KubeClient) -> None:
    api.spoil["/api/v1/namespaces/n/pods/x/log"] = lambda query: Reply(200, b"<html>\n", "text/plain")
    assert list(ondemand.logs(client, KEY)) == ["<html>"]


def test_log_of_a_container_that_is_not_there(api: FaultApi, client: KubeClient) -> None:
    said = "container zz is not valid for pod x"
    api.spoil["/api/v1/namespaces/n/pods/x/log"] = lambda query: status_reply(400, "BadRequest", said)
    with pytest.raises(Refused, match=said):
        ondemand.logs(client, KEY, "zz")


def test_followed_log_ends_when_it_is_closed(api: FaultApi, client: KubeClient) -> None:
    path = "/api/v1/namespaces/n/pods/x/log"
    api.follow_paths.add(path)
    lines = ondemand.logs(client, KEY, follow=True)
    seen: list[str] = []
    first, done = threading.Event(), threading.Event()

    def read() -> None:
        for line in lines:
            seen.append(line)
            first.set()
        done.set()

    threading.Thread(target=read, daemon=True).start()
    api.next_watch(path).send_raw(b"hello\nhalf")
    assert first.wait(5)
    lines.close()
    assert done.wait(1)
    assert seen[0] == "hello"


@pytest.mark.parametrize("allowed", [True, False])
def test_access(api: FaultApi, client: KubeClient, allowed: bool) -> None:
    api.spoil[ondemand.ACCESS_PATH] = lambda query: Reply(201, {"status": {"allowed": allowed}})
    assert ondemand.access(client, "create", "inferenceworkloads", "run.ai", "runai-team-a") is allowed
    review = json.loads(api.bodies[-1])
    assert review["spec"]["resourceAttributes"] == {
        "verb": "create", "group": "run.ai", "resource": "inferenceworkloads", "namespace": "runai-team-a",
    }  # fmt: skip
