"""What the worker costs and how late it is: CPU seconds and the lag of its event loop. Not how late the server is."""

import asyncio
import time
from collections.abc import Callable

SAMPLE_SECONDS = 0.02


class LoopMeter:
    """A timer that should fire each 20 ms; its lateness is the loop's lag. ``take`` empties the samples.

    Each time it calls ``also``: work that would hold the loop up if it were left to the beat.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, also: Callable[[], None]) -> None:
        self._loop = loop
        self._also = also
        self._lags: list[float] = []
        self._due = time.monotonic() + SAMPLE_SECONDS
        self._cpu = time.process_time()
        self._handle = loop.call_later(SAMPLE_SECONDS, self._tick)

    def take(self) -> tuple[list[float], float]:
        """The lags in seconds and the CPU seconds (user and system, all threads) since the last call."""
        lags, self._lags = self._lags, []
        cpu = time.process_time()
        spent, self._cpu = cpu - self._cpu, cpu
        return lags, spent

    def close(self) -> None:
        """Stop sampling."""
        self._handle.cancel()

    def _tick(self) -> None:
        now = time.monotonic()
        # uvloop's timers count whole milliseconds and may be one early.
        lag = max(0.0, now - self._due)
        self._lags.append(lag)
        # Ticks that a long stall swallowed would have been late too: without them a stall of 200 ms counts as one
        # sample among fifty, and the mean says nothing of what arrived meanwhile.
        missed = lag - SAMPLE_SECONDS
        while missed > 0.0:
            self._lags.append(missed)
            missed -= SAMPLE_SECONDS
        self._also()
        self._due = now + SAMPLE_SECONDS
        self._handle = self._loop.call_later(SAMPLE_SECONDS, self._tick)
