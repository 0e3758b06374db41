"""Prometheus and Run:ai's control plane: refused, gone, half there."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from config.secret import Secret
from config.settings import RunaiSettings, Settings
from tests.sources_installation.conftest import Read, give, named
from tests.sources_kubernetes.fault_api import FaultApi, Reply
from tests.sources_prometheus import server as prom
from tests.sources_runai import loopback
from tests.sources_runai import server as runai
from tui.model.clock import SystemClock
from tui.sources.prometheus.fault import Kind, PrometheusError
from tui.sources.runai import ControlPlane

CLOCK = SystemClock()
GPUS = "DCGM_FI_DEV_GPU_UTIL"


def prometheus(asked: prom.Asked) -> prom.Reply:
    """A server that has one metric, and two targets of which one is down."""
    if asked.path.endswith("/targets"):
        up = {"labels": {"job": "dcgm", "instance": "a:9400"}, "health": "up", "lastError": ""}
        down = {"labels": {"job": "dcgm", "instance": "b:9400"}, "health": "down", "lastError": "connection\nrefused"}
        return prom.as_json(200, {"status": "success", "data": {"activeTargets": [up, down], "droppedTargets": None}})
    now = CLOCK.now()
    if asked.query.startswith("vector(time())"):
        return prom.vector([({}, str(now + 40))], now)
    if asked.query.startswith("count by (__name__)"):
        return prom.vector([({"__name__": GPUS}, "4")], now)
    if asked.query.startswith("label_replace("):
        assert "kube_" not in asked.query, "only what is there is asked for"
        return prom.vector([({"metric": GPUS}, "12.5")], now)
    if "(up)" in asked.query:
        rows = [({"job": "dcgm", "instance": "a:9400"}, "1"), ({"job": "dcgm", "instance": "b:9400"}, "0")]
        return prom.vector(rows, now)
    return prom.vector([], now)


def test_prometheus(read: Read) -> None:
    with prom.FaultServer(prometheus) as server:
        facts = read(prometheus=server.url, kubernetes=None)
        assert next(one for one in server.asked if one.path.endswith("/targets")).parameters == {"state": "active"}
    assert [(one.instance, one.up, one.last_error) for one in facts.targets or ()] == [
        ("a:9400", True, ""),
        ("b:9400", False, "connection refused"),
    ]
    seen = {one.name: one for one in facts.metrics or ()}
    assert (seen[GPUS].family, seen[GPUS].present, seen[GPUS].age_seconds) == ("dcgm", True, 12.5)
    other = seen["kube_node_status_condition"]
    assert (other.family, other.present, other.age_seconds) == ("kube-state-metrics", False, None)
    assert (facts.skew_seconds or {})["Prometheus"] == pytest.approx(40, abs=1)
    assert facts.prometheus_found == "Service monitoring/prometheus"


@pytest.mark.parametrize("status", [403, 404, 405])
def test_a_prometheus_that_refuses_its_targets_has_the_series_up(read: Read, status: int) -> None:
    def behave(asked: prom.Asked) -> prom.Reply:
        return prom.Reply(status, b"no") if asked.path.endswith("/targets") else prometheus(asked)

    with prom.FaultServer(behave) as server:
        facts = read(prometheus=server.url, kubernetes=None)
    assert [(one.instance, one.up, one.last_error) for one in facts.targets or ()] == [
        ("a:9400", True, ""),
        ("b:9400", False, ""),
    ]


def test_a_server_that_knows_no_ages_still_has_the_metrics(read: Read) -> None:
    def behave(asked: prom.Asked) -> prom.Reply:
        return prom.error(422, "unknown function") if "label_replace" in asked.query else prometheus(asked)

    with prom.FaultServer(behave) as server:
        facts = read(prometheus=server.url, kubernetes=None)
    seen = next(one for one in facts.metrics or () if one.name == GPUS)
    assert (seen.present, seen.age_seconds) == (True, None)


def test_a_prometheus_that_is_gone(read: Read) -> None:
    facts = read(prometheus=f"http://127.0.0.1:{prom.free_port()}", kubernetes=None)
    assert facts.targets is None and facts.metrics is None and facts.skew_seconds is None
    for name in ("targets", "metrics"):
        assert "refused the connection" in facts.why(name)
    assert "refused the connection" in facts.why("skew_seconds", "Prometheus")


def test_no_prometheus(read: Read) -> None:
    facts = read(kubernetes=None)
    assert facts.targets is None and "prometheus.enabled" in facts.why("targets")


@contextmanager
def plane(behave: runai.ControlPlane) -> Iterator[ControlPlane]:
    with loopback.Loopback(behave) as server:
        made = ControlPlane(settings_of(server.url), CLOCK)
        yield made
        made.close()


def settings_of(url: str) -> RunaiSettings:
    return RunaiSettings(url=url, client_id="me", client_secret=Secret(runai.SECRET), timeout_seconds=2.0)


def cluster(**changes: object) -> dict[str, object]:
    missing = {"prometheus": {"available": False, "reason": "not found"}, "nginx": {"available": True}}
    status = {"state": "MissingPrerequisites", "dependencies": {"required": missing, "optional": {}}}
    return {"uuid": runai.CLUSTER, "name": "lab", "version": "2.22.1", "domain": "http://127.0.0.1:1", "status": status,
            "lastLiveness": runai.TIME, "createdAt": runai.TIME, "deletedAt": None} | changes  # fmt: skip


def test_the_control_plane(read: Read) -> None:
    gone = cluster(name="gone", deletedAt=runai.TIME)
    old_pool = runai.node_pool(
        "old", schedulingConfiguration=None, placementStrategy={"gpu": "spread", "cpu": "spread"}
    )
    with plane(runai.ControlPlane(clusters=[cluster(), gone], pools=[runai.node_pool("default"), old_pool])) as made:
        facts = read(control_plane=made)
    told = facts.control_plane
    assert told is not None and told.reachable and not told.problem
    (only,) = told.clusters or ()
    assert (only.name, only.state, only.version, only.missing) == (
        "lab",
        "MissingPrerequisites",
        "2.22.1",
        ("prometheus",),
    )
    assert only.last_liveness_at is not None
    assert [(one.name, one.gpu_placement, one.cpu_placement) for one in told.node_pools or ()] == [
        ("default", "binpack", "spread"),
        ("old", "spread", "spread"),
    ]
    assert facts.runai_version == "2.22.1" and facts.cluster_url is not None
    assert facts.cluster_url.addresses == ("127.0.0.1",)


def test_refused_by_the_control_plane(read: Read) -> None:
    behave = runai.ControlPlane(v1=False)
    with loopback.Loopback(behave) as server:
        settings = RunaiSettings(url=server.url, client_id="me", client_secret=Secret("wrong"), timeout_seconds=2.0)
        made = ControlPlane(settings, CLOCK)
        facts = read(control_plane=made, kubernetes=None)
        made.close()
    told = facts.control_plane
    assert told is not None and not told.reachable and "401" in told.problem
    assert told.clusters is None and "401" in facts.why("control_plane", "clusters")
    assert "wrong" not in repr(facts)


def test_a_role_that_may_not_see_clusters(read: Read) -> None:
    behave = runai.ControlPlane(replies={"/api/v1/clusters": runai.failure(403, "no")})
    with plane(behave) as made:
        facts = read(control_plane=made, kubernetes=None)
    told = facts.control_plane
    assert told is not None and told.reachable and told.clusters is None and told.node_pools
    assert "403" in facts.why("control_plane", "clusters")


def test_a_control_plane_that_is_gone_or_not_configured(read: Read) -> None:
    made = ControlPlane(settings_of(f"http://127.0.0.1:{prom.free_port()}"), CLOCK)
    facts = read(control_plane=made, kubernetes=None)
    made.close()
    assert facts.control_plane is not None and not facts.control_plane.reachable
    assert "refused the connection" in facts.control_plane.problem
    assert "runai.url" in read(kubernetes=None).why("control_plane")


def test_the_clusters_own_word_counts_before_the_control_planes(api: FaultApi, read: Read) -> None:
    api.groups["run.ai"] = {"v1": {"runaiconfigs": True}}
    spec = {"global": {"clusterURL": "https://localhost:1", "clusterId": runai.CLUSTER}}
    api.objects["/apis/run.ai/v1/runaiconfigs"] = [named("runai", "runai", spec=spec)]
    public = named("runai-public", "runai", data={"runai-public": "version: 2.20.22\nrunaiConfigStatus: {}\n"})
    give(api, "/api/v1/namespaces/runai/configmaps/runai-public", Reply(200, public))
    others = [cluster(), cluster(name="other", uuid="1100804e-0bd4-4c11-9f15-0d0b8231ccca")]
    with plane(runai.ControlPlane(clusters=others)) as made:
        facts = read(control_plane=made)
    assert (facts.runai_cluster, facts.runai_version) == (runai.CLUSTER, "2.20.22")
    assert facts.cluster_url is not None
    assert (facts.cluster_url.url, facts.cluster_url.host) == ("https://localhost:1", "localhost")
    assert "127.0.0.1" in (facts.cluster_url.addresses or ())
    assert "localhost:1" in facts.why("cluster_url", "certificate")
    named_one = read(settings=Settings(runai=RunaiSettings(cluster="lab")))
    assert named_one.runai_cluster == "lab", "what the operator set counts most"


def test_the_time_of_prometheus_must_be_a_number() -> None:
    from config.queries import load_queries
    from tests.sources_installation.conftest import Asking
    from tui.sources.installation.prometheus_facts import read_skew

    with prom.FaultServer(lambda asked: prom.vector([])) as server:
        asking = Asking(server.url)
        with pytest.raises(PrometheusError) as caught:
            read_skew(asking.client, load_queries(), CLOCK)
        asking.client.close()
    assert caught.value.kind is Kind.ANSWER
