"""What the control plane does: tokens of both versions, lists, and writes that reach the cluster's objects."""

import base64
import json
from typing import Any

import aiohttp
import pytest

from tests.demo_prom.world import NOW
from tests.demo_runai.conftest import Client, filled_store
from tests.demo_runai.test_schema import LAUNCH, RANGE, launched
from tui.demo.runai.server import RunaiServer
from tui.demo.runai.translate import from_cluster, to_cluster


async def _token(session: aiohttp.ClientSession, server: RunaiServer, path: str, **options: Any) -> tuple[int, Any]:
    async with session.post(server.url + path, **options) as answer:
        return answer.status, await answer.json()


async def test_version_2_22_knows_v1_alone_and_no_lifetime() -> None:
    store, telemetry = filled_store()
    server = RunaiServer(store, telemetry, store.now, version="2.22")
    await server.start()
    async with aiohttp.ClientSession() as session:
        status, _ = await _token(session, server, "/api/v2/token", data={"grant_type": "client_credentials"})
        assert status == 404
        for spelling in ("clientId", "clientID"):
            body = {
                "grantType": "client_credentials",
                spelling: server.client_id,
                "clientSecret": server.client_secret,
            }
            status, answer = await _token(session, server, "/api/v1/token", json=body)
            assert status == 200
            assert "expiresIn" not in answer
        segment = answer["accessToken"].split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
        assert claims["exp"] == int(NOW) + 3600
    await server.stop()


async def test_tokens_are_asked_for_and_wrong_secrets_refused(runai: Client) -> None:
    async with aiohttp.ClientSession() as session:
        url = runai.server.url
        async with session.get(f"{url}/api/v1/workloads") as answer:
            assert answer.status == 401
            assert (await answer.json()) == {"code": 401, "message": "Issuer is not familiar."}
        form = {"grant_type": "client_credentials", "client_id": runai.server.client_id, "client_secret": "wrong"}
        status, body = await _token(session, runai.server, "/api/v2/token", data=form)
        assert (status, body["error"]) == (401, "invalid_client")
        app = {
            "grantType": "app_token",
            "appID": runai.server.client_id,
            "appSecret": runai.server.client_secret,
        }
        status, body = await _token(session, runai.server, "/api/v1/token", json=app)
        assert (status, body["expiresIn"]) == (200, 3600)
    assert (await runai.call("GET", "/api/v1/workloads"))[0] == 200
    runai.server.tokens.revoke_all()
    assert (await runai.call("GET", "/api/v1/workloads"))[0] == 401


async def test_lists_page_filter_sort_and_search(runai: Client) -> None:
    seen, offset = [], 0
    while offset is not None:
        _, body = await runai.call("GET", "/api/v1/workloads", params={"limit": 2, "offset": offset, "sortBy": "name"})
        seen += [item["name"] for item in body["workloads"]]
        offset = body.get("next")
    assert seen == ["done", "embed", "llama"]
    for query, expected in (
        ({"filterBy": "projectName==team-a", "sortBy": "name", "sortOrder": "desc"}, ["embed", "done"]),
        ({"filterBy": "name=^ll"}, ["llama"]),
        ({"filterBy": "allocatedGPU>=1"}, ["llama"]),
        ({"search": "EMB"}, ["embed"]),
    ):
        _, body = await runai.call("GET", "/api/v1/workloads", params=query)
        assert [item["name"] for item in body["workloads"]] == expected
    for query in ({"limit": 501}, {"limit": "many"}, {"filterBy": "name"}):
        status, body = await runai.call("GET", "/api/v1/workloads", params=query)
        assert (status, body["code"]) == (400, 400)


async def test_figures_of_a_workload_count_fractions(runai: Client) -> None:
    _, body = await runai.call("GET", "/api/v1/workloads", params={"filterBy": "name==llama"})
    llama = body["workloads"][0]
    assert llama["allocatedResources"]["gpu"] == 1.5
    assert llama["workloadRequestedResources"]["gpu"]["request"] == 2.5
    assert llama["runningPods"] == 2
    assert llama["namespace"] == "runai-test"


async def test_allocation_per_gpu_is_the_fraction_held(runai: Client) -> None:
    _, body = await runai.call("GET", "/api/v1/nodes", params={"filterBy": "name==node001"})
    node = body["nodes"][0]
    asked = {**RANGE, "metricType": "GPU_ALLOCATION_PER_GPU"}
    _, answer = await runai.call("GET", f"/api/v1/nodes/{node['id']}/metrics", params=asked)
    held = {item["labels"]["gpu"]: item["values"][-1]["value"] for item in answer["measurements"]}
    assert held == {"0": "1", "1": "0.75", "2": "0", "3": "0"}
    for wrong in ({"metricType": "GPU_ALLOCATION_PER_GPU"}, {**RANGE}, {**RANGE, "metricType": "NONE"}):
        status, _ = await runai.call("GET", f"/api/v1/nodes/{node['id']}/metrics", params=wrong)
        assert status == 400


async def test_a_launch_becomes_an_inference_workload(runai: Client) -> None:
    status, made = await launched(runai)
    assert status == 202
    kind = runai.store.resource("inferenceworkloads", "run.ai")
    obj = runai.store.get(kind, "runai-test", "llama-new")
    assert obj is not None
    assert obj["metadata"]["uid"] == made["workloadId"]
    spec = obj["spec"]
    assert spec["gpu"] == {"value": "0.5"}
    assert (spec["minScale"], spec["maxScale"], spec["target"]) == ({"value": 1}, {"value": 3}, {"value": 80})
    assert spec["environment"]["items"]["NGC_API_KEY"] == {"value": "SECRET:ngc-secret,NGC_API_KEY"}
    assert spec["pvcs"]["items"]["pvc1"]["value"]["claimName"] == "nim"
    assert (await launched(runai))[0] == 409
    path = f"/api/v1/workloads/inferences/{made['workloadId']}"
    change = {"spec": {"autoscaling": {"minReplicas": 0, "maxReplicas": 1}}}
    assert (await runai.call("PATCH", path, json=change))[0] == 202
    changed = runai.store.get(kind, "runai-test", "llama-new")
    assert changed is not None
    assert changed["spec"]["minScale"] == {"value": 0}
    assert changed["spec"]["gpu"] == {"value": "0.5"}
    assert "target" not in changed["spec"], "a section is replaced as a whole"
    assert (await runai.call("DELETE", path))[0] == 202
    assert runai.store.get(kind, "runai-test", "llama-new") is None
    assert (await runai.call("GET", path))[0] == 404


@pytest.mark.parametrize(
    ("spec", "named"),
    [
        ({}, "spec.image"),
        ({"image": "x", "autoscaling": {"minReplicas": 1, "maxReplicas": 3}}, "autoscaling.metric"),
        ({"image": "x", "autoscaling": {"minReplicas": 3, "maxReplicas": 1}}, "maxReplicas"),
        ({"image": "x", "compute": {"gpuPortionRequest": 1.5}}, "gpuPortionRequest"),
        ({"image": "x", "compute": {"gpuRequestType": "memory"}}, "gpuMemoryRequest"),
    ],
)
async def test_a_wrong_launch_names_its_field(runai: Client, spec: dict[str, Any], named: str) -> None:
    _, projects = await runai.call("GET", "/api/v1/org-unit/projects")
    body = {**LAUNCH, "projectId": projects["projects"][0]["id"], "spec": spec}
    status, answer = await runai.call("POST", "/api/v1/workloads/inferences", json=body)
    assert status == 400
    assert named in answer["message"]


def test_a_spec_survives_the_way_to_the_cluster_and_back() -> None:
    back = from_cluster(to_cluster(LAUNCH["spec"]))
    for section in ("image", "autoscaling", "environmentVariables", "storage", "servingPort"):
        assert back[section] == LAUNCH["spec"][section]
    assert back["compute"] == LAUNCH["spec"]["compute"]


async def test_quota_edits_reach_the_queue(runai: Client) -> None:
    _, body = await runai.call("GET", "/api/v1/org-unit/projects", params={"filterBy": "name==test"})
    project = body["projects"][0]
    assert project["totalResources"]["gpuQuota"] == 4
    assert project["status"]["quotaStatus"]["allocated"]["gpu"] == 1.5
    path = f"/api/v1/org-unit/projects/{project['id']}/resources"
    change = [{"nodePool": project["resources"][0]["nodePool"], "gpu": {"deserved": 9}}]
    status, answer = await runai.call("PATCH", path, json=change)
    assert (status, answer[0]["gpu"]) == (200, {"deserved": 9, "limit": -1, "overQuotaWeight": None})
    queue = runai.store.get(runai.store.resource("queues", "scheduling.run.ai"), None, "test")
    assert queue is not None
    assert queue["spec"]["resources"]["gpu"] == {"quota": 9, "limit": -1}
    status, answer = await runai.call("PATCH", path, json=[{"gpu": {"deserved": -2}}])
    assert (status, "gpu.deserved" in answer["message"]) == (400, True)


async def test_placement_takes_binpack_and_refuses_bin_pack(runai: Client) -> None:
    _, body = await runai.call("GET", "/api/v1/node-pools")
    path = f"/api/v1/node-pools/{body['nodepools'][0]['id']}"
    status, _ = await runai.call("PATCH", path, json={"placementStrategy": {"gpu": "bin-pack"}})
    assert status == 400
    status, answer = await runai.call("PATCH", path, json={"placementStrategy": {"gpu": "binpack"}})
    assert (status, answer["placementStrategy"]) == (200, {"cpu": "spread", "gpu": "binpack"})
