"""Writes at the control plane: what they make in the cluster, and which bodies they refuse."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.demo_runai.conftest import Client, Json, faults, openapi
from tests.demo_runai.test_schema import LAUNCH
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.shapes import shapes
from tui.demo.runai.translate import from_cluster, to_cluster

PROJECTS = "/api/v1/org-unit/projects"


async def pool(runai: Client) -> Json:
    _, body = await runai.call("GET", "/api/v1/node-pools")
    return {"id": body["nodepools"][0]["id"], "name": body["nodepools"][0]["name"]}


async def new_project(runai: Client, name: str = "fresh", **more: Any) -> tuple[int, Any]:
    quota = {"nodePool": await pool(runai), "gpu": {"deserved": 4, "limit": -1, "overQuotaWeight": 2}}
    body = {"name": name, "clusterId": CLUSTER_ID, "resources": [quota], **more}
    return await runai.call("POST", PROJECTS, json=body)


def found(runai: Client, plural: str, group: str, name: str, namespace: str | None = None) -> Json | None:
    return runai.store.get(runai.store.resource(plural, group), namespace, name)


async def test_a_project_is_a_namespace_a_queue_and_a_project(runai: Client) -> None:
    status, made = await new_project(runai)
    assert status == 201
    assert faults("POST", PROJECTS, 201, made) == []
    assert (made["name"], made["status"]["namespace"], made["totalResources"]["gpuQuota"]) == (
        "fresh",
        "runai-fresh",
        4,
    )
    namespace = found(runai, "namespaces", "", "runai-fresh")
    assert namespace is not None and namespace["metadata"]["labels"]["runai/queue"] == "fresh"
    queue = found(runai, "queues", "scheduling.run.ai", "fresh")
    assert queue is not None
    assert (queue["spec"]["parentQueue"], queue["spec"]["resources"]["gpu"]["quota"]) == ("q-4500000", 4)
    project = found(runai, "projects", "run.ai", "fresh")
    assert project is not None and project["spec"]["deservedGpus"] == 4
    assert (await new_project(runai))[0] == 409
    path = f"{PROJECTS}/{made['id']}"
    change = [{"nodePool": await pool(runai), "gpu": {"deserved": 6}}]
    assert (await runai.call("PUT", f"{path}/resources", json=change))[0] == 200
    project = found(runai, "projects", "run.ai", "fresh")
    assert project is not None and project["spec"]["deservedGpus"] == 6
    assert (await runai.call("DELETE", path))[0] == 202
    assert (await runai.call("GET", path))[0] == 404
    assert found(runai, "namespaces", "", "runai-fresh") is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "No Good"}, "DNS label"),
        ({"clusterId": "elsewhere"}, "elsewhere"),
        ({"parentId": "99"}, "Department 99"),
        ({"resources": None}, '"/resources": Value is not nullable'),
        ({"resources": [{"gpu": {"deserved": "4"}}]}, '"/resources/0/gpu/deserved": value must be a number'),
        ({"quota": 4}, 'property "quota" is unsupported'),
        ({"requestedNamespace": "mine"}, "requestedNamespace"),
    ],
)
async def test_a_wrong_project_is_refused(runai: Client, change: Json, says: str) -> None:
    body = {"name": "fresh", "clusterId": CLUSTER_ID, "resources": []} | change
    status, answer = await runai.call("POST", PROJECTS, json=body)
    assert (status, says in answer["message"]) == (400, True), answer


async def project_id(runai: Client, name: str = "test") -> int:
    _, body = await runai.call("GET", PROJECTS, params={"filterBy": f"name=={name}"})
    return int(body["projects"][0]["id"])


@pytest.mark.parametrize(
    ("path", "spec", "kind", "key", "value"),
    [
        ("ngc-api-key", {"ngc_api_key": "made-up"}, "Opaque", "NGC_API_KEY", "made-up"),
        ("generic-secret", {"keyValuePairs": [{"key": "A", "value": "made-up"}]}, "Opaque", "A", "made-up"),
        (
            "docker-registry",
            {"user": "$oauthtoken", "password": "made-up", "url": "nvcr.io"},
            "kubernetes.io/dockerconfigjson",
            ".dockerconfigjson",
            json.dumps({"auths": {"nvcr.io": {"auth": base64.b64encode(b"$oauthtoken:made-up").decode()}}}),
        ),
    ],
)
async def test_a_credential_is_a_secret(runai: Client, path: str, spec: Json, kind: str, key: str, value: str) -> None:
    whole = f"/api/v1/asset/credentials/{path}"
    body = {"meta": {"name": "mine", "scope": "project", "projectId": await project_id(runai)}, "spec": spec}
    status, made = await runai.call("POST", whole, json=body)
    assert status == 202
    secret = found(runai, "secrets", "", "mine", "runai-test")
    assert secret is not None
    assert (secret["type"], base64.b64decode(secret["data"][key]).decode()) == (kind, value)
    await runai.call("DELETE", f"{whole}/{made['meta']['id']}")
    assert found(runai, "secrets", "", "mine", "runai-test") is None


async def test_a_new_data_source_is_a_claim(runai: Client) -> None:
    info = {"size": "100Gi", "storageClass": "nfs-client", "accessModes": {"readWriteMany": True}}
    spec = {"path": "/opt/nim/.cache", "existingPvc": False, "claimName": "cache", "claimInfo": info}
    body = {"meta": {"name": "mine", "scope": "project", "projectId": await project_id(runai)}, "spec": spec}
    assert (await runai.call("POST", "/api/v1/asset/datasource/pvc", json=body))[0] == 202
    claim = found(runai, "persistentvolumeclaims", "", "cache", "runai-test")
    assert claim is not None
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["storageClassName"] == "nfs-client"


@pytest.mark.parametrize(
    ("meta", "says"),
    [
        ({"projectId": "4500001"}, '"/meta/projectId": value must be an integer'),
        ({"scope": "everywhere"}, '"/meta/scope": value is not one of the allowed values'),
        ({"name": ""}, '"/meta/name": minimum string length is 1'),
        ({"projectId": None}, "meta.projectId is required"),
        ({"projectId": 7}, "Project 7 was not found"),
    ],
)
async def test_a_wrong_asset_is_refused(runai: Client, meta: Json, says: str) -> None:
    given = {"name": "mine", "scope": "project", "projectId": await project_id(runai)} | meta
    body = {"meta": given, "spec": {"ngc_api_key": "made-up"}}
    status, answer = await runai.call("POST", "/api/v1/asset/credentials/ngc-api-key", json=body)
    assert (status, says in answer["message"], "made-up" in str(answer)) == (400, True, False)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"compute": {"gpuRequestType": "mig"}}, '"/spec/compute/gpuRequestType": value is not one of the allowed'),
        ({"autoscaling": {"minReplicas": "1"}}, '"/spec/autoscaling/minReplicas": value must be an integer'),
        ({"compute": {"cpuMemoryRequest": "much"}}, '"/spec/compute/cpuMemoryRequest": string doesn'),
        ({"servingPort": {"container": 70000}}, '"/spec/servingPort/container": number must be at most 65535'),
        ({"ttl": 5}, 'property "ttl" is unsupported'),
        ({"command": ["a"]}, '"/spec/command": value must be a string'),
    ],
)
async def test_a_launch_is_checked_to_the_letter(runai: Client, spec: Json, says: str) -> None:
    body = {**LAUNCH, "projectId": str(await project_id(runai)), "spec": {"image": "x", **spec}}
    status, answer = await runai.call("POST", "/api/v1/workloads/inferences", json=body)
    assert (status, says in answer["message"]) == (400, True), answer


def test_what_only_knative_s_annotations_carry_survives_too() -> None:
    scaling = {"minReplicas": 0, "maxReplicas": 2, "metric": "concurrency", "scaleToZeroRetentionSeconds": 600}
    scaling |= {"scaleDownDelaySeconds": 0, "activationReplicas": 2}
    there = to_cluster({"image": "x", "autoscaling": scaling})
    told = {name.partition("/")[2]: entry["value"] for name, entry in there["annotations"]["items"].items()}
    assert told == {"scale-to-zero-pod-retention-period": "600s", "scale-down-delay": "0s", "activation-scale": "2"}
    back = from_cluster(there)
    assert back["autoscaling"] == scaling and "annotations" not in back


def test_the_deadline_and_labels_survive_the_way_to_the_cluster_and_back() -> None:
    spec = {
        "image": "x",
        "servingConfiguration": {"initializationTimeoutSeconds": 1800},
        "labels": [{"name": "team", "value": "red"}],
        "annotations": [{"name": "why", "value": "so"}],
        "autoscaling": {"minReplicas": 1, "maxReplicas": 1, "initialReplicas": 1},
    }
    there = to_cluster(spec)
    assert there["annotations"]["items"]["serving.knative.dev/progress-deadline"] == {"value": "1800s"}
    back = from_cluster(there)
    assert {name: back[name] for name in spec} == spec


BODIES = {
    "inference": ("post", "/api/v1/workloads/inferences"),
    "inference change": ("patch", "/api/v1/workloads/inferences/{workloadId}"),
    "project": ("post", PROJECTS),
    "resources": ("put", f"{PROJECTS}/{{projectId}}/resources"),
    "node pool": ("patch", "/api/v1/node-pools/{nodepoolId}"),
    "pvc": ("post", "/api/v1/asset/datasource/pvc"),
    "compute": ("post", "/api/v1/asset/compute"),
    "ngcApiKey": ("post", "/api/v1/asset/credentials/ngc-api-key"),
    "genericSecret": ("post", "/api/v1/asset/credentials/generic-secret"),
    "dockerRegistry": ("post", "/api/v1/asset/credentials/docker-registry"),
    "password": ("post", "/api/v1/asset/credentials/password"),
    "accessKey": ("post", "/api/v1/asset/credentials/access-key"),
}


@pytest.mark.parametrize("shape", BODIES)
def test_names_types_and_choices_are_those_that_are_published(shape: str) -> None:
    document = openapi()
    method, path = BODIES[shape]
    known = next(at for at in document["paths"] if PARAMETER.sub("{}", at) == PARAMETER.sub("{}", path))
    schema = document["paths"][known][method]["requestBody"]["content"]["application/json"]["schema"]
    assert list(differences(shapes()[shape], [schema], document, "")) == []


def test_no_shape_is_left_unchecked() -> None:
    assert set(BODIES) == set(shapes())


PARAMETER = re.compile(r"\{[^}]*\}")


def differences(ours: Json, theirs: list[Json], document: Json, at: str) -> Iterator[str]:
    """What ours says and none of the published parts does."""
    parts = [part for one in theirs for part in parts_of(one, document)]
    told = [part.get("type", ()) for part in parts]
    types = {kind for one in told for kind in ([one] if isinstance(one, str) else one)}
    if types and "type" in ours and ours["type"] not in types:
        yield f"{at}: {ours['type']}, not {sorted(types)}"
    choices = {choice for part in parts for choice in part.get("enum", ())}
    if choices and "enum" in ours and not set(ours["enum"]) <= choices:
        yield f"{at}: {ours['enum']}, not {sorted(map(str, choices))}"
    for name, part in ours.get("properties", {}).items():
        published = [one["properties"][name] for one in parts if name in one.get("properties", {})]
        if published:
            yield from differences(part, published, document, f"{at}/{name}")
        else:
            yield f"{at}/{name}: not published"
    if "items" in ours:
        yield from differences(ours["items"], [one["items"] for one in parts if "items" in one], document, f"{at}[]")


def parts_of(schema: Json, document: Json) -> Iterator[Json]:
    """The schema with its references followed and its combinations laid side by side."""
    if "$ref" in schema:
        yield from parts_of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
        return
    yield schema
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            yield from parts_of(part, document)
