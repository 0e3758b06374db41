"""Answers against Run:ai's published OpenAPI, path by path."""

from typing import Any

import pytest

from tests.demo_prom.world import NOW
from tests.demo_runai.conftest import Client, faults, openapi
from tui.demo.prom.runai_metrics import CLUSTER_ID
from tui.demo.runai.answers import rfc3339

RANGE = {"start": rfc3339(NOW - 600), "end": rfc3339(NOW)}
LISTS = (
    "/api/v1/clusters",
    "/api/v1/org-unit/projects",
    "/api/v1/org-unit/departments",
    "/api/v1/org-unit/projects/count",
    "/api/v1/node-pools",
    "/api/v1/nodes",
    "/api/v1/nodes/count",
    "/api/v1/workloads",
    "/api/v1/workloads/count",
    "/api/v1/workloads/pods",
    "/api/v1/workload-types",
    "/api/v1/workload-priorities",
    "/api/v1/asset/credentials",
    "/api/v1/asset/credentials/ngc-api-key",
    "/api/v1/asset/datasource/pvc",
    "/api/v1/asset/compute",
)
LAUNCH: dict[str, Any] = {
    "name": "llama-new",
    "clusterId": CLUSTER_ID,
    "spec": {
        "image": "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4",
        "compute": {"gpuDevicesRequest": 1, "gpuRequestType": "portion", "gpuPortionRequest": 0.5, "cpuCoreRequest": 4},
        "autoscaling": {"minReplicas": 1, "maxReplicas": 3, "metric": "concurrency", "metricThreshold": 80},
        "servingPort": {"container": 8000, "protocol": "http"},
        "environmentVariables": [
            {"name": "NGC_API_KEY", "secret": {"name": "ngc-secret", "key": "NGC_API_KEY"}},
            {"name": "NIM_CACHE_PATH", "value": "/opt/nim/.cache"},
        ],
        "storage": {"pvc": [{"claimName": "nim", "existingPvc": True, "path": "/opt/nim/.cache", "readOnly": False}]},
    },
}


async def launched(runai: Client) -> tuple[int, Any]:
    _, projects = await runai.call("GET", "/api/v1/org-unit/projects")
    project = next(item for item in projects["projects"] if item["name"] == "test")
    return await runai.call("POST", "/api/v1/workloads/inferences", json={**LAUNCH, "projectId": project["id"]})


@pytest.mark.parametrize("path", LISTS)
async def test_lists(runai: Client, path: str) -> None:
    openapi()
    status, body = await runai.call("GET", path)
    assert status == 200
    assert faults("GET", path, 200, body) == []


async def test_one_workload_with_all_that_hangs_on_it(runai: Client) -> None:
    openapi()
    _, made = await launched(runai)
    _, body = await runai.call("GET", "/api/v1/workloads")
    assert {item["name"] for item in body["workloads"]} == {"llama", "embed", "done", "llama-new"}
    for workload in body["workloads"]:
        for part in ("", "/pods", "/events", "/history"):
            status, answer = await runai.call("GET", f"/api/v1/workloads/{workload['id']}{part}")
            assert status == 200
            assert faults("GET", "/api/v1/workloads/{workloadId}" + part, 200, answer) == []
    asked = {**RANGE, "metricType": "GPU_ALLOCATION"}
    status, answer = await runai.call("GET", f"/api/v1/workloads/{made['workloadId']}/metrics", params=asked)
    assert status == 200
    assert faults("GET", "/api/v1/workloads/{workloadId}/metrics", 200, answer) == []


async def test_node_metrics_and_telemetry(runai: Client) -> None:
    openapi()
    _, nodes = await runai.call("GET", "/api/v1/nodes")
    asked = {**RANGE, "metricType": "GPU_UTILIZATION_PER_GPU,GPU_ALLOCATION_PER_GPU"}
    status, body = await runai.call("GET", f"/api/v1/nodes/{nodes['nodes'][0]['id']}/metrics", params=asked)
    assert status == 200
    assert faults("GET", "/api/v1/nodes/{nodeId}/metrics", 200, body) == []
    for path, kind in (("nodes", "ALLOCATED_GPUS"), ("workloads", "WORKLOADS_COUNT")):
        status, body = await runai.call("GET", f"/api/v1/{path}/telemetry", params={"telemetryType": kind})
        assert status == 200
        assert faults("GET", f"/api/v1/{path}/telemetry", 200, body) == []


async def test_inference_writes(runai: Client) -> None:
    openapi()
    path = "/api/v1/workloads/inferences"
    status, made = await launched(runai)
    assert status == 202
    assert faults("POST", path, 202, made) == []
    one, template = f"{path}/{made['workloadId']}", path + "/{workloadId}"
    for method, options, expected in (
        ("GET", {}, 200),
        ("PATCH", {"json": {"spec": {"autoscaling": {"minReplicas": 2, "maxReplicas": 2}}}}, 202),
        ("DELETE", {}, 202),
    ):
        status, body = await runai.call(method, one, **options)
        assert status == expected
        assert faults(method, template, expected, body) == []


async def test_quota_and_placement_writes(runai: Client) -> None:
    openapi()
    for unit in ("projects", "departments"):
        _, body = await runai.call("GET", f"/api/v1/org-unit/{unit}")
        path = f"/api/v1/org-unit/{unit}/{body[unit][0]['id']}/resources"
        status, answer = await runai.call("PATCH", path, json=body[unit][0]["resources"])
        assert status == 200
        assert faults("PATCH", f"/api/v1/org-unit/{unit}/{{{unit[:-1]}Id}}/resources", 200, answer) == []
    _, body = await runai.call("GET", "/api/v1/node-pools")
    change = {"schedulingConfiguration": {"placementStrategy": {"gpu": "binpack"}}}
    status, answer = await runai.call("PATCH", f"/api/v1/node-pools/{body['nodepools'][0]['id']}", json=change)
    assert status == 200
    assert faults("PATCH", "/api/v1/node-pools/{nodepoolId}", 200, answer) == []


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        ("credentials/ngc-api-key", {"ngc_api_key": "made-up"}),
        ("credentials/docker-registry", {"user": "$oauthtoken", "password": "made-up", "url": "nvcr.io"}),
        ("credentials/generic-secret", {"keyValuePairs": [{"key": "NGC_API_KEY", "value": "made-up"}]}),
        ("datasource/pvc", {"path": "/opt/nim/.cache", "existingPvc": True, "claimName": "nim"}),
        ("compute", {"gpuDevicesRequest": 1}),
    ],
)
async def test_assets(runai: Client, path: str, spec: dict[str, Any]) -> None:
    openapi()
    whole = f"/api/v1/asset/{path}"
    _, projects = await runai.call("GET", "/api/v1/org-unit/projects")
    project = int(projects["projects"][0]["id"])  # a text there, a number here
    body = {"meta": {"name": "mine", "scope": "project", "projectId": project}, "spec": spec}
    status, made = await runai.call("POST", whole, json=body)
    assert status == 202
    assert faults("POST", whole, 202, made) == []
    assert "made-up" not in str(made)
    _, listed = await runai.call("GET", whole)
    assert faults("GET", whole, 200, listed) == []
    if path.startswith("credentials"):
        _, every = await runai.call("GET", "/api/v1/asset/credentials")
        assert faults("GET", "/api/v1/asset/credentials", 200, every) == []
    assert (await runai.call("POST", whole, json=body))[0] == 409
    status, _ = await runai.call("DELETE", f"{whole}/{made['meta']['id']}")
    assert str(status) in openapi()["paths"][whole + "/{AssetId}"]["delete"]["responses"]
    assert (await runai.call("GET", f"{whole}/{made['meta']['id']}"))[0] == 404


async def test_errors(runai: Client) -> None:
    openapi()
    cases = (
        ("GET", "/api/v1/workloads/{workloadId}", "/api/v1/workloads/nix", {}, 404),
        ("POST", "/api/v1/workloads/inferences", "/api/v1/workloads/inferences", {"json": {"name": "x"}}, 400),
    )
    for method, template, path, options, expected in cases:
        status, body = await runai.call(method, path, **options)
        assert status == expected
        assert faults(method, template, status, body) == []
