"""What is true now: changes from every source joined into immutable snapshots, with history, record and replay."""

from tui.store.history import History
from tui.store.source import SnapshotSource
from tui.store.store import Store

__all__ = ["History", "SnapshotSource", "Store"]
