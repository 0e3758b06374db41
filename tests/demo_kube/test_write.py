"""Creating, replacing, deleting: what is kept, what is refused, and in which words."""

from typing import Any

import pytest

from tests.demo_kube.conftest import CONFIG_MAPS, INFERENCE, PODS, Client, eventually
from tui.demo.objects import Json, ObjectStore


def config_map(name: str, **data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def workload(name: str, **spec: Any) -> Json:
    fields = {key: {"value": value} for key, value in spec.items()}
    return {"apiVersion": "run.ai/v2alpha1", "kind": "InferenceWorkload", "metadata": {"name": name}, "spec": fields}


async def test_a_created_pod_is_complete(client: Client) -> None:
    body = {"metadata": {"name": "new"}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
    made = await client("POST", PODS, body)
    metadata = made.body["metadata"]
    assert made.status == 201
    assert (made.body["kind"], metadata["namespace"], metadata["generation"]) == ("Pod", "spike", 1)
    assert metadata["uid"] and metadata["creationTimestamp"].endswith("Z")
    assert made.body["status"] == {"phase": "Pending", "qosClass": "BestEffort"}
    assert made.body["spec"]["containers"][0]["imagePullPolicy"] == "Always"
    assert (await client("GET", f"{PODS}/new")).body == made.body


async def test_a_duplicate_and_a_generated_name(client: Client) -> None:
    body = {"metadata": {"name": "b0"}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
    again = await client("POST", PODS, body)
    assert (again.status, again.body["reason"], again.body["message"]) == (
        409, "AlreadyExists", 'pods "b0" already exists',
    )  # fmt: skip
    made = await client("POST", CONFIG_MAPS, {"metadata": {"generateName": "g-"}})
    name = made.body["metadata"]["name"]
    assert (made.status, name.startswith("g-"), len(name)) == (201, True, 7)


_NAME_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)


@pytest.mark.parametrize(
    ("path", "body", "message", "cause"),
    [
        (
            CONFIG_MAPS,
            {"metadata": {}},
            'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
            ("FieldValueRequired", "metadata.name"),
        ),
        (
            CONFIG_MAPS,
            {"metadata": {"name": "Bad_Name"}},
            f'ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": {_NAME_RULE}',
            ("FieldValueInvalid", "metadata.name"),
        ),
        (
            PODS,
            {"metadata": {"name": "q"}, "spec": {}},
            'Pod "q" is invalid: spec.containers: Required value',
            ("FieldValueRequired", "spec.containers"),
        ),
        (
            INFERENCE,
            {"metadata": {"name": "bad"}, "spec": {"gpu": {"value": 1}, "minScale": {"value": "one"}}},
            'InferenceWorkload.run.ai "bad" is invalid: [spec.gpu.value: Invalid value: "integer": spec.gpu.value in '
            'body must be of type string: "integer", spec.minScale.value: Invalid value: "string": '
            'spec.minScale.value in body must be of type integer: "string"]',
            ("FieldValueTypeInvalid", "spec.gpu.value"),
        ),
        (
            f"{CONFIG_MAPS}?dryRun=x",
            {"metadata": {"name": "n"}},
            'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["x"]: supported values: "All"',
            ("FieldValueNotSupported", "dryRun"),
        ),
    ],
)
async def test_invalid(client: Client, path: str, body: Json, message: str, cause: tuple[str, str]) -> None:
    answer = await client("POST", path, body)
    assert (answer.status, answer.body["reason"], answer.body["message"]) == (422, "Invalid", message)
    assert (answer.cause["reason"], answer.cause["field"]) == cause


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [
        ("", b"{nope", "couldn't get version/kind; json parse error: invalid character 'n' looking for beginning"),
        ("", {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p"}},
         'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conv'),
        ("", {"metadata": {"name": "n", "namespace": "other"}},
         "the namespace of the provided object does not match the namespace sent on the request"),
        ("?fieldValidation=Strict", {"metadata": {"name": "n"}, "dat": {}},
         'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"'),
        ("?fieldValidation=Strict", b'{"metadata":{"name":"n","name":"m"}}',
         'strict decoding error: duplicate field "metadata.name"'),
        ("", {"metadata": {"name": "n"}, "immutable": "yes"},
         "json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool"),
    ],
)  # fmt: skip
async def test_a_bad_body(client: Client, query: str, body: Any, message: str) -> None:
    answer = await client("POST", CONFIG_MAPS + query, body)
    assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
    assert message in answer.body["message"]


async def test_unknown_fields_are_pruned_with_a_warning(client: Client) -> None:
    warned = await client("POST", CONFIG_MAPS, {"metadata": {"name": "n"}, "dat": {}})
    assert (warned.status, warned.headers["Warning"]) == (201, '299 - "unknown field \\"dat\\""')
    assert "dat" not in warned.body
    silent = await client("POST", f"{CONFIG_MAPS}?fieldValidation=Ignore", {"metadata": {"name": "m"}, "dat": {}})
    assert "Warning" not in silent.headers
    custom = await client("POST", INFERENCE, workload("w", gpu="1", bogus=1))
    assert (custom.status, set(custom.body["spec"])) == (201, {"gpu"})
    strict = await client("POST", f"{INFERENCE}?fieldValidation=Strict", workload("x", bogus=1))
    assert (strict.status, 'unknown field "spec.bogus"' in strict.body["message"]) == (400, True)
    deep = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "x", "foo": 1}]}}
    answer = await client("POST", f"{PODS}?fieldValidation=Strict", deep)
    assert 'unknown field "spec.containers[0].foo"' in answer.body["message"]


async def test_media_types(client: Client) -> None:
    refused = await client("POST", CONFIG_MAPS, b"x", media="text/csv")
    assert (refused.status, refused.body["reason"]) == (415, "UnsupportedMediaType")
    assert refused.body["message"] == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    )
    yaml = b"metadata: {name: from-yaml}\ndata: {a: '1'}\n"
    assert (await client("POST", CONFIG_MAPS, yaml, media="application/yaml")).status == 201


async def test_a_dry_run_keeps_nothing(client: Client, store: ObjectStore) -> None:
    before = store.version
    dry = await client("POST", f"{CONFIG_MAPS}?dryRun=All", config_map("dry"))
    assert (dry.status, "resourceVersion" in dry.body["metadata"]) == (201, False)
    merge = {"media": "application/merge-patch+json"}
    patched = await client("PATCH", f"{PODS}/b0?dryRun=All", {"metadata": {"labels": {"a": "b"}}}, **merge)
    assert patched.body["metadata"]["labels"]["a"] == "b"
    assert (await client("DELETE", f"{PODS}/b0?dryRun=All")).status == 200
    assert (store.version, (await client("GET", f"{CONFIG_MAPS}/dry")).status) == (before, 404)


async def test_put_and_a_stale_version(client: Client) -> None:
    made = (await client("POST", CONFIG_MAPS, config_map("m", a="1"))).body
    put = await client("PUT", f"{CONFIG_MAPS}/m", {**made, "data": {"z": "1"}})
    assert (put.status, put.body["data"]) == (200, {"z": "1"})
    assert put.body["metadata"]["uid"] == made["metadata"]["uid"]
    stale = await client("PUT", f"{CONFIG_MAPS}/m", {**made, "data": {"y": "1"}})
    assert (stale.status, stale.body["reason"]) == (409, "Conflict")
    assert stale.body["message"] == (
        'Operation cannot be fulfilled on configmaps "m": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )
    other = await client("PUT", f"{CONFIG_MAPS}/m", config_map("n"))
    assert other.body["message"] == "the name of the object (n) does not match the name on the URL (m)"
    same = await client("PUT", f"{CONFIG_MAPS}/m", put.body)
    assert same.body["metadata"]["resourceVersion"] == put.body["metadata"]["resourceVersion"]


async def test_status_and_spec_have_their_own_paths(client: Client) -> None:
    made = (await client("POST", INFERENCE, workload("w", gpu="1"))).body
    whole = {"metadata": {"labels": {"x": "y"}}, "spec": {"gpu": {"value": "0.5"}}, "status": {"phase": "Running"}}
    merge = {"media": "application/merge-patch+json"}
    status = (await client("PATCH", f"{INFERENCE}/w/status", whole, **merge)).body
    assert (status["status"], status["spec"]) == ({"phase": "Running"}, made["spec"])
    assert (status["metadata"]["generation"], "labels" in status["metadata"]) == (1, False)
    spec = (await client("PATCH", f"{INFERENCE}/w", {**whole, "status": {"phase": "Lost"}}, **merge)).body
    assert (spec["status"], spec["spec"]["gpu"]["value"]) == ({"phase": "Running"}, "0.5")
    assert (spec["metadata"]["generation"], spec["metadata"]["labels"]) == (2, {"x": "y"})
    assert (await client("GET", f"{INFERENCE}/w/status")).body == spec


async def test_a_pod_may_change_its_image_only(client: Client) -> None:
    merge = {"media": "application/strategic-merge-patch+json"}
    image = {"spec": {"containers": [{"name": "c", "image": "y"}]}}
    assert (await client("PATCH", f"{PODS}/b0", image, **merge)).body["spec"]["containers"][0]["image"] == "y"
    moved = await client("PATCH", f"{PODS}/b0", {"spec": {"nodeName": "node002"}}, **merge)
    assert (moved.status, moved.cause["reason"]) == (422, "FieldValueForbidden")


async def test_namespaces_must_exist(client: Client) -> None:
    answer = await client("POST", "/api/v1/namespaces/nowhere/configmaps", config_map("n"))
    assert (answer.status, answer.body["message"]) == (404, 'namespaces "nowhere" not found')


async def test_what_delete_answers(client: Client) -> None:
    made = (await client("POST", INFERENCE, workload("own"))).body
    wrong = {"preconditions": {"uid": "wrong"}}
    refused = await client("DELETE", f"{INFERENCE}/own", wrong)
    uid = made["metadata"]["uid"]
    assert (refused.status, refused.body["message"]) == (
        409,
        'Operation cannot be fulfilled on InferenceWorkload.run.ai "own": the UID in the precondition (wrong) does not '
        f"match the UID in record ({uid}). The object might have been deleted and then recreated",
    )
    gone = await client("DELETE", f"{INFERENCE}/own?propagationPolicy=Background")
    assert gone.body == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
        "details": {"name": "own", "group": "run.ai", "kind": "inferenceworkloads", "uid": uid},
    }  # fmt: skip
    assert (await client("DELETE", f"{INFERENCE}/own")).status == 404
    pod = await client("DELETE", f"{PODS}/b2?gracePeriodSeconds=0")
    assert (pod.status, pod.body["kind"]) == (200, "Pod")
    assert (await client("GET", f"{PODS}/b2")).status == 404
    bad = await client("DELETE", f"{PODS}/b1", {"propagationPolicy": "Sideways"})
    assert (bad.status, bad.cause["field"]) == (422, "propagationPolicy")


async def test_a_running_pod_stops_gracefully(client: Client) -> None:
    answer = await client("DELETE", f"{PODS}/b1")
    assert answer.body["metadata"]["deletionGracePeriodSeconds"] == 30

    async def gone() -> bool:
        return (await client("GET", f"{PODS}/b1")).status == 404

    assert not await gone()
    await eventually(gone)


async def test_owned_objects_follow_their_owner(client: Client) -> None:
    owner = (await client("POST", INFERENCE, workload("own"))).body
    reference = {"apiVersion": "run.ai/v2alpha1", "kind": "InferenceWorkload", "name": "own"}
    child = config_map("child")
    child["metadata"]["ownerReferences"] = [{**reference, "uid": owner["metadata"]["uid"]}]
    await client("POST", CONFIG_MAPS, child)

    async def alone() -> bool:
        return (await client("GET", f"{CONFIG_MAPS}/child")).status == 404

    await client("DELETE", f"{INFERENCE}/own")
    await eventually(alone)


@pytest.mark.parametrize("policy", ["Foreground", "Orphan"])
async def test_other_propagation(client: Client, policy: str) -> None:
    owner = (await client("POST", CONFIG_MAPS, config_map("own"))).body
    child = config_map("child")
    child["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "own", "uid": owner["metadata"]["uid"]}
    ]
    await client("POST", CONFIG_MAPS, child)
    answer = await client("DELETE", f"{CONFIG_MAPS}/own", {"propagationPolicy": policy})

    async def gone() -> bool:
        return (await client("GET", f"{CONFIG_MAPS}/own")).status == 404

    await eventually(gone)
    left = await client("GET", f"{CONFIG_MAPS}/child")
    if policy == "Foreground":
        assert answer.body["metadata"]["finalizers"] == ["foregroundDeletion"]
        assert left.status == 404
    else:
        assert "ownerReferences" not in left.body["metadata"]


async def test_finalizers_hold_an_object(client: Client) -> None:
    body = config_map("held")
    body["metadata"]["finalizers"] = ["example.com/hold"]
    await client("POST", CONFIG_MAPS, body)
    held = await client("DELETE", f"{CONFIG_MAPS}/held")
    assert held.body["metadata"]["deletionTimestamp"]
    assert (await client("GET", f"{CONFIG_MAPS}/held")).status == 200
    await client(
        "PATCH", f"{CONFIG_MAPS}/held", {"metadata": {"finalizers": None}}, media="application/merge-patch+json"
    )
    assert (await client("GET", f"{CONFIG_MAPS}/held")).status == 404


async def test_a_namespace_takes_its_contents_along(client: Client) -> None:
    answer = await client("DELETE", "/api/v1/namespaces/spike")
    assert answer.body["status"]["phase"] == "Terminating"
    refused = await client("POST", CONFIG_MAPS, config_map("late"))
    assert (refused.status, refused.cause["reason"]) == (403, "NamespaceTerminating")

    async def gone() -> bool:
        return (await client("GET", "/api/v1/namespaces/spike")).status == 404

    await eventually(gone)
    assert (await client("GET", PODS)).body["items"] == []


async def test_delete_collection_and_eviction(client: Client) -> None:
    none = await client("DELETE", f"{CONFIG_MAPS}?labelSelector=none%3Dhere")
    assert (none.body["kind"], none.body["items"]) == ("ConfigMapList", [])
    evicted = await client("POST", f"{PODS}/b0/eviction?dryRun=All", {})
    assert (evicted.status, evicted.body["status"], evicted.body["code"]) == (201, "Success", 201)
    some = await client("DELETE", f"{PODS}?labelSelector=app%20in%20(b0,b1)&gracePeriodSeconds=0")
    assert len(some.body["items"]) == 2
    assert [item["metadata"]["name"] for item in (await client("GET", PODS)).body["items"]] == ["b2"]


async def test_a_service_gets_an_address(client: Client) -> None:
    path = "/api/v1/namespaces/spike/services"
    made = await client("POST", path, {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})
    assert made.body["spec"]["clusterIP"].startswith("10.96.")
    assert made.body["spec"]["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    name = {"metadata": {"name": "out"}, "spec": {"type": "ExternalName", "externalName": "example.com"}}
    assert "clusterIP" not in (await client("POST", path, name)).body["spec"]


async def test_a_secret_takes_plain_text(client: Client) -> None:
    path = "/api/v1/namespaces/spike/secrets"
    made = await client("POST", path, {"metadata": {"name": "s"}, "stringData": {"k": "v"}})
    assert (made.body["data"], made.body["type"], "stringData" in made.body) == ({"k": "dg=="}, "Opaque", False)
