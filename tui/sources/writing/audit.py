"""The audit log: one JSON line for every change that was asked for, in a file that only its owner may read.

A change that can't be noted is not made: ``check`` says so beforehand. No secret gets in here: what is kept of a change
is its verb, its object and the server's answer.
"""

import getpass
import os
import socket
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from tui.model.clock import Clock, SystemClock
from tui.model.manifest import Verb
from tui.sources.writing.errors import NotAudited

Result = Literal["ok", "refused", "failed", "unknown"]
LEAST_FREE_BYTES = 64 * 1024
DETAIL_LIMIT = 2000


class AuditEntry(msgspec.Struct, frozen=True):
    """A line. ``at`` is RFC 3339 in UTC. ``refused``: said no, by us or by the server; ``unknown``: no answer came."""

    at: str
    who: str
    host: str
    context: str
    verb: Verb
    object: str
    dry_run: bool
    result: Result
    detail: str = ""


class Audit:
    """Appends to ``path``, whose folder is made when it is needed. Thread-safe."""

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._host = socket.gethostname()

    def check(self) -> None:
        """Raises ``NotAudited`` where a line could not be written now."""
        try:
            descriptor = self._opened()
            try:
                room = os.fstatvfs(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._trouble(error) from None
        if room.f_bavail * room.f_frsize < LEAST_FREE_BYTES:
            raise NotAudited(f"{self.path}: the disk is full, so no audit line; nothing was changed: make room there")

    def note(
        self, who: str, context: str, verb: Verb, what: str, dry_run: bool, result: Result, detail: str = ""
    ) -> None:
        """Append one line. Raises ``NotAudited``."""
        at = datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="milliseconds")
        short = " ".join(detail.split())[:DETAIL_LIMIT]
        entry = AuditEntry(at, who, self._host, context, verb, what, dry_run, result, short)
        line = msgspec.json.encode(entry) + b"\n"
        try:
            with self._lock:
                descriptor = self._opened()
                try:
                    written = os.write(descriptor, line)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise self._trouble(error) from None
        if written != len(line):
            raise NotAudited(f"{self.path}: the disk is full, the audit line is cut off: make room there")

    def _opened(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _trouble(self, error: OSError) -> NotAudited:
        line = f"{self.path}: the audit line can't be written ({error.strerror}); nothing was changed: "
        return NotAudited(line + "make it writable or set audit_file")


def read_audit(path: Path, limit: int = 500) -> tuple[AuditEntry, ...]:
    """The newest ``limit`` lines, newest first; lines that are none are skipped. No file: nothing was done yet.

    Raises ``OSError`` where it may not be read.
    """
    kept: deque[AuditEntry] = deque(maxlen=limit)
    decoder = msgspec.json.Decoder(AuditEntry)
    try:
        with path.open("rb") as lines:
            for line in lines:
                try:
                    kept.append(decoder.decode(line))
                except msgspec.MsgspecError:
                    continue
    except FileNotFoundError:
        return ()
    return tuple(reversed(kept))


def os_user() -> str:
    """Who runs this, by the machine's own account."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())
