"""Requests to the control plane, held against Run:ai's published OpenAPI where that is at hand."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from config.secret import Secret
from tests.launch.specs import GUIDE, specs
from tui.demo.runai.answers import RefusalError
from tui.demo.runai.bodies import check
from tui.launch import rest
from tui.model.launch_spec import CpuAsk, GpuAsk, LaunchSpec, Storage

CLUSTER = "71f69d83-ba66-4822-adf5-55ce55efd210"


@cache
def openapi() -> dict | None:
    named = os.environ.get("NIMDECK_RUNAI_OPENAPI")
    path = Path(named) if named else Path(__file__).parents[3] / "shared" / "contracts" / "runai-openapi.json"
    return strict(json.loads(path.read_text())) if path.is_file() else None


def strict(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: strict(item) for name, item in schema.items()}
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found


@cache
def request_schema(method: str, path: str) -> dict:
    document = openapi()
    assert document is not None
    schema = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    return {**schema, "components": document["components"]}


def plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def faults(method: str, path: str, body: Any) -> list[str]:
    given = plain(body)
    if (
        openapi() is None
    ):  # the published document is not ours to keep: without it, what the embedded control plane takes
        return refusals(SHAPES[path], given)
    schema = request_schema(method, path)
    wrong = [error.message for error in Draft202012Validator(schema).iter_errors(given)]
    return wrong + unknown(given, [schema], schema["components"]["schemas"]) + refusals(SHAPES[path], given)


SHAPES = {
    rest.INFERENCES: "inference",
    f"{rest.INFERENCES}/{{workloadId}}": "inference change",
    rest.PVC_ASSETS: "pvc",
    rest.GENERIC_SECRET_ASSETS: "genericSecret",
    rest.REGISTRY_ASSETS: "dockerRegistry",
    rest.COMPUTE_ASSETS: "compute",
}


def refusals(shape: str, body: Any) -> list[str]:
    """What the embedded control plane has against it."""
    try:
        check(shape, body)
    except RefusalError as refused:
        return [str(refused)]
    return []


def unknown(body: Any, schemas: list, named: dict, place: str = "") -> list[str]:
    """Fields that no schema at their place has: JSON Schema itself lets them pass."""
    properties: dict[str, list] = {}
    items: list = []
    while schemas:
        schema = schemas.pop()
        if "$ref" in schema:
            schemas.append(named[schema["$ref"].rpartition("/")[2]])
        schemas += schema.get("allOf", [])
        for name, inner in schema.get("properties", {}).items():
            properties.setdefault(name, []).append(inner)
        items += [schema["items"]] if "items" in schema else []
    if isinstance(body, list):
        return [fault for entry in body for fault in unknown(entry, list(items), named, place)]
    if not isinstance(body, dict):
        return []
    strange = [f"{place}.{name} is unknown" for name in body if name not in properties]
    known = [name for name in body if name in properties]
    return strange + [f for name in known for f in unknown(body[name], properties[name], named, f"{place}.{name}")]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_inferences_are_as_published(spec: LaunchSpec) -> None:
    dotted = [part for part in (spec.ngc.secret, spec.ngc.registry_secret) if part and "." in part] if spec.ngc else []
    secrets = [v.value.name for v in spec.environment if not isinstance(v.value, str) and "." in v.value.name]
    if dotted or secrets or any(len(key) > 63 for key, _ in (*spec.labels, *spec.annotations)):
        return  # Run:ai takes no dot in a Secret's name, though Kubernetes does
    body = rest.inference_request(spec, "4501", CLUSTER)
    assert faults("post", rest.INFERENCES, body) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (rest.PVC_ASSETS, rest.pvc_asset("pvc-inference", Storage("nfs-pvc-nim"), 4501)),
        (rest.GENERIC_SECRET_ASSETS, rest.existing_secret_asset("ngc", "ngc-api-key", 4501, CLUSTER)),
        (rest.REGISTRY_ASSETS, rest.existing_secret_asset("nvcr", "nvcr-pull", 4501)),
        (rest.COMPUTE_ASSETS, rest.compute_asset("half-gpu", GpuAsk(portion=0.5), CpuAsk(0.1, None, 10**8), 4501)),
    ],
)
def test_assets_are_as_published(path: str, body: dict) -> None:
    assert faults("post", path, body) == []


def test_the_check_itself_sees_faults() -> None:
    body = rest.inference_request(GUIDE, "4501", CLUSTER)
    assert all(
        "ttl" in fault for fault in faults("post", rest.INFERENCES, {**body, "spec": {**body["spec"], "ttl": 5}})
    )
    assert faults("post", rest.INFERENCES, {**body, "spec": {**body["spec"], "ttl": 5}})
    assert faults("post", rest.INFERENCES, {**body, "projectId": 4501})
    assert faults("post", rest.PVC_ASSETS, {"meta": {"name": "a"}, "spec": {}})


def test_the_guides_spec() -> None:
    body = rest.inference_request(GUIDE, "4501", CLUSTER)
    assert (body["name"], body["projectId"], body["clusterId"]) == ("llama-8b-single-gpu", "4501", CLUSTER)
    spec = body["spec"]
    assert spec["image"] == "nvcr.io/nim/meta/llama-3.1-8b-instruct"
    assert spec["compute"] == {"gpuDevicesRequest": 1, "gpuRequestType": "portion", "gpuPortionRequest": 0.5}
    assert spec["autoscaling"] == {
        "minReplicas": 1,
        "maxReplicas": 2,
        "metric": "concurrency",
        "metricThreshold": 1000,
    }
    assert spec["environmentVariables"][0] == {
        "name": "NGC_API_KEY",
        "secret": {"name": "ngc-api-key", "key": "NGC_API_KEY"},
    }
    assert spec["storage"]["pvc"][0]["claimName"] == "nfs-pvc-nim"
    assert spec["servingPort"] == {"container": 8000, "protocol": "http"}
    assert spec["probes"]["readiness"]["handler"]["httpGet"]["path"] == "/v1/health/ready"


@pytest.mark.parametrize(
    ("gpu", "said"),
    [
        (GpuAsk(0), {"gpuDevicesRequest": 0}),
        (GpuAsk(2), {"gpuDevicesRequest": 2, "gpuRequestType": "portion", "gpuPortionRequest": 1}),
        (
            GpuAsk(2, 0.5, 0.75),
            {"gpuDevicesRequest": 2, "gpuRequestType": "portion", "gpuPortionRequest": 0.5, "gpuPortionLimit": 0.75},
        ),
        (
            GpuAsk(memory_bytes=20 * 10**9),
            {"gpuDevicesRequest": 1, "gpuRequestType": "memory", "gpuMemoryRequest": "20G"},
        ),
    ],
)
def test_compute(gpu: GpuAsk, said: dict) -> None:
    assert rest.compute(gpu, CpuAsk()) == said


def test_scaling_says_the_whole_section_again() -> None:
    current = {"minReplicas": 1, "maxReplicas": 2, "metric": "concurrency", "metricThreshold": 10, "metricName": None}
    assert faults("patch", f"{rest.INFERENCES}/{{workloadId}}", rest.scale_request(current, 2, 4)) == []
    assert rest.scale_request(current, 2, 4) == {
        "spec": {"autoscaling": {"minReplicas": 2, "maxReplicas": 4, "metric": "concurrency", "metricThreshold": 10}}
    }
