"""Every query of the catalogue gives on a real Prometheus what the embedded API gives, in each label shape."""

import math
import time
from typing import Any

import httpx
import pytest

from config.queries import fill, load_queries
from tests.contract.conftest import Pair

pytestmark = pytest.mark.prometheus

PLACES = {"node": "node001", "namespace": "runai-test", "pods": ("llama-a", "llama-b")}
Json = dict[str, Any]


def catalogue() -> dict[str, str]:
    """All queries by a readable name, placeholders filled in."""
    queries = load_queries()
    probe = queries.probe
    found = {
        "probe.names": queries.names_query(),
        "probe.nodes": probe.nodes,
        "probe.exporter_pods": probe.exporter_pods,
        "probe.targets_up": probe.targets_up,
    }
    for name, metric in queries.metric.items():
        found |= {f"metric.{name}.{number}": item.query for number, item in enumerate(metric.variant)}
    for name, curve in queries.curve.items():
        found |= {f"curve.{name}.{number}": fill(item.query, PLACES) for number, item in enumerate(curve.variant)}
    return found


QUERIES = catalogue()


def ask(client: httpx.Client, url: str, path: str, **parameters: str | float) -> Json:
    answer = client.post(f"{url}{path}", data=parameters)
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    assert set(body) <= {"status", "data", "warnings", "infos"}
    return body["data"]


def by_labels(vector: list[Json]) -> dict[tuple[tuple[str, str], ...], float]:
    found = {tuple(sorted(element["metric"].items())): float(element["value"][1]) for element in vector}
    assert len(found) == len(vector)
    return found


def test_the_catalogue_gives_the_same_on_both(client: httpx.Client, pair: Pair) -> None:
    differing = []
    for name, query in QUERIES.items():
        at = time.time()
        here = ask(client, pair.embedded.url, "/api/v1/query", query=query, time=at)
        there = ask(client, pair.real.url, "/api/v1/query", query=query, time=at)
        assert here["resultType"] == there["resultType"] == "vector"
        ours, real = by_labels(here["result"]), by_labels(there["result"])
        same = ours.keys() == real.keys()
        if same and "rate(" not in query:  # rates hang on the moments of the scrapes: test_evaluator.py has those
            same = all(math.isclose(ours[key], real[key], rel_tol=1e-6) for key in ours)
        if not same:
            differing.append(f"{name}\n  here  {ours}\n  there {real}")
    assert not differing, "\n".join(differing)


def test_most_queries_have_an_answer(client: httpx.Client, pairs: dict[str, Pair]) -> None:
    """Equality of empty answers proves nothing: with all exporters there, hardly a query may come back empty."""
    url = pairs["plain"].embedded.url
    empty = {name for name, query in QUERIES.items() if not ask(client, url, "/api/v1/query", query=query)["result"]}
    assert empty <= {"probe.exporter_pods"}


def test_sample_times_are_fresh_on_both(client: httpx.Client, pair: Pair) -> None:
    metric = "DCGM_FI_DEV_GPU_UTIL" if "dcgm" in {item.path for item in pair.embedded.exporters} else "kube_node_info"
    query = load_queries().sampled_at_query(metric)
    for url in (pair.embedded.url, pair.real.url):
        answer = by_labels(ask(client, url, "/api/v1/query", query=query)["result"])
        assert answer[()] == pytest.approx(time.time(), abs=4)


def test_newest_ages_are_small_on_both(client: httpx.Client, pair: Pair) -> None:
    names = ("kube_node_status_allocatable", "DCGM_FI_DEV_GPU_UTIL", "no_such_metric")
    has_dcgm = "dcgm" in {item.path for item in pair.embedded.exporters}
    query = load_queries().newest_age_query(names)
    for url in (pair.embedded.url, pair.real.url):
        ages = {
            element["metric"]["metric"]: float(element["value"][1])
            for element in ask(client, url, "/api/v1/query", query=query)["result"]
        }
        assert set(ages) == set(names[: 1 + has_dcgm])
        assert all(0 <= age < 4 for age in ages.values())
        told = by_labels(ask(client, url, "/api/v1/query", query=load_queries().probe.server_time)["result"])
        assert told[()] == pytest.approx(time.time(), abs=4)


def test_range_queries_share_their_shape(client: httpx.Client, pair: Pair) -> None:
    end = time.time()
    query = 'max by (node) (kube_node_status_condition{condition="Ready", status="true"})'
    asked = {"query": query, "start": end - 3, "end": end, "step": "1"}
    here = ask(client, pair.embedded.url, "/api/v1/query_range", **asked)
    there = ask(client, pair.real.url, "/api/v1/query_range", **asked)
    assert here["resultType"] == there["resultType"] == "matrix"
    assert [line["metric"] for line in here["result"]] == [line["metric"] for line in there["result"]]
    values = {value for line in here["result"] + there["result"] for _, value in line["values"]}
    assert values == {"1"}
    assert here["result"][0]["values"][-1][0] == there["result"][0]["values"][-1][0]


@pytest.mark.parametrize("selector", ['{__name__=~"DCGM_.*"}', "up", '{job="kube-state-metrics",node="node002"}'])
def test_series_and_label_values_are_the_same(client: httpx.Client, pairs: dict[str, Pair], selector: str) -> None:
    pair = pairs["exported"]
    for path in ("/api/v1/series", "/api/v1/labels"):
        here, there = (ask(client, url, path, **{"match[]": selector}) for url in (pair.embedded.url, pair.real.url))
        key = str if path.endswith("labels") else lambda labels: tuple(sorted(labels.items()))
        assert sorted(here, key=key) == sorted(there, key=key)
    for label in ("__name__", "Hostname", "exported_pod"):
        path = f"/api/v1/label/{label}/values?match[]={selector}"
        here, there = (client.get(f"{url}{path}").json() for url in (pair.embedded.url, pair.real.url))
        assert here == there


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/api/v1/query", {"query": "sum by ("}),
        ("/api/v1/query", {"query": ""}),
        ("/api/v1/query", {"query": "no_such_function(up)"}),
        ("/api/v1/query", {"query": "up", "time": "yesterday"}),
        ("/api/v1/query", {"query": "kube_pod_info * on (node) kube_pod_created"}),
        ("/api/v1/query_range", {"query": "up", "start": "2", "end": "1", "step": "1"}),
        ("/api/v1/query_range", {"query": "up", "start": "1", "end": "2", "step": "0"}),
        ("/api/v1/query_range", {"query": "up", "start": "1", "end": "99999", "step": "1"}),
        ("/api/v1/query_range", {"query": "up[1m]", "start": "1", "end": "2", "step": "1"}),
        ("/api/v1/series", {}),
        ("/api/v1/series", {"match[]": "{"}),
    ],
)
def test_refusals_have_the_same_code_and_type(
    client: httpx.Client, pairs: dict[str, Pair], path: str, parameters: dict[str, str]
) -> None:
    pair = pairs["plain"]
    here, there = (client.get(f"{url}{path}", params=parameters) for url in (pair.embedded.url, pair.real.url))
    assert here.status_code == there.status_code
    assert here.headers["content-type"].split(";")[0] == there.headers["content-type"].split(";")[0]
    ours, real = here.json(), there.json()
    assert ours.keys() == real.keys() == {"status", "errorType", "error"}
    assert (ours["status"], ours["errorType"]) == (real["status"], real["errorType"])


@pytest.mark.parametrize("path", ["/-/ready", "/-/healthy"])
def test_health_paths(client: httpx.Client, pairs: dict[str, Pair], path: str) -> None:
    answers = [client.get(f"{url}{path}") for url in (pairs["plain"].embedded.url, pairs["plain"].real.url)]
    assert [answer.status_code for answer in answers] == [200, 200]
