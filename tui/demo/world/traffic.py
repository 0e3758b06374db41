"""The real requests of each Service as the activator reports them: at once, not when somebody looks."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

Key = tuple[str, str]  # namespace, Service


class Traffic:
    """``poke`` is called when a request comes that nobody can answer yet: the autoscaler looks without delay.

    ``held`` counts the requests that wait for a first ready pod.
    """

    def __init__(self, now: Callable[[], float], poke: Callable[[], None]) -> None:
        self._now = now
        self._poke = poke
        self._open: Counter[Key] = Counter()
        self._last: dict[Key, float] = {}
        self.held: Counter[Key] = Counter()

    @contextlib.contextmanager
    def request(self, key: Key) -> Iterator[None]:
        """A request is under way, whatever it asks for."""
        self._open[key] += 1
        try:
            yield
        finally:
            self._open[key] -= 1
            self._last[key] = self._now()

    @contextlib.contextmanager
    def holding(self, key: Key) -> Iterator[None]:
        """A request waits."""
        self.held[key] += 1
        if self.held[key] == 1:
            self._poke()
        try:
            yield
        finally:
            self.held[key] -= 1

    def last(self, key: Key) -> float | None:
        """Unix time at which it last had a request, now while it has one; ``None`` if it never had."""
        return self._now() if self._open[key] or self.held[key] else self._last.get(key)
