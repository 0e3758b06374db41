"""A picture of the sizing form. Behaviour is asserted on elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.screens.stage import Deck, FakeFeed, held_app
from tests.screens_size.test_screen import opened


@pytest.mark.parametrize("size", [(80, 24)], ids=["80x24"])
def test_it_looks_as_it_should(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    feed = FakeFeed()
    app = held_app(feed)

    async def before(pilot: Pilot[Any]) -> None:
        on = Deck(app, pilot, feed)
        await on.until(lambda: app.feed is not None)
        screen = await opened(on)
        screen.query_one("#users-0", Input).value = "1000"
        screen.query_one("#users-1", Input).value = "500"
        await pilot.pause()
        await on.until(lambda: "12 GPUs" in on.text())
        await on.press("escape")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)
