"""The time that a plan runs on: the real one, or that of a rehearsal, which goes on only while somebody sleeps."""

import asyncio
import time
from typing import Protocol


class PlanTime(Protocol):
    """``now`` in Unix seconds."""

    simulated: bool

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class RealTime:
    """The system's."""

    simulated = False

    def now(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Clock(Protocol):
    """Of a simulated stage: seconds since it was made."""

    def now(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SimulatedTime:
    """That of ``clock``, which began at ``at``."""

    simulated = True

    def __init__(self, clock: Clock, at: float) -> None:
        self._clock = clock
        self._at = at

    def now(self) -> float:
        return self._at + self._clock.now()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(max(0.0, seconds))
