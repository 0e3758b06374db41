"""How long to wait before asking again: doubling, jittered, bounded."""

import random
from collections.abc import Callable


class Backoff:
    """Delays of ``first_seconds`` x 2^n, at most ``limit_seconds``, each spread over half to all of itself.

    The jitter keeps a hundred watchers from coming back to a restarted API server in the same instant.
    """

    def __init__(
        self, first_seconds: float = 0.5, limit_seconds: float = 30.0, spread: Callable[[], float] = random.random
    ) -> None:
        self._first = first_seconds
        self._limit = limit_seconds
        self._spread = spread
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many failures since the last success."""
        return self._failures

    def reset(self) -> None:
        self._failures = 0

    def next_seconds(self) -> float:
        """The delay after one more failure."""
        full = min(self._limit, self._first * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return full * (0.5 + 0.5 * self._spread())
