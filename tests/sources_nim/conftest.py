"""An embedded API server over HTTPS whose pods are served by a NIM of the test's making."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.sources_runai.loopback import Asked, Loopback, Reply
from tui.demo.kube.access import Rule, new_user, ready_made_users
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.pod import Container, Pod
from tui.sources.kubernetes import KubeClient

SPACE = "runai-test"
EDGES = ("0.1", "0.2", "+Inf")


def metrics_text(running: float = 3, tokens: float = 1000, ttft: tuple[int, int, int] = (50, 90, 100)) -> str:
    buckets = "".join(
        f'time_to_first_token_seconds_bucket{{le="{edge}"}} {count}\n' for edge, count in zip(EDGES, ttft, strict=True)
    )
    return (
        f"num_requests_running {running}\nnum_requests_waiting 1\ngpu_cache_usage_perc 0.5\n"
        f"generation_tokens_total {tokens}\nrequest_success_total {tokens / 10}\n{buckets}"
        f"time_to_first_token_seconds_sum {ttft[-1] * 0.1}\ntime_to_first_token_seconds_count {ttft[-1]}\n"
    )


class Nim:
    """What all pods answer; ``text`` by pod is its metrics, ``loading`` holds those that are not ready."""

    def __init__(self) -> None:
        self.text: dict[str, str] = {}
        self.loading: set[str] = set()
        self.odd: dict[str, Reply] = {}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, asked: Asked) -> Reply:
        pod, _, path = asked.path.lstrip("/").partition("/")
        self.asked.append((pod, f"/{path}"))
        if pod in self.odd:
            return self.odd[pod]
        if pod in self.loading and path != "v1/health/live":
            return Reply(503, b'{"object": "error", "message": "Service is not ready."}')
        if path == "v1/metrics":
            return Reply(200, self.text.get(pod, metrics_text()).encode(), {"Content-Type": "text/plain"})
        known: dict[str, Any] = {
            "v1/models": {"object": "list", "data": [{"id": "meta/llama"}]},
            "v1/version": {"release": "1.8.4"},
            "v1/metadata": {"version": "1.8.4", "empty": ""},
            "v1/health/ready": {},
            "v1/health/live": {},
        }
        return Reply(200, json.dumps(known[path]).encode()) if path in known else Reply(404, b'{"detail":"Not Found"}')


class Cluster:
    """The server, what its pods say, and clients by user."""

    def __init__(self, server: KubeServer, nim: Nim, folder: Path) -> None:
        self.server = server
        self.nim = nim
        self._folder = folder
        self._clients: list[KubeClient] = []

    def client(self, user: str = "admin") -> KubeClient:
        path = self._folder / user
        self.server.write_kubeconfig(path, user)
        made = KubeClient(path, timeout_seconds=5)
        self._clients.append(made)
        return made

    def close(self) -> None:
        for client in self._clients:
            client.close()


def model_pod(name: str, *ports: int) -> Pod:
    container = Container("user-container", "nim", ports=ports or (8000,))
    return Pod(ObjectKey(SPACE, name), name, "1", "Running", "node001", None, GpuRequest(), containers=(container,))


def _stored(name: str, ip: str | None) -> Json:
    status: Json = {"phase": "Running"} | ({"podIP": ip} if ip else {})
    return {
        "metadata": {"name": name, "namespace": SPACE},
        "spec": {"nodeName": "node001", "containers": [{"name": "c", "image": "x"}]},
        "status": status,
    }


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """Pods ``a``, ``b`` and ``c`` serve on 8000, ``mute`` listens nowhere, ``young`` has no address yet."""
    store = ObjectStore(cluster_resources(), time.time)
    store.create(store.resource("namespaces"), {"metadata": {"name": SPACE}, "status": {"phase": "Active"}})
    for place, name in enumerate(("a", "b", "c", "mute", "young")):
        store.create(store.resource("pods"), _stored(name, f"10.0.0.{place + 1}" if name != "young" else None))
    reader = new_user("reader", [Rule(("get",), ("",), ("pods/proxy",), (SPACE,))])
    server = KubeServer(store, {**ready_made_users(), "reader": reader})
    nim = Nim()
    with Loopback(nim) as backend:

        async def find(namespace: str, pod: str, port: int) -> str | None:
            return f"{backend.url}/{pod}" if pod != "mute" and port == 8000 else None

        server.set_pod_backend(find)
        await server.start()
        made = Cluster(server, nim, tmp_path)
        yield made
        await asyncio.to_thread(made.close)
        await server.stop()
    store.close()
