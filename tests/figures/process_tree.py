"""A command run to its end, with what its whole process tree cost: CPU seconds, peak memory (PSS), when it began."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Cost:
    """``began`` in seconds of CLOCK_MONOTONIC; CPU is user plus system of the command and all it waited for."""

    began: float
    cpu_seconds: float
    pss_bytes: int
    exit_code: int
    stdout: str
    stderr: str


def run(command: Sequence[str], cwd: Path, timeout_seconds: float, environment: dict[str, str] | None = None) -> Cost:
    """Blocks; a command that runs too long is killed with all that it started, its exit code is then -9."""
    out, err = cwd / "stdout.txt", cwd / "stderr.txt"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=cwd, env=environment, process_group=0)
        peak = _Peak(process.pid)
        killer = threading.Timer(timeout_seconds, _kill_group, [process.pid])
        killer.start()
        try:
            _, status, used = os.wait4(process.pid, 0)
        finally:
            killer.cancel()
            peak.stop()
            _kill_group(process.pid)
        process.returncode = os.waitstatus_to_exitcode(status)
    cpu = used.ru_utime + used.ru_stime
    said, complained = out.read_text(errors="replace"), err.read_text(errors="replace")
    return Cost(began, cpu, peak.pss_bytes, process.returncode, said, complained)


def _kill_group(leader: int) -> None:
    """What is left of a command: peers leave workers behind when their parent dies."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


class _Peak:
    """Looks at the tree's memory four times a second until it is stopped."""

    def __init__(self, pid: int) -> None:
        self.pss_bytes = 0
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.pss_bytes = max(self.pss_bytes, sum(map(pss_bytes, tree(self._pid))))


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):  # it ended while we looked
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def pss_bytes(pid: int) -> int:
    """Memory of one process, shared pages divided among those who share them; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
