"""Watch streams: a bounded queue a watcher, lines made once for all, and the way to break them off."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from aiohttp import web

from tui.demo.kube.selectors import Matcher, everything
from tui.demo.objects import Change

Lines = Callable[[str, Change], bytes]


class Watcher:
    """What one watch has still to be sent. One that falls ``limit`` lines behind is cut off, as a real one is."""

    def __init__(self, request: web.Request, namespace: str, matches: Matcher, lines: Lines, limit: int) -> None:
        self._request = request
        self._namespace = namespace
        self._matches = matches
        self._lines = lines
        self._limit = limit
        self._queue: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self.ended = False
        self.version = 0

    def take(self, change: Change) -> None:
        """A change happened: queue the line that this watcher must see, if any."""
        self.version = change.version
        line = self.line(change)
        if line is None or self.ended:
            return
        if len(self._queue) >= self._limit:
            self.cut()
            return
        self._queue.append(line)
        self._wake.set()

    def line(self, change: Change) -> bytes | None:
        """The line for a change as this watcher's selector sees it: leaving it is DELETED, entering it ADDED."""
        if self._namespace and change.namespace != self._namespace:
            return None
        kind: str | None = change.kind
        if self._matches is not everything:
            kind = self._seen_as(change)
        return self._lines(kind, change) if kind else None

    def _seen_as(self, change: Change) -> str | None:
        was = change.previous is not None and self._matches(change.previous.obj)
        now = change.kind != "DELETED" and self._matches(change.stored.obj)
        if was and now:
            return "MODIFIED"
        if now:
            return "ADDED"
        return "DELETED" if was else None

    async def next(self, timeout_seconds: float) -> bytes:
        """All lines queued, joined; empty when none came in time or the watch has ended."""
        if not self._queue and not self.ended:
            try:
                async with asyncio.timeout(max(timeout_seconds, 0)):
                    await self._wake.wait()
            except TimeoutError:
                pass
        self._wake.clear()
        data = b"".join(self._queue)
        self._queue.clear()
        return data

    def end(self) -> None:
        """A clean end after what is queued."""
        self.ended = True
        self._wake.set()

    def cut(self, half_line: bool = False) -> None:
        """Closes the connection without a proper end, perhaps in the middle of a line."""
        self.ended = True
        transport = self._request.transport
        if transport is None:
            return
        if half_line:
            piece = b'{"type":"MODIFIED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"na'
            transport.write(b"%x\r\n%s" % (len(piece) + 100, piece))
            transport.close()
        else:
            transport.abort()
        self._wake.set()


class Watchers:
    """All open watches."""

    def __init__(self) -> None:
        self._open: set[Watcher] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, watcher: Watcher) -> None:
        self._open.add(watcher)

    def discard(self, watcher: Watcher) -> None:
        self._open.discard(watcher)

    def end(self) -> None:
        """Ends all, as a server that stops does."""
        _each(self._open, Watcher.end)

    def cut(self, half_line: bool = False) -> None:
        """Breaks all off, as a failing network does."""
        _each(self._open, lambda watcher: watcher.cut(half_line))


def _each(watchers: Iterable[Watcher], act: Callable[[Watcher], None]) -> None:
    for watcher in tuple(watchers):
        act(watcher)
