"""When each query is due, so that polling stays within its share of a core."""

from collections.abc import Mapping

from config.queries import Cadence

SLOW_SECONDS = 15.0
CPU_SHARE = 0.05
_SMOOTHING = 0.3  # weight of the newest measurement of a query's cost


class Schedule:
    """Fast queries each ``fast_seconds``, slow ones each 15 s; all stretched alike when they cost too much CPU."""

    def __init__(self, cadences: Mapping[str, Cadence], fast_seconds: float) -> None:
        self._cadences = cadences
        self.fast_seconds = fast_seconds
        self._due: dict[str, float] = dict.fromkeys(cadences, 0.0)
        self._cost: dict[str, float] = {}

    def due(self, now: float) -> list[str]:
        """The queries to ask at ``now`` (monotonic seconds)."""
        return [name for name, at in self._due.items() if at <= now]

    def asked(self, name: str, now: float, cpu_seconds: float) -> None:
        """Notes what a query cost and sets when it is due again."""
        before = self._cost.get(name, cpu_seconds)
        self._cost[name] = before + _SMOOTHING * (cpu_seconds - before)
        self._due[name] = now + self._base(name) * self.stretch()

    def all_due(self) -> None:
        self._due = dict.fromkeys(self._cadences, 0.0)

    def wait_seconds(self, now: float) -> float:
        """How long until something is due; a fast interval if there is nothing to ask."""
        return max(0.0, min(self._due.values()) - now) if self._due else self.fast_seconds

    def stretch(self) -> float:
        """How many times longer than wished the intervals are, 1 while the CPU share holds."""
        share = sum(cost / self._base(name) for name, cost in self._cost.items())
        return max(1.0, share / CPU_SHARE)

    def _base(self, name: str) -> float:
        return self.fast_seconds if self._cadences[name] == "fast" else max(SLOW_SECONDS, self.fast_seconds)
