"""Reading runs back: whole ones, broken-off ones, and the list of a folder of runs."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from tui.bench.engine.progress import Beat
from tui.bench.figures import PointResult, Verdict
from tui.bench.results.rundir import SCHEMA, RunError, RunHead

T = TypeVar("T")


class _BeatLine(msgspec.Struct):
    point: int
    beat: Beat


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it lies on disk. ``damage`` says in one line what is missing of it, ``""`` if nothing is."""

    path: Path
    head: RunHead
    points: tuple[PointResult, ...]
    verdict: Verdict | None
    beats: tuple[Beat, ...] = ()
    server: tuple[dict[str, float | str | None], ...] = ()
    damage: str = ""

    @property
    def name(self) -> str:
        return self.path.name


def read_run(path: Path) -> Run:
    """The run in ``path``. ``RunError`` if there is none; a line that was cut off is left out and said."""
    head_path = path / "run.json"
    if not head_path.is_file():
        raise RunError(f"{path} is no run of nimdeck: it has no run.json")
    try:
        head = msgspec.json.decode(head_path.read_bytes(), type=RunHead, dec_hook=_path_hook)
    except (msgspec.MsgspecError, OSError) as error:
        raise RunError(f"{head_path} can't be read: {error}") from None
    if head.schema_name != SCHEMA:
        raise RunError(f"{head_path} has schema {head.schema_name!r}; this nimdeck reads {SCHEMA}")
    damage: list[str] = []
    points = tuple(_lines(path / "points.jsonl", PointResult, damage))
    beats = tuple(line.beat for line in _lines(path / "beats.jsonl", _BeatLine, damage))
    server = tuple(_lines(path / "server.jsonl", dict[str, float | str | None], damage))
    return Run(path, head, points, _verdict(path / "verdict.json"), beats, server, "; ".join(damage))


def list_runs(folder: Path) -> list[Run]:
    """All runs in ``folder`` and one level below, the newest first."""
    found = [entry for entry in (folder, *sorted(folder.glob("*"))) if (entry / "run.json").is_file()]
    runs = []
    for entry in found:
        try:
            runs.append(read_run(entry))
        except RunError:
            continue
    return sorted(runs, key=lambda run: run.head.started_at, reverse=True)


def read_records(path: Path) -> Iterator[bytes]:
    """The requests of a run as JSON lines, up to where the file breaks off."""
    try:
        with gzip.open(path / "records.jsonl.gz", "rb") as file:
            yield from file
    except (OSError, EOFError, zlib.error):
        return


def _lines(path: Path, kind: type[T], damage: list[str]) -> Iterator[T]:
    if not path.is_file():
        return
    decode = msgspec.json.Decoder(kind).decode
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield decode(line)
        except msgspec.MsgspecError:
            damage.append(f"{path.name} line {number} is cut off")
            return


def _verdict(path: Path) -> Verdict | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Verdict)
    except (OSError, msgspec.MsgspecError):
        return None


def _path_hook(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    if kind is object:
        return value  # a field of the body that the user gave as JSON
    raise TypeError(f"{kind} is no part of a run")
