"""Waiting that ends at once when the source is stopped, or when someone asks for fresh figures."""

import threading


class Pause:
    """One for a source and all its threads; a child of it may be stopped alone."""

    def __init__(self, parent: "Pause | None" = None) -> None:
        self._root: Pause = parent._root if parent is not None else self
        self._changed: threading.Condition = self._root._changed if parent is not None else threading.Condition()
        self._stopped = False
        self._wakes = 0

    def is_stopped(self) -> bool:
        return self._stopped or self._root._stopped

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until ``wake`` or ``stop``. True while there is reason to go on."""
        with self._changed:
            seen = self._root._wakes
            self._changed.wait_for(lambda: self.is_stopped() or self._root._wakes != seen, seconds)
            return not self.is_stopped()

    def wake(self) -> None:
        """End every wait now."""
        with self._changed:
            self._root._wakes += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End every wait, now and from here on."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
