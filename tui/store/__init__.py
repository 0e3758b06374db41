"""What is true now: changes from every source joined into immutable snapshots, with history, record and replay."""

from tui.store.history import History
from tui.store.investigator import Investigator
from tui.store.record import Recorder, RecordError
from tui.store.replay import Replay
from tui.store.source import SnapshotSource
from tui.store.store import Store

__all__ = ["History", "Investigator", "RecordError", "Recorder", "Replay", "SnapshotSource", "Store"]
