"""Keeps the GPU map as a plan goes on: a frame when something on it has changed, and one now and then when not."""

from collections.abc import Callable

from tui.plans.values import MapFrame

UNCHANGED_SECONDS = 15.0
SIMULATED_SECONDS = 5.0


class FrameKeeper:
    """``take`` looks at the map, ``keep`` writes a frame. It is asked about once a second."""

    def __init__(self, take: Callable[[float], MapFrame | None], keep: Callable[[MapFrame], None]) -> None:
        self._take = take
        self._keep = keep
        self._last: MapFrame | None = None
        self._looked = float("-inf")

    def look(self, seconds: float, users: int | None) -> MapFrame | None:
        """The map at this second of the plan; ``None`` where it is not known."""
        self._looked = seconds
        taken = self._take(seconds)
        if taken is None:
            return None
        frame = MapFrame(seconds, taken.rows, taken.ready_pods, users)
        last = self._last
        if last is not None and last.seconds <= seconds < last.seconds + UNCHANGED_SECONDS and _same(last, frame):
            return frame
        self._last = frame
        self._keep(frame)
        return frame

    def is_due(self, seconds: float) -> bool:
        """Whether it is long enough since the last look, where looks are not a second apart anyway."""
        return not self._looked <= seconds < self._looked + SIMULATED_SECONDS


def _same(one: MapFrame, other: MapFrame) -> bool:
    return (one.rows, one.ready_pods, one.users) == (other.rows, other.ready_pods, other.users)
