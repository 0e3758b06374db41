"""The presenter: for the big screen. The main screens take turns, larger and with less on them; any key stops it."""

from textual.timer import Timer

from tui.screens.deck import DeckApp

_TURNS = ("nodes", "workloads", "events")


class Presenter:
    """Switches the main screens every so many seconds and marks the app's screens with the class ``-presenter``."""

    def __init__(self, deck: DeckApp, seconds: float) -> None:
        self._deck = deck
        self._seconds = seconds
        self._timer: Timer | None = None

    @property
    def running(self) -> bool:
        return self._timer is not None

    def toggle(self) -> bool:
        """Start or stop; True if it runs now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        else:
            self._timer = self._deck.set_interval(self._seconds, self._next)
        return self.running

    def _next(self) -> None:
        modes = [mode for mode in _TURNS if mode in self._deck.MODES]
        place = modes.index(self._deck.current_mode) if self._deck.current_mode in modes else -1
        self._deck.go(modes[(place + 1) % len(modes)])
