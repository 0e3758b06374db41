"""A Run:ai server over a small cluster in a real object store, and its published OpenAPI where that is at hand."""

import json
import os
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from tests.demo_prom.world import NOW, FakeTelemetry, small_cluster
from tui.demo.objects import ObjectStore, Resource
from tui.demo.runai.server import RunaiServer

Json = dict[str, Any]
RESOURCES = (
    Resource("", "v1", "nodes", "Node", namespaced=False),
    Resource("", "v1", "pods", "Pod"),
    Resource("", "v1", "events", "Event"),
    Resource("", "v1", "namespaces", "Namespace", namespaced=False),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
    Resource("apps", "v1", "deployments", "Deployment"),
    Resource("scheduling.run.ai", "v2", "queues", "Queue", namespaced=False),
    Resource("run.ai", "v1alpha1", "projects", "Project", namespaced=False),
    Resource("run.ai", "v1alpha1", "nodepools", "NodePool", namespaced=False),
    Resource("run.ai", "v2alpha1", "inferenceworkloads", "InferenceWorkload"),
)


def filled_store() -> tuple[ObjectStore, FakeTelemetry]:
    fake, telemetry = small_cluster()
    store = ObjectStore(RESOURCES, lambda: NOW)
    for (plural, group), objects in fake.objects.items():
        res = store.resource(plural, group)
        for number, obj in enumerate(objects):
            obj["metadata"].pop("resourceVersion")
            obj["metadata"]["uid"] = f"00000000-0000-4000-8000-{abs(hash((plural, number))) % 10**12:012d}"
            obj["metadata"].setdefault("creationTimestamp", "2026-11-01T00:00:00Z")
            store.create(res, obj)
    parent = {"metadata": {"name": "q-4500000", "uid": "11111111-0000-4000-8000-000000000001"}, "spec": {}}
    queues = store.resource("queues", "scheduling.run.ai")
    store.create(queues, parent)
    for name in ("test", "team-a"):
        store.change(queues, None, name, lambda obj: obj["spec"].update(parentQueue="q-4500000"))
    store.create(
        store.resource("nodepools", "run.ai"),
        {"metadata": {"name": "default"}, "spec": {"placementStrategy": {"cpu": "spread", "gpu": "spread"}}},
    )
    return store, telemetry


class Client:
    """Calls the server with a token, and checks answers against the published schema if asked to."""

    def __init__(self, server: RunaiServer, session: aiohttp.ClientSession, store: ObjectStore) -> None:
        self.server = server
        self.store = store
        self._session = session
        self._token = ""

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        if not self._token:
            form = {
                "grant_type": "client_credentials",
                "client_id": self.server.client_id,
                "client_secret": self.server.client_secret,
            }
            async with self._session.post(f"{self.server.url}/api/v2/token", data=form) as answer:
                self._token = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._session.request(method, self.server.url + path, headers=headers, **options) as answer:
            return (
                answer.status,
                await answer.json() if answer.content_type == "application/json" else await answer.text(),
            )


@pytest.fixture
async def runai() -> AsyncIterator[Client]:
    store, telemetry = filled_store()
    server = RunaiServer(store, telemetry, store.now)
    await server.start()
    async with aiohttp.ClientSession() as session:
        yield Client(server, session, store)
    await server.stop()


@cache
def openapi() -> Json:
    given = os.environ.get("NIMDECK_RUNAI_OPENAPI")
    path = Path(given) if given else Path(__file__).parents[3] / "shared" / "contracts" / "runai-openapi.json"
    if not path.is_file():
        pytest.skip("no runai-openapi.json: name Run:ai's published OpenAPI in NIMDECK_RUNAI_OPENAPI")
    found: Json = json.loads(path.read_text())
    _nullable(found)
    return found


def _nullable(schema: Any) -> None:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words, in place."""
    if isinstance(schema, list):
        for item in schema:
            _nullable(item)
    if isinstance(schema, dict):
        if schema.get("nullable") is True and isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
            if "enum" in schema:
                schema["enum"] = [*schema["enum"], None]
        for item in list(schema.values()):
            _nullable(item)


def faults(method: str, path: str, status: int, body: Any) -> list[str]:
    """What the published schema has against an answer; ``path`` is the template."""
    document = openapi()
    answer = document["paths"][path][method.lower()]["responses"][str(status)]
    while "$ref" in answer:
        answer = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    schema = answer["content"]["application/json"]["schema"]
    whole = {**schema, "components": document["components"]}
    errors = Draft202012Validator(whole, format_checker=FormatChecker()).iter_errors(body)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]
