"""The lab as a whole: its servers answer from one world, and a script may take Prometheus away."""

import asyncio
from pathlib import Path

import httpx
import pytest

from tui.demo.lab import LabInfo, LabOptions, lab, run_lab
from tui.demo.world import api
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.inference import inference_workload
from tui.demo.world.installed import INGRESS
from tui.demo.world.manifests import inference_spec

PATIENCE_SECONDS = 20.0


async def ask(url: str, query: str) -> float | None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{url}/api/v1/query", params={"query": query})
    result = answer.json()["data"]["result"]
    return float(result[0]["value"][1]) if result else None


async def test_a_launched_workload_comes_to_serve_and_is_measured(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), lab(LabOptions(nodes=4, speed=1000), tmp_path) as (info, world):
        stop = asyncio.Event()
        living = asyncio.create_task(world.run(stop))
        plan = WorkloadPlan("fresh", "test", Kind.INFERENCE, LLAMA, 0.5, 1, 0.0)
        spec = inference_spec(plan, 1)
        world.context.api.create(inference_workload(world.context.names, "runai-test", "fresh", spec, 1e9))
        while not world.context.inventory.ready_replicas("runai-test", "fresh"):
            await asyncio.sleep(0)
            world.tick()
        assert await ask(info.prometheus, "count(DCGM_FI_DEV_GPU_UTIL)") == 16
        stop.set()
        await living


async def test_the_outage_refuses_and_comes_back(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), lab(LabOptions(nodes=2), tmp_path) as (info, world):
        assert await ask(info.prometheus, "vector(1)") == 1
        world.script.prometheus_available(False)
        refused = False
        while not refused:
            try:
                await ask(info.prometheus, "vector(1)")
            except httpx.TransportError:
                refused = True
        world.script.prometheus_available(True)
        back = None
        while back is None:
            try:
                back = await ask(info.prometheus, "vector(1)")
            except httpx.ConnectError:
                await asyncio.sleep(0)
        assert back == 1


async def test_run_lab_says_ready_once_and_stops(tmp_path: Path) -> None:
    stop, seen = asyncio.Event(), list[LabInfo]()

    def ready(info: LabInfo) -> None:
        seen.append(info)
        stop.set()

    await asyncio.wait_for(run_lab(LabOptions(nodes=1, directory=tmp_path), ready, stop), PATIENCE_SECONDS)
    assert len(seen) == 1 and "\n" not in seen[0].to_json()
    assert not seen[0].kubeconfig.parent.exists()


async def test_prometheus_tells_of_a_nim_what_it_tells_itself(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), lab(LabOptions(nodes=2), tmp_path) as (info, world):
        url = info.nims["llama-31-8b-half"]
        body = {"model": LLAMA.partition("/nim/")[2].partition(":")[0], "prompt": "word", "max_tokens": 20_000}
        async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client, asyncio.TaskGroup() as group:
            asking = [
                group.create_task(client.post(f"{url}/v1/completions", json=body | {"ignore_eos": True}))
                for _ in range(3)
            ]
            while world.load.in_flight != {("runai-test", "llama-31-8b-half"): 3}:
                await client.get(f"{url}/v1/metrics")
            scraped = (await client.get(f"{info.prometheus}/metrics/nim")).text
            own = _figures((await client.get(f"{url}/v1/metrics")).text)
            ours = _figures("\n".join(line for line in scraped.splitlines() if 'pod="llama-31-8b-half-0' in line))
            for task in asking:
                task.cancel()
        assert own["num_requests_running"] == 3
        for name in (
            "num_requests_running",
            "prompt_tokens_total",
            "request_success_total",
            "request_prompt_tokens_sum",
        ):
            assert ours[name] == own[name], name
        assert ours["generation_tokens_total"] == pytest.approx(own["generation_tokens_total"], rel=0.01)


async def test_the_clusters_url_leads_to_the_address_of_its_ingress(tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS), lab(LabOptions(nodes=1), tmp_path) as (_, world):
        config = world.context.api.get(api.Kind("runaiconfigs", "run.ai"), "runai", "runai") or {}
        service = world.context.api.get(api.SERVICE, *INGRESS) or {}
        url = config["spec"]["global"]["clusterURL"]
        assert httpx.URL(url).host in (service["status"]["loadBalancer"]["ingress"][0]["ip"], "127.0.0.1")
        async with httpx.AsyncClient(verify=False) as client:
            answer = await client.get(url)
        assert (answer.status_code, answer.text) == (404, "default backend - 404\n")


def _figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#") and "_bucket" not in line]
    return {line.partition("{")[0]: float(line.rpartition(" ")[2]) for line in lines}
