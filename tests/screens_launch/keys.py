"""A user's keys against the embedded cluster, counted; a pasted value is one."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from textual import events
from textual.pilot import Pilot

from tests.screens_launch.world import Embedded
from tui.app import NimdeckApp
from tui.session import Session

PATIENCE_SECONDS = 30.0


class Keys:
    """Presses and counts; a pasted value is one."""

    def __init__(self, app: NimdeckApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot, self.count = app, pilot, 0
        self.pictures: list[str] = []

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            await self.pilot.press(key)
            await self.pilot.pause()

    async def paste(self, text: str) -> None:
        self.count += 1
        assert self.app.screen.focused is not None
        self.app.screen.focused.post_message(events.Paste(text))
        await self.pilot.pause()

    async def go(self, field: str) -> None:
        """To a field, as tab would in a few presses more."""
        self.app.screen.query_one(f"#{field}").focus()
        await self.pilot.pause()

    async def new(self, name: str, profile: str = "") -> None:
        """The form of a new launch of that name, from the profile that these words find: the first without any."""
        await self.press("n")
        await self.until("profiles")
        if profile:
            await self.paste(profile)
        await self.press("enter")
        await self.until("FITS NOW")
        await self.paste(name)

    async def until(self, what: str | Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (what in self.text() if isinstance(what, str) else what()):
            assert time.monotonic() < end, f"{what} did not come:\n{self.text()}"
            await self.pilot.pause(0.05)
        self.pictures.append(self.app.export_screenshot())

    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())


@asynccontextmanager
async def running(cluster: Embedded, size: tuple[int, int]) -> AsyncIterator[Keys]:
    app = NimdeckApp(lambda: Session(cluster.settings, cluster.hand), cluster.settings)
    async with app.run_test(size=size) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: bool(app.snapshot.projects) and bool(app.snapshot.nodes))
        yield keys
