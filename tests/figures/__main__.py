"""``make bench``: every figure that nimdeck promises, each measured by a module of its own in a process of its own.

    python -m tests.figures [NAME ...]     those named, or all that have a bound

``tests.figures.store`` is not among them: it times the parts of the join, for whoever looks for what is slow.
"""

import importlib
import json
import subprocess
import sys
from dataclasses import asdict

from tests.figures.report import Figure, machine, table
from tests.figures.terminal import ROOT

NAMES = ("first_paint", "cold_list", "redraw", "wire", "steady", "fit", "pending", "plan", "waste", "bench_screen")


def main() -> int:
    """Measure and print the table; 1 if something could not be measured."""
    if sys.argv[1:2] == ["--alone"]:
        figures = importlib.import_module(f"tests.figures.{sys.argv[2]}").measure()
        print(json.dumps([asdict(figure) for figure in figures]))
        return 0
    figures, failed = [], 0
    for name in sys.argv[1:] or NAMES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "tests.figures", "--alone", name]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        failed |= done.returncode
        if not done.returncode:
            rows = json.loads(done.stdout.splitlines()[-1])
            figures += [Figure(**{**row, "samples": tuple(row["samples"])}) for row in rows]
    print(f"{machine()}\n\n{table(figures)}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
