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
from tui.bench.results.head import SCHEMA, BeatLine, PointLine, RunError, RunHead, decode_head

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it lies on disk. ``damage`` says in one line what is missing of it, ``""`` if nothing is.

    ``numbers`` are what the records and beats of each of ``points`` carry as their point.
    """

    path: Path
    head: RunHead
    points: tuple[PointResult, ...]
    verdict: Verdict | None
    beats: tuple[Beat, ...] = ()
    server: tuple[dict[str, float | str | None], ...] = ()
    damage: str = ""
    numbers: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return self.path.resolve().name

    @property
    def target_ms(self) -> float | None:
        """What TTFT had to stay within: of the search, or of the SLO of a sweep."""
        if self.verdict is not None:
            return self.verdict.target_ms
        limit = self.head.load.slo.ttft_seconds
        return None if limit is None else limit * 1000.0


def read_run(path: Path) -> Run:
    """The run in ``path``. ``RunError`` if there is none; a line that was cut off is left out and said."""
    head_path = path / "run.json"
    try:
        head = decode_head(head_path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise RunError(f"{path} is no run of nimdeck: it has no run.json") from None
    except (msgspec.MsgspecError, OSError) as error:
        raise RunError(f"{head_path} can't be read: {error}") from None
    if head.schema_name != SCHEMA:
        raise RunError(f"{head_path} has schema {head.schema_name!r}; this nimdeck reads {SCHEMA}")
    damage: list[str] = []
    try:
        lines = list(_lines(path / "points.jsonl", PointLine, PointResult, damage))
        beats = tuple(line.beat for line, _ in _lines(path / "beats.jsonl", BeatLine, BeatLine, damage))
        kind = dict[str, float | str | None]
        server = tuple(sample for sample, _ in _lines(path / "server.jsonl", kind, kind, damage))
        verdict = _verdict(path / "verdict.json", damage)
    except OSError as error:
        raise RunError(f"{error.filename} can't be read: {error.strerror}") from None
    points, numbers = tuple(point for _, point in lines), tuple(line.number for line, _ in lines)
    return Run(path, head, points, verdict, beats, server, "; ".join(damage), numbers)


def list_runs(folder: Path, refused: list[str] | None = None) -> list[Run]:
    """All runs in ``folder`` and one level below, the newest first; ``refused`` gets a line for each broken one."""
    found = [entry for entry in (folder, *sorted(folder.glob("*"))) if (entry / "run.json").is_file()]
    runs = []
    for entry in found:
        try:
            runs.append(read_run(entry))
        except RunError as error:
            if refused is not None:
                refused.append(str(error))
    return sorted(runs, key=lambda run: run.head.started_at, reverse=True)


def read_records(path: Path) -> Iterator[bytes]:
    """The requests of a run as JSON lines, up to where the file breaks off."""
    try:
        with gzip.open(path / "records.jsonl.gz", "rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line
    except (OSError, EOFError, zlib.error):
        return


_First = TypeVar("_First")


def _lines(path: Path, first: type[_First], second: type[T], damage: list[str]) -> Iterator[tuple[_First, T]]:
    """Each line in both readings; one that can't be read is left out and said."""
    if not path.is_file():
        return
    decoders = msgspec.json.Decoder(first).decode, msgspec.json.Decoder(second).decode
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            yield decoders[0](line), decoders[1](line)
        except msgspec.MsgspecError:
            damage.append(f"{path.name} line {number} is cut off")


def _verdict(path: Path, damage: list[str]) -> Verdict | None:
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Verdict)
    except msgspec.MsgspecError:
        damage.append(f"{path.name} is cut off")
        return None
