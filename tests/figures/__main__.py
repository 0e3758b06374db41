"""``make bench``: every figure that nimdeck promises, each measured by a module of its own in a process of its own."""

import subprocess
import sys

from tests.figures.terminal import ROOT

FIGURES = ("first_paint", "cold_list", "store", "redraw", "steady")


def main() -> int:
    """Run those named on the command line, or all; 1 if one of them could not be measured."""
    worst = 0
    for name in sys.argv[1:] or FIGURES:
        print(f"\n{name}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", f"tests.figures.{name}"], cwd=ROOT).returncode)
    return min(worst, 1)


if __name__ == "__main__":
    sys.exit(main())
