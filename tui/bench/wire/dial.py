"""Opens connections, a bounded number at a time: a server's backlog that overflows costs a second each.

Addresses were resolved once; the first that answered is used from then on. Waiting links open in the order asked.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from tui.bench.wire.endpoint import Endpoint
from tui.bench.wire.faults import explain
from tui.bench.wire.link import Link, LinkOwner
from tui.bench.wire.plain import PlainLink, Reader
from tui.bench.wire.tls import TlsLink

if TYPE_CHECKING:
    import ssl

PLAIN_AT_ONCE = 128
TLS_AT_ONCE = 32


class Dialer:
    """Opens links to one endpoint: plain ones for ``reader``, TLS where the endpoint wants it.

    ``dialers`` there are in this process: a handshake costs it 2 ms of CPU, so they share what it may do at once.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        context: "ssl.SSLContext | None",
        loop: asyncio.AbstractEventLoop,
        reader: Reader,
        dialers: int = 1,
    ) -> None:
        self._endpoint = endpoint
        self._context = context
        self._loop = loop
        self._reader = reader
        self._waiting: deque[Attempt] = deque()
        self._at_once = max(1, TLS_AT_ONCE // dialers) if endpoint.tls else PLAIN_AT_ONCE
        self._open = 0
        self._address = 0
        self._known = False

    def dial(self, owner: LinkOwner) -> "Attempt":
        """Open a connection for ``owner``, now or when it is its turn."""
        attempt = Attempt(self, owner)
        self._waiting.append(attempt)
        self._next()
        return attempt

    def close(self) -> None:
        """Forget those that wait."""
        self._waiting.clear()

    def start(self, attempt: "Attempt") -> Link:
        """Begin one attempt at the address of the moment. ``OSError`` for a local shortage."""
        address = self._endpoint.addresses[self._address]
        if not self._endpoint.tls:
            return PlainLink(self._reader, address, attempt)
        assert self._context is not None
        link = TlsLink(attempt)
        link.dial(self._endpoint, address, self._context)
        return link

    def retry(self, attempt: "Attempt") -> None:
        """At the next address, before all others."""
        self._waiting.appendleft(attempt)
        self._next()

    def settled(self, well: bool) -> bool:
        """An attempt ended. After a failure: whether another address is worth a try at once."""
        self._open -= 1
        if well:
            self._known = True
        again = not well and not self._known and self._address + 1 < len(self._endpoint.addresses)
        if again:
            self._address += 1
        self._next()
        return again

    def _next(self) -> None:
        while self._waiting and self._open < self._at_once:
            attempt = self._waiting.popleft()
            if not attempt.given_up:
                self._open += 1
                attempt.begin(self._loop)


class Attempt:
    """A connection on its way, between a link and its later owner; ``cancel`` before it settled."""

    __slots__ = ("_dialer", "_link", "_owner", "_settled", "given_up")

    def __init__(self, dialer: Dialer, owner: LinkOwner) -> None:
        self._dialer = dialer
        self._owner = owner
        self._link: Link | None = None
        self._settled = False
        self.given_up = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """It is its turn."""
        self._settled = False
        try:
            self._link = self._dialer.start(self)
        except OSError as error:
            # Later, so that whoever asked for the connection has returned first.
            loop.call_soon(self.lost, "connect", explain(error))

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self.given_up = True
        link, self._link = self._link, None
        if link is not None:
            link.close()
            if not self._settled:
                self._settled = True
                self._dialer.settled(well=True)

    # -- LinkOwner -------------------------------------------------------------------------------------------------

    def wants_stamp(self) -> bool:
        return False

    def opened(self, link: Link, seconds: float) -> None:
        self._settled = True
        self._link = None
        link.hand_to(self._owner)
        self._dialer.settled(well=True)
        self._owner.opened(link, seconds)

    def received(self, data: bytes, now: float, kernel: float) -> None:
        """Nothing is read before ``opened``."""

    def lost(self, kind: str, text: str) -> None:
        if self._settled or self.given_up:
            return
        self._settled = True
        self._link = None
        if self._dialer.settled(well=False):
            self._dialer.retry(self)
        else:
            self._owner.lost(kind, text)
