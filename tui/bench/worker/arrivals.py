"""Open loop: requests at a constant or Poisson rate, whatever the server does; latency counts from the intended time.

Connections come from a pool that grows as needed; where there are several servers, requests go to them in turn. A
request that is sent late (no socket yet, a busy loop) is late in the figures: that is the point of an open loop.
"""

import asyncio
import time
from collections import defaultdict
from random import Random

from tui.bench.wire.lane import Lane
from tui.bench.wire.request import Exchange
from tui.bench.worker.protocol import Point
from tui.bench.worker.roads import Round
from tui.bench.worker.traffic import Traffic

BATCH = 256
"""Requests sent before the event loop gets its turn."""


class Arrivals:
    """One stream of arrivals."""

    def __init__(self, traffic: Traffic, loop: asyncio.AbstractEventLoop) -> None:
        self._traffic = traffic
        self._loop = loop
        self._idle: defaultdict[int, list[Lane]] = defaultdict(list)  # by address
        self._round = Round(0, 1, traffic.addresses)
        self._sent = 0  # over all points, so that a short one does not begin the round anew
        self._random = Random(1)
        self._rate = 0.0
        self._poisson = True
        self._phase = 0.0
        self._next = 0.0
        self._timer: asyncio.Handle | None = None
        self.index: int | None = None

    def aim(self, point: Point) -> None:
        """Send ``point.rate`` requests a second from now on."""
        self.rest()
        self._random = Random(point.seed * 1_000_003 + point.first_user)
        self._rate = point.rate
        self._poisson = point.arrival == "poisson"
        self._phase = point.phase
        self._round = Round(point.place, point.places, self._traffic.addresses)
        self.wake()

    def rest(self) -> None:
        """No more arrivals."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wake(self) -> None:
        """Arrivals from now on."""
        if self._rate > 0 and self._timer is None:
            # Constant: each worker at its own part of the gap, so that all of them together are constant, too.
            self._next = time.monotonic() + (self._gap() if self._poisson else self._phase / self._rate)
            self._wait()

    def leave(self) -> None:
        """No more arrivals, and close what idles."""
        self.rest()
        self._rate = 0.0
        for lane in (lane for lanes in self._idle.values() for lane in lanes):
            lane.close()
        self._idle.clear()

    def done(self, lane: Lane, exchange: Exchange) -> None:
        if self._rate > 0:
            self._idle[lane.address].append(lane)
        else:
            lane.close()

    def _gap(self) -> float:
        return self._random.expovariate(self._rate) if self._poisson else 1.0 / self._rate

    def _wait(self) -> None:
        self._timer = self._loop.call_later(max(0.0, self._next - time.monotonic()), self._fire)

    def _fire(self) -> None:
        now = time.monotonic()
        for _ in range(BATCH):
            if self._next > now:
                break
            address = self._round.address(self._sent)
            idle = self._idle[address]
            self._sent += 1
            self._traffic.send(idle.pop() if idle else self._traffic.lane(address), self, self._next)
            self._next += self._gap()
        self._wait()
