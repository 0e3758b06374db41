"""The committed pictures are what the demo looks like now.

Drawn here: some of the screens, in their small sizes, by the same script and the same cluster as all of them. In all
sizes and colours the screens are in the rooms' own snapshots, drawn from values. ``make shots``, or ``python
screenshots/make.py --check`` which writes nothing, draws every committed picture: do that before a release.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DRAWN = ("nodes-80", "node", "launch-80", "projects", "workloads-80", "pending-80", "preflight-80", "size")


@pytest.mark.slow
def test_the_pictures_have_not_drifted() -> None:
    done = subprocess.run(
        [sys.executable, "screenshots/make.py", "--check", *DRAWN],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-2000:]} python screenshots/make.py draws them anew"
