"""The requests of a worker: made, sent, booked, given up when they stall. Who sends when is for users and arrivals."""

import time
from collections.abc import Callable
from typing import Protocol

from tui.bench.wire.lane import Lane
from tui.bench.wire.request import Exchange, Tally
from tui.bench.worker.points import PointBooks
from tui.bench.worker.roads import Roads

CONNECT_SECONDS = 10.0


class Prompts(Protocol):
    """Bodies, one for each request; cheap."""

    def next_body(self) -> bytes: ...


class Sender(Protocol):
    """Who asked for a request: a user, or the arrivals."""

    index: int | None

    def done(self, lane: Lane, exchange: Exchange) -> None:
        """The request ended and is booked."""


class Flow:
    """Counts between two beats; ``take`` by reading and setting to zero is the beat's business."""

    __slots__ = ("finished", "finished_measured", "in_flight", "in_flight_seconds", "sent", "since", "tokens_finished")

    def __init__(self) -> None:
        self.in_flight = 0
        self.since = time.monotonic()
        self.clear()

    def clear(self) -> None:
        """Start the next beat; what is in flight stays."""
        self.in_flight_seconds = 0.0
        self.sent = 0
        self.finished = 0
        self.finished_measured = 0
        self.tokens_finished = 0

    def move(self, by: int, now: float) -> None:
        """``by`` more in flight from ``now`` on."""
        self.in_flight_seconds += self.in_flight * (now - self.since)
        self.since = now
        self.in_flight += by


class Traffic:
    """Owns the lanes' requests. ``on_finish`` hears each one after it is booked, before its sender."""

    def __init__(
        self,
        roads: Roads,
        prompts: Prompts,
        tally: Tally,
        stall_seconds: float,
        on_finish: Callable[[Exchange], None],
        keep_chunks: bool = False,
    ) -> None:
        self._roads = roads
        self._prompts = prompts
        self._stall = stall_seconds
        self._on_finish = on_finish
        self._keep_chunks = keep_chunks
        self._busy: set[Lane] = set()
        self.tally = tally
        self.flow = Flow()
        self.point: PointBooks | None = None
        """Whose requests are sent now."""

    @property
    def addresses(self) -> int:
        """How many servers of the same model there are."""
        return len(self._roads)

    def lane(self, address: int) -> Lane:
        """A new connection to that one of the servers, not yet open."""
        return Lane(self._roads.dialer(address), self, address)

    def send(self, lane: Lane, sender: Sender, intended: float = 0.0) -> None:
        """One more request on ``lane``; with ``intended`` its latencies count from there."""
        exchange = Exchange(self.tally, sender, None, keep_chunks=self._keep_chunks)
        exchange.intended = intended
        body = self._prompts.next_body()
        self._busy.add(lane)
        lane.start(exchange, b"%b%d\r\n\r\n%b" % (self._roads.head(lane.address), len(body), body))

    @property
    def busy(self) -> int:
        """Requests asked for and not ended, those still connecting included."""
        return len(self._busy)

    def sweep(self) -> None:
        """Give up what has stalled; called once a second."""
        now = time.monotonic()
        for lane in list(self._busy):
            exchange = lane.exchange
            if exchange is None:
                continue
            if not exchange.sent:
                if now - lane.asked > CONNECT_SECONDS:
                    lane.give_up("connect", f"no connection within {CONNECT_SECONDS:.0f} s")
            elif now - max(exchange.sent, exchange.heard) > self._stall:
                lane.give_up("timeout", f"the server said nothing for {self._stall:g} s")

    def cancel_unsent(self) -> None:
        """Forget the requests that still wait for a connection."""
        for lane in [lane for lane in self._busy if lane.exchange is not None and not lane.exchange.sent]:
            self._abandon(lane)

    def abort(self) -> int:
        """Cut everything; how many requests that hit."""
        count = len(self._busy)
        for lane in list(self._busy):
            self._abandon(lane)
        return count

    def _abandon(self, lane: Lane) -> None:
        self._busy.discard(lane)
        exchange = lane.drop()
        if exchange is not None and isinstance(exchange.point, PointBooks):
            exchange.point.abandon(exchange)
            self.flow.move(-1, time.monotonic())

    # -- LaneOwner -------------------------------------------------------------------------------------------------

    def sending(self, exchange: Exchange, size_bytes: int) -> None:
        self.tally.bytes_sent += size_bytes
        if exchange.point is None and self.point is not None:
            self._book(exchange, exchange.sent)

    def finished(self, lane: Lane, exchange: Exchange) -> None:
        self._busy.discard(lane)
        now = time.monotonic()
        if exchange.point is None and self.point is not None:
            exchange.sent = now  # It never got a connection: the failure belongs to this moment.
            self._book(exchange, now)
        flow = self.flow
        sender: Sender = exchange.owner  # type: ignore[assignment]
        if isinstance(exchange.point, PointBooks):
            flow.move(-1, now)
            flow.finished += 1
            flow.finished_measured += exchange.measured
            if exchange.ok:
                usage = exchange.usage
                told = usage.completion_tokens if usage is not None else None
                flow.tokens_finished += exchange.chunks if told is None else told
            exchange.point.finish(exchange, sender.index)
            self._on_finish(exchange)
        sender.done(lane, exchange)

    def _book(self, exchange: Exchange, now: float) -> None:
        assert self.point is not None
        self.point.send(exchange)
        self.flow.sent += 1
        self.flow.move(1, now)
