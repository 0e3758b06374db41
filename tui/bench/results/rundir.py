"""A run on disk, written as it goes: whatever ends the process, every finished point is there and can be read.

Files of a run directory:

- ``run.json``: schema, when, what was asked, what the probe found, the client machine. No credential is in it.
- ``points.jsonl``: a finished point a line, synced to the disk.
- ``beats.jsonl``, ``server.jsonl``: a second a line, of the load and of the server's own metrics.
- ``records.jsonl.gz``: a request a line; gzip members of a second or so, so that a kill costs the last of them only.
- ``verdict.json``: the answer of a search.
"""

import gzip
import os
import platform
import time
from pathlib import Path
from typing import Any

import msgspec

from tui.bench.engine.progress import Beat
from tui.bench.figures import PointResult, Verdict
from tui.bench.spec import LoadSpec

SCHEMA = "nimdeck.run/1"
_MEMBER_BYTES = 256 * 1024
_MEMBER_SECONDS = 1.0


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


class RunDirectory:
    """A ``Sink`` of the engine over one folder. ``RunError`` if the folder holds something that is not ours."""

    def __init__(self, path: Path, command: str, *, resume: bool = False) -> None:
        self.path = path
        self._command = command
        self._resume = resume
        self._members: list[bytes] = []
        self._member_bytes = 0
        self._member_since = time.monotonic()
        _check(path, resume)
        try:
            path.mkdir(parents=True, exist_ok=True)
            mode = "ab" if resume else "wb"
            self._points = (path / "points.jsonl").open(mode)
            self._beats = (path / "beats.jsonl").open(mode)
            self._server = (path / "server.jsonl").open(mode)
            self._records = (path / "records.jsonl.gz").open(mode)
        except OSError as error:
            raise RunError(f"{path}: {error.strerror}; name a folder that can be written with -O") from None

    def begin(self, load: LoadSpec, probe: Any = None, environment: tuple[tuple[str, str], ...] = ()) -> None:
        """Write ``run.json``; a resumed run keeps the first one."""
        head_path = self.path / "run.json"
        if self._resume and head_path.is_file():
            return
        found = msgspec.Raw(msgspec.json.encode(probe, enc_hook=str))
        head = RunHead(SCHEMA, self._command, time.time(), load, (*client_machine(), *environment), found)
        text = msgspec.json.format(msgspec.json.encode(head, enc_hook=str), indent=2)
        _replace(head_path, text + b"\n")

    def record(self, point: int, raw: bytes) -> None:
        self._members.append(b'{"point":%d,"record":%s}\n' % (point, raw))
        self._member_bytes += len(raw)
        if self._member_bytes > _MEMBER_BYTES or time.monotonic() - self._member_since > _MEMBER_SECONDS:
            self._flush_records()

    def beat(self, point: int, beat: Beat) -> None:
        self._beats.write(msgspec.json.encode({"point": point, "beat": beat}) + b"\n")
        self._beats.flush()

    def server(self, sample: dict[str, float | str | None]) -> None:
        self._server.write(msgspec.json.encode(sample) + b"\n")
        self._server.flush()

    def point(self, number: int, result: PointResult) -> None:
        self._flush_records()
        self._points.write(msgspec.json.encode(result) + b"\n")
        self._points.flush()
        os.fsync(self._points.fileno())

    def verdict(self, verdict: Verdict) -> None:
        _replace(self.path / "verdict.json", msgspec.json.format(msgspec.json.encode(verdict), indent=2) + b"\n")

    def close(self) -> None:
        """Write what is held back; safe to call twice."""
        if not self._records.closed:
            self._flush_records()
        for file in (self._points, self._beats, self._server, self._records):
            file.close()

    def _flush_records(self) -> None:
        if self._members:
            self._records.write(gzip.compress(b"".join(self._members), compresslevel=1))
            self._records.flush()
        self._members.clear()
        self._member_bytes, self._member_since = 0, time.monotonic()


def client_machine() -> tuple[tuple[str, str], ...]:
    """What is known of the machine that makes the load."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        ("client host", platform.node()),
        ("client system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("client python", platform.python_version()),
        ("client cores", str(affinity)),
    )


def _check(path: Path, resume: bool) -> None:
    if not path.exists():
        if resume:
            raise RunError(f"{path} does not exist; leave --resume out to begin a run there")
        return
    if not path.is_dir():
        raise RunError(f"{path} is a file; name a folder with -O")
    inside = {entry.name for entry in path.iterdir()}
    ours = "run.json" in inside
    if inside and not ours:
        raise RunError(f"{path} holds something that is no run of nimdeck; name another folder with -O")
    if ours and not resume:
        raise RunError(f"{path} holds a run already; go on with it by --resume, or name another folder with -O")


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all, even if the disk is full."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(content)
    part.replace(path)
