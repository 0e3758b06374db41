"""``windows.jsonl``: what the workers counted, second by second, and a point's figures made of nothing else.

A line is either ``{"point", "worker", "line"}``, the worker's own beat (``docs/worker.md``), or ``{"point", "facts"}``:
the figures of that point were made of the windows above it, with these bounds and conditions.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from tui.bench.engine.assemble import PointFacts, assemble
from tui.bench.figures import PointResult
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatState, SendLine

WINDOW_FILE = "windows.jsonl"


class Windows(msgspec.Struct, frozen=True):
    """What counts of a worker's beat."""

    second: int
    beat: BeatState | None = None
    sends: tuple[SendLine, ...] = ()


class WindowLine(msgspec.Struct, frozen=True):
    """A line of the file: ``line`` or ``facts``."""

    point: int
    worker: int = 0
    line: Windows | None = None
    facts: PointFacts | None = None


class WindowPoint(msgspec.Struct, frozen=True):
    """No more than whose line it is."""

    point: int


def windows_line(point: int, worker: int, line: bytes) -> bytes:
    """A worker's beat as it is kept."""
    return b'{"point":%d,"worker":%d,"line":%s}\n' % (point, worker, line)


def facts_line(point: int, facts: PointFacts) -> bytes:
    """The end of a point, without a line end."""
    return msgspec.json.encode({"point": point, "facts": facts})


def read_windows(path: Path) -> Iterator[WindowLine]:
    """The lines of the run in ``path`` that can be read, as they were written."""
    decode = msgspec.json.Decoder(WindowLine).decode
    if not (path / WINDOW_FILE).is_file():
        return
    with (path / WINDOW_FILE).open("rb") as file:
        for raw in file:
            try:
                yield decode(raw)
            except msgspec.MsgspecError:
                continue  # cut off by a kill


def timelines(path: Path) -> dict[int, Timeline]:
    """The windows of each point by its number, unfinished ones and earlier attempts too."""
    return {number: timeline for number, (timeline, _) in _points(path).items()}


def recomputed(path: Path) -> dict[int, PointResult]:
    """The figures of each finished point by its number, made anew of its windows."""
    return {number: assemble(*found) for number, found in _finished(path)}


def _finished(path: Path) -> Iterator[tuple[int, tuple[Timeline, PointFacts]]]:
    for number, (timeline, facts) in _points(path).items():
        if facts is not None:
            yield number, (timeline, facts)


def _points(path: Path) -> dict[int, tuple[Timeline, PointFacts | None]]:
    found: dict[int, tuple[Timeline, PointFacts | None]] = {}
    for entry in read_windows(path):
        timeline, facts = found.setdefault(entry.point, (Timeline(), None))
        if facts is not None:
            continue
        if entry.line is not None:
            timeline.add_line(entry.line.second, entry.line.beat, entry.line.sends, entry.worker)
        elif entry.facts is not None:
            found[entry.point] = (timeline, entry.facts)
    return found
