"""Lines over pipes, never blocking the loop: commands from stdin, numbered lines to stdout.

What stdout does not take waits in memory; a reader that is too slow is told so, and beyond a limit request records are
dropped (their sequence numbers are used up, so the gap shows). Nothing here knows what the lines say.
"""

import asyncio
import os
import select
from collections.abc import Callable

import msgspec

from tui.bench.worker.protocol import SCHEMA

SLOW_BYTES = 4 * 1024 * 1024
FULL_BYTES = 64 * 1024 * 1024
LAST_WORDS_SECONDS = 1.0
"""So long may a reader at the end take nothing before it is taken for gone."""
_READ_BYTES = 65_536


class LineWriter:
    """Writes ``{"schema", "kind", "run", "worker", "point", "seq", ...}``; ``seq`` counts from 0 without gaps."""

    def __init__(self, loop: asyncio.AbstractEventLoop, fd: int) -> None:
        self._loop = loop
        self._fd = fd
        self._encode = msgspec.json.Encoder().encode
        self._waiting = bytearray()
        self._watching = False
        self._told_slow = False
        self._broken = False
        self._closing = False
        self._was_blocking = os.get_blocking(fd)
        self._pollable = is_pollable(fd)
        os.set_blocking(fd, False)
        self.run = ""
        self.worker = 0
        self.seq = 0
        self.dropped = 0

    def say(self, kind: str, point: int | None = None, **fields: object) -> None:
        """One line; returns at once."""
        seq = self.seq
        self.seq += 1
        if kind == "record" and len(self._waiting) > FULL_BYTES:
            self.dropped += 1
            return
        head = {"schema": SCHEMA, "kind": kind, "run": self.run, "worker": self.worker, "point": point, "seq": seq}
        self._put(self._encode(head | fields) + b"\n")
        if len(self._waiting) > SLOW_BYTES and not self._told_slow:
            self._told_slow = True
            self.say("notice", point, text="stdout is not read fast enough: results wait in the worker's memory")

    def close(self) -> None:
        """Write what waits as long as somebody reads; then leave the pipe as it was."""
        if self._watching:
            self._loop.remove_writer(self._fd)
            self._watching = False
        self._closing = True
        while self._waiting and not self._broken and select.select([], [self._fd], [], LAST_WORDS_SECONDS)[1]:
            self._flush()
        os.set_blocking(self._fd, self._was_blocking)

    def _put(self, line: bytes) -> None:
        if self._broken:
            return
        self._waiting += line
        if not self._watching:
            self._flush()

    def _flush(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._fd, self._waiting)]
        except BlockingIOError:
            if not self._watching and self._pollable and not self._closing:
                self._loop.add_writer(self._fd, self._flush)
                self._watching = True
            return
        except OSError:
            self._broken = True  # Nobody reads any more: the end of stdin follows.
            self._waiting.clear()
        self._told_slow = False
        if self._watching:
            self._loop.remove_writer(self._fd)
            self._watching = False


class LineReader:
    """Calls ``on_line`` for each line and ``on_end`` once at the end of input."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        fd: int,
        on_line: Callable[[bytes], None],
        on_end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._fd = fd
        self._on_line = on_line
        self._on_end = on_end
        self._rest = b""
        self._was_blocking = os.get_blocking(fd)
        os.set_blocking(fd, False)
        self._pollable = is_pollable(fd)
        if self._pollable:
            loop.add_reader(fd, self._read)
        else:
            loop.call_soon(self._read_all)

    def close(self) -> None:
        """Read no more."""
        if self._pollable:
            self._loop.remove_reader(self._fd)
        os.set_blocking(self._fd, self._was_blocking)

    def _read_all(self) -> None:
        while self._read():
            pass

    def _read(self) -> bool:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            if self._pollable:
                self._loop.remove_reader(self._fd)
            self._on_end()
            return False
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.strip():
                self._on_line(line)
        return True


def is_pollable(fd: int) -> bool:
    """Whether one can wait for it: pipes, sockets and terminals are; files and /dev/null never block."""
    with select.epoll() as epoll:
        try:
            epoll.register(fd)
        except PermissionError:
            return False
    return True
