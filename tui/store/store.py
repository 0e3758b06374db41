"""The store: takes changes from any thread, applies them on one, publishes immutable snapshots with what differs.

It talks to no source and draws nothing. While paused it shows the frozen snapshot and goes on taking in changes.
"""

import gc
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tui.model.changes import Change, Listed
from tui.model.clock import Clock
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff, merge
from tui.store.engine import Engine
from tui.store.history import History
from tui.store.source import Listener

GREAT_LIST = 5000  # items
TICK_SECONDS = 5.0  # how often a quiet store looks whether the age in a note has to be brought up to date


class Store:
    """A ``Sink`` and a ``SnapshotSource``. All methods may be called from any thread."""

    def __init__(self, clock: Clock, cluster: ClusterInfo | None = None) -> None:
        self._engine = Engine(clock, cluster or ClusterInfo())
        self._queue: queue.SimpleQueue[Change | ClusterInfo] = queue.SimpleQueue()
        self._applying = threading.Lock()
        self._published = threading.Condition()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._frozen: Snapshot | None = None
        self._missed = SnapshotDiff()
        self._previous = self._engine.snapshot
        self._great_list = False

    @property
    def history(self) -> History:
        return self._engine.history

    @property
    def snapshot(self) -> Snapshot:
        """The newest snapshot, or while paused the one at which it was paused."""
        return self._frozen or self._engine.snapshot

    @property
    def paused(self) -> bool:
        return self._frozen is not None

    def put(self, change: Change) -> None:
        """Hand in a change; never blocks."""
        self._queue.put(change)
        self._wake.set()

    def set_cluster(self, info: ClusterInfo) -> None:
        """Say what was discovered of the cluster."""
        self._queue.put(info)
        self._wake.set()

    def start(self, on_change: Listener, min_interval_seconds: float = 0.1) -> None:
        """Apply changes on a thread of the store's own and call ``on_change`` there, at most once an interval."""
        if self._thread is not None:
            raise RuntimeError("the store is running already")
        self._stopped.clear()
        self._thread = threading.Thread(
            target=self._run, args=(on_change, min_interval_seconds), name="nimdeck-store", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread; safe to call twice, and from ``on_change``."""
        self._stopped.set()
        self._wake.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)

    def drain(self) -> SnapshotDiff:
        """Apply everything queued now, in the calling thread; an empty diff if nothing was."""
        with self._applying, collector_paused():
            if not self._apply_queued() and not self._engine.wants_build:
                return SnapshotDiff()
            # Screens let go of what they showed before the store does: a hundred thousand values are freed here, and
            # not where keys are answered.
            self._previous = self._engine.snapshot
            diff = self._engine.build()
            if self._frozen is not None:
                self._missed = merge(self._missed, diff)
        self._settle()
        with self._published:
            self._published.notify_all()
        return diff

    def _settle(self) -> None:
        """After a great list, take what lives long out of the collector's walks: half a million values, no cycles."""
        if self._great_list:
            self._great_list = False
            gc.freeze()

    def pause(self) -> None:
        """Freeze what ``snapshot`` shows."""
        with self._applying:
            if self._frozen is None:
                self._frozen, self._missed = self._engine.snapshot, SnapshotDiff()

    def resume(self) -> SnapshotDiff:
        """Show the newest again; the result names all that changed meanwhile."""
        with self._applying:
            missed, self._missed, self._frozen = self._missed, SnapshotDiff(), None
        return missed

    def wait(self, predicate: Callable[[Snapshot], bool], timeout_seconds: float) -> bool:
        """Wait until the newest snapshot (paused or not) satisfies ``predicate``; False when the time is over."""
        if self._thread is None:
            self.drain()
        with self._published:
            return self._published.wait_for(lambda: predicate(self._engine.snapshot), timeout_seconds)

    def _apply_queued(self) -> bool:
        applied = False
        while True:
            try:
                change = self._queue.get_nowait()
            except queue.Empty:
                return applied
            applied = True
            if isinstance(change, ClusterInfo):
                self._engine.set_cluster(change)
            else:
                self._great_list |= isinstance(change, Listed) and len(change.items) >= GREAT_LIST
                self._engine.apply(change)

    def _run(self, on_change: Listener, min_interval_seconds: float) -> None:
        while not self._stopped.is_set():
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()
            if self._stopped.is_set():
                return
            diff = self.drain()
            if diff != SnapshotDiff() and not self.paused:
                on_change(self.snapshot, diff)
            self._stopped.wait(min_interval_seconds)


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cycle collection meanwhile: a join makes many thousand values, none in a cycle."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
