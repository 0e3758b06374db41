"""nimdeck in a terminal of its own: started on a pseudo terminal, watched, measured from outside."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """A process on a pseudo terminal of ``columns`` x ``rows``. ``started`` is its start by ``time.monotonic``."""

    def __init__(
        self, arguments: list[str], columns: int = 160, rows: int = 50, module: str = "tui.cli", **environ: str
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.written = b""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environ},
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.read_for(1.0)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def seconds_until(self, pattern: bytes, timeout_seconds: float) -> float:
        """Seconds from the start until ``pattern`` (a regular expression) has been written."""
        deadline = self.started + timeout_seconds
        while time.monotonic() < deadline:
            self._read(0.05)
            if re.search(pattern, self.written):
                return time.monotonic() - self.started
        raise TimeoutError(f"{pattern!r} was not drawn within {timeout_seconds} s")

    def read_for(self, seconds: float) -> None:
        """Take what it draws for so long, as a terminal would, or until it ends."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and self.process.poll() is None:
            self._read(min(left, 0.2))

    def cpu_seconds(self) -> float:
        """CPU time so far of the process itself; an embedded cluster beside it is not counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_rss_bytes(self) -> int:
        return peak_rss_bytes(str(self.process.pid))

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            try:
                self.written += os.read(self._master, 65536)
            except OSError:  # the other end has closed
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(seconds)


def peak_rss_bytes(process: str) -> int:
    """The most memory that a process (a number, or ``self``) ever had resident."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]
