"""Waiting that ends at once when the source is stopped, or when someone asks for fresh figures."""

import threading


class Pause:
    """One for a source and all its threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stopped = False
        self._wakes = 0

    def is_stopped(self) -> bool:
        return self._stopped

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until ``wake`` or ``stop``. True while there is reason to go on."""
        with self._changed:
            seen = self._wakes
            self._changed.wait_for(lambda: self._stopped or self._wakes != seen, seconds)
            return not self._stopped

    def wake(self) -> None:
        """End every wait now."""
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End every wait, now and from here on."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
