"""From process start to the first painted frame of ``nimdeck demo``, and what of it are imports."""

import subprocess
import sys
import time
from collections.abc import Callable

from tests.figures.report import Figure
from tests.figures.terminal import ROOT, Terminal

RUNS = 9


def first_paint_seconds() -> float:
    with Terminal(["demo"]) as terminal:
        return terminal.seconds_until(rb"(?s)nimdeck .* help", 20)


def interpreter_seconds(code: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.monotonic() - started


def warm(sample: Callable[[], float]) -> tuple[float, ...]:
    """The first run fills the caches and is thrown away."""
    sample()
    return tuple(sample() for _ in range(RUNS))


def measure() -> list[Figure]:
    paint = warm(first_paint_seconds)
    bare = min(warm(lambda: interpreter_seconds("pass")))
    imports = warm(
        lambda: interpreter_seconds("import tui.cli.main, tui.cli.parser, tui.app, tui.screens.nodes") - bare
    )
    return [
        Figure(
            "first painted frame of nimdeck demo",
            paint,
            "s",
            0.8,
            "wall, from before the process is made until header and key bar are on a pty of 160x50, warm cache",
        ),
        Figure(
            "  of which imports",
            imports,
            "s",
            0.35,
            "wall of an interpreter that imports command line, app and first screen, less one that imports nothing",
        ),
    ]
