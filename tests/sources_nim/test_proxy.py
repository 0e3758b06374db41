"""A NIM asked through the API server's pod proxy, over HTTPS: what the pod says, and what the API server says of it."""

import asyncio
from typing import Any

import pytest

from tests.sources_nim.conftest import SPACE, Cluster
from tests.sources_runai.loopback import Reply
from tui.demo.kube.faults import Fault
from tui.model.ids import ObjectKey
from tui.model.nim import NimProbe
from tui.sources.nim import probe_pod


async def probe(cluster: Cluster, pod: str, user: str = "reader", port: int = 8000, **more: Any) -> NimProbe:
    return await asyncio.to_thread(probe_pod, cluster.client(user), ObjectKey(SPACE, pod), port, **more)


async def test_a_ready_pod_tells_everything(cluster: Cluster) -> None:
    found = await probe(cluster, "a")
    assert (found.reachable, found.live, found.ready, found.detail) == (True, True, True, "")
    assert (found.models, found.version) == (("meta/llama",), "1.8.4")
    assert found.metrics is not None
    assert found.metrics.requests_running == 3.0
    assert found.metrics.ttft_p50_seconds == pytest.approx(0.1)


async def test_a_brief_look_asks_for_nothing_that_stays(cluster: Cluster) -> None:
    found = await probe(cluster, "b", brief=True)
    assert (found.ready, found.models, found.metrics is not None) == (True, None, True)
    assert cluster.nim.asked == [("b", "/v1/health/ready"), ("b", "/v1/metrics")]


async def test_the_pods_own_503_means_that_it_loads(cluster: Cluster) -> None:
    cluster.nim.loading.add("a")
    found = await probe(cluster, "a")
    assert (found.reachable, found.live, found.ready, found.metrics, found.detail) == (True, True, False, None, "")


async def test_the_pods_own_refusal_is_not_taken_for_ours(cluster: Cluster) -> None:
    for code in (401, 403):
        cluster.nim.odd["a"] = Reply(code, b'{"message": "Unauthorized"}')
        found = await probe(cluster, "a")
        assert (found.reachable, found.denied_right) == (True, None)
        assert found.detail == f"pod a answered {code} for /v1/models: check the API key"


@pytest.mark.parametrize(
    ("pod", "port", "says"),
    [
        ("gone", 8000, "the pod is gone"),
        ("young", 8000, "the pod has no address yet"),
        ("mute", 8000, "port 8000: connection refused"),
        ("a", 9, "port 9: connection refused"),
    ],
)
async def test_what_the_api_server_says_of_a_pod(cluster: Cluster, pod: str, port: int, says: str) -> None:
    found = await probe(cluster, pod, port=port)
    assert (found.reachable, found.ready, found.detail) == (False, None, says)


async def test_without_the_right_it_is_named(cluster: Cluster) -> None:
    found = await probe(cluster, "a", "viewer")
    assert found.denied_right == f"get pods/proxy in namespace {SPACE}"
    assert found.detail == f"get pods/proxy in namespace {SPACE} is denied: ask for this right"
    assert cluster.nim.asked == []


@pytest.mark.parametrize(
    ("fault", "says"), [(Fault.UNAUTHORIZED, "refused the credentials (401)"), (Fault.HTML, "a web page")]
)
async def test_an_api_server_that_is_none(cluster: Cluster, fault: Fault, says: str) -> None:
    client = cluster.client("reader")
    token = cluster.server.users["reader"].token
    cluster.server.faults.set(fault)
    found = await asyncio.to_thread(probe_pod, client, ObjectKey(SPACE, "a"), 8000)
    assert not found.reachable
    assert says in found.detail
    assert token not in found.detail


async def test_one_that_hangs_costs_one_timeout(cluster: Cluster) -> None:
    cluster.server.faults.set(Fault.HANG)
    found = await probe(cluster, "a", timeout=0.2)
    assert (found.reachable, "no answer within 0.2 s" in found.detail) == (False, True)
    cluster.server.faults.release()


async def test_a_page_of_the_pod_is_no_nim(cluster: Cluster) -> None:
    cluster.nim.odd["a"] = Reply(200, b"<html>", {"Content-Type": "text/html"})
    found = await probe(cluster, "a")
    assert not found.reachable
    assert "web page" in found.detail
