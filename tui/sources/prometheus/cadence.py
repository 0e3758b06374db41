"""When each query is due, so that polling stays within its share of a core."""

import math
from collections.abc import Mapping

from config.queries import Cadence

SLOW_SECONDS = 15.0
CPU_SHARE = 0.05
_SMOOTHING = 0.3  # weight of the newest measurement of a query's cost


class Schedule:
    """Fast queries each ``fast_seconds``, slow ones each 15 s; all stretched alike when they cost too much CPU.

    ``fast_seconds`` may be set at any time and counts at once. Times are monotonic seconds.
    """

    def __init__(self, cadences: Mapping[str, Cadence], fast_seconds: float) -> None:
        self._cadences = cadences
        self.fast_seconds = fast_seconds
        self._asked: dict[str, float] = dict.fromkeys(cadences, -math.inf)
        self._cost: dict[str, float] = {}

    def due(self, now: float) -> list[str]:
        """The queries to ask at ``now``."""
        stretch = self.stretch()
        return [name for name, at in self._asked.items() if at + self._base(name) * stretch <= now]

    def asked(self, name: str, now: float, cpu_seconds: float) -> None:
        """Notes that a query was asked and what it cost."""
        before = self._cost.get(name, cpu_seconds)
        self._cost[name] = before + _SMOOTHING * (cpu_seconds - before)
        self._asked[name] = now

    def all_due(self) -> None:
        self._asked = dict.fromkeys(self._cadences, -math.inf)

    def wait_seconds(self, now: float) -> float:
        """How long until something is due; a fast interval if there is nothing to ask."""
        stretch = self.stretch()
        times = [at + self._base(name) * stretch for name, at in self._asked.items()]
        return max(0.0, min(times) - now) if times else self.fast_seconds

    def stretch(self) -> float:
        """How many times longer than wished the intervals are, 1 while the CPU share holds."""
        share = sum(cost / self._base(name) for name, cost in self._cost.items())
        return max(1.0, share / CPU_SHARE)

    def _base(self, name: str) -> float:
        return self.fast_seconds if self._cadences[name] == "fast" else max(SLOW_SECONDS, self.fast_seconds)
