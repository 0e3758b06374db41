"""Pictures of the benchmark's screens: is it beautiful, and does it stay so. Behaviour is asserted on elsewhere."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.stage import Deck, held_app
from tests.screens_bench.engine import FakeEngine, measurable
from tests.screens_bench.made import LLAMA, VERDICT, done, point, progress, slow_client
from tests.screens_bench.steps import NEW, URL, fill, listed, show, start, two_plans, two_runs
from tui.screens.bench import runs_folder

Compare = Callable[..., bool]
Play = Callable[[Deck, FakeEngine], Awaitable[None]]


async def form(on: Deck, engine: FakeEngine) -> None:
    await on.press("5", "f5")
    await on.press("f2", "escape")


async def advanced(on: Deck, engine: FakeEngine) -> None:
    await on.press("5")
    await fill(on, url=URL, model=LLAMA, headers="Authorization=x", api_key="sk-very-secret", budget="12x")
    await on.press("f2", "f3", "tab", "tab", "tab")


async def filled(on: Deck, engine: FakeEngine) -> None:
    await on.press("5")
    await fill(on, url=URL, model=LLAMA, api_key="sk-very-secret", attainment="0.95")
    await on.press("f2")


async def live(on: Deck, engine: FakeEngine) -> None:
    await start(on, engine)
    finished = [point(users) for users in (1, 2, 4, 8, 16, 32)]
    await show(on, engine, progress(*finished, slow_client(48), partial=point(64)), seconds=40)


async def over_time(on: Deck, engine: FakeEngine) -> None:
    await live(on, engine)
    engine.happen(24.0, "pod added (3 ready)")
    await on.press("v")


async def verdict(on: Deck, engine: FakeEngine) -> None:
    await start(on, engine)
    finished = [point(users) for users in (1, 8, 64, 128, 137)]
    await show(on, engine, done(*finished, point(160, 1340.0), verdict=VERDICT), seconds=40)


async def runs(on: Deck, engine: FakeEngine) -> None:
    two_runs()
    two_plans()
    (runs_folder() / NEW / "restore.json").write_text("{}")
    await listed(on, 4)


async def compare(on: Deck, engine: FakeEngine) -> None:
    two_runs()
    await listed(on, 2)
    await on.press("home", "space", "space", "equals_sign")


@pytest.mark.parametrize(
    ("play", "size"),
    [
        (form, (80, 24)),
        (advanced, (80, 24)),
        (filled, (200, 60)),
        (live, (80, 24)),
        (over_time, (120, 40)),
        (verdict, (200, 60)),
        (runs, (120, 30)),
        (compare, (120, 40)),
    ],
    ids=lambda value: value.__name__ if callable(value) else "x".join(map(str, value)),
)
def test_it_looks_as_it_should(play: Play, size: tuple[int, int], engine: FakeEngine, snap_compare: Compare) -> None:
    feed = measurable()
    app = held_app(feed)

    async def before(pilot: Pilot[Any]) -> None:
        on = Deck(app, pilot, feed)
        await on.until(lambda: app.feed is not None)
        await play(on, engine)
        app.clear_notifications()
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
