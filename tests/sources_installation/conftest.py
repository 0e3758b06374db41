"""A cluster whose API a test can spoil, and one call that reads its installation."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import PrometheusSettings, Settings
from tests.sources_kubernetes.fault_api import FaultApi, Json, Reply, fault_api, write_kubeconfig
from tui.model.clock import SystemClock
from tui.model.installation import Installation
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.sources.installation import read_installation
from tui.sources.kubernetes import KubeClient
from tui.sources.kubernetes.ondemand import ACCESS_PATH
from tui.sources.prometheus.client import Client
from tui.sources.prometheus.endpoint import Endpoint

SECRET_VALUE = "bnZhcGktdmVyeS1zZWNyZXQ="
SPACE = "/api/v1/namespaces/runai-team-a"
KNATIVE = "/api/v1/namespaces/knative-serving/configmaps"


class Connected:
    """Stands where a ``KubernetesSource`` is expected: connected to ``client``."""

    name = "kubernetes"

    def __init__(self, client: KubeClient) -> None:
        self.client = client

    def wait_connected(self, timeout_seconds: float) -> bool:
        return True


class Asking:
    """Stands where a ``PrometheusSource`` is expected: connected to ``url``."""

    facts = (("address", "http://prometheus"), ("found by", "Service monitoring/prometheus"), ("version", "2.42.0"))

    def __init__(self, url: str, clock: Any = None) -> None:
        settings = PrometheusSettings(url=url, timeout_seconds=2.0)
        self.client = Client(Endpoint(url), settings, clock or SystemClock())


def named(name: str, namespace: str | None = None, **rest: Any) -> Json:
    metadata = {"name": name, "uid": f"uid-{name}"} | ({"namespace": namespace} if namespace else {})
    return {"metadata": metadata | rest.pop("metadata", {})} | rest


def secrets_table(*secrets: tuple[str, str]) -> Reply:
    columns = [{"name": "Name"}, {"name": "Type"}, {"name": "Data"}, {"name": "Age"}]
    rows = [{"cells": [name, kind, 1, "5d"]} for name, kind in secrets]
    return Reply(200, {"kind": "Table", "metadata": {}, "columnDefinitions": columns, "rows": rows})


def secret(name: str, *keys: str, kind: str = "Opaque") -> Reply:
    return Reply(
        200, {"kind": "Secret", "metadata": {"name": name}, "type": kind, "data": dict.fromkeys(keys, SECRET_VALUE)}
    )


def give(api: FaultApi, path: str, reply: Reply) -> None:
    """What ``path`` answers from now on."""
    api.spoil[path] = lambda query: reply


@pytest.fixture
def api() -> Iterator[FaultApi]:
    """A project's namespace with a claim and two Secrets, Knative's settings, and a load balancer."""
    with fault_api() as server:
        team = named("runai-team-a", metadata={"labels": {"runai/queue": "team-a"}})
        server.objects["/api/v1/namespaces"] = [team, named("knative-serving"), named("runai"), named("gpu-operator")]
        server.objects["/apis/storage.k8s.io/v1/storageclasses"] = [named("nfs", provisioner="nfs")]
        server.objects[f"{SPACE}/persistentvolumeclaims"] = [named("cache", status={"phase": "Bound"})]
        for name in ("runai-team-a", "runai", "knative-serving", "gpu-operator", "monitoring"):
            for plural in ("deployments", "statefulsets"):
                server.objects[f"/apis/apps/v1/namespaces/{name}/{plural}"] = []
        address = {"loadBalancer": {"ingress": [{"ip": "10.0.0.9"}]}}
        balancer = named(
            "ingress-nginx-controller", "ingress-nginx", spec={"type": "LoadBalancer", "ports": [{"port": 443}]}
        )
        server.objects["/api/v1/services"] = [
            balancer | {"status": address},
            named("web", "runai-team-a", spec={"type": "ClusterIP"}),
        ]
        server.objects["/api/v1/namespaces/monitoring/services"] = []
        give(
            server,
            f"{SPACE}/secrets",
            secrets_table(("ngc-api-key", "Opaque"), ("pull", "kubernetes.io/dockerconfigjson")),
        )
        give(server, f"{SPACE}/secrets/ngc-api-key", secret("ngc-api-key", "NGC_API_KEY"))
        pull = secret("pull", ".dockerconfigjson", kind="kubernetes.io/dockerconfigjson")
        give(server, f"{SPACE}/secrets/pull", pull)
        give(server, "/api/v1/namespaces/runai/secrets", secrets_table())
        data = {"_example": "progress-deadline: 9s", "progress-deadline": "1800s"}
        give(
            server, f"{KNATIVE}/config-deployment", Reply(200, named("config-deployment", "knative-serving", data=data))
        )
        give(server, ACCESS_PATH, Reply(201, {"status": {"allowed": True}}))
        yield server


Read = Callable[..., Installation]


@pytest.fixture
def client(api: FaultApi, tmp_path: Path) -> Iterator[KubeClient]:
    made = KubeClient(write_kubeconfig(tmp_path / "kubeconfig", api.url), timeout_seconds=5.0, connect_seconds=3.0)
    yield made
    made.close()


@pytest.fixture
def read(client: KubeClient) -> Iterator[Read]:
    """Reads the installation of ``api``; other sources may be given."""
    asking: list[Asking] = []

    def call(
        *,
        kubernetes: Any = ...,
        prometheus: str | None = None,
        control_plane: Any = None,
        project: str | None = None,
        seconds: float = 5.0,
        settings: Settings | None = None,
    ) -> Installation:
        clock = SystemClock()
        if prometheus is not None:
            asking.append(Asking(prometheus))
        return read_installation(
            Connected(client) if kubernetes is ... else kubernetes,  # type: ignore[arg-type]
            asking[-1] if prometheus is not None else None,  # type: ignore[arg-type]
            control_plane,
            Snapshot(clock.now(), 1, ClusterInfo()),
            settings or Settings(),
            project,
            clock,
            seconds,
        )

    yield call
    for one in asking:
        one.client.close()
