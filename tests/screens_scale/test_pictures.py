"""Pictures of the scale screen: is it beautiful, and does it stay so. Behaviour is asserted on elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.screens.stage import Deck, FakeFeed, held_app
from tests.screens_scale.made import FakeScale
from tests.screens_scale.test_screen import show

Compare = Callable[..., bool]


@pytest.mark.parametrize(("size", "keys"), [((80, 24), ()), ((200, 60), ("left", "left"))], ids=["80x24", "200x60"])
def test_it_looks_as_it_should(
    size: tuple[int, int], keys: tuple[str, ...], scale: FakeScale, snap_compare: Compare
) -> None:
    """Live where it is narrow; looking back, with everything on it, where it is wide."""
    feed = FakeFeed()
    app = held_app(feed)

    async def before(pilot: Pilot[Any]) -> None:
        on = Deck(app, pilot, feed)
        await on.until(lambda: app.feed is not None)
        await show(on, scale)
        await on.press(*keys)
        app.clear_notifications()
        await on.tick()

    assert snap_compare(app, terminal_size=size, run_before=before)
