"""What a command cost, and that nothing of it is left."""

import os
import select
import sys
from pathlib import Path

from tests.figures import process_tree

GRANDCHILD = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True)"


def ends(pid: int) -> bool:
    """Waits, for it is killed a moment before it is gone."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], 5)[0])
    finally:
        os.close(watched)


def test_a_command_that_runs_too_long_is_killed_with_its_children(tmp_path: Path) -> None:
    command = [sys.executable, "-c", f"{GRANDCHILD}; import time; time.sleep(60)"]
    cost = process_tree.run(command, tmp_path, timeout_seconds=1.5)
    assert cost.exit_code == -9
    assert ends(int(cost.stdout))


def test_children_that_a_command_leaves_behind_are_killed(tmp_path: Path) -> None:
    cost = process_tree.run([sys.executable, "-c", GRANDCHILD], tmp_path, timeout_seconds=30)
    assert cost.exit_code == 0
    assert ends(int(cost.stdout))


def test_the_cost_covers_the_children_it_waited_for(tmp_path: Path) -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    command = [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"]
    cost = process_tree.run(command, tmp_path, timeout_seconds=30)
    assert cost.cpu_seconds >= 0.3
    assert cost.pss_bytes > 1_000_000
