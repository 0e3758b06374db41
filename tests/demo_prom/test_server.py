"""The HTTP face: envelope, prefix, authentication, and every fault switch."""

import asyncio
import base64
from typing import Any

import aiohttp
import pytest

from tests.demo_prom.conftest import Start
from tests.demo_prom.world import NOW, sample
from tui.demo.prom.server import Auth
from tui.demo.prom.shape import LabelShape

UTIL = "DCGM_FI_DEV_GPU_UTIL"

# What a real Prometheus 2.42 answered.
REAL_VECTOR: dict[str, Any] = {
    "status": "success",
    "data": {
        "resultType": "vector",
        "result": [
            {
                "metric": {
                    "__name__": "kube_node_status_allocatable",
                    "instance": "127.0.0.1:19100",
                    "job": "kube-state-metrics",
                    "node": "node001",
                    "resource": "nvidia_com_gpu",
                    "unit": "integer",
                },
                "value": [1795468512.502, "4"],
            }
        ],
    },
}
REAL_EMPTY = {"status": "success", "data": {"resultType": "vector", "result": []}}
REAL_ERROR = {
    "status": "error",
    "errorType": "bad_data",
    "error": 'invalid parameter "query": 1:9: parse error: unclosed left parenthesis',
}


def shape(value: Any) -> Any:
    """The types of an answer, with keys and without values."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


async def test_the_envelope_is_the_real_ones(start: Start) -> None:
    bench = await start()
    query = 'kube_node_status_allocatable{resource="nvidia_com_gpu",node="node001"}'
    _, body = await bench.get("/api/v1/query", query=query, time=NOW)
    assert shape(body) == shape(REAL_VECTOR)
    assert body["data"]["result"][0]["value"] == [NOW, "4"]
    assert (await bench.get("/api/v1/query", query="nosuchmetric"))[1] == REAL_EMPTY
    status, body = await bench.get("/api/v1/query", query="sum by (")
    assert (status, shape(body), body["errorType"]) == (400, shape(REAL_ERROR), "bad_data")


async def test_labels_of_dcgm_are_those_of_a_real_scrape(start: Start) -> None:
    bench = await start()
    _, body = await bench.get("/api/v1/query", query=UTIL + '{Hostname="node001",gpu="0"}')
    assert set(body["data"]["result"][0]["metric"]) == {
        *("DCGM_FI_DRIVER_VERSION", "Hostname", "UUID", "__name__", "container", "device", "gpu", "instance", "job"),
        *("modelName", "namespace", "pci_bus_id", "pod"),
    }


async def test_unknown_functions_are_named_not_answered(start: Start) -> None:
    bench = await start()
    for query in ("predict_linear(up[5m], 60)", "holt_winters(up[5m], 0.5, 0.5)"):
        status, body = await bench.get("/api/v1/query", query=query)
        assert status == 400
        assert query.partition("(")[0] in body["error"]


@pytest.mark.parametrize("prefix", ["/prom", "prom/", "/a/b"])
async def test_a_path_prefix(start: Start, prefix: str) -> None:
    bench = await start(prefix=prefix)
    assert bench.server.url.endswith("/" + prefix.strip("/"))
    assert (await bench.get("/-/ready"))[0] == 200
    async with bench.session.get(f"http://127.0.0.1:{bench.server.port}/api/v1/query?query=1") as answer:
        assert answer.status == 404


async def test_authentication(start: Start) -> None:
    token = await start(auth=Auth(token="made-up"))
    assert (await token.get("/api/v1/query", query="1"))[0] == 401
    headers = {"Authorization": "Bearer made-up"}
    async with token.session.get(token.server.url + "/-/healthy", headers=headers) as answer:
        assert answer.status == 200
    basic = await start(auth=Auth(username="ana", password="made-up"))
    for password, expected in (("wrong", 401), ("made-up", 200)):
        pair = base64.b64encode(f"ana:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        async with basic.session.get(basic.server.url + "/-/healthy", headers=headers) as answer:
            assert answer.status == expected
    assert "made-up" not in repr(Auth(token="made-up", password="made-up"))


async def test_an_outage_refuses_and_returns_on_the_same_port(start: Start) -> None:
    bench = await start()
    url = bench.server.url
    await bench.server.outage(True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await bench.get("/-/ready")
    await bench.server.outage(False)
    assert bench.server.url == url
    assert len(await bench.values(UTIL)) == 6


async def test_html_and_errors(start: Start) -> None:
    bench = await start()
    bench.server.faults.mode = "html"
    status, body = await bench.get("/api/v1/query", query="up")
    assert (status, body.startswith("<!DOCTYPE html>")) == (502, True)
    bench.server.faults.mode = "error"
    status, body = await bench.get("/api/v1/query", query="up")
    assert (status, body["errorType"]) == (500, "internal")


async def test_a_hanging_server_says_nothing_until_it_stops(start: Start) -> None:
    bench = await start()
    bench.server.faults.mode = "hang"
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(bench.get("/api/v1/query", query="up"), 0.1)


async def test_late_samples_tell_their_age(start: Start) -> None:
    bench = await start()
    bench.server.faults.lag_seconds = 50
    bench.scrape_at(100)
    assert set((await bench.values(f"timestamp({UTIL})")).values()) == {NOW + 50}
    assert len(await bench.values(UTIL)) == 6


async def test_values_that_are_no_numbers(start: Start) -> None:
    bench = await start()
    bench.server.faults.not_a_number = True
    bench.scrape_at(5)
    _, body = await bench.get("/api/v1/query", query=UTIL, time=NOW + 5)
    assert {item["value"][1] for item in body["data"]["result"]} == {"NaN", "+Inf"}


async def test_duplicate_series_break_a_join_as_they_really_do(start: Start) -> None:
    bench = await start()
    bench.server.faults.duplicates = True
    bench.scrape_at(5)
    assert len(await bench.values(UTIL)) == 12
    query = f"kube_node_info * on (node) group_left () label_replace({UTIL}, 'node', '$1', 'Hostname', '(.*)')"
    status, body = await bench.get("/api/v1/query", query=query, time=NOW + 5)
    assert (status, body["errorType"]) == (422, "execution")
    assert "many-to-many matching not allowed" in body["error"]
    bench.server.faults.duplicates = False
    bench.scrape_at(10)
    assert len(await bench.values(UTIL)) == 6


async def test_a_gpu_that_vanishes_is_gone_at_the_next_scrape(start: Start) -> None:
    bench = await start()
    gone = bench.telemetry.gpu_list.pop(0)
    bench.scrape_at(5)
    assert not any(gone.uuid in labels for labels in await bench.values(UTIL))
    bench.telemetry.gpu_list.append(sample("node001", 0, busy=9))
    bench.scrape_at(10)
    assert 9 in (await bench.values(UTIL)).values()


async def test_series_are_stale_after_five_minutes_without_a_scrape(start: Start) -> None:
    bench = await start()
    for seconds, expected in ((299, 6), (301, 0)):
        bench.now = NOW + seconds
        assert len(await bench.values(UTIL)) == expected


async def test_a_range_has_a_curve_at_once(start: Start) -> None:
    bench = await start(past_seconds=1800.0, scrape_seconds=15.0)
    asked = {"query": UTIL + '{gpu="0",Hostname="node001"}', "start": NOW - 1800, "end": NOW, "step": "60s"}
    _, body = await bench.get("/api/v1/query_range", **asked)
    line = body["data"]["result"][0]["values"]
    assert len(line) >= 30
    assert line[-1] == [NOW, "44"]
    assert len({value for _, value in line}) > 5
    assert all(0 <= float(value) <= 100 for _, value in line)
    _, body = await bench.get("/api/v1/query_range", **{**asked, "query": "kube_node_status_allocatable"})
    assert all(len({value for _, value in item["values"]}) == 1 for item in body["data"]["result"])


async def test_what_a_site_does_not_have_is_not_there(start: Start) -> None:
    bench = await start(label_shape=LabelShape(dcgm=False, runai=False, host="hostname"))
    _, body = await bench.get("/api/v1/label/__name__/values")
    assert not [name for name in body["data"] if name.startswith(("DCGM", "runai"))]
    async with bench.session.get(bench.server.metrics_url("dcgm")) as answer:
        assert answer.status == 404
