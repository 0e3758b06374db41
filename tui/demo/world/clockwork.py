"""When things are due: one queue for all controllers. A key is worked on once however often it was asked for."""

import heapq
from typing import NamedTuple


class Key(NamedTuple):
    """What to look at: the controller's name and the object's namespace and name."""

    controller: str
    namespace: str
    name: str


class WorkQueue:
    """Keys with the time (Unix seconds) at which each is due; the earliest asked-for time counts."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._heap: list[tuple[float, int, Key]] = []
        self._count = 0

    def add(self, key: Key, at: float) -> None:
        known = self._due.get(key)
        if known is not None and known <= at:
            return
        self._due[key] = at
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, key))

    def take(self, now: float) -> list[Key]:
        """All keys due at ``now``, the earliest first; they are the caller's to work on."""
        found = []
        while self._heap and self._heap[0][0] <= now:
            at, _, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                found.append(key)
        return found

    def next_at(self) -> float | None:
        return self._heap[0][0] if self._heap else None
