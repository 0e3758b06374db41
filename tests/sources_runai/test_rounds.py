"""Rounds of the Run:ai source against a control plane on loopback: tokens, paging, quotas, faults."""

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config.secret import Secret
from config.settings import RunaiSettings
from tests.sources_prometheus.kit import HeldClock, Kept
from tests.sources_prometheus.server import free_port
from tests.sources_runai.loopback import Asked, Loopback, Reply
from tests.sources_runai.server import (
    CLUSTER,
    SECRET,
    ControlPlane,
    answer,
    failure,
    jwt,
    node_pool,
    org_unit,
    serving,
    workload,
)
from tui.model.changes import Listed
from tui.model.ids import GpuId, ObjectKey
from tui.model.runai import RunaiDepartment, RunaiWorkload
from tui.model.status import SourceState
from tui.model.tenancy import NodePool, ProjectObject
from tui.sources.backoff import Backoff
from tui.sources.runai.rounds import Rounds


@contextmanager
def rounds(
    url: str | None, clock: HeldClock | None = None, cluster: str | None = None, per_gpu: bool = False, **changes: Any
) -> Iterator[Rounds]:
    settings = RunaiSettings(url=url, client_id="me", client_secret=Secret(SECRET), timeout_seconds=5.0)
    made = Rounds(replace(settings, **changes), clock or HeldClock(), Backoff(spread=lambda: 1.0), cluster, per_gpu)
    try:
        yield made
    finally:
        made.close()


def listed(kept: Kept, kind: str) -> dict[Any, Any]:
    return next(c.items for c in reversed(kept.changes) if isinstance(c, Listed) and c.kind == f"runai/{kind}")


def one_round(plane: Any, **options: Any) -> Kept:
    kept = Kept()
    with serving(plane) as server, rounds(server.url, **options) as reader:
        reader.step(kept)
    return kept


def test_one_round_reads_all_lists_and_then_says_live() -> None:
    kept = one_round(ControlPlane())
    key = ObjectKey("runai-team-a", "llama")
    found = listed(kept, "workloads")[key]
    assert isinstance(found, RunaiWorkload)
    assert (found.key, found.type, found.phase, found.project) == (key, "Inference", "Running", "team-a")
    assert (found.running_pods, found.requested_pods, found.min_pods, found.max_pods) == (2, 3, 1, 4)
    assert (found.gpu_requested, found.gpu_allocated, found.idle_gpus) == (1.5, 1.0, 0.5)
    assert found.gpu_memory_requested_bytes == 20e9
    assert found.created_at == 1795428000.5
    assert listed(kept, "projects") == {
        "team-a": ProjectObject("team-a", "runai-team-a", "research", 8.0, math.inf, "Ready", "runai", 3.0, 5.0)
    }
    assert listed(kept, "departments") == {"research": RunaiDepartment("research", math.inf, None, 3.0, 5.0)}
    assert listed(kept, "node_pools") == {
        "default": NodePool("default", "runai/node-pool", "default", "binpack", "Ready")
    }
    assert kept.changes[-1] is kept.status
    assert kept.status.state is SourceState.LIVE
    assert "2.22.1" in kept.status.detail


@pytest.mark.parametrize(
    ("plane", "calls"),
    [
        (ControlPlane(), ["/api/v2/token"]),
        (ControlPlane(v2=False), ["/api/v2/token", "/api/v1/token"]),
        (ControlPlane(v2=False, v1_spelling="clientID"), ["/api/v2/token", "/api/v1/token", "/api/v1/token"]),
        (ControlPlane(v2=False, app_token_only=True), ["/api/v2/token", "/api/v1/token", "/api/v1/token"]),
        (ControlPlane(app_token_only=True), ["/api/v2/token", "/api/v1/token"]),
    ],
)
def test_a_token_is_had_from_every_age_of_control_plane(plane: ControlPlane, calls: list[str]) -> None:
    kept = Kept()
    clock = HeldClock()
    with serving(plane) as server, rounds(server.url, clock) as reader:
        reader.step(kept)
        assert kept.status.state is SourceState.LIVE
        assert [p for p in server.paths() if p.endswith("/token")] == calls
        clock.advance(3590.0)  # the token is about to end: one call in the way that worked
        reader.step(kept)
        assert [p for p in server.paths() if p.endswith("/token")] == [*calls, calls[-1]]
    assert kept.status.state is SourceState.LIVE


def test_an_html_page_at_the_new_token_call_falls_back_to_the_old_one() -> None:
    plane = ControlPlane()
    plane.replies["/api/v2/token"] = Reply(200, b"<!doctype html><html></html>", {"Content-Type": "text/html"})
    assert one_round(plane).status.state is SourceState.LIVE


def test_a_token_without_a_lifetime_is_renewed_by_the_claim_in_it() -> None:
    clock = HeldClock()
    count = iter(range(10))
    plane = ControlPlane(
        v2=False, token_body=lambda token: {"accessToken": jwt(iat=1000.0, exp=1100.0, n=float(next(count)))}
    )
    kept = Kept()
    with serving(plane) as server, rounds(server.url, clock) as reader:
        for seconds, issued in ((0.0, 1), (50.0, 1), (45.0, 2)):
            clock.advance(seconds)
            reader.step(kept)
            assert plane.issued == issued
    assert kept.status.state is SourceState.LIVE


def test_a_refused_token_is_fetched_anew_once() -> None:
    plane = ControlPlane()
    kept = Kept()
    with serving(plane) as server, rounds(server.url) as reader:
        reader.step(kept)
        plane.good_token = "revoked meanwhile"
        reader.step(kept)
    assert kept.status.state is SourceState.LIVE
    assert plane.issued == 2


@pytest.mark.parametrize("v2", [True, False])
def test_wrong_credentials_are_denied_and_name_the_setting(v2: bool) -> None:
    kept = one_round(ControlPlane(v2=v2), client_secret=Secret("wrong-one"))
    assert kept.status.state is SourceState.DENIED
    assert "runai.client_id" in kept.status.detail
    assert "wrong-one" not in kept.status.detail


@pytest.mark.parametrize("tells_next", [True, False])
def test_all_pages_are_read(tells_next: bool) -> None:
    many = [workload(f"w{i}") for i in range(1203)]
    kept = one_round(ControlPlane(workloads=many, tells_next=tells_next))
    assert len(listed(kept, "workloads")) == 1203


def test_a_server_that_knows_no_offset_does_not_loop() -> None:
    plane = ControlPlane()
    plane.replies["/api/v1/workloads"] = answer({"workloads": [workload(f"w{i}") for i in range(500)]})
    assert len(listed(one_round(plane), "workloads")) == 500


def test_one_list_that_may_not_be_read_costs_only_itself() -> None:
    plane = ControlPlane()
    plane.replies["/api/v1/org-unit/departments"] = failure(403, "You do not have sufficient permissions.")
    plane.replies["/api/v1/clusters"] = failure(403, "You do not have sufficient permissions.")
    kept = one_round(plane)
    assert kept.status.state is SourceState.LIVE
    assert "403 for /api/v1/org-unit/departments" in kept.status.detail
    assert ObjectKey("runai-team-a", "llama") in listed(kept, "workloads")
    assert not any(isinstance(c, Listed) and c.kind == "runai/departments" for c in kept.changes)


def test_no_list_at_all_is_denied() -> None:
    plane = ControlPlane()
    for path in ("clusters", "workloads", "org-unit/projects", "org-unit/departments", "node-pools"):
        plane.replies[f"/api/v1/{path}"] = failure(403, "no")
    assert one_round(plane).status.state is SourceState.DENIED


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (failure(500, "database is away"), "500 for /api/v1/clusters: database is away"),
        (Reply(200, b"<html>sign in</html>"), "HTML"),
        (Reply(200, b'{"workloads": 7}'), "not as documented"),
        (Reply(200, b'{"workl'), "not Run:ai's JSON"),
    ],
)
def test_bad_answers_are_one_line(reply: Reply, says: str) -> None:
    plane = ControlPlane()
    for path in ("clusters", "workloads", "org-unit/projects", "org-unit/departments", "node-pools"):
        plane.replies[f"/api/v1/{path}"] = reply
    kept = one_round(plane)
    assert kept.status.state is not SourceState.DENIED
    assert says in kept.status.detail
    assert "\n" not in kept.status.detail


def test_too_many_requests_waits_as_long_as_asked() -> None:
    plane = ControlPlane()
    plane.replies["/api/v1/workloads"] = Reply(429, b"", {"Retry-After": "17"})
    kept = Kept()
    with serving(plane) as server, rounds(server.url) as reader:
        assert reader.step(kept) == 17.0
        assert kept.status.state is SourceState.FAILED
        del plane.replies["/api/v1/workloads"]
        assert reader.step(kept) == 15.0
        assert kept.status.state is SourceState.LIVE
        plane.replies["/api/v2/token"] = plane.replies["/api/v1/clusters"] = failure(503, "upgrade")
        assert reader.step(kept) == 0.5
    assert (kept.status.state, kept.status.last_good_at) == (SourceState.STALE, HeldClock().now())


def test_refused_connection_and_no_answer() -> None:
    kept = Kept()
    with rounds(f"http://127.0.0.1:{free_port()}") as reader:
        reader.step(kept)
    assert kept.status.state is SourceState.FAILED
    assert "refused the connection" in kept.status.detail

    def hang(asked: Asked) -> Reply:
        server.release.wait(10)
        return Reply()

    server = Loopback(hang)
    with server, rounds(server.url, timeout_seconds=0.3) as reader:
        reader.step(kept)
    assert "did not answer within 0.3 s" in kept.status.detail


@pytest.mark.parametrize("url", ["control-plane", "http://", "https://[::1", "http://h:99999"])
def test_an_address_that_is_none(url: str) -> None:
    kept = Kept()
    with rounds(url) as reader:
        reader.step(kept)
    assert kept.status.state is SourceState.FAILED
    assert "runai.url" in kept.status.detail


def test_not_configured_is_absent_and_missing_files_are_named(tmp_path: Path) -> None:
    kept = Kept()
    with rounds(None) as reader:
        reader.step(kept)
    assert kept.status.state is SourceState.ABSENT
    kept = one_round(ControlPlane(), client_secret=None, client_secret_file=tmp_path / "absent")
    assert f"runai.client_secret_file '{tmp_path / 'absent'}' can't be read" in kept.status.detail
    kept = one_round(ControlPlane(), ca_file=tmp_path / "absent.pem")
    assert "runai.ca_file" in kept.status.detail
    (tmp_path / "key").write_text(SECRET + "\n")
    kept = one_round(ControlPlane(), client_secret=None, client_secret_file=tmp_path / "key")
    assert kept.status.state is SourceState.LIVE


def test_one_cluster_of_several() -> None:
    other = "00000000-0000-4000-8000-000000000000"
    plane = ControlPlane(
        workloads=[workload("llama"), workload("llama", clusterId=other, phase="Failed")],
        clusters=[{"uuid": CLUSTER, "name": "lab"}, {"uuid": other, "name": "far", "version": "2.20"}],
    )
    kept = one_round(plane, cluster="lab")
    assert listed(kept, "workloads")[ObjectKey("runai-team-a", "llama")].phase == "Running"
    undecided = one_round(plane).status.detail
    assert "2 clusters; all of them are read (far, lab): set runai.cluster to the name of yours" in undecided
    assert "as runai.cluster says; it has lab, far" in one_round(plane, cluster="labb").status.detail


def test_older_node_pools_and_pools_that_sum() -> None:
    old = node_pool("old", placementStrategy={"gpu": "spread", "cpu": "spread"})
    del old["schedulingConfiguration"]
    two = [{"gpu": {"deserved": 2, "limit": 4}}, {"gpu": {"deserved": 1, "limit": 1}}]
    plane = ControlPlane(pools=[old], projects=[org_unit("team-a", 0, totalResources=None, resources=two)])
    kept = one_round(plane)
    assert listed(kept, "node_pools")["old"].placement_strategy == "spread"
    assert (listed(kept, "projects")["team-a"].gpu_quota, listed(kept, "projects")["team-a"].gpu_limit) == (3.0, 5.0)


def test_what_is_given_away_of_each_gpu_once_a_minute() -> None:
    plane = ControlPlane()
    node = {"name": "node001", "id": "n1", "clusterUuid": CLUSTER, "gpuInfo": {"gpuCount": 2}}
    plane.replies["/api/v1/nodes"] = answer({"nodes": [node, {"name": "cpu", "id": "n2", "gpuInfo": {"gpuCount": 0}}]})
    values = [
        {"value": "0.25", "timestamp": None},
        {"value": "0.5", "timestamp": None},
        {"value": "NaN", "timestamp": None},
    ]
    series = [{"type": "GPU_ALLOCATION_PER_GPU", "labels": {"gpu": "1"}, "values": values}]
    plane.replies["/api/v1/nodes/n1/metrics"] = answer({"measurements": series}, 207)
    clock = HeldClock()
    kept = Kept()
    with serving(plane) as server, rounds(server.url, clock, per_gpu=True) as reader:
        reader.step(kept)
        clock.advance(15.0)
        reader.step(kept)
        assert server.paths().count("/api/v1/nodes/n1/metrics") == 1
        assert "/api/v1/nodes/n2/metrics" not in server.paths()
    column = kept.column("gpu_allocated_fraction")
    assert column is not None
    assert column.values == {GpuId("node001", 1): 0.5}


def openapi() -> Path | None:
    named = os.environ.get("NIMDECK_RUNAI_OPENAPI")
    path = Path(named) if named else Path(__file__).parents[3] / "shared" / "contracts" / "runai-openapi.json"
    return path if path.is_file() else None


@pytest.mark.skipif(openapi() is None, reason="the published OpenAPI is not at hand")
def test_what_this_server_answers_is_what_the_vendor_documents() -> None:
    import json

    from jsonschema import Draft202012Validator

    path = openapi()
    assert path is not None
    document = json.loads(path.read_text())

    def check(name: str, value: object) -> None:
        schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
        errors = [e.message for e in Draft202012Validator(_nullable(schema)).iter_errors(value)]
        assert errors == []

    check("Workload", workload("llama"))
    check("Project", org_unit("team-a", 8, -1))
    check("DepartmentForList", org_unit("research", -1))
    check("Nodepool", node_pool("default"))
    check("DisplayedCluster", ControlPlane().clusters[0])
    for path_, method in (
        ("/api/v2/token", "post"), ("/api/v1/token", "post"), ("/api/v1/workloads", "get"), ("/api/v1/nodes", "get"),
        ("/api/v1/org-unit/projects", "get"), ("/api/v1/org-unit/departments", "get"), ("/api/v1/node-pools", "get"),
        ("/api/v1/clusters", "get"), ("/api/v1/nodes/{nodeId}/metrics", "get"),
    ):  # fmt: skip
        assert method in document["paths"][path_]


def _nullable(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _nullable(value) for key, value in schema.items() if key not in ("nullable", "example", "default")}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
