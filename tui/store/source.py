"""What a screen reads: a live store or a replay, which look the same from above."""

from collections.abc import Callable
from typing import Protocol

from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.store.history import History

Listener = Callable[[Snapshot, SnapshotDiff], None]


class SnapshotSource(Protocol):
    """Snapshots, one after the other. ``on_change`` is called on the source's own thread."""

    @property
    def history(self) -> History: ...

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot, or while paused the one at which it was paused."""

    @property
    def paused(self) -> bool: ...

    def start(self, on_change: Listener, min_interval_seconds: float = 0.1) -> None: ...

    def stop(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> SnapshotDiff: ...
