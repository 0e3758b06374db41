"""The head of a run directory and the lines of its files, as types."""

from pathlib import Path

import msgspec

from tui.bench.engine.progress import Beat
from tui.bench.spec import LoadSpec

SCHEMA = "nimdeck.run/1"
LINE_FILES = ("points.jsonl", "beats.jsonl", "server.jsonl", "windows.jsonl")
RECORD_FILE = "records.jsonl.gz"


class RunError(ValueError):
    """A run directory can't be used: one line with the mend."""


class RunHead(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    """``run.json``. ``command`` is ``run`` or ``search``; ``environment`` are (what, value) pairs."""

    schema_name: str
    command: str
    started_at: float
    load: LoadSpec
    environment: tuple[tuple[str, str], ...] = ()
    probe: msgspec.Raw = msgspec.Raw(b"null")


class PointLine(msgspec.Struct, frozen=True):
    """What a line of ``points.jsonl`` has beside the figures: the number that its records and beats carry."""

    number: int = 0


class BeatLine(msgspec.Struct, frozen=True):
    """A line of ``beats.jsonl``."""

    point: int
    beat: Beat


def decode_head(raw: bytes) -> RunHead:
    """``run.json``. ``msgspec.MsgspecError`` if it is something else."""
    return msgspec.json.decode(raw, type=RunHead, dec_hook=_decode_hook)


def _decode_hook(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value))
    if kind is object:
        return value  # a field of the body that the user gave as JSON
    raise TypeError(f"{kind} is no part of a run")
