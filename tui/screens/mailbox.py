"""Between the store's thread and the screen's clock: the newest snapshot and all that changed since it was taken."""

import threading

from tui.model.snapshot import Snapshot, SnapshotDiff, merge


class Mailbox:
    """``put`` from any thread, ``take`` from the event loop; bursts collapse into one change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._diff = SnapshotDiff()

    def put(self, snapshot: Snapshot, diff: SnapshotDiff) -> bool:
        """Leave a change; True if the box was empty, so that one wake-up is enough for a burst."""
        with self._lock:
            was_empty = self._snapshot is None
            self._snapshot = snapshot
            self._diff = merge(self._diff, diff)
        return was_empty

    def take(self) -> tuple[Snapshot, SnapshotDiff] | None:
        """The newest snapshot with everything that changed since the last ``take``; ``None`` if nothing did."""
        with self._lock:
            if self._snapshot is None:
                return None
            taken = (self._snapshot, self._diff)
            self._snapshot, self._diff = None, SnapshotDiff()
        return taken
