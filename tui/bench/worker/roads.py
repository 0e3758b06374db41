"""The servers that a worker loads: one, or several of the same model, such as each pod of it.

Users, and requests of an open loop, go over them in a round of all workers together, so that each server gets the same
however many of either there are.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import TYPE_CHECKING

from tui.bench.wire.clock import KernelClock
from tui.bench.wire.dial import Dialer
from tui.bench.wire.endpoint import Endpoint, request_head
from tui.bench.wire.plain import Reader

if TYPE_CHECKING:
    import ssl


class Roads:
    """A dialer and a request head for each server; all plain sockets share one reader."""

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        headers: Mapping[str, str],
        context: "ssl.SSLContext | None",
        loop: asyncio.AbstractEventLoop,
        clock: KernelClock,
    ) -> None:
        self._heads = [request_head(endpoint, dict(headers)) for endpoint in endpoints]
        self._reader = Reader(loop, clock)
        self._dialers = [Dialer(endpoint, context, loop, self._reader, len(endpoints)) for endpoint in endpoints]

    def __len__(self) -> int:
        return len(self._dialers)

    def dialer(self, address: int) -> Dialer:
        """Who connects to server number ``address``."""
        return self._dialers[address]

    def head(self, address: int) -> bytes:
        """The head of every request to it up to the digits of Content-Length: each has its own ``Host``."""
        return self._heads[address]

    def close(self) -> None:
        """Forget the connections that wait and stop reading."""
        for dialer in self._dialers:
            dialer.close()
        self._reader.close()


@dataclass(frozen=True, slots=True)
class Round:
    """Who of worker ``place`` of ``places`` goes where, on so many ``addresses``.

    The workers deal in turns: number n of this one is number place + n * places of all, and takes the address of that
    number. So any two addresses differ by one at most, whatever the numbers are, and more users leave those before
    where they are.
    """

    place: int
    places: int
    addresses: int

    def address(self, number: int) -> int:
        """Where number ``number`` of this worker goes, from 0."""
        of_all = self.place + number * self.places
        turn = lcm(self.places, self.addresses)
        # With a common divisor this worker would only ever see a part of the addresses, and the rate of those would
        # hang on it alone: a step aside each time the round of all has come back to its beginning.
        aside = of_all // turn if turn < self.places * self.addresses else 0
        return (of_all + aside) % self.addresses
