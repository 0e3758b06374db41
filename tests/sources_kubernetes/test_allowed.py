"""What is served, and what RBAC allows: kinds and namespaces that are missing, denied, installed or allowed later."""

from collections.abc import Callable

from tests.sources_kubernetes.conftest import RecordingSink, Start
from tests.sources_kubernetes.fault_api import (
    FaultApi,
    Reply,
    forbidden,
    node,
    one_line,
    pod,
    status_reply,
    write_kubeconfig,
)
from tui.model.changes import Listed

PODS, NODES = "/api/v1/pods", "/api/v1/nodes"


def test_kinds_that_are_not_served_are_absent(start: Start, api: FaultApi) -> None:
    sink = start("nodes", "pods", "inferenceworkloads.run.ai", "queues.scheduling.run.ai")
    sink.wait_state("kubernetes", "live")
    assert sink.statuses["kubernetes/inferenceworkloads.run.ai"].state == "absent"
    assert sink.statuses["kubernetes/queues.scheduling.run.ai"].state == "absent"


def test_kind_that_is_installed_later_is_found_at_a_refresh(start: Start, api: FaultApi) -> None:
    sink = start("nodes", "projects.run.ai")
    sink.wait_state("kubernetes/projects.run.ai", "absent")
    api.groups["run.ai"] = {"v2": {"projects": False}}
    api.objects["/apis/run.ai/v2/projects"] = [{"metadata": {"name": "team-a"}, "spec": {}}]
    start.sources[0].refresh()
    sink.wait_state("kubernetes/projects.run.ai", "live")
    assert sink.names("projects.run.ai") == {"team-a"}


def test_kind_in_another_version_than_the_preferred_is_found(start: Start, api: FaultApi) -> None:
    api.groups["run.ai"] = {"v2": {"projects": False}, "v2alpha1": {"inferenceworkloads": True}}
    api.objects["/apis/run.ai/v2/projects"] = [{"metadata": {"name": "team-a"}, "spec": {}}]
    api.objects["/apis/run.ai/v2alpha1/inferenceworkloads"] = []
    sink = start("projects.run.ai", "inferenceworkloads.run.ai")
    sink.wait_state("kubernetes", "live")
    assert sink.names("projects.run.ai") == {"team-a"}
    assert ("API group run.ai", "v2, v2alpha1") in start.sources[0].facts
    assert start.sources[0].version == "v1.36.2"


def test_group_whose_server_is_down_does_not_hold_up_the_others(start: Start, api: FaultApi) -> None:
    api.groups["run.ai"] = {"v2": {"projects": False}}
    api.spoil["/apis/run.ai/v2"] = lambda query: status_reply(503, "ServiceUnavailable", "no endpoints")
    sink = start("nodes", "projects.run.ai")
    sink.wait_state("kubernetes", "live")
    assert sink.statuses["kubernetes/projects.run.ai"].state == "failed"
    assert "no endpoints" in sink.statuses["kubernetes/projects.run.ai"].detail


def test_only_pods_allowed(start: Start, api: FaultApi) -> None:
    api.spoil[NODES] = lambda query: forbidden("nodes")
    sink = start()
    overall = sink.wait_state("kubernetes", "live")
    status = sink.statuses["kubernetes/nodes"]
    assert status.state == "denied"
    assert "list nodes at the cluster scope" in status.detail
    assert "denied: nodes" in overall.detail
    assert "nodes" not in sink.items  # denied is never read as none there


def test_right_that_is_given_later_is_used(start: Start, api: FaultApi) -> None:
    api.spoil[NODES] = lambda query: forbidden("nodes")
    sink = start()
    sink.wait_state("kubernetes/nodes", "denied")
    api.spoil.clear()
    start.sources[0].refresh()
    sink.wait_state("kubernetes/nodes", "live")
    assert sink.names("nodes") == {"node001"}


def test_one_namespace_from_settings(start: Start, api: FaultApi) -> None:
    _allow_only(api, "runai-team-a")
    sink = start(namespaces=("runai-team-a",))
    sink.wait_state("kubernetes", "live")
    _assert_only_team_a(sink)


def test_one_namespace_from_the_context(start: Start, api: FaultApi) -> None:
    _allow_only(api, "runai-team-a")
    api.spoil["/api/v1/namespaces"] = lambda query: forbidden("namespaces")
    api.spoil["/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"] = lambda query: Reply(404, b"", "text/plain")
    write_kubeconfig(start.kubeconfig, api.url, namespace="runai-team-a")
    sink = start()
    sink.wait_state("kubernetes/pods", "live")
    _assert_only_team_a(sink)


def test_namespaces_that_may_be_listed_are_asked_what_is_allowed(start: Start, api: FaultApi) -> None:
    _allow_only(api, "runai-team-a")
    api.objects["/api/v1/namespaces"] = [{"metadata": {"name": name}} for name in ("kube-system", "runai-team-a")]
    reviews = iter([[], [{"verbs": ["get", "list"], "apiGroups": [""], "resources": ["pods"]}]])
    api.spoil["/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"] = lambda query: Reply(
        201, {"status": {"incomplete": False, "resourceRules": next(reviews)}}
    )
    sink = start("pods")
    sink.wait_state("kubernetes", "live")
    _assert_only_team_a(sink)
    assert not api.asked("/api/v1/namespaces/kube-system/pods")


def test_namespace_that_comes_and_then_the_right_for_all(start: Start, api: FaultApi) -> None:
    _allow_only(api, "runai-team-a")
    api.objects["/api/v1/namespaces"] = [{"metadata": {"name": "runai-team-a"}}]
    sink = start("pods")
    sink.wait_state("kubernetes", "live")
    api.objects["/api/v1/namespaces"].append({"metadata": {"name": "runai-team-b"}})
    api.objects["/api/v1/namespaces/runai-team-b/pods"] = [pod("theirs", "runai-team-b")]
    _refresh_until(start, sink, lambda s: s.names("pods") == {"mine", "theirs"})
    assert "runai-team-b" in sink.statuses["kubernetes/pods"].detail
    api.objects[PODS] = [pod("mine"), pod("theirs", "runai-team-b"), pod("all", "kube-system")]
    api.spoil.clear()
    _refresh_until(start, sink, lambda s: s.names("pods") == {"mine", "theirs", "all"})
    sink.wait(lambda s: s.statuses["kubernetes/pods"].detail == "")
    assert sink.statuses["kubernetes/pods"].state == "live"


def _refresh_until(start: Start, sink: RecordingSink, condition: Callable[[RecordingSink], bool]) -> None:
    """A refresh may be heard by the threads in any order: ask until it has come through."""
    for _ in range(50):
        start.sources[0].refresh()
        try:
            sink.wait(condition, timeout=0.1)
        except AssertionError:
            continue
        return
    sink.wait(condition)


def test_denied_everywhere_says_which_right_is_missing(start: Start, api: FaultApi) -> None:
    for path, name in ((PODS, "pods"), (NODES, "nodes"), ("/api/v1/namespaces", "namespaces")):
        api.spoil[path] = lambda query, name=name: forbidden(name)  # type: ignore[misc]
    api.spoil["/api/v1/namespaces/default/pods"] = lambda query: forbidden("pods", namespace="default")
    sink = start()
    status = sink.wait_state("kubernetes", "denied")
    assert one_line(status.detail)
    assert "list " in sink.statuses["kubernetes/pods"].detail
    assert sink.statuses["kubernetes/pods"].state == "denied"


def _allow_only(api: FaultApi, namespace: str) -> None:
    api.objects[f"/api/v1/namespaces/{namespace}/pods"] = [pod("mine", namespace)]
    api.objects[NODES] = [node("node001")]
    api.spoil[PODS] = lambda query: forbidden("pods")
    for other in ("default", "kube-system"):
        api.spoil[f"/api/v1/namespaces/{other}/pods"] = lambda query: forbidden("pods", namespace="other")


def _assert_only_team_a(sink: RecordingSink) -> None:
    assert sink.names("pods") == {"mine"}
    status = sink.statuses["kubernetes/pods"]
    assert status.state == "live"
    assert "only of" in status.detail
    assert "list pods at the cluster scope" in status.detail
    assert [c.namespace for c in sink.changes if isinstance(c, Listed) and c.kind == "pods"] == ["runai-team-a"]
