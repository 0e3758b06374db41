"""Watching: nothing missed, nothing twice; selectors, bookmarks, 410, and watchers that do not keep up."""

import asyncio
import json
import random

import aiohttp
import pytest

from tests.demo_kube.conftest import PODS, Client, eventually, pod
from tui.demo.kube.server import KubeServer
from tui.demo.objects import Json, ObjectStore


def seen(lines: list[Json]) -> list[tuple[str, str]]:
    return [(line["type"], line["object"]["metadata"].get("name", "")) for line in lines]


async def test_a_watch_without_a_version_starts_with_what_is_there(client: Client) -> None:
    for flag in ("true", "True", "1"):
        lines = await client.lines(f"{PODS}?watch={flag}&timeoutSeconds=1", lambda found: len(found) == 3)
        assert seen(lines) == [("ADDED", "b0"), ("ADDED", "b1"), ("ADDED", "b2")]
        assert lines[0]["object"]["kind"] == "Pod"


async def test_a_watch_from_a_version_replays_and_goes_on(client: Client, store: ObjectStore) -> None:
    pods, version = store.resource("pods"), store.version
    store.change(pods, "spike", "b0", lambda obj: obj["metadata"]["labels"].update(x="1"))
    waiting = asyncio.create_task(
        client.lines(f"{PODS}?watch=true&resourceVersion={version}", lambda found: len(found) == 3)
    )
    await eventually(lambda: len(client.server.watchers) == 1)
    store.create(pods, pod("b3"))
    store.create(pods, pod("elsewhere", "other"))
    store.delete(pods, "spike", "b3")
    assert seen(await waiting) == [("MODIFIED", "b0"), ("ADDED", "b3"), ("DELETED", "b3")]


async def test_an_object_enters_and_leaves_a_selector(client: Client, store: ObjectStore) -> None:
    pods = store.resource("pods")
    path = f"{PODS}?watch=true&labelSelector=app%3Db1&resourceVersion={store.version}"
    waiting = asyncio.create_task(client.lines(path, lambda found: len(found) == 3))
    await eventually(lambda: len(client.server.watchers) == 1)
    for app in ("b9", "b1", "b1"):
        store.change(pods, "spike", "b1", lambda obj, app=app: obj["metadata"]["labels"].update(app=app, n=app))
    store.change(pods, "spike", "b1", lambda obj: obj["metadata"]["labels"].update(n="2"))
    store.change(pods, "spike", "b0", lambda obj: obj["metadata"]["labels"].update(n="2"))
    assert [line["type"] for line in await waiting] == ["DELETED", "ADDED", "MODIFIED"]


async def test_bookmarks_and_the_end_of_the_initial_events(client: Client, store: ObjectStore) -> None:
    path = f"{PODS}?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    lines = await client.lines(path, lambda found: len(found) == 5)
    assert [line["type"] for line in lines] == ["ADDED"] * 3 + ["BOOKMARK"] * 2
    assert lines[3]["object"] == {
        "kind": "Pod", "apiVersion": "v1", "spec": {"containers": None}, "status": {},
        "metadata": {"resourceVersion": str(store.version), "annotations": {"k8s.io/initial-events-end": "true"}},
    }  # fmt: skip
    assert "annotations" not in lines[4]["object"]["metadata"]
    refused = await client("GET", f"{PODS}?watch=true&sendInitialEvents=true")
    assert (refused.status, refused.cause["field"]) == (422, "resourceVersionMatch")


async def test_a_version_too_old_is_an_error_line_in_a_200(client: Client, store: ObjectStore) -> None:
    store.create(store.resource("pods"), pod("b3"))
    store.compact()
    lines = await client.lines(f"{PODS}?watch=true&resourceVersion=1000")
    assert [line["type"] for line in lines] == ["ERROR"]
    status = lines[0]["object"]
    assert (status["kind"], status["code"], status["reason"]) == ("Status", 410, "Expired")
    assert status["message"].startswith("too old resource version: 1000 (")


async def test_a_watch_ends_cleanly_when_its_time_is_up(client: Client) -> None:
    assert await client.lines(f"{PODS}?watch=true&resourceVersion=99999999&timeoutSeconds=1") == []


async def test_a_table_watch_sends_a_row_each(client: Client, session: aiohttp.ClientSession) -> None:
    client.headers["Accept"] = "application/json;as=Table;v=v1;g=meta.k8s.io"
    lines = await client.lines(f"{PODS}?watch=true&timeoutSeconds=1", lambda found: len(found) == 2)
    assert [line["object"]["kind"] for line in lines] == ["Table", "Table"]
    assert lines[0]["object"]["columnDefinitions"] and lines[1]["object"]["columnDefinitions"] is None
    assert lines[1]["object"]["rows"][0]["cells"][0] == "b1"


async def test_one_that_falls_behind_is_cut_off(client: Client, server: KubeServer, store: ObjectStore) -> None:
    pods = store.resource("pods")
    url = f"{server.url}{PODS}?watch=true&resourceVersion={store.version}"
    async with client.session.get(url, headers=client.headers) as response:
        await eventually(lambda: len(server.watchers) == 1)
        filler = "x" * 20_000
        for number in range(4000):
            store.change(pods, "spike", "b0", lambda obj, n=number: obj.update(status={"phase": f"{n}", "f": filler}))
        await eventually(lambda: len(server.watchers) == 0)
        try:
            count = len([line async for line in response.content])
        except aiohttp.ClientError:
            count = 0
        assert count < 4000


async def test_a_client_that_leaves_is_noticed(client: Client, server: KubeServer) -> None:
    async with client.session.get(f"{server.url}{PODS}?watch=true", headers=client.headers) as response:
        await response.content.readline()
        assert len(server.watchers) == 1
    await eventually(lambda: len(server.watchers) == 0)


class Churn:
    """Creates, changes and deletes a dozen pods by the dice."""

    def __init__(self, store: ObjectStore, seed: int) -> None:
        self._store, self._pods, self._dice = store, store.resource("pods"), random.Random(seed)

    def step(self) -> None:
        name = f"c{self._dice.randrange(12)}"
        if self._store.get(self._pods, "spike", name) is None:
            self._store.create(self._pods, pod(name))
        elif self._dice.random() < 0.3:
            self._store.delete(self._pods, "spike", name)
        else:
            mark = str(self._dice.random())
            self._store.change(self._pods, "spike", name, lambda obj: obj["metadata"]["labels"].update(n=mark))


async def listed(client: Client, churn: Churn) -> tuple[dict[str, str], int]:
    """All pages while things change, and the version that they show."""
    known: dict[str, str] = {}
    token = ""
    while True:
        body = (await client("GET", f"{PODS}?limit=3&continue={token}")).body
        for item in body["items"]:
            assert item["metadata"]["name"] not in known
            known[item["metadata"]["name"]] = item["metadata"]["resourceVersion"]
        churn.step()
        token = body["metadata"].get("continue", "")
        if not token:
            return known, int(body["metadata"]["resourceVersion"])


@pytest.mark.parametrize("seed", range(3))
async def test_list_and_watch_never_miss_or_repeat(client: Client, store: ObjectStore, seed: int) -> None:
    """A client that lists in pages and watches from there ends with exactly what the store holds."""
    churn = Churn(store, seed)
    for _ in range(30):
        churn.step()
    known, latest = await listed(client, churn)
    url = f"{client.server.url}{PODS}?watch=true&resourceVersion={latest}"
    async with client.session.get(url, headers=client.headers) as response:
        for _ in range(200):
            churn.step()
            await asyncio.sleep(0)
        store.create(store.resource("pods"), pod("the-end"))
        async for line in response.content:
            event = json.loads(line)
            metadata = event["object"]["metadata"]
            assert int(metadata["resourceVersion"]) > latest
            latest = int(metadata["resourceVersion"])
            assert (metadata["name"] in known) == (event["type"] != "ADDED")
            known[metadata["name"]] = metadata["resourceVersion"]
            if event["type"] == "DELETED":
                del known[metadata["name"]]
            if metadata["name"] == "the-end":
                break
    held = {obj["metadata"]["name"]: obj["metadata"]["resourceVersion"] for obj in store.list(store.resource("pods"))}
    assert known == held
