"""Keeps what waits company: reads what it leans on anew, as long as something waits and somebody listens.

Knows neither what is asked nor who answers; both are given to it. Its thread is its own, so that neither the store nor
a screen ever waits for an answer.
"""

import threading
from collections.abc import Callable

from tui.model.circumstances import Circumstances, Inquiry
from tui.model.clock import Clock
from tui.model.snapshot import Snapshot

REFRESH_SECONDS = 10.0
SETTLE_SECONDS = 1.0  # between two readings at least: pods that fail by the dozen are read together

Listener = Callable[[Circumstances], None]


class Investigator:
    """``inquire`` says what is to be read for a Snapshot, ``read`` reads it (``None``: not possible just now).

    Read at once when there is more to ask than at the last reading, else every ``refresh_seconds``. A Snapshot that
    stays is looked at that often too: with time, what starts becomes what waits. The thread starts with the first
    listener and ends with ``stop``.
    """

    def __init__(
        self,
        inquire: Callable[[Snapshot], Inquiry],
        read: Callable[[Inquiry], Circumstances | None],
        clock: Clock,
        refresh_seconds: float = REFRESH_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        self._inquire = inquire
        self._read = read
        self._clock = clock
        self._refresh_seconds = refresh_seconds
        self._settle_seconds = settle_seconds
        self._changed = threading.Condition()
        self._snapshot: Snapshot | None = None
        self._seen: Snapshot | None = None  # the one looked at last
        self._stopped = False
        self._thread: threading.Thread | None = None
        self._listeners: list[Listener] = []
        self._asked = Inquiry()
        self._latest: Circumstances | None = None

    @property
    def latest(self) -> Circumstances | None:
        """What was read last; ``None`` before that and while nothing waits."""
        return self._latest

    def see(self, snapshot: Snapshot) -> None:
        """Look at this one next; returns at once."""
        with self._changed:
            self._snapshot = snapshot
            self._changed.notify_all()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on this thread with each reading; the result takes it back."""
        with self._changed:
            self._listeners.append(listener)
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="investigator", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return lambda: self._listeners.remove(listener)

    def stop(self) -> None:
        """Ask nothing more; returns at once. A reading that is under way is told to nobody."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def is_running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def join(self, timeout_seconds: float) -> None:
        """Wait until the thread has ended, after ``stop``."""
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        looked_at = self._clock.monotonic() - self._settle_seconds
        due: float | None = None  # when what waits is read again though nothing changed
        while (
            snapshot := self._next(looked_at, looked_at + self._refresh_seconds if due is None else due)
        ) is not None:
            looked_at = self._clock.monotonic()
            due = self._look(self._inquire(snapshot), due)

    def _next(self, looked_at: float, again_at: float) -> Snapshot | None:
        """The Snapshot to look at: a new one, or at ``again_at`` the same again. ``None`` at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, self._until(looked_at + self._settle_seconds))
            self._changed.wait_for(lambda: self._stopped or self._snapshot is not self._seen, self._until(again_at))
            self._changed.wait_for(lambda: self._stopped or (self._snapshot is not None and bool(self._listeners)))
            self._seen = self._snapshot
            return None if self._stopped else self._snapshot

    def _look(self, inquiry: Inquiry, due: float | None) -> float | None:
        """Read, if it is time; the result is when to read again."""
        if not inquiry:
            self._asked, self._latest = Inquiry(), None
            return None
        if due is not None and self._clock.monotonic() < due and not self._is_more(inquiry):
            return due
        found = self._read(inquiry)
        if found is not None:
            self._asked = inquiry
            self._tell(found)
        return self._clock.monotonic() + self._refresh_seconds

    def _until(self, moment: float) -> float:
        return max(0.0, moment - self._clock.monotonic())

    def _is_more(self, inquiry: Inquiry) -> bool:
        """Whether it asks for anything that the last reading did not."""
        asked = self._asked
        return not (set(inquiry.namespaces) <= set(asked.namespaces) and set(inquiry.logs) <= set(asked.logs))

    def _tell(self, found: Circumstances) -> None:
        with self._changed:
            if self._stopped:
                return
            self._latest = found
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(found)
