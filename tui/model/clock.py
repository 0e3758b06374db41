"""The one clock: everything that asks what time it is gets it from here, so that a test can hold it."""

import time
from typing import Protocol


class Clock(Protocol):
    """A source of time."""

    def now(self) -> float:
        """Unix time in seconds: for ages of things that carry a date."""

    def monotonic(self) -> float:
        """Seconds that never go back: for intervals on this machine."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
