"""Inside: a node's and a workload's parts, YAML, and logs with pods, containers, search and the time before a crash."""

from dataclasses import replace

import pytest

from tests.screens.cluster import NOW, cluster, running
from tests.screens.stage import FakeFeed, deck
from tests.store.builders import batch, nodes, pods
from tests.store.builders import node as machine
from tui.model.changes import Batch
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from widgets.gpu_card import GpuCard
from widgets.log_view import LogView

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_parts_of_a_node_and_their_counts(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        await on.press("down", "down", "enter")
        assert "GPUs 4  Pods 2  Events 1  Facts" in on.lines()[1]
        assert len(on.app.screen.query(GpuCard)) == 4
        card = on.app.screen.query(GpuCard).first()._view
        assert [(part.name, part.asked) for part in card.slices] == [("llama-half", "0.5 = 50.0 GB")] * 2
        await on.press("tab")
        assert "half-1" in on.text() and "1/1" in on.text()
        await on.press("tab")
        assert "BackOff" in on.text()
        await on.press("tab")
        assert "GPUs given / allocatable:" in on.text()
        await on.press("tab", "shift+tab")
        assert on.app.screen.section == "facts"


async def test_cards_are_as_high_as_what_is_in_them() -> None:
    async with deck(size=(160, 45)) as on:
        await on.press("down", "down", "enter")
        for card in on.app.screen.query(GpuCard):
            assert card.size.height == len(card.draw(card.size.width, 0))


async def test_a_node_that_goes_away_while_it_is_looked_at() -> None:
    async with deck() as on:
        await on.press("enter")
        on.feed.put(nodes(*(machine(f"node{place:03}") for place in range(2, 5))))
        await on.tick()
        assert "node001 is no longer in the cluster" in on.text()
        await on.press("tab", "y", "escape", "c", "l", "escape", "escape")
        assert "node002" in on.text()


async def test_a_pod_joins_a_workload_that_is_looked_at() -> None:
    async with deck() as on:
        await on.press("2", "down", "down", "enter")
        assert "Pods 2" in on.lines()[1]
        on.feed.put(batch("pods", running("half-3", "node004", GpuRequest(devices=1, fraction=0.5), "llama-half")))
        await on.tick()
        assert "Pods 3" in on.lines()[1] and "half-3" in on.text()


async def test_the_parts_of_a_workload() -> None:
    async with deck() as on:
        await on.press("2", "end", "enter")
        assert "Unschedulable" in on.text() or "Pending" in on.text()
        assert "6 node(s) didn't have enough resources" in on.text()
        await on.press("tab")
        assert "Because:" in on.text() and "GPUs asked:" in on.text()
        await on.press("tab")
        assert "PodScheduled" in on.text()
        await on.press("tab")
        assert "0/6 nodes are available" in on.text()
        await on.press("c")
        assert "too-big" in on.app.clipboard


async def test_yaml_of_the_workload_and_of_the_pod_under_the_cursor() -> None:
    async with deck() as on:
        await on.press("2", "down", "down", "enter", "y")
        await on.until(lambda: "replicas: 2" in on.text())
        assert on.feed.kubernetes.asked[-1] == ("get", "pods", ObjectKey("runai-team", "half-1"))
        await on.press("escape", "tab", "y")
        await on.until(lambda: on.feed.kubernetes.asked[-1][1] == "inferenceworkloads.run.ai")
        await on.press("slash")
        await on.write("replicas")
        await on.press("enter", "c")
        assert "replicas: 2" in on.app.clipboard


async def test_logs_of_all_pods_then_of_one_then_before_the_crash() -> None:
    async with deck() as on:
        await on.press("2", "down", "down", "l")
        view = on.app.screen.query_one(LogView)
        await on.until(lambda: len(view.lines) == 6)
        assert "half-1 │ INFO half-1 line 1" in view.lines and "all pods of llama-half" in on.lines()[0]
        await on.press("O")
        await on.until(lambda: list(view.lines) == [f"INFO half-1 line {place}" for place in (1, 2, 3)])
        first, *_ = on.feed.kubernetes.logs_open
        assert first.closed.is_set(), "a stream that is not shown is closed"
        await on.press("B")
        await on.until(lambda: on.feed.kubernetes.asked[-1][3] is True)
        assert "before the last restart" in on.lines()[0]
        await on.press("slash")
        await on.write("line 2")
        await on.press("enter", "c")
        assert on.app.clipboard.splitlines()[1] == "INFO half-1 line 2", on.app.clipboard
        await on.press("escape")
        assert all(log.closed.is_set() for log in on.feed.kubernetes.logs_open)


async def test_each_pod_of_a_node_is_asked_for_a_container_of_its_own() -> None:
    feed = FakeFeed()
    lone = feed.store.snapshot.pods[ObjectKey("runai-team", "cuda-debug")]
    other = replace(lone, resource_version="2", containers=(replace(lone.containers[0], name="debug"),))
    feed.put(Batch("pods", ((lone.key, other),)))
    async with deck(feed) as on:
        await on.press(*["down"] * 3, "l")
        await on.until(lambda: len(on.feed.kubernetes.asked) == 2)
        assert {(key.name, name) for _, key, name, _ in on.feed.kubernetes.asked} == {
            ("cuda-debug", "debug"),
            ("notebook-0", "user-container"),
        }


async def test_a_workload_without_pods_has_no_logs_and_says_so() -> None:
    changes = [pods() if getattr(change, "kind", "") == "pods" else change for change in cluster()]
    async with deck(FakeFeed(changes)) as on:
        await on.press("2", "l")
        await on.until(lambda: "has no pods, so there are no logs" in on.text())


async def test_nothing_works_on_after_a_screen_is_left() -> None:
    async with deck() as on:
        await on.press("enter", "l")
        await on.until(lambda: bool(on.feed.kubernetes.logs_open))
        await on.press("escape", "y", "escape", "escape", "2", "enter", "escape")
        await on.app.workers.wait_for_complete()
        assert not [worker for worker in on.app.workers if worker.is_running]
        assert on.feed.clock.now() == NOW
