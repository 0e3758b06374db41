"""The evaluator against a real Prometheus over the very same samples: what both know must come out the same."""

import math
import time
from typing import Any

import httpx
import pytest

from tests.contract.conftest import Pair
from tui.demo.prom.exposition import Family, Row, Sheet
from tui.demo.prom.history import History, Job
from tui.demo.prom.labels import NAME, LabelSet
from tui.demo.prom.promql.evaluate import Evaluation, parse
from tui.demo.prom.promql.values import QueryError

pytestmark = pytest.mark.prometheus

UTIL = 'DCGM_FI_DEV_GPU_UTIL{Hostname="node001"}'
ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
EXPRESSIONS = (
    UTIL,
    'DCGM_FI_DEV_GPU_UTIL{gpu!="0"}',
    '{__name__=~"DCGM_FI_DEV_(GPU_UTIL|FB_USED)",gpu=~"[12]"}',
    '{__name__=~"DCGM_.*",__name__!~".*(UTIL|ENERGY).*",gpu="0"}',
    f"{UTIL} offset 2s",
    f"{ENERGY} offset 1s",
    f"rate({ENERGY}[5s])",
    f"increase({ENERGY}[4s])",
    f"irate({ENERGY}[5s])",
    f"delta({ENERGY}[5s])",
    f"idelta({ENERGY}[5s])",
    f"deriv({ENERGY}[5s])",
    f"avg_over_time({ENERGY}[5s])",
    f"min_over_time({ENERGY}[5s]) < max_over_time({ENERGY}[5s])",
    f"sum_over_time({ENERGY}[3s])",
    f"count_over_time({ENERGY}[3s])",
    f"last_over_time({ENERGY}[3s])",
    f"changes({ENERGY}[5s]) + resets({ENERGY}[5s])",
    f"stddev_over_time({ENERGY}[5s])",
    f"quantile_over_time(0.3, {ENERGY}[5s])",
    f"present_over_time({ENERGY}[5s])",
    f"rate({ENERGY}[2m])",
    f"max_over_time(sum({ENERGY})[4s:1s])",
    "sum(DCGM_FI_DEV_GPU_UTIL)",
    "sum by (Hostname) (DCGM_FI_DEV_GPU_UTIL)",
    "avg without (gpu, UUID, device, pod, namespace, container) (DCGM_FI_DEV_GPU_UTIL)",
    "max by (nothing) (DCGM_FI_DEV_GPU_UTIL)",
    "min by (Hostname, gpu) (DCGM_FI_DEV_FB_FREE)",
    "count by (__name__) ({__name__=~'runai_.*'})",
    "group by (node) (kube_pod_info)",
    "stddev(DCGM_FI_DEV_GPU_UTIL) + stdvar(DCGM_FI_DEV_GPU_UTIL)",
    "topk(2, DCGM_FI_DEV_GPU_UTIL)",
    "bottomk by (Hostname) (1, DCGM_FI_DEV_FB_FREE)",
    "quantile(0.9, DCGM_FI_DEV_GPU_UTIL)",
    'count_values("value", kube_pod_status_phase)',
    "DCGM_FI_DEV_GPU_UTIL / 100",
    "100 - DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_GPU_UTIL % 7 ^ 2",
    "-DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_GPU_UTIL > 20",
    "DCGM_FI_DEV_GPU_UTIL > bool 20",
    "20 < DCGM_FI_DEV_GPU_UTIL",
    "DCGM_FI_DEV_GPU_UTIL / 0",
    "1 > bool 2",
    "1 + 2 * 3 - 4 / 5",
    "2 ^ 3 ^ 2",
    "DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE",
    "DCGM_FI_DEV_FB_USED + on (UUID) DCGM_FI_DEV_FB_FREE",
    "DCGM_FI_DEV_FB_USED + ignoring (pod, namespace, container) DCGM_FI_DEV_FB_FREE",
    "DCGM_FI_DEV_FB_USED > on (Hostname, gpu) DCGM_FI_DEV_POWER_USAGE",
    "kube_pod_status_phase == 1 and on (pod) kube_pod_info{node='node001'}",
    "kube_pod_info unless on (pod) (kube_pod_status_phase{phase='Running'} == 1)",
    "kube_node_info or kube_pod_info",
    "kube_pod_container_resource_requests * on (namespace, pod) group_left (priority_class, created_by_kind) "
    "kube_pod_info",
    "sum by (node) (kube_node_status_allocatable) * on (node) group_right () kube_node_status_condition",
    "sum by (node) (kube_pod_container_resource_requests{resource='nvidia_com_gpu'} "
    "* on (namespace, pod) group_left (phase) (kube_pod_status_phase{phase='Running'} == 1))",
    f'label_replace({UTIL}, "node", "$1", "Hostname", "node(.*)")',
    f'label_replace({UTIL}, "node", "x-${{1}}-$0", "Hostname", "(no)de.*")',
    f'label_replace({UTIL}, "node", "x", "Hostname", "other")',
    f'label_join({UTIL}, "both", "/", "Hostname", "gpu")',
    "clamp(DCGM_FI_DEV_GPU_UTIL, 10, 50)",
    "clamp_min(DCGM_FI_DEV_GPU_UTIL, 10) + clamp_max(DCGM_FI_DEV_GPU_UTIL, 50)",
    "round(DCGM_FI_DEV_GPU_UTIL / 7)",
    "round(DCGM_FI_DEV_GPU_UTIL / 7, 0.25)",
    "abs(-DCGM_FI_DEV_GPU_UTIL) + ceil(DCGM_FI_DEV_GPU_UTIL / 7) - floor(DCGM_FI_DEV_GPU_UTIL / 7)",
    "sqrt(DCGM_FI_DEV_GPU_UTIL) + ln(DCGM_FI_DEV_GPU_UTIL) + exp(DCGM_FI_DEV_GPU_UTIL / 100)",
    "sgn(DCGM_FI_DEV_GPU_UTIL - 20)",
    "scalar(DCGM_FI_DEV_GPU_UTIL)",
    "scalar(sum(DCGM_FI_DEV_GPU_UTIL)) * 2",
    "vector(3)",
    "time()",
    "timestamp(DCGM_FI_DEV_GPU_UTIL)",
    "timestamp(sum(DCGM_FI_DEV_GPU_UTIL))",
    'absent(nosuchmetric{job="x", pod=~"y.*"})',
    "absent(up)",
    "absent(sum(nosuchmetric))",
    "absent_over_time(nosuchmetric[5m])",
    "hour() + minute(vector(7200.5)) + day_of_week()",
    "histogram_quantile(0.5, time_to_first_token_seconds_bucket)",
    "histogram_quantile(0.95, sum by (le, namespace) (time_to_first_token_seconds_bucket))",
    "histogram_quantile(0.9, sum by (le) (rate(e2e_request_latency_seconds_bucket[5s])))",
    "histogram_quantile(2, time_to_first_token_seconds_bucket)",
    "nosuchmetric",
    "nosuchmetric + 1",
    "sum(nosuchmetric)",
    '"text"',
)
FAILING = (
    "kube_pod_info * on (node) kube_node_status_condition",
    "kube_pod_info + on (node) kube_pod_created",
    'label_replace(kube_node_created, "node", "x", "", "")',
    'label_replace(up, "1bad", "x", "", "")',
    '{__name__=~"DCGM_FI_DEV_(GPU_UTIL|FB_USED)"} + 1',
)

Vector = dict[tuple[tuple[str, str], ...], float]


@pytest.fixture(scope="module")
def recorded(client: httpx.Client, pairs: dict[str, Pair]) -> tuple[History, float, str]:
    """All samples of the real server in a history of ours, and a moment between two scrapes to ask about."""
    url = pairs["plain"].real.url
    at = round(time.time() - 0.5, 3)
    asked = {"query": '{__name__=~".+"}[10m]', "time": at}
    result = client.get(f"{url}/api/v1/query", params=asked).json()["data"]["result"]
    by_clock: dict[tuple[float, ...], list[dict[str, Any]]] = {}
    for series in result:
        by_clock.setdefault(tuple(when for when, _ in series["values"]), []).append(series)
    history = History(3600)
    for number, (times, members) in enumerate(by_clock.items()):
        job = Job(f"job-{number}", lambda row: LabelSet(row.labels))
        rows = [(Family(series["metric"].pop(NAME), ""), Row(series["metric"])) for series in members]
        for position, when in enumerate(times):
            values = [float(series["values"][position][1]) for series in members]
            sheets = [Sheet((family,), [row], [(value,)]) for (family, row), value in zip(rows, values, strict=True)]
            history.scrape(job, when, sheets)
    return history, at, url


def ours(history: History, expression: str, at: float) -> float | str | Vector:
    value = Evaluation(history, at, at, at).result(parse(expression))
    if isinstance(value, list):
        return {labels.key: number for labels, number in value}
    return value


def close(left: float, right: float) -> bool:
    return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(left) and math.isnan(right))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_same_samples_same_answer(client: httpx.Client, recorded: tuple[History, float, str], expression: str) -> None:
    history, at, url = recorded
    answer = client.get(f"{url}/api/v1/query", params={"query": expression, "time": at}).json()
    assert answer["status"] == "success", answer
    result, found = answer["data"]["result"], ours(history, expression, at)
    match answer["data"]["resultType"]:
        case "vector":
            real = {tuple(sorted(item["metric"].items())): float(item["value"][1]) for item in result}
            assert isinstance(found, dict)
            assert found.keys() == real.keys()
            assert [(found[key], real[key]) for key in real if not close(found[key], real[key])] == []
        case "scalar":
            assert isinstance(found, float)
            assert close(found, float(result[1]))
        case "string":
            assert found == result[1]


@pytest.mark.parametrize("expression", FAILING)
def test_what_fails_there_fails_here(
    client: httpx.Client, recorded: tuple[History, float, str], expression: str
) -> None:
    history, at, url = recorded
    answer = client.get(f"{url}/api/v1/query", params={"query": expression, "time": at})
    with pytest.raises(QueryError) as caught:
        value = ours(history, expression, at)
        assert value is None, "an answer where the real server refuses"
    assert (caught.value.http, caught.value.kind) == (answer.status_code, answer.json()["errorType"])
