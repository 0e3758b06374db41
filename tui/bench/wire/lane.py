"""A user's road to the server: at most one connection and one request on it, connected ahead, mended when stale.

It decides when to dial, when a lost connection is retried and when it is kept; never what is sent or what it means.
"""

import time
from typing import Protocol

from tui.bench.wire.dial import Attempt, Dialer
from tui.bench.wire.link import Link
from tui.bench.wire.request import Exchange

SETTLED_SECONDS = 0.5
"""A connection that idled longer since it opened may be stale although it never carried a request."""


class LaneOwner(Protocol):
    """Who is told of each request's beginning and end."""

    def sending(self, exchange: Exchange, size_bytes: int) -> None:
        """``exchange.sent`` is now; the bytes go out next. Once more for a retry."""

    def finished(self, lane: "Lane", exchange: Exchange) -> None:
        """It ended, well or not; the lane is free for the next one."""


class Lane:
    """``prepare`` connects ahead, ``start`` sends as soon as there is a connection."""

    __slots__ = (
        "_attempt",
        "_connect_seconds",
        "_dialer",
        "_link",
        "_opened",
        "_owner",
        "_payload",
        "_used",
        "address",
        "asked",
        "exchange",
    )

    def __init__(self, dialer: Dialer, owner: LaneOwner, address: int = 0) -> None:
        self.address = address
        """Which of its worker's addresses it leads to."""
        self._dialer = dialer
        self._owner = owner
        self._attempt: Attempt | None = None
        self._link: Link | None = None
        self._payload = b""
        self._used = False
        self._opened = 0.0
        self._connect_seconds = 0.0
        self.exchange: Exchange | None = None
        self.asked = 0.0
        """When the request under way was asked for, sent or not."""

    @property
    def connecting(self) -> bool:
        """Whether a connection is on its way."""
        return self._attempt is not None

    def prepare(self) -> None:
        """Connect, unless there is a connection or one on its way."""
        if self._link is None and self._attempt is None:
            self._used = False
            self._attempt = self._dialer.dial(self)

    def start(self, exchange: Exchange, payload: bytes) -> None:
        """Send ``payload`` now, or as soon as the connection stands."""
        self.exchange = exchange
        self._payload = payload
        self.asked = time.monotonic()
        if self._link is not None:
            self._send(self._link)
        else:
            self.prepare()

    def give_up(self, kind: str, text: str) -> None:
        """End the request under way as failed and close its connection."""
        self.close()
        if self.exchange is not None:
            self.exchange.lose(kind, text, time.monotonic())
            self._finish()

    def drop(self) -> Exchange | None:
        """Close at once; the request that was under way, which nobody will hear of."""
        self.close()
        exchange, self.exchange = self.exchange, None
        self._payload = b""
        return exchange

    def close(self) -> None:
        """Close the connection, whole or on its way."""
        if self._attempt is not None:
            self._attempt.cancel()
            self._attempt = None
        if self._link is not None:
            self._link.close()
            self._link = None

    # -- LinkOwner -------------------------------------------------------------------------------------------------

    def wants_stamp(self) -> bool:
        exchange = self.exchange
        return exchange is not None and not exchange.first_token

    def opened(self, link: Link, seconds: float) -> None:
        self._attempt = None
        self._link = link
        self._connect_seconds = seconds
        self._opened = time.monotonic()
        if self.exchange is not None:
            self._send(link)

    def received(self, data: bytes, now: float, kernel: float) -> None:
        exchange = self.exchange
        if exchange is None:
            self.close()  # Nobody asked: an error answer to an idle connection (408), or a broken server.
        elif exchange.feed(data, now, kernel):
            if exchange.keep_alive:
                self._used = True
            else:
                self.close()
            self._finish()
        elif self._payload:
            self._payload = b""

    def lost(self, kind: str, text: str) -> None:
        self._attempt = None
        self._link = None
        exchange = self.exchange
        if exchange is None:
            return
        if kind == "reset" and self._payload and exchange.reused and not exchange.retried and not exchange.first_byte:
            exchange.send_again()
            self.prepare()
            return
        exchange.lose(kind, text, time.monotonic())
        self._finish()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _send(self, link: Link) -> None:
        exchange = self.exchange
        assert exchange is not None
        payload = self._payload
        now = time.monotonic()
        exchange.reused = self._used or now - self._opened > SETTLED_SECONDS
        exchange.connect_seconds = 0.0 if self._used else self._connect_seconds
        if not exchange.reused:
            self._payload = b""
        exchange.sent = now
        self._owner.sending(exchange, len(payload))
        link.send(payload)

    def _finish(self) -> None:
        exchange, self.exchange = self.exchange, None
        self._payload = b""
        assert exchange is not None
        self._owner.finished(self, exchange)
