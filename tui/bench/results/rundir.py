"""A run on disk, written as it goes: whatever ends the process, every finished point is there and can be read.

Files of a run directory (``docs/results.md``):

- ``run.json``: schema, when, what was asked, what the probe found, the client machine. No credential is in it.
- ``points.jsonl``: a finished point a line, synced to the disk.
- ``beats.jsonl``, ``server.jsonl``: a second a line, of the load and of the server's own metrics.
- ``windows.jsonl``: what each worker counted, a second a line, and how a point's figures were made of it.
- ``records.jsonl.gz``: a request a line; gzip members of a second or so, so that a kill costs the last of them only.
- ``verdict.json``: the answer of a search.
"""

import gzip
import os
import platform
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from tui.bench.engine.assemble import PointFacts
from tui.bench.engine.progress import Beat
from tui.bench.figures import PointResult, Verdict
from tui.bench.results import folder
from tui.bench.results.files import Appender, replace_file
from tui.bench.results.head import LINE_FILES, RECORD_FILE, SCHEMA, BeatLine, RunError, RunHead
from tui.bench.results.secrets import Redactor, public
from tui.bench.results.windows import facts_line, windows_line
from tui.bench.spec import LoadSpec

__all__ = ["RunDirectory", "RunError", "RunHead", "client_machine"]
_MEMBER_BYTES = 256 * 1024
_MEMBER_SECONDS = 1.0
_POINT_LOST = "all finished points before are kept: make room on the disk and go on with --resume"
_REST_LOST = "what came then is missing in it: make room on the disk"


class RunDirectory:
    """A ``Sink`` of the engine over one folder. ``RunError`` if the folder holds something that is not ours.

    ``secrets`` are struck out of everything that is written. Records, beats and server samples that can't be written
    (a full disk) never stop a measurement: ``problem`` says in one line what is missing then. A point or verdict that
    can't be written raises ``RunError``, and all points before it stay whole.
    """

    def __init__(self, path: Path, command: str, *, resume: bool = False, secrets: Iterable[str] = ()) -> None:
        self.path = path
        self.problem = ""
        self._command = command
        self._redactor = Redactor(secrets)
        self._members: list[bytes] = []
        self._member_bytes = 0
        self._member_since = time.monotonic()
        try:
            self._made = not path.exists()
            self._begun = go_on = folder.check(path, resume)
            path.mkdir(parents=True, exist_ok=True)
            if go_on:
                folder.mend(path)
            self._numbers, self._seconds = folder.reached(path) if go_on else (0, 0.0)
            self._newest = self._numbers
            with ExitStack() as opened:
                files = [opened.enter_context(Appender(path / n, go_on=go_on)) for n in (*LINE_FILES, RECORD_FILE)]
                opened.pop_all()
            self._points, self._beats, self._server, self._windows, self._records = files
        except OSError as error:
            raise RunError(f"{path}: {error.strerror}; name a folder that can be written with -O") from None

    def begin(self, load: LoadSpec, probe: Any = None, environment: tuple[tuple[str, str], ...] = ()) -> None:
        """Write ``run.json``; a resumed run keeps the first one, and ``RunError`` if it measured something else."""
        head_path = self.path / "run.json"
        if self._begun:
            folder.same_measurement(head_path, self._command, public(load))
            return
        found = msgspec.Raw(msgspec.json.encode(probe, enc_hook=str))
        machine = (*client_machine(), *environment)
        head = RunHead(SCHEMA, self._command, time.time(), public(load), machine, found)
        text = msgspec.json.format(self._redactor.json(msgspec.json.encode(head, enc_hook=str)), indent=2)
        try:
            replace_file(head_path, text + b"\n")
        except OSError as error:
            raise RunError(f"{head_path}: {error.strerror}; name a folder that can be written with -O") from None
        self._begun = True

    def record(self, point: int, raw: bytes) -> None:
        """Keep one finished request, a JSON object."""
        raw = self._redactor.json(raw)
        self._members.append(b'{"point":%d,"record":%s}\n' % (self._numbered(point), raw))
        self._member_bytes += len(raw)
        if self._member_bytes > _MEMBER_BYTES or time.monotonic() - self._member_since > _MEMBER_SECONDS:
            self._flush_records()

    def beat(self, point: int, beat: Beat) -> None:
        line = BeatLine(self._numbered(point), replace(beat, at=beat.at + self._seconds))
        self._add(self._beats, msgspec.json.encode(line) + b"\n", "beats.jsonl")

    def server(self, sample: dict[str, float | str | None]) -> None:
        at = sample.get("at")
        moved = {**sample, "at": at + self._seconds} if isinstance(at, float) else sample
        self._add(self._server, self._redactor.json(msgspec.json.encode(moved)) + b"\n", "server.jsonl")

    def windows(self, point: int, worker: int, line: bytes) -> None:
        """Keep what a worker counted, in its own words (numbers and kinds of failures: nothing secret)."""
        self._add(self._windows, windows_line(self._numbered(point), worker, line), "windows.jsonl")

    def facts(self, point: int, facts: PointFacts) -> None:
        """Keep how the figures of a point were made of its windows so far."""
        line = self._redactor.json(facts_line(self._numbered(point), facts))
        self._add(self._windows, line + b"\n", "windows.jsonl")

    def point(self, number: int, result: PointResult) -> None:
        """Keep a finished point, on the disk when this returns.

        A point that was measured again, with more workers, has the number of its last attempt.
        """
        self._flush_records()
        number = max(self._newest, self._numbers + number)
        figures = self._redactor.json(msgspec.json.encode(result))
        try:
            self._points.add(b'{"number":%d,%s\n' % (number, figures[1:]), sync=True)
        except OSError as error:
            raise self._lost("points.jsonl", error, _POINT_LOST) from None

    def verdict(self, verdict: Verdict) -> None:
        try:
            replace_file(
                self.path / "verdict.json", msgspec.json.format(msgspec.json.encode(verdict), indent=2) + b"\n"
            )
        except OSError as error:
            raise self._lost("verdict.json", error, _POINT_LOST) from None

    def close(self) -> None:
        """Write what is held back; safe to call twice. A run that never began leaves nothing."""
        self._flush_records()
        for file in (self._points, self._beats, self._server, self._windows, self._records):
            file.close()
        if not self._begun:
            for name in (*LINE_FILES, RECORD_FILE):
                (self.path / name).unlink(missing_ok=True)
            if self._made and not any(self.path.iterdir()):
                self.path.rmdir()
            self._begun = True  # nothing more to take away

    def _numbered(self, point: int) -> int:
        """The number on disk: a resumed run counts on."""
        number = self._numbers + point if point >= 0 else point
        self._newest = max(self._newest, number)
        return number

    def _flush_records(self) -> None:
        if self._members:
            self._add(self._records, gzip.compress(b"".join(self._members), compresslevel=1), RECORD_FILE)
        self._members.clear()
        self._member_bytes, self._member_since = 0, time.monotonic()

    def _add(self, file: Appender, piece: bytes, name: str) -> None:
        try:
            file.add(piece)
        except OSError as error:
            self.problem = self.problem or str(self._lost(name, error, _REST_LOST))

    def _lost(self, name: str, error: OSError, what: str) -> RunError:
        return RunError(f"{self.path / name}: {error.strerror}; {what}")


def client_machine() -> tuple[tuple[str, str], ...]:
    """What is known of the machine that makes the load."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        ("client host", platform.node()),
        ("client system", f"{platform.system()} {platform.release()} {platform.machine()}"),
        ("client python", platform.python_version()),
        ("client cores", str(affinity)),
    )
