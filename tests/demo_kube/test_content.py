"""What is refused of the kinds that a launch writes, when they are made and when they are changed."""

from typing import Any

import pytest

from tests.demo_kube.conftest import INFERENCE, Client
from tui.demo.objects import Json

SPACE = "/api/v1/namespaces/spike"
CLAIMS, SECRETS, SERVICES = (f"{SPACE}/{plural}" for plural in ("persistentvolumeclaims", "secrets", "services"))
DEPLOYMENTS = "/apis/apps/v1/namespaces/spike/deployments"
VOLUMES = "/api/v1/persistentvolumes"
MERGE = "application/merge-patch+json"


def claim(**spec: Any) -> Json:
    whole = {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "10Gi"}}} | spec
    return {"metadata": {"name": "cache"}, "spec": whole}


def service(name: str = "lb", **spec: Any) -> Json:
    return {"metadata": {"name": name}, "spec": {"type": "LoadBalancer", "ports": [{"port": 8000}]} | spec}


def deployment(**container: Any) -> Json:
    labels = {"app.kubernetes.io/name": "nim"}
    pod = {"containers": [{"name": "nim", "image": "nvcr.io/nim/meta/x", **container}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    return {"metadata": {"name": "nim"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}


def volume(**spec: Any) -> Json:
    whole = {"accessModes": ["ReadWriteMany"], "capacity": {"storage": "10Gi"}, "nfs": {"server": "s", "path": "/p"}}
    return {"metadata": {"name": "pv"}, "spec": whole | spec}


@pytest.mark.parametrize(
    ("path", "body", "field", "says"),
    [
        (CLAIMS, claim(accessModes=[]), "spec.accessModes", "at least 1 access mode is required"),
        (CLAIMS, claim(accessModes=["RWX"]), "spec.accessModes", 'Unsupported value: "RWX"'),
        (CLAIMS, claim(resources={}), "spec.resources[storage]", "Required value"),
        (CLAIMS, claim(resources={"requests": {"storage": "0"}}), "spec.resources[storage]", "greater than zero"),
        (CLAIMS, claim(resources={"requests": {"storage": "10 GB"}}), "spec.resources[storage]", "quantities must"),
        (VOLUMES, volume(nfs={"server": "", "path": "/p"}), "spec.nfs.server", "Required value"),
        (VOLUMES, volume(capacity={}), "spec.capacity", "Required value"),
        (SERVICES, service("8b-lb"), "metadata.name", "DNS-1035"),
        (SERVICES, service(type="Loadbalancer"), "spec.type", 'supported values: "ClusterIP"'),
        (SERVICES, service(ports=[]), "spec.ports", "Required value"),
        (SERVICES, service(ports=[{"port": 70000}]), "spec.ports[0].port", "between 1 and 65535"),
        (SECRETS, {"metadata": {"name": "s"}, "stringData": {"a b": "x"}}, "data[a b]", "valid config key"),
        (SECRETS, {"metadata": {"name": "s"}, "data": {"k": "not base64!"}}, "data[k]", "illegal base64"),
        (
            SECRETS,
            {"metadata": {"name": "s"}, "type": "kubernetes.io/dockerconfigjson", "data": {"x": ""}},
            "data[.dockerconfigjson]",
            "Required value",
        ),
        (
            DEPLOYMENTS,
            deployment(resources={"requests": {"nvidia.com/gpu": "1"}}),
            "spec.template.spec.containers[0].resources.limits",
            "Limit must be set for non overcommitable resources",
        ),
        (
            DEPLOYMENTS,
            deployment(resources={"limits": {"nvidia.com/gpu": "0.5"}}),
            "spec.template.spec.containers[0].resources.limits[nvidia.com/gpu]",
            "must be an integer",
        ),
        (
            DEPLOYMENTS,
            deployment(volumeMounts=[{"name": "cache", "mountPath": "/opt"}]),
            "spec.template.spec.containers[0].volumeMounts[0].name",
            'Not found: "cache"',
        ),
        (
            DEPLOYMENTS,
            deployment(ports=[{"containerPort": 0}]),
            "spec.template.spec.containers[0].ports[0].containerPort",
            "between 1 and 65535",
        ),
    ],
)
async def test_refused_when_it_is_made(client: Client, path: str, body: Json, field: str, says: str) -> None:
    answer = await client("POST", path, body)
    assert (answer.status, answer.body["reason"]) == (422, "Invalid")
    assert [cause["field"] for cause in answer.body["details"]["causes"]] == [field]
    assert says in answer.cause["message"]


async def test_one_cause_a_fault(client: Client) -> None:
    answer = await client("POST", CLAIMS, {"metadata": {"name": "Bad_Name", "labels": {"a b": "c"}}, "spec": {}})
    fields = [cause["field"] for cause in answer.body["details"]["causes"]]
    assert fields == ["metadata.name", "metadata.labels", "spec.accessModes", "spec.resources[storage]"]


async def test_what_nimdeck_makes_is_taken(client: Client) -> None:
    for path, body in ((CLAIMS, claim()), (VOLUMES, volume()), (SERVICES, service()), (DEPLOYMENTS, deployment())):
        assert (await client("POST", f"{path}?fieldValidation=Strict", body)).status == 201


CHANGES: list[tuple[str, Json, Json, str]] = [
    (CLAIMS, claim(), {"spec": {"accessModes": ["ReadWriteOnce"]}}, "spec"),
    (VOLUMES, volume(), {"spec": {"nfs": {"server": "other"}}}, "spec.persistentvolumesource"),
    (SERVICES, service(), {"spec": {"clusterIP": "10.96.0.99"}}, "spec.clusterIP"),
    (SECRETS, {"metadata": {"name": "s"}}, {"type": "kubernetes.io/tls"}, "type"),
    (
        SECRETS,
        {"metadata": {"name": "s"}, "immutable": True, "data": {"k": "eA=="}},
        {"data": {"k": "eQ=="}},
        "data",
    ),
    (DEPLOYMENTS, deployment(), {"spec": {"selector": {"matchLabels": {"app": "y"}}}}, "spec.selector"),
]


@pytest.mark.parametrize(("path", "body", "change", "field"), CHANGES)
async def test_what_may_not_change(client: Client, path: str, body: Json, change: Json, field: str) -> None:
    made = await client("POST", path, body)
    assert made.status == 201
    if path == DEPLOYMENTS:  # the labels must go with the selector, or that is what is refused
        change["spec"]["template"] = {"metadata": {"labels": {"app": "y"}}}
        change["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"] = None
    answer = await client("PATCH", f"{path}/{made.body['metadata']['name']}", change, media=MERGE)
    assert (answer.status, field in [cause["field"] for cause in answer.body["details"]["causes"]]) == (422, True)


async def test_what_may_change(client: Client) -> None:
    secret = (await client("POST", SECRETS, {"metadata": {"name": "s"}, "stringData": {"k": "old"}})).body
    changed = await client("PATCH", f"{SECRETS}/s", {"stringData": {"k": "new"}}, media=MERGE)
    assert (changed.status, changed.body["data"]) == (200, {"k": "bmV3"})
    assert "stringData" not in changed.body
    made = (await client("POST", SERVICES, service())).body
    bare = service(ports=[{"port": 9000}]) | {"metadata": {"name": "lb"}}
    replaced = await client("PUT", f"{SERVICES}/lb", bare)
    assert (replaced.status, replaced.body["spec"]["clusterIP"]) == (200, made["spec"]["clusterIP"])
    stale = {"metadata": {"resourceVersion": secret["metadata"]["resourceVersion"]}, "stringData": {"k": "newer"}}
    assert (await client("PATCH", f"{SECRETS}/s", stale, media=MERGE)).status == 409


@pytest.mark.parametrize(
    ("spec", "field", "kind"),
    [
        ({"gpu": {"value": 0.5}}, "spec.gpu.value", "string"),
        ({"minScale": {"value": "1"}}, "spec.minScale.value", "integer"),
        ({"image": "nim"}, "spec.image", "object"),
        (
            {"ports": {"items": {"a": {"value": {"container": "8000"}}}}},
            "spec.ports.items.a.value.container",
            "integer",
        ),
    ],
)
async def test_the_workloads_schema(client: Client, spec: Json, field: str, kind: str) -> None:
    answer = await client("POST", INFERENCE, {"metadata": {"name": "w"}, "spec": spec})
    assert (answer.status, answer.cause["reason"], answer.cause["field"]) == (422, "FieldValueTypeInvalid", field)
    assert f"must be of type {kind}" in answer.cause["message"]


async def test_a_quota_of_the_namespace(client: Client) -> None:
    hard = {"services.loadbalancers": "1", "requests.storage": "15Gi"}
    quota = {"metadata": {"name": "small"}, "spec": {"hard": hard}}
    assert (await client("POST", f"{SPACE}/resourcequotas", quota)).status == 201
    assert (await client("POST", SERVICES, service())).status == 201
    refused = await client("POST", SERVICES, service("second"))
    assert refused.status == 403
    assert refused.body["message"] == (
        'services "second" is forbidden: exceeded quota: small, requested: services.loadbalancers=1, '
        "used: services.loadbalancers=1, limited: services.loadbalancers=1"
    )
    assert (await client("POST", CLAIMS, claim())).status == 201
    assert (await client("POST", CLAIMS, {**claim(), "metadata": {"name": "more"}})).status == 403


async def test_who_am_i(client: Client) -> None:
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = await client("POST", path, {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    assert (answer.status, answer.body["status"]["userInfo"]["username"]) == (201, "admin")
    assert (await Client(client.session, client.server, "nobody")("POST", path, {})).status == 201
    assert (await Client(client.session, client.server, None)("POST", path, {})).status == 403
    groups = [group["name"] for group in (await client("GET", "/apis")).body["groups"]]
    assert "authentication.k8s.io" in groups
