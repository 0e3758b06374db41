"""The committed pictures are what the demo looks like now."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_pictures_have_not_drifted() -> None:
    done = subprocess.run(
        [sys.executable, "screenshots/make.py", "--check"], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr[-2000:]} python screenshots/make.py draws them anew"
