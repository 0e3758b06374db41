"""NIM endpoints follow the workloads, say when they are ready, and count what their GPUs do."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.demo_prom.world import NOW, FakeStore, FakeTelemetry, pod, small_cluster
from tui.demo.nim.load import NimLoad
from tui.demo.nim.servers import NimServers


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


World = tuple[NimServers, FakeStore, FakeTelemetry, Clock]


@pytest.fixture
async def nims() -> AsyncIterator[World]:
    store, telemetry = small_cluster()
    clock = Clock()
    servers = NimServers(store, telemetry, clock)
    await servers.start()
    yield servers, store, telemetry, clock
    await servers.stop()


async def _get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def test_one_endpoint_a_workload(nims: World) -> None:
    servers, *_ = nims
    assert set(servers.urls) == {"runai-test/llama", "runai-team-a/embed"}
    url = servers.urls["runai-test/llama"]
    status, text = await _get(f"{url}/v1/models")
    assert status == 200
    assert '"meta/llama-3.1-8b-instruct"' in text
    for path in ("/v1/health/live", "/v1/health/ready", "/v1/metadata", "/v1/version"):
        assert (await _get(url + path))[0] == 200
    async with aiohttp.ClientSession() as session, session.post(f"{url}/v1/chat/completions", json={}) as answer:
        assert answer.status == 422
        assert "error" in await answer.json()


async def test_a_loading_nim_is_live_and_not_ready(nims: World) -> None:
    servers, store, *_ = nims
    loading = pod("runai-test", "new-a", on="node002", gpus=1, workload="new")
    loading["status"]["conditions"][1]["status"] = "False"
    store.add("pods", "", loading)
    await servers.follow()
    url = servers.urls["runai-test/new"]
    assert (await _get(f"{url}/v1/health/live"))[0] == 200
    assert (await _get(f"{url}/v1/health/ready"))[0] == 503
    assert (await _get(f"{url}/v1/models"))[0] == 503
    assert (await _get(f"{url}/v1/metrics")) == (200, "")


async def test_a_workload_that_goes_takes_its_port_with_it(nims: World) -> None:
    servers, store, *_ = nims
    url = servers.urls["runai-team-a/embed"]
    store.objects["pods", ""] = [obj for obj in store.objects["pods", ""] if obj["metadata"]["name"] != "embed-a"]
    await servers.follow()
    assert set(servers.urls) == {"runai-test/llama"}
    with pytest.raises(aiohttp.ClientConnectionError):
        await _get(url + "/v1/health/live")


async def test_metrics_grow_with_the_load(nims: World) -> None:
    servers, _, _, clock = nims
    url = servers.urls["runai-test/llama"]
    before = _figures((await _get(f"{url}/v1/metrics"))[1])
    clock.now += 60
    await servers.follow()
    after = _figures((await _get(f"{url}/metrics"))[1])
    assert after["generation_tokens_total"] > before["generation_tokens_total"]
    assert after["time_to_first_token_seconds_count"] > before["time_to_first_token_seconds_count"]
    assert after["num_request_max"] == before["num_request_max"]


async def test_each_pod_answers_for_itself_while_it_is_there(nims: World) -> None:
    servers, store, _, clock = nims
    first, *others = [obj for obj in store.objects["pods", ""] if obj["metadata"]["name"].startswith("llama")]
    assert others, "the small cluster has several pods of llama"
    clock.now += 60
    await servers.follow()
    space, name = first["metadata"]["namespace"], first["metadata"]["name"]
    url = await servers.pod_url(space, name, 8000)
    assert url is not None
    assert url == await servers.pod_url(space, name, 8000)
    other = await servers.pod_url(space, others[0]["metadata"]["name"], 8000)
    assert other not in (None, url)
    assert (await servers.pod_url(space, name, 9), await servers.pod_url(space, "gone", 8000)) == (None, None)
    mine = _figures((await _get(f"{url}/v1/metrics"))[1])
    shared = _figures((await _get(f"{servers.urls['runai-test/llama']}/v1/metrics"))[1])
    theirs = _figures((await _get(f"{other}/v1/metrics"))[1])
    assert shared in (mine, theirs)  # the Service's answer is one pod's, not the sum
    store.objects["pods", ""].remove(first)
    await servers.follow()
    assert await servers.pod_url(space, name, 8000) is None
    with pytest.raises(aiohttp.ClientConnectionError):
        await _get(url + "/v1/health/live")


def _figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#") and "_bucket" not in line]
    return {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_histograms_are_cumulative_and_agree_with_the_counters() -> None:
    load = NimLoad(NOW)
    load.advance(NOW + 100, 0.7)
    load.advance(NOW + 100, 0.2)  # no time has passed: nothing is added
    for distribution in (load.ttft, load.per_token, load.e2e, load.inputs, load.outputs):
        counts = [count for _, count in distribution.cumulative()]
        assert counts == sorted(counts)
    assert load.ttft.cumulative()[-1] == ("+Inf", float(int(load.requests)))
    assert load.generation_tokens == pytest.approx(load.requests * 200)
