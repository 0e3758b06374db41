"""Pictures of Launch: is it beautiful, and does it stay so. Behaviour is asserted on elsewhere."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.launch.starting import DEADLINE, KEY, placed, ready, snapshot
from tests.screens.stage import Deck, held_app
from tests.screens_launch.made import SPACE, LaunchFeed, fill, opened
from tests.store.builders import NOW
from tui.launch.apply import Applied
from tui.launch.progress import LaunchReadings, progress
from tui.launch.watching import Watched
from tui.model.ids import ObjectKey
from tui.model.manifest import Change
from tui.model.pod import Pod
from tui.screens.launch_progress import LaunchProgressScreen
from tui.screens.launch_run import LaunchLook, LaunchRun

Compare = Callable[..., bool]
Play = Callable[[Deck], Awaitable[None]]
MODEL = "meta/llama-3.1-8b-instruct"
MADE = Change("create", "inferenceworkloads.run.ai", ObjectKey(*KEY[:2]), f"create InferenceWorkload {KEY}", body={})


class HeldRun(LaunchRun):
    """A launch that stands still at one look."""

    def __init__(self, feed: LaunchFeed, pod: Pod) -> None:
        super().__init__((MADE,), KEY, 8000, feed)
        seen = progress(KEY, snapshot((pod,)), LaunchReadings(), DEADLINE, NOW)
        self._look = LaunchLook((Applied(MADE, {"metadata": {"uid": "u"}}),), (), Watched(seen))


async def choosing(on: Deck) -> None:
    await opened(on)
    await fill(on, name="Not_A_Name", model=MODEL)
    on.app.screen.query_one("#project").focus()
    await on.press("down")


async def in_the_way(on: Deck) -> None:
    await opened(on)
    await fill(on, model=MODEL, tile="two", secret="gone", min="2", max="9", metric="concurrency", target="100")
    on.app.screen.query_one("#target").focus()


async def advanced(on: Deck) -> None:
    await opened(on)
    await fill(on, model=MODEL, claim="new", volume="nim-models", nfs_server="10.0.0.9", priority="inference")
    await on.press("f3")


async def review(on: Deck) -> None:
    assert isinstance(on.feed, LaunchFeed)
    on.feed.there[ObjectKey(SPACE, "llama")] = {"metadata": {"name": "llama"}, "spec": {"maxScale": {"value": 9}}}
    await opened(on)
    await fill(on, name="llama", model=MODEL)
    await on.press("f5")
    await on.until(lambda: "the server takes it" in on.text())


async def under_way(on: Deck) -> None:
    await watched(on, placed())


async def serving(on: Deck) -> None:
    await watched(on, ready())


async def watched(on: Deck, pod: Pod) -> None:
    assert isinstance(on.feed, LaunchFeed)
    await opened(on)
    on.app.launch = HeldRun(on.feed, pod)
    on.app.push_screen(LaunchProgressScreen(on.app.launch))
    await on.pilot.pause()


@pytest.mark.parametrize(
    ("play", "size"),
    [
        (choosing, (80, 24)),
        (in_the_way, (80, 24)),
        (in_the_way, (120, 40)),
        (advanced, (200, 60)),
        (review, (120, 30)),
        (under_way, (80, 24)),
        (serving, (120, 30)),
    ],
    ids=lambda value: value.__name__ if callable(value) else f"{value[0]}x{value[1]}",
)
def test_pictures(snap_compare: Compare, play: Play, size: tuple[int, int]) -> None:
    feed = LaunchFeed()
    app = held_app(feed)

    async def run(pilot: Pilot[Any]) -> None:
        on = Deck(app, pilot, feed)
        await on.until(lambda: app.feed is not None)
        await play(on)
        for line in app.screen.query("Input"):
            line.cursor_blink = False  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)
