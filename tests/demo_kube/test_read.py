"""Reading: lists, pages, selectors, forms, discovery and refusals, against what a real API server answered."""

import base64
import json
import time

import aiohttp
import pytest

from tests.demo_kube.conftest import INFERENCE, PODS, Client
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import ObjectStore


def names(body: dict) -> list[str]:
    return [item["metadata"]["name"] for item in body["items"]]


async def test_a_list_names_its_kind_once_for_built_in_kinds(client: Client) -> None:
    answer = await client("GET", PODS)
    assert (answer.status, answer.body["kind"], answer.body["apiVersion"]) == (200, "PodList", "v1")
    assert names(answer.body) == ["b0", "b1", "b2"]
    assert not any("kind" in item or "apiVersion" in item for item in answer.body["items"])
    one = await client("GET", f"{PODS}/b0")
    assert (one.body["kind"], one.body["apiVersion"]) == ("Pod", "v1")


async def test_items_of_a_custom_list_name_their_kind(client: Client, store: ObjectStore) -> None:
    store.create(store.resource("inferenceworkloads", "run.ai"), {"metadata": {"name": "w", "namespace": "spike"}})
    answer = await client("GET", INFERENCE)
    assert answer.body["kind"] == "InferenceWorkloadList"
    assert answer.body["items"][0]["kind"] == "InferenceWorkload"
    assert answer.body["items"][0]["apiVersion"] == "run.ai/v2alpha1"


async def test_pages_show_one_version_though_the_list_changes(client: Client, store: ObjectStore) -> None:
    first = (await client("GET", f"{PODS}?limit=2")).body
    assert names(first) == ["b0", "b1"]
    assert first["metadata"]["remainingItemCount"] == 1
    pods = store.resource("pods")
    store.delete(pods, "spike", "b2")
    store.create(pods, {"metadata": {"name": "b3", "namespace": "spike"}, "spec": {"containers": []}})
    second = (await client("GET", f"{PODS}?limit=2&continue={first['metadata']['continue']}")).body
    assert names(second) == ["b2"]
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}


async def test_an_expired_token_comes_with_one_that_goes_on(client: Client, store: ObjectStore) -> None:
    first = (await client("GET", f"{PODS}?limit=1")).body
    store.delete(store.resource("pods"), "spike", "b1")
    store.compact()
    gone = await client("GET", f"{PODS}?limit=1&continue={first['metadata']['continue']}")
    assert (gone.status, gone.body["reason"], gone.body["status"]) == (410, "Expired", "Failure")
    assert gone.body["message"].startswith("The provided continue parameter is too old to display a consistent list")
    rest = await client("GET", f"{PODS}?continue={gone.body['metadata']['continue']}")
    assert names(rest.body) == ["b2"]


async def test_a_token_of_a_real_server_is_expired_here(client: Client) -> None:
    token = "eyJ2IjogIm1ldGEuazhzLmlvL3YxIiwgInJ2IjogMSwgInN0YXJ0IjogIngifQ"
    answer = await client("GET", f"{PODS}?limit=2&continue={token}")
    kept = answer.body["metadata"]["continue"]
    decoded = json.loads(base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4)))
    assert (answer.status, decoded) == (410, {"v": "meta.k8s.io/v1", "rv": -1, "start": "x"})


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("limit=2&continue=zzz", 400, "invalid continue token: continue key is not valid: invalid character"),
        ("labelSelector=a%3D%3D%3D", 400, "unable to parse requirement: found '=', expected: identifier"),
        ("fieldSelector=spec.bogus%3D1", 400, "field label not supported: spec.bogus"),
        ("resourceVersion=1&resourceVersionMatch=Exact", 410, "The resourceVersion for the provided list is too old."),
        ("resourceVersion=9999999999", 504, "Timeout: Too large resource version: 9999999999, current: "),
        ("resourceVersion=abc", 400, 'invalid resource version: resourceVersion: Invalid value: "abc": strconv'),
    ],
)
async def test_a_bad_list_is_refused_in_the_real_words(client: Client, query: str, status: int, message: str) -> None:
    answer = await client("GET", f"{PODS}?{query}")
    assert (answer.status, answer.body["code"], answer.body["kind"]) == (status, status, "Status")
    assert answer.body["message"].startswith(message)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("labelSelector=app%3Db1", ["b1"]),
        ("labelSelector=app%3D%3Db1", ["b1"]),
        ("labelSelector=app!%3Db1", ["b0", "b2"]),
        ("labelSelector=app%20in%20(b1,b2)", ["b1", "b2"]),
        ("labelSelector=app%20notin%20(b1,b2)", ["b0"]),
        ("labelSelector=app,app%20in%20(b0)", ["b0"]),
        ("labelSelector=!app", []),
        ("labelSelector=tier%20notin%20(a)", ["b0", "b1", "b2"]),
        ("fieldSelector=metadata.name%3Db1", ["b1"]),
        ("fieldSelector=status.phase%3DRunning,metadata.name!%3Db1", ["b0", "b2"]),
        ("fieldSelector=spec.nodeName%3Dnode002", []),
        ("resourceVersion=0", ["b0", "b1", "b2"]),
    ],
)
async def test_selectors(client: Client, selector: str, expected: list[str]) -> None:
    assert names((await client("GET", f"{PODS}?{selector}")).body) == expected


async def test_table_and_metadata_forms(client: Client) -> None:
    table = await client("GET", f"{PODS}?limit=1", Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert (table.body["kind"], table.body["apiVersion"]) == ("Table", "meta.k8s.io/v1")
    assert [column["name"] for column in table.body["columnDefinitions"]][:4] == ["Name", "Ready", "Status", "Restarts"]
    assert table.body["rows"][0]["cells"][:4] == ["b0", "1/1", "Running", "0"]
    assert table.body["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
    assert table.body["metadata"]["remainingItemCount"] == 2
    accept = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
    partial = await client("GET", PODS, Accept=accept)
    assert partial.body["kind"] == "PartialObjectMetadataList"
    assert set(partial.body["items"][0]) == {"kind", "apiVersion", "metadata"}
    assert (await client("GET", PODS, Accept="application/vnd.kubernetes.protobuf")).status == 406


async def test_what_is_not_there(client: Client) -> None:
    missing = await client("GET", f"{PODS}/nope")
    assert missing.body == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": 'pods "nope" not found',
        "reason": "NotFound", "details": {"name": "nope", "kind": "pods"}, "code": 404,
    }  # fmt: skip
    for path in ("/apis/nope/v1", "/apis/nope/v1/foos", "/apis/run.ai/v2/namespaces/spike/projects", "/nowhere"):
        answer = await client("GET", path)
        assert (answer.status, answer.body) == (404, "404 page not found\n"), path
        assert answer.headers["Content-Type"].startswith("text/plain")
    scale = await client("GET", f"{PODS}/b1/scale")
    assert (scale.status, scale.body["message"]) == (404, "the server could not find the requested resource")
    method = await client("POST", f"{PODS}/b0", {})
    assert (method.status, method.body["reason"], method.body["details"]) == (405, "MethodNotAllowed", {})


async def test_who_may_what(session: aiohttp.ClientSession, server: KubeServer) -> None:
    anonymous = await Client(session, server, None)("GET", PODS)
    assert (anonymous.status, anonymous.body["details"]) == (403, {"kind": "pods"})
    assert anonymous.body["message"] == (
        'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" '
        'in the namespace "spike"'
    )
    wrong = await Client(session, server, None)("GET", PODS, Authorization="Bearer nonsense")
    assert wrong.body == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "Unauthorized",
        "reason": "Unauthorized", "code": 401,
    }  # fmt: skip
    nobody = Client(session, server, "nobody")
    nodes = await nobody("GET", "/api/v1/nodes")
    assert nodes.body["message"] == (
        'nodes is forbidden: User "nobody" cannot list resource "nodes" in API group "" at the cluster scope'
    )
    custom = await nobody("POST", f"{INFERENCE}?dryRun=All", {})
    assert custom.body["details"] == {"group": "run.ai", "kind": "inferenceworkloads"}
    assert custom.body["message"].startswith('inferenceworkloads.run.ai is forbidden: User "nobody" cannot create')
    assert (await nobody("GET", "/version")).status == 200
    viewer = Client(session, server, "viewer")
    assert (await viewer("GET", PODS)).status == 200
    assert (await viewer("GET", "/api/v1/secrets")).status == 403
    assert (await viewer("DELETE", f"{PODS}/b0")).status == 403
    one_space = Client(session, server, "pods-only")
    assert (await one_space("GET", PODS)).status == 200
    assert (await one_space("GET", "/api/v1/pods")).status == 403
    assert (await one_space("GET", f"{PODS}/b0/log")).status == 403


async def test_self_reviews(session: aiohttp.ClientSession, server: KubeServer) -> None:
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    ask = {"spec": {"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "spike"}}}
    for user, allowed in (("admin", True), ("pods-only", True), ("nobody", False)):
        answer = await Client(session, server, user)("POST", path, ask)
        assert (answer.status, answer.body["status"]["allowed"]) == (201, allowed)
        assert answer.body["spec"] == ask["spec"]
    rules = path.replace("access", "rules")
    answer = await Client(session, server, "pods-only")("POST", rules, {"spec": {"namespace": "spike"}})
    assert {"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods"]} in answer.body["status"][
        "resourceRules"
    ]


async def test_discovery_with_and_without_the_slash(client: Client) -> None:
    for path in ("/api", "/apis", "/api/v1", "/apis/run.ai", "/apis/run.ai/v2alpha1", "/version"):
        plain, slashed = await client("GET", path), await client("GET", f"{path}/")
        assert (plain.status, plain.body) == (200, slashed.body), path
    group = (await client("GET", "/apis/run.ai")).body
    assert [entry["version"] for entry in group["versions"]] == ["v2", "v1", "v2alpha1"]
    assert group["preferredVersion"] == {"groupVersion": "run.ai/v2", "version": "v2"}
    kinds = (await client("GET", "/api/v1")).body
    assert kinds["kind"] == "APIResourceList" and "apiVersion" not in kinds
    assert {"pods", "pods/log", "pods/status", "nodes"} <= {entry["name"] for entry in kinds["resources"]}
    for path in ("/readyz", "/healthz", "/livez"):
        assert (await client("GET", path)).body == "ok"


async def test_aggregated_discovery_covers_the_plain_one(client: Client) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    answer = await client("GET", "/apis", Accept=accept)
    assert answer.headers["Content-Type"] == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    aggregated = {
        (group["metadata"]["name"], version["version"], res["resource"])
        for group in answer.body["items"]
        for version in group["versions"]
        for res in version["resources"]
    }
    plain = set()
    for group in (await client("GET", "/apis")).body["groups"]:
        for version in group["versions"]:
            entries = (await client("GET", f"/apis/{version['groupVersion']}")).body["resources"]
            plain |= {(group["name"], version["version"], e["name"]) for e in entries if "/" not in e["name"]}
    assert aggregated == plain


async def test_groups_that_are_not_installed(session: aiohttp.ClientSession) -> None:
    store = ObjectStore(cluster_resources(without_groups={"run.ai", "serving.knative.dev"}), time.time)
    server = KubeServer(store, tls=False)
    await server.start()
    client = Client(session, server)
    assert (await client("GET", INFERENCE)).body == "404 page not found\n"
    assert (await client("GET", "/apis/run.ai")).status == 404
    groups = {group["name"] for group in (await client("GET", "/apis")).body["groups"]}
    assert "scheduling.run.ai" in groups and not groups & {"run.ai", "serving.knative.dev"}
    await server.stop()


async def test_openapi_says_that_the_server_validates(client: Client) -> None:
    root = (await client("GET", "/openapi/v3")).body["paths"]
    document = (await client("GET", root["apis/run.ai/v2alpha1"]["serverRelativeURL"])).body
    patch = document["paths"]["/apis/run.ai/v2alpha1/namespaces/{namespace}/inferenceworkloads/{name}"]["patch"]
    assert "fieldValidation" in {parameter["name"] for parameter in patch["parameters"]}
    schema = document["components"]["schemas"]["ai.run.v2alpha1.InferenceWorkload"]
    assert schema["properties"]["spec"]["properties"]["gpu"]["properties"]["value"] == {"type": "string"}
