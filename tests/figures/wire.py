"""What a real terminal of 160x50 gets when the figures of five nodes in view have changed.

The held app runs in a process of its own on a pty, under Textual's own driver; a signal makes it change and draw.
"""

import os
import signal
import sys
import time

from tests.figures.report import Figure
from tests.figures.terminal import Terminal

ROUNDS = 15
_QUIET_SECONDS = 0.5


def measure() -> list[Figure]:
    with Terminal([], module="tests.figures.wire") as terminal:
        terminal.seconds_until(rb"READY", 120)
        terminal.read_for(2.0)
        samples = []
        for _ in range(ROUNDS):
            before = len(terminal.written)
            os.kill(terminal.process.pid, signal.SIGUSR1)
            _until_quiet(terminal)
            samples.append(float(len(terminal.written) - before))
    how = "all bytes read from a pty of 160x50, true colour, from the change to half a second of silence"
    return [Figure("written for 5 changed nodes at 160x50", tuple(samples), "bytes", 4096, how)]


def _until_quiet(terminal: Terminal) -> None:
    deadline, seen, since = time.monotonic() + 10, len(terminal.written), time.monotonic()
    changed = False
    while time.monotonic() < deadline and not (changed and time.monotonic() - since > _QUIET_SECONDS):
        terminal.read_for(0.05)
        if len(terminal.written) != seen:
            changed, seen, since = True, len(terminal.written), time.monotonic()


def run_held() -> None:
    """The other side: the app, on this process's terminal."""
    import asyncio

    from config.settings import Settings
    from tests.figures.held import CHANGED, HeldFeed, ready
    from tui.app import NimdeckApp

    feed = HeldFeed()
    app = NimdeckApp(lambda: feed, Settings())

    def change() -> None:
        feed.new_figures(CHANGED)
        feed.publish()
        app.deck_screen.tick()

    async def drive(pilot: object) -> None:
        await ready(app)
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, change)
        app.console.file.write("")
        app.sub_title = "READY"
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"\x1b]2;READY\x07")
        await asyncio.Event().wait()

    asyncio.run(app.run_async(auto_pilot=drive))


if __name__ == "__main__":
    run_held()
