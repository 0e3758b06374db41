"""One request on one connection: every stamp, and what the stream said.

Fed with bytes and the moment they were read, whatever transport read them. All stamps are CLOCK_MONOTONIC seconds and
0.0 until they are known. It judges the answer (``kind`` stays empty when all is well) but counts nothing over requests.
"""

import msgspec

from tui.bench.stats.histogram import Histogram
from tui.bench.wire.chunk import NO_SHAPE, Chunk, Shape, Usage, decode, learn
from tui.bench.wire.faults import WireError, clean, server_message
from tui.bench.wire.http1 import ResponseScanner
from tui.bench.wire.sse import EventScanner

BODY_BYTES = 65_536
"""So much of an error answer is kept to find the message in it."""


class Tally:
    """What all requests of a worker count together on the hot path; emptied once a beat by its owner."""

    __slots__ = ("bytes_received", "bytes_sent", "chunks", "gap", "gaps", "secrets", "shape")

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        self.chunks = 0
        self.gaps: list[float] = []
        """Seconds between content chunks, not yet in ``gap``; chunks that came in one read are 0.0 apart."""
        self.gap = Histogram()
        self.bytes_received = 0
        self.bytes_sent = 0
        self.shape: Shape = NO_SHAPE
        """What an ordinary content event of this server looks like."""
        self.secrets = secrets
        """Never to appear in a message."""

    def settle(self) -> None:
        """Count the gaps that wait. Often and few: a second's worth at once would hold the loop for 6 ms at 23,000."""
        if self.gaps:
            self.gap.add_many(self.gaps)
            self.gaps.clear()

    def take_gap(self) -> Histogram:
        """All gaps since the last call."""
        self.settle()
        taken, self.gap = self.gap, Histogram()
        return taken


class Exchange:
    """One request and its answer. ``feed`` until it says it is over, or ``lose`` when the connection went away."""

    __slots__ = (
        "_body",
        "_done_mark",
        "_events",
        "_flowing",
        "_http",
        "_last_usage",
        "_tally",
        "chunk_times",
        "chunks",
        "connect_seconds",
        "ended",
        "finish_reason",
        "first_byte",
        "first_token",
        "first_token_kernel",
        "first_tokens",
        "headers_at",
        "heard",
        "intended",
        "kind",
        "last_token",
        "measured",
        "message",
        "owner",
        "point",
        "retried",
        "retry_after",
        "reused",
        "sent",
        "usage",
    )  # fmt: skip

    def __init__(self, tally: Tally, owner: object, point: object, *, keep_chunks: bool = False) -> None:
        self._tally = tally
        self.owner = owner
        self.point = point
        self.measured = False
        self.intended = 0.0
        self.retried = False
        self.connect_seconds = 0.0
        self.reused = False
        self.chunk_times: list[float] | None = [] if keep_chunks else None
        self._reset()

    def _reset(self) -> None:
        self._http = ResponseScanner()
        self._events: EventScanner | None = None
        self._flowing = False
        self._done_mark = False
        self._body = b""
        self._last_usage = b""
        self.sent = self.headers_at = self.first_byte = self.heard = 0.0
        self.first_token = self.first_token_kernel = self.last_token = self.ended = 0.0
        self.chunks = 0
        self.first_tokens = 1
        self.usage: Usage | None = None
        self.finish_reason: str | None = None
        self.kind = ""
        self.message = ""
        self.retry_after: float | None = None

    def send_again(self) -> None:
        """The connection was stale: everything is stamped anew on a fresh one."""
        self.retried = True
        self._reset()

    @property
    def status(self) -> int:
        """The HTTP status; 0 before the head came."""
        return self._http.status

    @property
    def keep_alive(self) -> bool:
        """Whether the connection may carry another request."""
        return self._http.complete and self._http.keep_alive and self.kind != "protocol"

    @property
    def ok(self) -> bool:
        """Whether it ended well."""
        return not self.kind

    def feed(self, data: bytes, now: float, kernel: float) -> bool:
        """Take bytes read at ``now`` (``kernel``: its receive stamp, or 0.0); True when the response is over."""
        self.heard = now
        self._tally.bytes_received += len(data)
        try:
            if self._flowing and self._is_one_more(data):
                self._count(1, now)
                return False
            body = self._http.feed(data)
            if self._flowing:
                assert self._events is not None
                self._flow(self._events.feed(body), now)
            else:
                self._begin(body, now, kernel)
        except WireError as error:
            self.fail(error.kind, error.text, now)
            return True
        if self._http.complete or self.kind:
            self._conclude(now)
            return True
        return False

    def lose(self, kind: str, text: str, now: float) -> None:
        """The connection ended, or was given up, before the response did."""
        if self._http.end() or self._done_mark or self.finish_reason:
            self._conclude(now)
        elif kind == "reset" and self._events is not None:
            self._conclude_stream(now, text)
        else:
            self.fail(kind, text, now)

    def fail(self, kind: str, text: str, now: float) -> None:
        """It ends here, badly; a kind that is already known stays."""
        self.ended = now
        if not self.kind:
            self.kind = kind
            self.message = clean(text, self._tally.secrets)

    # -- the stream ------------------------------------------------------------------------------------------------

    def _flow(self, events: list[bytes], now: float) -> None:
        """Behind the first token: count what looks like content, look closer at the rest."""
        holds = self._tally.shape.holds
        count = 0
        for event in events:
            count += holds(event) or self._look(event)
        if count:
            self._count(count, now)

    def _is_one_more(self, data: bytes) -> bool:
        """Whether the read is one chunk with one event with one piece of content: most are, and cost a third so."""
        start = self._http.only_chunk(data)
        if not start or self._events is None:
            return False
        # The marks can't be in the chunk's frame, so the whole read is searched and nothing is copied.
        return self._events.only_event(data, start, len(data) - 2) and self._tally.shape.holds(data)

    def _count(self, count: int, now: float) -> None:
        """So many content chunks came in one read: the first after a gap, the others at once."""
        tally = self._tally
        tally.chunks += count
        tally.gaps.append(now - self.last_token)
        if count > 1:
            tally.gaps.extend([0.0] * (count - 1))
        if self.chunk_times is not None:
            self.chunk_times.extend([now] * count)
        self.chunks += count
        self.last_token = now

    def _begin(self, body: bytes, now: float, kernel: float) -> None:
        """Up to the first token: stamp, tell a stream from an error answer, parse every event."""
        if not self.first_byte:
            self.first_byte = now
        status = self._http.status
        if not status:
            return
        if not self.headers_at:
            self.headers_at = now
            if status == 200 and "json" not in self._http.headers.get("content-type", ""):
                self._events = EventScanner()
        if self._events is None:
            self._body = (self._body + body)[:BODY_BYTES]
        elif body:
            self._begin_stream(self._events.feed(body), now, kernel)

    def _begin_stream(self, events: list[bytes], now: float, kernel: float) -> None:
        for place, event in enumerate(events):
            if not self._look(event):
                continue
            self.first_token = self.last_token = now
            self.first_token_kernel = kernel
            self.chunks = 1
            self._tally.chunks += 1
            if self.chunk_times is not None:
                self.chunk_times.append(now)
            if self._last_usage:
                self.first_tokens = max(1, self._read_usage().completion_tokens or 1)
            self._flowing = True
            self._flow(events[place + 1 :], now)
            break

    def _look(self, event: bytes) -> bool:
        """Parse one event; whether it carries tokens. Finish, usage and errors are kept."""
        if event == b"[DONE]":
            self._done_mark = True
            return False
        try:
            chunk = decode(event)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise WireError("protocol", f"an event of the stream is no chunk: {error}") from None
        if chunk.is_error():
            raise WireError("stream_error", server_message(event, self._tally.secrets) or "an error without a message")
        if chunk.usage is not None:
            self._last_usage = event
        reason = chunk.finish_reason()
        if reason is not None:
            self.finish_reason = reason
        tokens = chunk.has_tokens()
        if tokens and reason is None and not self._tally.shape.holds(event):
            self._relearn(chunk, event)
        return tokens

    def _relearn(self, chunk: Chunk, event: bytes) -> None:
        # Usage in each chunk has to be read from the last one, so such a server's events are all parsed.
        if chunk.usage is None:
            shape = learn(event)
            if shape is not NO_SHAPE:
                self._tally.shape = shape

    def _read_usage(self) -> Usage:
        return decode(self._last_usage).usage or Usage()

    # -- the end ---------------------------------------------------------------------------------------------------

    def _conclude(self, now: float) -> None:
        if self.kind or self.ended:
            return
        if self._events is not None:
            self._conclude_stream(now, "the stream ended without a finish")
        elif self.status == 200:
            self.fail("protocol", f"the server did not stream: {server_message(self._body, self._tally.secrets)}", now)
        else:
            self.fail(f"http_{self.status}", server_message(self._body, self._tally.secrets), now)
            self.retry_after = _seconds(self._http.headers.get("retry-after", ""))

    def _conclude_stream(self, now: float, text: str) -> None:
        assert self._events is not None
        try:
            rest = self._events.end()
            if self._flowing:
                self._flow(rest, now)
            else:
                self._begin_stream(rest, now, 0.0)
        except WireError as error:
            if error.kind == "stream_error":
                self.fail(error.kind, error.text, now)
                return
        if self._last_usage:
            self.usage = self._read_usage()
        if not (self.finish_reason or self._done_mark):
            self.fail("cut" if self.chunks else "empty", text, now)
        elif not self.chunks:
            self.fail("empty", "the stream ended without a token", now)
        self.ended = now


def _seconds(text: str) -> float | None:
    """``Retry-After`` in seconds; a date counts as unknown."""
    return float(text) if text.isascii() and text.isdigit() else None
