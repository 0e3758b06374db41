"""What waiting pods lean on, from the embedded API server, over a session that keeps it fresh."""

import asyncio
import queue
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.settings import KubernetesSettings, PrometheusSettings, Settings
from tui.demo.kube.access import Rule, new_user, ready_made_users
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import ObjectStore
from tui.model.circumstances import Circumstances, Inquiry, KindState
from tui.model.ids import ObjectKey
from tui.model.snapshot import Snapshot
from tui.model.surroundings import SecretInfo
from tui.session import Session
from tui.sources.kubernetes import KubeClient
from tui.sources.kubernetes.circumstances import read_circumstances
from tui.sources.kubernetes.discovery import Served

SPACE = "runai-team-a"
OBJECTS: dict[str, dict[str, Any]] = {
    "pods": {"spec": {"containers": [{"name": "c", "image": "x"}]}, "status": {"phase": "Pending"}},
    "persistentvolumeclaims": {
        "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Pending"},
    },
    "secrets": {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "e30="}},
    "configmaps": {"data": {"key": "value"}},
    "replicasets.apps": {
        "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": {
            "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]},
        }},
        "status": {"replicas": 0},
    },
    "revisions.serving.knative.dev": {"spec": {"containers": [{"image": "x"}]}, "status": {"desiredReplicas": 1}},
    "bindrequests.scheduling.run.ai": {"spec": {"podName": "x", "selectedNode": "node001"}},
}  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[KubeServer]:
    store = ObjectStore(cluster_resources(), time.time)
    store.create(store.resource("namespaces"), {"metadata": {"name": SPACE}, "status": {"phase": "Active"}})
    for name, body in OBJECTS.items():
        plural, _, group = name.partition(".")
        store.create(store.resource(plural, group), {"metadata": {"name": "x", "namespace": SPACE}, **body})
    narrow = new_user("narrow", [Rule(("get", "list"), ("",), ("pods", "persistentvolumeclaims"), (SPACE,))])
    made = KubeServer(store, {**ready_made_users(), "narrow": narrow})
    await made.start()
    yield made
    await made.stop()
    store.close()


async def read(server: KubeServer, folder: Path, user: str, *spaces: str) -> Circumstances:
    server.write_kubeconfig(folder / user, user)
    client = KubeClient(folder / user)
    try:
        return await asyncio.to_thread(read_circumstances, client, Served(), Inquiry(spaces or (SPACE,)), 0.0)
    finally:
        client.close()


@pytest.mark.parametrize("spaces", [(SPACE,), (SPACE, *(f"other-{number}" for number in range(30)))])
async def test_all_of_a_namespace_and_of_many(server: KubeServer, tmp_path: Path, spaces: tuple[str, ...]) -> None:
    found = await read(server, tmp_path, "admin", *spaces)
    assert found.why == {}
    assert set(found.states.values()) == {KindState.READ}
    key = ObjectKey(SPACE, "x")
    assert found.claims[key].phase == "Pending"
    assert found.secrets == {key: SecretInfo("x", "kubernetes.io/dockerconfigjson")}
    assert key in found.config_maps
    assert [(maker.kind, maker.desired, maker.existing) for maker in found.pod_makers] == [("ReplicaSet", 1, 0)]
    assert found.revisions[key].desired == 1
    assert found.bind_requests[key].node == "node001"


async def test_what_a_narrow_user_may_not_read_is_hidden(server: KubeServer, tmp_path: Path) -> None:
    found = await read(server, tmp_path, "narrow")
    assert found.kind_state("persistentvolumeclaims", SPACE) is KindState.READ
    hidden = {kind for (kind, _), state in found.states.items() if state is KindState.HIDDEN}
    assert {"secrets", "configmaps", "revisions.serving.knative.dev", "storageclasses.storage.k8s.io"} <= hidden
    assert (
        f"list revisions.serving.knative.dev in namespace {SPACE}" in found.why["revisions.serving.knative.dev", SPACE]
    )


async def test_a_session_keeps_them_while_a_pod_waits(
    server: KubeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments: list[float] = []

    def inquiry(seen: Snapshot) -> Inquiry:
        moments.append(seen.at)
        return Inquiry(tuple({key.namespace for key in seen.pods}))

    monkeypatch.setattr("tui.diagnose.pending.inquiry", inquiry)
    server.write_kubeconfig(tmp_path / "k", "admin")
    settings = Settings(
        kubernetes=KubernetesSettings(kubeconfig=tmp_path / "k"), prometheus=PrometheusSettings(enabled=False)
    )
    session = Session(settings)
    assert session.circumstances(Inquiry((SPACE,))) is None
    told: queue.Queue[Circumstances] = queue.Queue()
    session.start()
    try:
        session.on_circumstances(told.put)
        found = await asyncio.to_thread(told.get, timeout=10)
        assert ObjectKey(SPACE, "x") in found.claims
        assert session.latest_circumstances is not None
        assert max(moments) > time.time() - 60  # what waits is judged by the time that it is, not by the last change
    finally:
        await asyncio.to_thread(session.stop)
    late = await asyncio.to_thread(session.circumstances, Inquiry((SPACE,)))
    assert late is not None  # it is closed: that is said, and nothing raised
    assert set(late.states.values()) == {KindState.FAILED}
