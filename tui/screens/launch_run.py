"""A launch under way: its changes are made one after the other, then it is watched. On a thread; screens only look.

It goes on while other screens are shown, and ends with nimdeck; what it made stays in the cluster either way.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.launch.apply import Applied, apply
from tui.launch.live import LiveCluster
from tui.launch.watching import Watched, watch
from tui.model.ids import WorkloadKey
from tui.model.manifest import Change

if TYPE_CHECKING:
    from tui.session import Feed

_WATCH_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class LaunchLook:
    """What is seen of it now. ``pending`` are changes that were not tried yet."""

    applied: tuple[Applied, ...] = ()
    pending: tuple[Change, ...] = ()
    watched: Watched | None = None

    @property
    def failed(self) -> Applied | None:
        return next((one for one in self.applied if not one.done), None)

    @property
    def outcome(self) -> str:
        """``applying``, ``failed``, or how far the watched workload is."""
        if self.failed is not None:
            return "failed"
        if self.watched is None:
            return "applying"
        return self.watched.progress.outcome


class FeedClock:
    """The cluster's time and this machine's."""

    def __init__(self, feed: "Feed") -> None:
        self._feed = feed

    def now(self) -> float:
        return self._feed.now()

    def monotonic(self) -> float:
        return time.monotonic()


class LaunchRun:
    """``start`` once. ``look`` is safe from any thread and cheap."""

    def __init__(self, changes: Sequence[Change], key: WorkloadKey, port: int, feed: "Feed") -> None:
        self.key = key
        self.started_at = feed.now()
        self._changes = tuple(changes)
        self._port = port
        self._feed = feed
        self._look = LaunchLook(pending=self._changes)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nimdeck-launch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look no further. Nothing is taken back."""
        self._stop.set()

    def look(self) -> LaunchLook:
        return self._look

    @property
    def is_going(self) -> bool:
        """Whether there is something to wait for still."""
        return not self._stop.is_set() and self.look().outcome in ("applying", "going", "blocked")

    @property
    def label(self) -> str:
        """For the header; ``""`` once there is nothing to wait for."""
        if not self.is_going:
            return ""
        look = self.look()
        step = look.watched.progress.current.title if look.watched is not None else "applying"
        return f"LAUNCH {self.key.name}: {step}"

    def _run(self) -> None:
        writer = self._feed.writer
        if writer is None:
            return
        done: list[Applied] = []
        for one in apply(self._changes, writer.write):
            done.append(one)
            self._look = LaunchLook(tuple(done), self._changes[len(done) :])
        if self._look.failed is None:
            self._watch(tuple(done))

    def _watch(self, applied: tuple[Applied, ...]) -> None:
        """Until it is ready or gone: what blocks it may be cleared away while it is watched."""
        cluster = LiveCluster(self._feed, FeedClock(self._feed))
        while not self._stop.is_set():
            looks = watch(cluster, self.key, "ready", _WATCH_SECONDS, port=self._port, is_over=self._stop.is_set)
            for watched in looks:
                self._look = LaunchLook(applied, (), watched)
            if self._look.watched is None or self._look.watched.end in ("ready", "gone", "timeout"):
                return
            self._stop.wait(1.0)
