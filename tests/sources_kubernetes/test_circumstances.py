"""What waiting pods lean on, read from a server whose answers are spoiled one by one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.sources_kubernetes.fault_api import FaultApi, Reply, forbidden, status_reply, write_kubeconfig
from tests.sources_kubernetes.test_kinds import Nonsense
from tui.model.circumstances import (
    Autoscaler,
    BindRequest,
    Circumstances,
    Inquiry,
    KindState,
    LogQuestion,
    LogTail,
    PodMaker,
    ResourceQuota,
    Revision,
    Volume,
)
from tui.model.condition import Condition
from tui.model.ids import ObjectKey, OwnerRef
from tui.model.surroundings import SecretInfo
from tui.sources.kubernetes import KubeClient, circumstances
from tui.sources.kubernetes.circumstances import read_circumstances
from tui.sources.kubernetes.discovery import Served
from tui.sources.kubernetes.found import FEW, SOUGHT, Found, table_of

NOW = 1_800_000_000.0
SPACE = "runai-team-a"
SPACES = tuple(f"runai-{number}" for number in range(FEW + 1))
POD = ObjectKey(SPACE, "p")
KINDS = {kind.name for kind in SOUGHT if kind.each_up_to} | {"secrets"}
CLUSTER = {kind.name for kind in SOUGHT if not kind.each_up_to}
CLAIMS = f"/api/v1/namespaces/{SPACE}/persistentvolumeclaims"
LOG = f"/api/v1/namespaces/{SPACE}/pods/p/log"


@pytest.fixture
def client(api: FaultApi, kubeconfig: Path) -> Iterator[KubeClient]:
    for space in (SPACE, *SPACES):
        api.objects[f"/api/v1/namespaces/{space}/secrets"] = []
    made = KubeClient(kubeconfig, timeout_seconds=5)
    yield made
    made.close()


def read(client: KubeClient, *spaces: str, logs: tuple[LogQuestion, ...] = (), seconds: float = 5.0) -> Circumstances:
    return read_circumstances(client, Served(), Inquiry(spaces or (SPACE,), logs), NOW, seconds)


def place(path: str, *objects: Any) -> tuple[str, list[Any]]:
    return path.format(space=f"namespaces/{SPACE}"), list(objects)


def named(name: str, spec: Any = None, status: Any = None, **metadata: Any) -> Any:
    return {"metadata": {"name": name, "namespace": SPACE, **metadata}, "spec": spec, "status": status}


def test_every_kind_as_servers_send_it(api: FaultApi, client: KubeClient) -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    owner = {"kind": "Deployment", "name": "d", "uid": "u", "controller": True}
    made = "2027-01-15T08:00:00Z"
    labels = {"serving.knative.dev/service": "llama", "serving.knative.dev/configurationGeneration": "2"}
    notes = {"autoscaling.knative.dev/min-scale": "1", "autoscaling.knative.dev/maxScale": "3"}
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["a"]}
    other_zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["b"]}
    api.objects |= dict([
        place("/api/v1/{space}/persistentvolumeclaims", named("c", {"volumeName": "v"}, {"phase": "Bound"})),
        place("/api/v1/{space}/configmaps", named("m")),
        place("/api/v1/{space}/secrets", named("s")),
        place("/api/v1/{space}/resourcequotas", named("q", {"hard": {"pods": "9"}}, {
            "hard": {"requests.nvidia.com/gpu": "4", "limits.cpu": "8"}, "used": {"requests.nvidia.com/gpu": "4"},
        })),
        place("/apis/apps/v1/{space}/replicasets", named(
            "r", {"replicas": 2}, {"replicas": 0, "conditions": [failure]}, ownerReferences=[owner],
            creationTimestamp=made,
        )),
        place("/apis/batch/v1/{space}/jobs", named("j", {"parallelism": 3, "completions": 3}, {"succeeded": 1})),
        place("/apis/serving.knative.dev/v1/{space}/revisions", named(
            "llama-00002", {}, {"desiredReplicas": 1, "actualReplicas": 0}, labels=labels,
        ), named("llama-00001")),
        place("/apis/autoscaling.internal.knative.dev/v1alpha1/{space}/podautoscalers", named(
            "llama-00002", {}, {"desiredScale": 0, "actualScale": 1}, labels=labels, annotations=notes,
        )),
        place("/apis/scheduling.run.ai/v1alpha2/{space}/bindrequests", named(
            "p", {"podName": "p", "selectedNode": "node001"},
            {"phase": "Failed", "reason": "no reservation", "failedAttempts": 3}, creationTimestamp=made,
        )),
        place("/api/v1/persistentvolumes", {"metadata": {"name": "v"}, "status": {"phase": "Bound"}, "spec": {
            "claimRef": {"namespace": SPACE, "name": "c"}, "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"], "nodeAffinity": {"required": {"nodeSelectorTerms": [
                {"matchExpressions": [zone]}, {"matchExpressions": [other_zone]},
            ]}},
        }}),
        place("/apis/storage.k8s.io/v1/storageclasses", {"metadata": {"name": "fast"}, "provisioner": "x"}),
        place("/apis/scheduling.k8s.io/v1/priorityclasses", {"metadata": {"name": "high"}, "value": 125}),
    ])  # fmt: skip
    found = read(client)
    assert found.at == NOW
    assert found.claims[ObjectKey(SPACE, "c")].volume == "v"
    assert found.config_maps == {ObjectKey(SPACE, "m")}
    assert found.secrets == {ObjectKey(SPACE, "s"): SecretInfo("s")}
    rows = (("limits.cpu", "8", ""), ("requests.nvidia.com/gpu", "4", "4"))
    assert found.quotas == (ResourceQuota(ObjectKey(SPACE, "q"), rows),)
    assert found.pod_makers == (
        PodMaker(
            "ReplicaSet", ObjectKey(SPACE, "r"), OwnerRef("Deployment", "d", "u"), 2, 0,
            (Condition("ReplicaFailure", "True", "FailedCreate", "exceeded quota"),), NOW,
        ),
        PodMaker("Job", ObjectKey(SPACE, "j"), None, 2, 0),
    )  # fmt: skip
    new, old = ObjectKey(SPACE, "llama-00002"), ObjectKey(SPACE, "llama-00001")
    assert found.revisions == {new: Revision(new, "llama", 2, 1, 0), old: Revision(old, None, 1, None, None)}
    assert found.autoscalers == {new: Autoscaler(new, "llama", 0, 1, 1, 3)}
    assert found.bind_requests == {POD: BindRequest(POD, "p", "node001", "Failed", "no reservation", 3, NOW)}
    assert found.volumes == {
        "v": Volume(
            "v", "Bound", ("ReadWriteOnce",), None, ObjectKey(SPACE, "c"), 2**30,
            (("topology.kubernetes.io/zone", ("a", "b")),),
        )
    }  # fmt: skip
    assert found.storage_classes["fast"].provisioner == "x"
    assert found.priority_classes["high"].value == 125
    assert set(found.states.values()) == {KindState.READ}
    assert set(found.states) == {(kind, SPACE) for kind in KINDS} | {(kind, "") for kind in CLUSTER}


def test_a_server_that_knows_none_of_the_kinds_has_none(api: FaultApi, client: KubeClient) -> None:
    found = read(client, *SPACES[:3])
    assert set(found.states.values()) == {KindState.READ}
    assert found.why == {}
    assert len(api.asked("/apis")) <= len(SOUGHT)  # looked up once for each kind, not for each namespace


def test_a_kind_in_another_version_is_found(api: FaultApi, client: KubeClient) -> None:
    api.groups["scheduling.run.ai"] = {"v1beta1": {"bindrequests": True}}
    api.objects |= dict([place("/apis/scheduling.run.ai/v1beta1/{space}/bindrequests", named("p"))])
    assert set(read(client).bind_requests) == {POD}


def test_what_may_not_be_read_names_the_right_that_is_missing(api: FaultApi, client: KubeClient) -> None:
    path = f"/api/v1/namespaces/{SPACE}/secrets"
    api.spoil[path] = lambda query: forbidden("secrets", namespace=SPACE)
    api.spoil["/api/v1/persistentvolumes"] = lambda query: forbidden("persistentvolumes")
    found = read(client)
    assert found.kind_state("secrets", SPACE) is KindState.HIDDEN
    assert f"list secrets in namespace {SPACE} is denied" in found.why["secrets", SPACE]
    assert "list persistentvolumes at the cluster scope" in found.why["persistentvolumes", ""]
    assert found.kind_state("configmaps", SPACE) is KindState.READ
    assert found.kind_state("secrets", "elsewhere") is KindState.UNREAD


@pytest.mark.parametrize(
    "reply",
    [
        status_reply(500, "InternalError", "conversion webhook failed"),
        status_reply(429, "TooManyRequests", "slow down"),
        Reply(200, b"<html>", "text/html"),
        Reply(200, b'{"items": [', "application/json"),
        status_reply(406, "NotAcceptable", "no such form"),
    ],
)
def test_trouble_with_one_kind_is_that_kinds_alone(api: FaultApi, client: KubeClient, reply: Reply) -> None:
    api.spoil[CLAIMS] = lambda query: reply
    found = read(client)
    assert found.kind_state("persistentvolumeclaims", SPACE) is KindState.FAILED
    assert "\n" not in found.why["persistentvolumeclaims", SPACE]
    assert len([state for state in found.states.values() if state is not KindState.READ]) == 1


def test_a_kind_that_is_served_and_still_not_found_is_not_called_empty(api: FaultApi, client: KubeClient) -> None:
    api.spoil["/api/v1"] = lambda query: Reply(200, {"resources": [{"name": "configmaps", "verbs": ["list"]}]})
    assert read(client).kind_state("configmaps", SPACE) is KindState.FAILED


def test_a_page_that_expired_begins_the_list_anew_once(api: FaultApi, client: KubeClient) -> None:
    api.objects[CLAIMS] = [named(f"c{number}") for number in range(700)]
    gone: list[Reply] = [status_reply(410, "Expired", "the continue token is too old")]
    api.spoil[CLAIMS] = lambda query: gone.pop() if "continue" in query and gone else None
    assert len(read(client).claims) == 700
    api.spoil[CLAIMS] = lambda query: status_reply(410, "Expired", "too old") if "continue" in query else None
    found = read(client)
    assert found.kind_state("persistentvolumeclaims", SPACE) is KindState.FAILED
    assert found.claims == {}


def test_what_is_not_answered_in_time_is_said_and_the_rest_is_there(api: FaultApi, client: KubeClient) -> None:
    api.spoil[CLAIMS] = lambda query: Reply(200, {"items": []}) if api.hang.wait(10) else None
    found = read(client, seconds=0.4)
    assert found.kind_state("persistentvolumeclaims", SPACE) is KindState.FAILED
    assert "in time" in found.why["persistentvolumeclaims", SPACE]
    assert found.kind_state("secrets", SPACE) is KindState.READ
    assert found.kind_state("priorityclasses.scheduling.k8s.io") is KindState.READ


def test_refused_credentials_end_the_asking(api: FaultApi, client: KubeClient) -> None:
    api.authorize = lambda token: False
    found = read(client, *map(str, range(FEW)))
    assert set(found.states.values()) == {KindState.FAILED}
    assert all("401" in why for why in found.why.values())
    assert len(api.requests) < len(found.states) / 2


def test_a_server_that_is_gone_is_not_asked_again_and_again(api: FaultApi, tmp_path: Path) -> None:
    client = KubeClient(write_kubeconfig(tmp_path / "k", "http://127.0.0.1:9"), connect_seconds=1.0)
    found = read(client, logs=(LogQuestion(POD, "main"),))
    client.close()
    assert set(found.states.values()) == {KindState.FAILED}
    assert len(set(found.why.values())) == 1
    assert found.kind_state("pods/log", SPACE) is KindState.FAILED


def test_many_namespaces_are_read_in_one_list(api: FaultApi, client: KubeClient) -> None:
    everywhere = [{"metadata": {"name": "c", "namespace": space}} for space in (*SPACES, "not-asked")]
    api.objects["/api/v1/persistentvolumeclaims"] = everywhere
    found = read(client, *SPACES)
    assert {key.namespace for key in found.claims} == set(SPACES)
    assert all(found.kind_state("persistentvolumeclaims", space) is KindState.READ for space in SPACES)
    assert len([path for _, path, _ in api.requests if path.endswith("/persistentvolumeclaims")]) == 1
    assert not api.asked("/api/v1/secrets")  # a table of several would carry annotations


def test_where_one_list_is_denied_each_namespace_is_asked(api: FaultApi, client: KubeClient) -> None:
    api.spoil["/api/v1/persistentvolumeclaims"] = lambda query: forbidden("persistentvolumeclaims")
    for space in SPACES[:2]:
        path = f"/api/v1/namespaces/{space}/persistentvolumeclaims"
        api.objects[path] = [{"metadata": {"name": "c", "namespace": space}}]
    denied = SPACES[2]
    api.spoil[f"/api/v1/namespaces/{denied}/persistentvolumeclaims"] = lambda query: forbidden(
        "persistentvolumeclaims", namespace=denied
    )
    found = read(client, *SPACES)
    assert set(found.claims) == {ObjectKey(space, "c") for space in SPACES[:2]}
    states = [found.kind_state("persistentvolumeclaims", space) for space in SPACES]
    assert states == [KindState.READ, KindState.READ, KindState.HIDDEN, *[KindState.READ] * 3]


def test_newest_lines_of_a_log(api: FaultApi, client: KubeClient) -> None:
    api.spoil[LOG] = lambda query: Reply(200, b"one\ntwo", "text/plain")
    questions = (LogQuestion(POD, "main"), LogQuestion(POD, "main", previous=True), LogQuestion(POD, "main"))
    found = read(client, logs=questions)
    assert found.logs == {POD: (LogTail("main", ("one", "two")), LogTail("main", ("one", "two"), previous=True))}
    assert found.kind_state("pods/log", SPACE) is KindState.READ
    first, second = sorted(api.asked(LOG), key=lambda query: query["previous"])
    assert (first["container"], first["tailLines"], first["follow"]) == ("main", "60", "false")
    assert int(first["limitBytes"]) > 60 * 1024
    assert second["previous"] == "true"


def test_a_container_that_has_not_run_has_no_lines_and_a_pod_that_is_gone_none_at_all(
    api: FaultApi, client: KubeClient
) -> None:
    said = 'container "main" in pod "p" is waiting to start: ContainerCreating'
    api.spoil[LOG] = lambda query: status_reply(400, "BadRequest", said)
    gone = ObjectKey(SPACE, "gone")
    found = read(client, logs=(LogQuestion(POD, "main"), LogQuestion(gone, "main")))
    assert found.logs == {POD: (LogTail("main", ()),)}
    assert found.kind_state("pods/log", SPACE) is KindState.READ


def test_logs_that_may_not_be_read_are_hidden(api: FaultApi, client: KubeClient) -> None:
    api.spoil[LOG] = lambda query: forbidden("pods/log", namespace=SPACE, verb="get")
    found = read(client, logs=(LogQuestion(POD, "main"),))
    assert found.kind_state("pods/log", SPACE) is KindState.HIDDEN
    assert "get pods/log in namespace" in found.why["pods/log", SPACE]
    assert found.logs == {}


def test_nothing_but_logs_is_asked_where_no_namespace_is_named(api: FaultApi, client: KubeClient) -> None:
    found = read_circumstances(client, Served(), Inquiry((), (LogQuestion(POD, "main"),)), NOW)
    assert {path for _, path, _ in api.requests} == {LOG}
    assert set(found.states) == {("pods/log", SPACE)}


def test_values_of_secrets_and_config_maps_are_never_asked_for(
    api: FaultApi, client: KubeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(circumstances, "WORKERS", 1)  # one after the other, so that headers and paths go together
    read(client)
    accepted = {
        path.rsplit("/", 1)[1]: headers["Accept"]
        for (_, path, _), headers in zip(api.requests, api.headers, strict=True)
    }
    for part in (*accepted["secrets"].split(","), *accepted["configmaps"].split(",")):
        assert part.startswith("application/json;as=")
    (asked,) = api.asked(f"/api/v1/namespaces/{SPACE}/secrets")
    assert asked["includeObject"] == "None"


@settings(max_examples=150, deadline=None)
@given(Nonsense, Nonsense, Nonsense)
def test_no_nonsense_ever_raises(metadata: object, spec: object, status: object) -> None:
    items = [{"metadata": metadata, "spec": spec, "status": status}, metadata]
    found = Found({(kind.name, SPACE): table_of(kind, items) for kind in SOUGHT})
    assert set(found.circumstances(NOW).states.values()) == {KindState.READ}
