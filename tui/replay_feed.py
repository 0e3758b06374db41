"""A recording as a feed: the same screens play it, with its own time, and keys to step, skip, seek and change speed."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from config.settings import Settings
from tui.model.circumstances import Circumstances, Inquiry
from tui.model.ids import GpuId, ObjectKey
from tui.model.installation import Installation
from tui.model.json_value import JsonObject
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.surroundings import Surroundings
from tui.session import CircumstancesListener, Curve, Listener, Player
from tui.sources.kubernetes import Forward, KubernetesSource, Unreachable
from tui.sources.runai import ControlPlane
from tui.sources.writing import Writer
from tui.store.replay import SPEEDS, Replay

_OFFSET = re.compile(r"^([+-])(\d+(?:\.\d+)?)(s|m|h)?$")
_UNITS = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


class ReplayFeed:
    """A ``Feed`` over a file. ``RecordError`` for a file that can't be played."""

    kubernetes: KubernetesSource | None = None
    control_plane: ControlPlane | None = None
    writer: Writer | None = None  # the past can't be changed

    def __init__(self, path: Path, settings: Settings) -> None:
        self.settings = settings
        self.store = Replay(path)
        self.player: Player | None = ReplayPlayer(self.store)
        self._listeners: list[Listener] = []

    def start(self) -> None:
        self.store.start(self._published)

    def stop(self) -> None:
        self.store.stop()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def refresh(self) -> None:
        """Nothing fresher than the recording can be had."""

    def set_interval(self, seconds: float) -> None:
        """The recording has its own rate."""

    def now(self) -> float:
        """The recording's own time, so that ages read as they did then."""
        return self.store.snapshot.at

    def surroundings(self, namespace: str) -> Surroundings | None:
        return None

    latest_circumstances: Circumstances | None = None

    def circumstances(self, inquiry: Inquiry) -> Circumstances | None:
        """A recording holds the Snapshot alone."""
        return None

    def installation(self, project: str | None = None) -> Installation | None:
        return None

    def on_circumstances(self, listener: CircumstancesListener) -> Callable[[], None]:
        """They never come."""
        return lambda: None

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        return None

    def forward(self, pod: ObjectKey, port: int) -> Forward:
        raise Unreachable("a recording has no pods to reach: watch the cluster itself")

    def curve(self, metric: str, start: float, end: float, step: float, node: str) -> Curve | None:
        return None

    def backfill(self, metric: str, series: Mapping[GpuId, Iterable[tuple[float, float]]]) -> None:
        """A recording's curves are its own."""

    def _published(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        for listener in tuple(self._listeners):
            listener(snapshot, diff)


class ReplayPlayer:
    """The keys of a recording."""

    def __init__(self, replay: Replay) -> None:
        self._replay = replay

    def label(self) -> str:
        """``REPLAY ×2 12/340``; what broke the file off, if something did."""
        replay = self._replay
        place = f"{replay.position + 1}/{replay.frames}"
        state = "❚❚" if replay.paused else f"×{replay.speed:g}"
        cut = " (file breaks off)" if replay.damage and replay.position + 1 == replay.frames else ""
        return f"REPLAY {state} {place}{cut}"

    def step(self, frames: int) -> None:
        """Frame by frame; the recording stands still then."""
        self._replay.pause()
        self._replay.step(frames)

    def skip(self, seconds: float) -> None:
        self._replay.seek(self._replay.at + seconds)

    def seek(self, text: str) -> str:
        """Go to a time of day, or by an offset."""
        offset = _OFFSET.match(text)
        if offset:
            sign, number, unit = offset.groups()
            self.skip(float(number) * _UNITS[unit] * (-1.0 if sign == "-" else 1.0))
            return ""
        at = self._time_of_day(text)
        if at is None:
            return f"{text!r} is no time; write 12:04:31, +5m or -30s"
        first, last = self._replay.span
        if not first - 1.0 <= at <= last + 1.0:
            return f"{text} is not in the recording, which goes from {_clock(first)} to {_clock(last)}"
        self._replay.seek(at)
        return ""

    def set_speed(self, faster: bool) -> str:
        speeds = [s for s in SPEEDS if (s > self._replay.speed if faster else s < self._replay.speed)]
        if speeds:
            self._replay.speed = speeds[0] if faster else speeds[-1]
        return f"Speed ×{self._replay.speed:g}"

    def _time_of_day(self, text: str) -> float | None:
        """That time on the recording's day: the first one not before its start."""
        for layout in ("%H:%M:%S", "%H:%M"):
            try:
                wanted = datetime.strptime(text, layout)
            except ValueError:
                continue
            start = datetime.fromtimestamp(self._replay.span[0]).astimezone()
            moment = start.replace(hour=wanted.hour, minute=wanted.minute, second=wanted.second, microsecond=0)
            at = moment.timestamp()
            return at if at >= int(self._replay.span[0]) else at + 86400.0
        return None


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%H:%M:%S}"
