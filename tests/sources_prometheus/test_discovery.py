"""Which Service is taken for Prometheus, and which way leads there."""

import json
from typing import Any

import pytest
import requests

from tests.sources_prometheus.kit import Kept, poller, settings
from tests.sources_prometheus.server import Asked, FakePrometheus, FaultServer, Reply, free_port
from tui.model.status import SourceState
from tui.sources.kubernetes.errors import Forbidden, Unreachable
from tui.sources.prometheus import Endpoint, PrometheusError, discover_prometheus


def service(
    name: str, namespace: str = "monitoring", port: Any = None, ip: str = "10.0.0.1", **labels: str
) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {k.replace("__", "/"): v for k, v in labels.items()},
        },
        "spec": {"clusterIP": ip, "ports": [port or {"name": "http-web", "port": 9090, "protocol": "TCP"}]},
        "status": {"loadBalancer": {}},
    }


STACK = service("kps-prometheus", app="kube-prometheus-stack-prometheus")
OPERATED = service("prometheus-operated", ip="None", **{"operated-prometheus": "true"})
THANOS = service("thanos-query", port={"name": "http", "port": 9090})
OTHERS = [
    service("kps-alertmanager", app="kube-prometheus-stack-alertmanager"),
    service("kps-prometheus-node-exporter"),
    service("prometheus-operator"),
    service("my-web"),
]


class FakeApi:
    """An API server with these Services; listing all of them may be forbidden."""

    def __init__(
        self, services: list[dict[str, Any]], everywhere: bool = True, server: str = "https://head:6443"
    ) -> None:
        self.services = services
        self.everywhere = everywhere
        self.server = server
        self.paths: list[str] = []

    def get(self, path: str, query: dict[str, str | int] | None = None) -> tuple[int, bytes]:
        self.paths.append(path)
        namespaced = path.startswith("/api/v1/namespaces/")
        if not namespaced and not self.everywhere:
            raise Forbidden("services is forbidden", "list services at the cluster scope")
        found = [s for s in self.services if not namespaced or s["metadata"]["namespace"] == path.split("/")[4]]
        start = int(str((query or {}).get("continue", 0)))
        page: dict[str, Any] = {"items": found[start : start + 2], "metadata": {}}
        if start + 2 < len(found):
            page["metadata"]["continue"] = str(start + 2)
        return 200, json.dumps(page).encode()

    def requests_session(self) -> requests.Session:
        session = requests.Session()
        session.headers["Authorization"] = "Bearer of-the-api-server"
        return session


def tried(api: FakeApi, answers: str = "") -> tuple[Endpoint | None, list[str]]:
    urls: list[str] = []

    def check(endpoint: Endpoint, seconds: float) -> bool:
        urls.append(endpoint.url)
        return bool(answers) and answers in endpoint.url

    return discover_prometheus(api, check), urls


def test_the_best_service_comes_first_and_directly() -> None:
    found, urls = tried(FakeApi([*OTHERS, THANOS, OPERATED, STACK]), "10.0.0.1:9090")
    assert found is not None
    assert (found.url, found.session, found.found) == (
        "http://10.0.0.1:9090",
        None,
        "Service monitoring/kps-prometheus",
    )
    assert urls == ["http://10.0.0.1:9090"]


def test_every_way_is_tried_in_order_and_thanos_last() -> None:
    proxy = "https://head:6443/api/v1/namespaces/monitoring/services/{}/proxy"
    found, urls = tried(FakeApi([THANOS, *OTHERS, OPERATED, STACK]))
    assert found is None
    assert urls == [
        "http://10.0.0.1:9090",
        proxy.format("kps-prometheus:http-web"),
        proxy.format("prometheus-operated:http-web"),
        "http://10.0.0.1:9090",
        proxy.format("thanos-query:http"),
    ]


def test_node_port_load_balancer_and_https() -> None:
    port = {"name": "https", "port": 443, "nodePort": 30443}
    exposed = service("prometheus", "runai", port, "fd00::1", **{"app.kubernetes.io__name": "prometheus"})
    exposed["status"] = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
    _, urls = tried(FakeApi([exposed]))
    assert urls == [
        "https://[fd00::1]:443",
        "https://192.0.2.7:443",
        "https://head:30443",
        "https://head:6443/api/v1/namespaces/runai/services/https:prometheus:https/proxy",
    ]


def test_without_the_right_to_list_everything_the_likely_namespaces_are_asked() -> None:
    api = FakeApi([STACK], everywhere=False)
    found, _ = tried(api, "10.0.0.1")
    assert found is not None
    assert "/api/v1/namespaces/runai/services" in api.paths


def test_an_api_server_that_is_away_is_said_in_one_line() -> None:
    class Away(FakeApi):
        def get(self, path: str, query: dict[str, str | int] | None = None) -> tuple[int, bytes]:
            raise Unreachable("https://head:6443 refused the connection")

    with pytest.raises(PrometheusError, match="can't look for a Prometheus in the cluster: https://head:6443 refused"):
        discover_prometheus(Away([]))


@pytest.mark.parametrize("direct", [True, False])
def test_over_real_http_with_the_way_through_the_api_server(direct: bool) -> None:
    """The proxy is used where the direct address does not answer, with the API server's credentials."""
    fake = FakePrometheus({"DCGM_FI_DEV_GPU_UTIL": [({"Hostname": "node001", "gpu": "0"}, "44")]})
    prefix = "/api/v1/namespaces/monitoring/services/kps-prometheus:http-web/proxy"

    def behave(asked: Asked) -> Reply:
        through = asked.path.startswith(prefix)
        if through and asked.headers.get("Authorization") != "Bearer of-the-api-server":
            return Reply(401, b"")
        if not through and not direct:
            return Reply(200, b"<html>something else</html>", {"Content-Type": "text/html"})
        return fake(asked)

    with FaultServer(behave) as server:
        port = int(server.url.rpartition(":")[2]) if direct else free_port()
        here = service("kps-prometheus", ip="127.0.0.1", app="kube-prometheus-stack-prometheus")
        here["spec"]["ports"][0]["port"] = port
        api = FakeApi([here], server=server.url)
        with poller(settings(None), discover=lambda: discover_prometheus(api)) as polled:
            kept = Kept()
            polled.step(kept)
            assert kept.status.state is SourceState.LIVE
            assert ("through the API server" in dict(polled.facts)["found by"]) is not direct
    assert kept.column("gpu_utilization_fraction") is not None
