"""The presenter: for the big screen. The main screens take turns, larger and with less on them.

Any key stops the turns and keeps the large view, so that somebody can show something; its own key leaves it.
"""

from textual.timer import Timer

from tui.screens.deck import DeckApp

TURNS = ("nodes", "workloads")  # events quote messages of all kinds: not for every eye


class Presenter:
    """Counts down and switches. Whether the view is large is ``DeckApp.presenting``."""

    def __init__(self, deck: DeckApp, seconds: float) -> None:
        self._deck = deck
        self._seconds = max(1, round(seconds))
        self._timer: Timer | None = None
        self._left = 0

    @property
    def cycling(self) -> bool:
        return self._timer is not None

    def start(self) -> None:
        """Take turns from now on."""
        self._left = self._seconds
        self._timer = self._deck.set_interval(1.0, self.step)

    def stop(self) -> None:
        """Stay on this screen."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def step(self) -> None:
        """A second has passed."""
        self._left -= 1
        if self._left <= 0:
            self._left = self._seconds
            self._next()

    def label(self) -> str:
        """For the header: ``PRESENTER 12 s``, or without the seconds once a key has stopped the turns."""
        return f"PRESENTER {self._left} s" if self.cycling else "PRESENTER"

    def _next(self) -> None:
        modes = [mode for mode in TURNS if mode in self._deck.MODES]
        place = modes.index(self._deck.current_mode) if self._deck.current_mode in modes else -1
        self._deck.go(modes[(place + 1) % len(modes)])
