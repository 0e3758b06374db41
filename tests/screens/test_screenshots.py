"""The committed pictures are what the demo looks like now.

Here one picture of each screen is drawn; in other sizes and colours they are in the rooms' own snapshots, drawn from
values. ``make shots``, or ``python screenshots/make.py --check`` which writes nothing, draws every committed picture.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ONE_OF_EACH_SCREEN = (
    "nodes-80", "node", "presenter", "palette", "help", "workload", "endpoint", "logs", "yaml", "launch-80",
    "launch-review", "scale", "projects", "workloads-80", "pending-80", "why", "waste", "preflight-80", "events",
    "scale-test", "size",
)  # fmt: skip


@pytest.mark.slow
def test_the_pictures_have_not_drifted() -> None:
    done = subprocess.run(
        [sys.executable, "screenshots/make.py", "--check", *ONE_OF_EACH_SCREEN],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-2000:]} python screenshots/make.py draws them anew"
