"""The embedded API server over HTTPS, what it was sent, and writers to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tui.demo.kube.access import Rule, new_user, ready_made_users
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import ObjectStore
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.manifest import Change
from tui.sources.kubernetes import KubeClient
from tui.sources.writing import Audit, AuditEntry, Writer, read_audit

SPACE = "runai-test"
NIMS = "inferenceworkloads.run.ai"
Call = Callable[..., Any]


def nim(name: str = "llama", namespace: str = SPACE, **spec: Any) -> JsonObject:
    return {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "InferenceWorkload",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"image": {"value": "nvcr.io/nim/x"}, **spec},
    }


def create(body: JsonObject, resource: str = NIMS) -> Change:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    key = ObjectKey(str(metadata.get("namespace", "")), str(metadata["name"]))
    return Change("create", resource, key, f"create {body['kind']} {key}", body)


class Bench:
    """A server, its store, and a writer for each user."""

    def __init__(self, server: KubeServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.clients: list[KubeClient] = []

    @property
    def audit_file(self) -> Path:
        return self.folder / "state" / "nimdeck" / "audit.jsonl"

    def client(self, user: str = "admin") -> KubeClient:
        path = self.folder / user
        self.server.write_kubeconfig(path, user)
        client = KubeClient(path, timeout_seconds=5.0)
        self.clients.append(client)
        return client

    def writer(self, user: str = "admin", read_only: bool = False, **more: Any) -> Writer:
        return Writer(self.client(user), None, Audit(self.audit_file), read_only, "lab", **more)

    def audit(self) -> tuple[AuditEntry, ...]:
        return read_audit(self.audit_file)

    def kept(self, resource: str, name: str, namespace: str | None = SPACE) -> Any:
        plural, _, group = resource.partition(".")
        return self.server.store.get(self.server.store.resource(plural, group), namespace, name)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = ObjectStore(cluster_resources(), time.time, collect_after_seconds=0.02, stop_after_seconds=0.05)
    for name in ("default", SPACE):
        store.create(store.resource("namespaces"), {"metadata": {"name": name}, "status": {"phase": "Active"}})
    reader = new_user("reader", [Rule(("get", "list", "watch"))])
    server = KubeServer(store, {**ready_made_users(), "reader": reader})
    await server.start()
    made = Bench(server, tmp_path)
    yield made
    for client in made.clients:
        await asyncio.to_thread(client.close)
    await server.stop()
    store.close()
