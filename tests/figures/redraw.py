"""What a redraw of the GPU map costs: CPU for a whole one, bytes on the wire for five changed nodes.

Run with ``python -m tests.figures.redraw``. Medians; CPU by ``process_time`` in one process, from the new rows to the
terminal sequence; bytes as the driver is asked to write them (true colour, without the terminal's own compression).
"""

import asyncio
import random
import statistics
import time
from collections.abc import Callable

from rich.color import ColorSystem
from textual import events
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.geometry import Size

from widgets.gpu_map import GpuMap
from widgets.rows import GpuCell, GpuSegment, NodeRow

NODES = 1250
ROUNDS = 25


class CountingDriver(Driver):
    """A terminal that only counts what is written to it."""

    written = 0

    @property
    def is_headless(self) -> bool:
        return False

    def write(self, data: str) -> None:
        CountingDriver.written += len(data.encode())

    def start_application_mode(self) -> None:
        assert self._size is not None
        size = Size(*self._size)
        self.process_message(events.Resize(size, size))

    def disable_input(self) -> None:
        """There is none."""

    def stop_application_mode(self) -> None:
        """Nothing to restore."""


class MapApp(App[None]):
    def compose(self) -> ComposeResult:
        yield GpuMap()


def make_row(place: int, gpus: int, chance: random.Random) -> NodeRow:
    """A node as a busy cluster has it: half of the GPUs whole, the others shared or free."""
    cells = []
    for gpu in range(gpus):
        at = place + gpu
        kind = at % 4
        whole = (GpuSegment("ABCDEFGHIJ"[at % 10], at % 10, 1.0),)
        shared = (GpuSegment("K", 10, 0.5), GpuSegment("L", 11, 0.25))
        segments = whole if kind < 2 else shared if kind == 2 else ()
        cells.append(GpuCell(segments, f"{chance.random():.0%}" if segments else "–"))
    figures = [f"{chance.random():.0%}" for _ in range(2)]
    return NodeRow(
        key=f"node{place:04}",
        name=f"node{place:04}",
        pool="default",
        gpus=tuple(cells),
        given=f"{gpus * 0.75:.1f}/{gpus}",
        utilization=figures[0],
        memory=figures[1],
        temperature=f"{chance.randint(40, 80)}°C",
        power=f"{chance.randint(900, 2400):,} W",
    )


async def settled(app: App[None]) -> None:
    """Until everything that was asked for stands on the terminal."""
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


async def measure(size: tuple[int, int], gpus: int) -> tuple[float, int]:
    """(milliseconds of CPU for a whole redraw, bytes for five changed nodes), medians."""
    chance = random.Random(7)
    app = MapApp(driver_class=CountingDriver)
    app.console._color_system = ColorSystem.TRUECOLOR  # the dearest, whatever terminal this is run in
    result: list[tuple[float, int]] = []

    async def drive(pilot: object) -> None:
        nodes = app.query_one(GpuMap)
        cpu, wire = [], []
        for _ in range(ROUNDS):
            rows = [make_row(place, gpus, chance) for place in range(NODES)]
            await settled(app)
            started = time.process_time()
            nodes.set_rows(rows)
            await settled(app)
            cpu.append((time.process_time() - started) * 1000)
        for _ in range(ROUNDS):
            before = CountingDriver.written
            for place in (1, 5, 9, 14, 20):
                nodes.set_row(place, make_row(place, gpus, chance))
            await settled(app)
            wire.append(CountingDriver.written - before)
        result.append((statistics.median(cpu), round(statistics.median(wire))))
        app.exit()

    await app.run_async(size=size, auto_pilot=drive)
    return result[0]


def main(say: Callable[[str], object] = print) -> None:
    """Print the figures that the README names, each with its bound."""
    for size, gpus in (((160, 50), 8), ((160, 50), 4), ((200, 60), 8)):
        cpu, wire = asyncio.run(measure(size, gpus))
        say(
            f"Nodes screen, {NODES} nodes x {gpus} GPUs at {size[0]}x{size[1]}: "
            f"whole redraw, all values new {cpu:.1f} ms CPU (at most 12); "
            f"5 changed nodes {wire:,} bytes (at most 4,096 at 160x50)"
        )


if __name__ == "__main__":
    main()
