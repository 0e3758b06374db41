"""From process start to the first painted frame of ``nimdeck demo``, and what of it are imports.

Method: the command on a pseudo terminal of 160x50; the clock runs from before the process is made until the key bar
has been written. Imports: a fresh interpreter that imports the command line and the app, less one that imports nothing.
Medians of warm runs, the first is thrown away.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from tests.figures.terminal import ROOT, Terminal

RUNS = 7


def first_paint_seconds() -> float:
    with Terminal(["demo"]) as terminal:
        return terminal.seconds_until(rb"help", 20)


def interpreter_seconds(code: str) -> float:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return time.monotonic() - started


def median(measure: Callable[[], float]) -> float:
    measure()
    return statistics.median(measure() for _ in range(RUNS))


def main() -> None:
    paint = median(first_paint_seconds)
    imports = median(lambda: interpreter_seconds("import tui.cli.main, tui.cli.parser, tui.app"))
    bare = median(lambda: interpreter_seconds("pass"))
    print(f"process start to first painted frame of nimdeck demo   {paint:6.2f} s    at most 0.80 s")
    print(f"  of which imports                                     {imports - bare:6.2f} s    at most 0.35 s")


if __name__ == "__main__":
    main()
