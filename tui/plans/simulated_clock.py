"""The time of a rehearsal: sleeping takes none. Who sleeps wakes in order of time, as they would on a real clock."""

import asyncio
import heapq
from itertools import count

_TURNS = 4  # of the event loop, so that whoever has just woken can sleep again before time goes on


class SimulatedClock:
    """``now`` in simulated seconds since it was made. All who sleep must be on one event loop."""

    def __init__(self) -> None:
        self._now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = count()
        self._is_ticking = False

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Until so many simulated seconds are over; those who sleep less long go on before."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        heapq.heappush(self._sleepers, (self._now + max(0.0, seconds), next(self._order), future))
        if not self._is_ticking:
            self._is_ticking = True
            loop.call_soon(self._tick, loop, _TURNS)
        await future

    def _tick(self, loop: asyncio.AbstractEventLoop, turns: int) -> None:
        if turns:
            loop.call_soon(self._tick, loop, turns - 1)
            return
        while self._sleepers:
            at, _, future = heapq.heappop(self._sleepers)
            if not future.done():  # else its task was cancelled: time does not go on for it
                self._now = max(self._now, at)
                future.set_result(None)
                break
        self._is_ticking = bool(self._sleepers)
        if self._is_ticking:
            loop.call_soon(self._tick, loop, _TURNS)
