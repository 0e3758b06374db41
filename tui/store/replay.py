"""Plays a recording as if it were live: the same interface as the store, plus step, seek and speed.

It writes nothing and asks nobody. Curves are refilled after a seek from the key frames of the half hour before.
"""

import threading
from pathlib import Path

from tui.model.ids import GpuId
from tui.model.reading import Reading
from tui.model.snapshot import Snapshot, SnapshotDiff, merge
from tui.store.frames import difference
from tui.store.history import SPAN_SECONDS, History
from tui.store.measure import GPU_METRICS, HELD
from tui.store.recording import Recording
from tui.store.source import Listener
from tui.store.totals import add_totals

SPEEDS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Replay:
    """A ``SnapshotSource`` over a file. Starts at the first frame; stops playing at the last one.

    ``RecordError`` for a file that can't be played. ``damage`` is one line if the file breaks off early.
    """

    def __init__(self, path: Path) -> None:
        self.recording = Recording(path)
        self.damage = self.recording.damage
        self.history = History()
        self._changed = threading.Condition()
        self._position = 0
        self._speed = 1.0
        self._paused = False
        self._stopped = False
        self._retimed = False  # pause or speed changed: the wait for the next frame starts anew
        self._pending = SnapshotDiff()
        self._thread: threading.Thread | None = None
        self._snapshot = self.recording.snapshot(0)
        feed(self.history, self._snapshot)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def position(self) -> int:
        """The frame shown, from 0."""
        return self._position

    @property
    def frames(self) -> int:
        """How many frames can be played."""
        return len(self.recording.marks)

    @property
    def at(self) -> float:
        """The Unix time shown."""
        return self.recording.marks[self._position].at

    @property
    def span(self) -> tuple[float, float]:
        """Unix times of the first and the last frame."""
        return self.recording.marks[0].at, self.recording.marks[-1].at

    @property
    def speed(self) -> float:
        """How many seconds of the recording pass in one."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self._changed:
            self._speed = min(max(value, SPEEDS[0]), SPEEDS[-1])
            self._retimed = True
            self._changed.notify_all()

    def start(self, on_change: Listener, min_interval_seconds: float = 0.1) -> None:
        """Play on a thread of its own; ``on_change`` is called there, also after a step or a seek."""
        if self._thread is not None:
            raise RuntimeError("the replay is running already")
        self._stopped = False
        self._thread = threading.Thread(
            target=self._run, args=(on_change, min_interval_seconds), name="nimdeck-replay", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the file; safe to call twice, and from ``on_change``."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=5.0)
        self.recording.close()

    def pause(self) -> None:
        """Hold the frame shown; step and seek still move it."""
        with self._changed:
            self._paused = self._retimed = True
            self._changed.notify_all()

    def resume(self) -> SnapshotDiff:
        """Play on from the frame shown: nothing changed meanwhile."""
        with self._changed:
            self._paused, self._retimed = False, True
            self._changed.notify_all()
        return SnapshotDiff()

    def step(self, frames: int = 1) -> SnapshotDiff:
        """Go forward or back by frames, as far as there are any."""
        with self._changed:
            return self._go(self._position + frames)

    def seek(self, at: float) -> SnapshotDiff:
        """Show what was true at that Unix time."""
        with self._changed:
            return self._go(self.recording.number_at(at))

    def _go(self, number: int) -> SnapshotDiff:
        number = min(max(number, 0), self.frames - 1)
        if number == self._position:
            return SnapshotDiff()
        old, is_next = self._snapshot, number == self._position + 1
        self._snapshot = self.recording.snapshot(number, (self._position, old))
        self._position = number
        if is_next:
            feed(self.history, self._snapshot)
        else:
            self._refill(number)
        diff = difference(old, self._snapshot)
        self._pending = merge(self._pending, diff)
        self._changed.notify_all()
        return diff

    def _refill(self, number: int) -> None:
        marks, history = self.recording.marks, History()
        since = marks[number].at - SPAN_SECONDS
        for key in (n for n in range(number) if marks[n].is_key and marks[n].at >= since):
            feed(history, self.recording.snapshot(key))
        feed(history, self._snapshot)
        self.history = history

    def _run(self, on_change: Listener, min_interval_seconds: float) -> None:
        while True:
            with self._changed:
                is_called = self._changed.wait_for(self._is_called, self._seconds_to_next())
                if self._stopped:
                    return
                self._retimed = False
                if not is_called:
                    self._go(self._position + 1)
                snapshot, diff, self._pending = self._snapshot, self._pending, SnapshotDiff()
            if diff != SnapshotDiff():
                on_change(snapshot, diff)
            with self._changed:
                self._changed.wait_for(lambda: self._stopped, min_interval_seconds)

    def _is_called(self) -> bool:
        return self._stopped or self._retimed or self._pending != SnapshotDiff()

    def _seconds_to_next(self) -> float | None:
        """How long to show this frame; ``None``: until somebody moves it."""
        if self._paused or self._position + 1 >= self.frames:
            return None
        marks = self.recording.marks
        return max(0.0, marks[self._position + 1].at - marks[self._position].at) / self._speed


def feed(history: History, snapshot: Snapshot) -> None:
    """Put a snapshot's figures into curves, as the live store does with those that arrive."""
    gpus = [gpu for node in snapshot.nodes.values() for gpu in node.gpus]
    for metric, held in zip(GPU_METRICS, HELD, strict=True):
        values: dict[GpuId, float] = {}
        for gpu in gpus:
            reading: Reading | None = held(gpu)
            if reading is not None:
                values[gpu.id] = reading.value
        if values:
            history.add_gpus(metric, snapshot.at, values)
    add_totals(history, snapshot)
