"""The Preflight screen as pictures, small and large."""

import pytest

from tests.screens.stage import held_app
from tests.screens.test_pictures import Compare, walk
from tests.screens_preflight.made import PreflightFeed, troubled


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=["small", "large"])
def test_failures(size: tuple[int, int], snap_compare: Compare) -> None:
    app = held_app(PreflightFeed(troubled()))
    assert snap_compare(app, terminal_size=size, run_before=after_reading("a", "f", "f"))


def after_reading(*keys: str):  # type: ignore[no-untyped-def]
    """Press ``keys`` once there is a result."""

    async def run(pilot) -> None:  # type: ignore[no-untyped-def]
        await walk("7", until=" checks ")(pilot)
        for key in keys:
            await pilot.press(key)
        await pilot.pause()

    return run
