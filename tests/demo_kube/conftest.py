"""An embedded API server on plain HTTP for each test, with a few objects, and a small client."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, NamedTuple

import aiohttp
import pytest

from tui.demo.kube.access import Rule, User, new_user, ready_made_users
from tui.demo.kube.call import Timing
from tui.demo.kube.logsource import LogLine
from tui.demo.kube.resources import cluster_resources
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore

PODS = "/api/v1/namespaces/spike/pods"
CONFIG_MAPS = "/api/v1/namespaces/spike/configmaps"
INFERENCE = "/apis/run.ai/v2alpha1/namespaces/spike/inferenceworkloads"


def pod(name: str, namespace: str = "spike", **labels: str) -> Json:
    """A complete running pod."""
    return {
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name, **labels}},
        "spec": {"nodeName": "node001", "containers": [{"name": "c", "image": "x"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [
                {"name": "c", "image": "x", "imageID": "", "ready": True, "restartCount": 0,
                 "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
            ],
        },
    }  # fmt: skip


def log_lines(_pod: Json, container: str, *, previous: bool, after: float, until: float) -> Iterable[LogLine]:
    """A line each second of the last ten; ``tick`` names the second."""
    word = "before" if previous else "tick"
    for second in range(int(max(after, until - 10)) + 1, int(until) + 1):
        yield LogLine(float(second), f"{container} {word} {second}")


class Answer(NamedTuple):
    """One answer, its body decoded if it is JSON."""

    status: int
    body: Any
    headers: Any

    @property
    def cause(self) -> Json:
        return self.body["details"]["causes"][0]


class Client:
    """Requests as one user."""

    def __init__(self, session: aiohttp.ClientSession, server: KubeServer, user: str | None = "admin") -> None:
        self.session = session
        self.server = server
        self.headers = {"Authorization": f"Bearer {server.users[user].token}"} if user else {}

    async def __call__(
        self, method: str, path: str, body: Any = None, *, media: str = "application/json", **headers: str
    ) -> Answer:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {**self.headers, **headers}
        if data is not None:
            sent["Content-Type"] = media
        async with self.session.request(method, self.server.url + path, data=data, headers=sent) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answer(response.status, json.loads(text) if is_json else text, response.headers)

    async def lines(self, path: str, until: Callable[[list[Json]], bool] | None = None) -> list[Json]:
        """The lines of a watch until it ends, or until ``until`` is content."""
        found: list[Json] = []
        async with self.session.get(self.server.url + path, headers=self.headers) as response:
            assert response.status == 200
            async for line in response.content:
                found.append(json.loads(line))
                if until is not None and until(found):
                    break
        return found


async def eventually(check: Callable[[], Any], seconds: float = 5.0) -> None:
    """Waits until ``check`` (or what it returns, awaited) is true."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        result = check()
        if isinstance(result, Awaitable):
            result = await result
        if result:
            return
        assert asyncio.get_running_loop().time() < end, "it did not come about"
        await asyncio.sleep(0.01)


def some_users() -> dict[str, User]:
    only_pods = new_user("pods-only", [Rule(("get", "list", "watch"), ("",), ("pods",), ("spike",))])
    return {**ready_made_users(), "pods-only": only_pods}


def some_store() -> ObjectStore:
    store = ObjectStore(cluster_resources(), time.time, collect_after_seconds=0.02, stop_after_seconds=0.05)
    for name in ("default", "spike", "other"):
        store.create(store.resource("namespaces"), {"metadata": {"name": name}, "status": {"phase": "Active"}})
    for name in ("b0", "b1", "b2"):
        store.create(store.resource("pods"), pod(name))
    return store


@pytest.fixture
async def store() -> AsyncIterator[ObjectStore]:
    made = some_store()
    yield made
    made.close()


@pytest.fixture
async def server(store: ObjectStore) -> AsyncIterator[KubeServer]:
    timing = Timing(bookmark_seconds=0.1, too_large_version_seconds=0.05, log_poll_seconds=0.02)
    made = KubeServer(store, some_users(), log_lines, tls=False, timing=timing)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def client(session: aiohttp.ClientSession, server: KubeServer) -> Client:
    return Client(session, server)
