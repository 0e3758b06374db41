"""The world's clock: the machine's time, which can be held in the past while the world's history is played."""

from tui.model.clock import Clock


class WorldClock:
    """A clock over another. While it is held it stands where it was put."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._held: float | None = None

    def now(self) -> float:
        return self._base.now() if self._held is None else self._held

    def monotonic(self) -> float:
        return self._base.monotonic()

    def hold(self, at: float) -> None:
        """Stands at ``at`` (Unix seconds) until ``let_go``."""
        self._held = at

    def let_go(self) -> None:
        self._held = None
