"""End to end against the embedded API server, over HTTPS with its own CA: two programs that share no code."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.settings import KubernetesSettings
from tests.sources_kubernetes.conftest import FAST, RecordingSink
from tui.demo.kube.access import Rule, new_user, ready_made_users
from tui.demo.kube.faults import Fault
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import ObjectStore
from tui.model.clock import SystemClock
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.pod import Pod
from tui.sources.kubernetes import KubeClient, KubernetesSource
from tui.sources.kubernetes.errors import Unreachable


def pod(name: str, namespace: str = "runai-team-a", **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": {"nodeName": "node001", "containers": [{"name": "c", "image": "x"}]},
        "status": {"phase": "Running"},
    }


@pytest.fixture
async def server() -> AsyncIterator[KubeServer]:
    store = ObjectStore(cluster_resources(), time.time)
    for name in ("default", "runai-team-a", "other"):
        store.create(store.resource("namespaces"), {"metadata": {"name": name}, "status": {"phase": "Active"}})
    store.create(store.resource("pods"), pod("half", **{"gpu-fraction": "0.5"}))
    store.create(store.resource("pods"), pod("elsewhere", "other"))
    allowed = Rule(("get", "list", "watch"), ("",), ("pods",), ("runai-team-a",))
    users = {**ready_made_users(), "narrow": new_user("narrow", [allowed])}
    made = KubeServer(store, users)
    await made.start()
    yield made
    await made.stop()
    store.close()


Started = Callable[[str], tuple[KubernetesSource, RecordingSink]]


@pytest.fixture
async def started(server: KubeServer, tmp_path: Path) -> AsyncIterator[Started]:
    sources: list[KubernetesSource] = []

    def start(user: str) -> tuple[KubernetesSource, RecordingSink]:
        path = tmp_path / user
        server.write_kubeconfig(path, user, namespace="runai-team-a")
        source = KubernetesSource(KubernetesSettings(kubeconfig=path), SystemClock(), timing=FAST)
        sink = RecordingSink()
        source.start(sink)
        sources.append(source)
        return source, sink

    yield start
    for source in sources:
        await asyncio.to_thread(source.stop)


async def test_every_kind_is_live_and_a_new_pod_arrives(server: KubeServer, started: Started) -> None:
    source, sink = started("viewer")
    await asyncio.to_thread(sink.wait_state, "kubernetes", "live")
    states = {name: str(status.state) for name, status in sink.statuses.items()}
    assert set(states.values()) <= {"live", "absent"}
    assert states["kubernetes/inferenceworkloads.run.ai"] == "live"
    half = sink.items["pods"][ObjectKey("runai-team-a", "half")]
    assert isinstance(half, Pod)
    assert half.gpu == GpuRequest(devices=1, fraction=0.5)
    server.store.create(server.store.resource("pods"), pod("new"))
    await asyncio.to_thread(sink.wait, lambda s: "new" in s.names("pods"))
    found = await asyncio.to_thread(source.get_object, "pods", ObjectKey("runai-team-a", "new"))
    assert found["metadata"]["name"] == "new"
    assert await asyncio.to_thread(source.access, "create", "pods", "", "runai-team-a") is False
    with source.client.requests_session() as session:
        answer = await asyncio.to_thread(session.get, source.client.server + "/version", timeout=5)
    assert answer.json()["gitVersion"] == source.version


async def test_one_namespace_only(server: KubeServer, started: Started) -> None:
    _, sink = started("narrow")
    await asyncio.to_thread(sink.wait_state, "kubernetes", "live")
    assert sink.names("pods") == {"half"}
    assert sink.statuses["kubernetes/pods"].state == "live"
    assert "runai-team-a" in sink.statuses["kubernetes/pods"].detail
    assert sink.statuses["kubernetes/nodes"].state == "denied"
    assert sink.statuses["kubernetes/inferenceworkloads.run.ai"].state == "denied"


async def test_watches_that_are_cut_in_the_middle_of_a_line_resume(server: KubeServer, started: Started) -> None:
    _, sink = started("admin")
    await asyncio.to_thread(sink.wait_state, "kubernetes", "live")
    server.faults.set(Fault.HALF_LINE, "watch=true")
    server.watchers.end()
    await asyncio.to_thread(sink.wait, lambda s: s.statuses["kubernetes/pods"].state == "stale")
    server.faults.set(Fault.NONE)
    server.store.create(server.store.resource("pods"), pod("after"))
    await asyncio.to_thread(sink.wait, lambda s: "after" in s.names("pods"))
    await asyncio.to_thread(sink.wait_state, "kubernetes/pods", "live")


async def test_certificate_that_nobody_vouches_for(server: KubeServer, tmp_path: Path) -> None:
    path = tmp_path / "k"
    server.write_kubeconfig(path)
    document = yaml.safe_load(path.read_text())
    del document["clusters"][0]["cluster"]["certificate-authority-data"]
    path.write_text(json.dumps(document))
    client = KubeClient(path)
    with pytest.raises(Unreachable, match=r"TLS failed .*certificate-authority"):
        await asyncio.to_thread(client.get, "/version")
    client.close()
    document["clusters"][0]["cluster"]["insecure-skip-tls-verify"] = True
    path.write_text(json.dumps(document))
    client = KubeClient(path)
    assert (await asyncio.to_thread(client.get, "/version"))[0] == 200
    with client.requests_session() as session:
        assert session.verify is False
    client.close()


async def test_name_in_the_certificate_is_checked_against_tls_server_name(server: KubeServer, tmp_path: Path) -> None:
    path = tmp_path / "k"
    server.write_kubeconfig(path)
    document = yaml.safe_load(path.read_text())
    cluster = document["clusters"][0]["cluster"]
    assert b"BEGIN CERTIFICATE" in base64.b64decode(cluster["certificate-authority-data"])
    for name, is_right in (("kubernetes.default.svc", True), ("wrong.example", False)):
        cluster["tls-server-name"] = name
        path.write_text(json.dumps(document))
        client = KubeClient(path)
        if is_right:
            assert (await asyncio.to_thread(client.get, "/version"))[0] == 200
        else:
            with pytest.raises(Unreachable, match="TLS failed"):
                await asyncio.to_thread(client.get, "/version")
        client.close()
