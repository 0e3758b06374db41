"""A program in a pseudo-terminal of its own: keys in, escape sequences out."""

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
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.e2e.process import COMMAND

ENTER_SCREEN, LEAVE_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"
MOUSE_OFF = b"\x1b[?1000l"
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """Runs ``nimdeck ARGUMENTS`` as the session leader of a terminal of ``columns`` x ``rows``."""

    def __init__(self, folder: Path, environ: Mapping[str, str], *arguments: str) -> None:
        self._master, slave = pty.openpty()
        self.resize(120, 40)
        self.modes = termios.tcgetattr(slave)
        self._slave = slave  # kept open, so that the modes can be read after the program has gone
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-S", "-c", _TAKE_TERMINAL, *COMMAND, *arguments],
            cwd=folder,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def wait_for(self, wanted: bytes, most_seconds: float = 30) -> None:
        """Until ``wanted`` was written since the last wait."""
        self._read_until(lambda: wanted in self.seen or self._has_ended(), most_seconds, f"{wanted!r} was not written")
        assert wanted in self.seen, f"it ended before it wrote {wanted!r}: {self._last_words()}"
        self.seen = self.seen.split(wanted, 1)[1]

    def end(self, most_seconds: float = 20) -> tuple[int, bytes]:
        """Exit code, and all that was written since the last wait."""
        self._read_until(self._has_ended, most_seconds, "it did not end")
        return self.process.wait(), self.seen

    @property
    def modes_now(self) -> list[object]:
        return termios.tcgetattr(self._slave)

    def _has_ended(self) -> bool:
        if self.process.poll() is None:
            return False
        while select.select([self._master], [], [], 0)[0]:
            self.seen += os.read(self._master, 65536)
        return True

    def _read_until(self, done: Callable[[], bool], most_seconds: float, else_say: str) -> None:
        end = time.monotonic() + most_seconds
        while not done():
            assert time.monotonic() < end, f"{else_say}: {self._last_words()}"
            if select.select([self._master], [], [], 0.05)[0]:
                self.seen += os.read(self._master, 65536)

    def _last_words(self) -> str:
        """What was written last, without colours and moves."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen.decode(errors="replace"))[-3000:]
