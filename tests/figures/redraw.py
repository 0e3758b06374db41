"""The Nodes screen redrawn with every figure of 1,250 nodes new; and a watch batch, from its bytes to the changed rows.

The app runs in this process on a terminal that only takes what is written; CPU is of the whole process.
"""

import asyncio
import random
import time

from rich.color import ColorSystem
from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot

from config.settings import Settings
from tests.figures.held import HeldFeed, batch_of, ready, settled, watch_lines
from tests.figures.objects import NODES
from tests.figures.report import Figure
from tui.app import NimdeckApp

ROUNDS = 25


class SilentDriver(Driver):
    """A terminal of 160x50 that takes everything and says nothing."""

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        data.encode()

    def start_application_mode(self) -> None:
        assert self._size is not None
        size = Size(*self._size)
        self.process_message(events.Resize(size, size))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """Nothing to restore."""


async def redraw_ms(app: NimdeckApp, feed: HeldFeed) -> float:
    """The join is the store's affair and on its thread: it is not in this figure."""
    feed.new_figures(range(NODES))
    feed.publish()
    await settled(app)
    started = time.process_time()
    app.deck_screen.tick()
    await settled(app)
    return (time.process_time() - started) * 1000


async def batch_ms(app: NimdeckApp, feed: HeldFeed, number: int) -> float:
    """Everything: decode, join, present, draw."""
    lines = watch_lines(random.Random(number), 1_000_000 + number * 100)
    started = time.process_time()
    feed.store.put(batch_of(lines))
    feed.publish()
    app.deck_screen.tick()
    await settled(app)
    return (time.process_time() - started) * 1000


def measure() -> list[Figure]:
    feed = HeldFeed()
    app = NimdeckApp(lambda: feed, Settings())
    app.driver_class = SilentDriver
    app.console._color_system = ColorSystem.TRUECOLOR  # the dearest, whatever terminal this is run in
    found: dict[str, list[float]] = {"nodes": [], "nodes batch": [], "workloads batch": []}

    async def drive(pilot: Pilot[int]) -> None:
        await ready(app)
        found["nodes"] += [await redraw_ms(app, feed) for _ in range(ROUNDS)]
        found["nodes batch"] += [await batch_ms(app, feed, number) for number in range(ROUNDS)]
        app.go("workloads")
        await pilot.pause()
        await ready(app)
        found["workloads batch"] += [await batch_ms(app, feed, number + ROUNDS) for number in range(ROUNDS)]
        app.exit()

    asyncio.run(app.run_async(size=(160, 50), auto_pilot=drive))
    whole = (
        "process CPU of one tick of the screen until it stands on the terminal, 160x50; the join before it not counted"
    )
    batch = "process CPU: 100 changed pods as JSON lines, decoded, joined, presented, drawn"
    return [
        Figure("redraw of Nodes, 1,250 nodes x 8 GPUs, all new", tuple(found["nodes"]), "ms", 12, whole),
        Figure("watch batch of 100 events to the rows of Nodes", tuple(found["nodes batch"]), "ms", 30, batch),
        Figure("  to the rows of Workloads", tuple(found["workloads batch"]), "ms", 30, batch),
    ]
