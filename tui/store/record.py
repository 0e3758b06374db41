"""Writes snapshots to a file that ``replay`` plays: a magic line, a header, then frames, each whole and checked.

A frame is ``length, crc, kind, time`` and compressed bytes. Every frame is flushed, so that a process that dies leaves
a file that plays up to its last frame. Only model values are written; no setting and no credential gets here.
"""

import os
import struct
import zlib
from pathlib import Path
from types import TracebackType

import msgspec

from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.store.frames import pack

MAGIC = b"NIMDECK RECORDING\n"
SCHEMA = 1
PREFIX = struct.Struct(">IIBd")  # bytes of the body, CRC-32 of kind, time and body, kind, Unix time
TAIL = struct.Struct(">Bd")
HEADER, KEY, DELTA = 0, 1, 2
KEY_SECONDS = 60.0


class Header(msgspec.Struct):
    """What a recording says of itself."""

    schema: int
    started_at: float
    cluster: str = ""


class RecordError(ValueError):
    """One line: which file, what is wrong with it, and what to do."""


class Recorder:
    """Appends frames to a new file, readable by its owner alone. Not thread-safe: one thread writes.

    ``interval_seconds`` bounds how often a frame is written; what is skipped is in the next one.
    """

    def __init__(self, path: Path, interval_seconds: float = 1.0) -> None:
        self.path = path
        self.frames = 0
        self.bytes_written = 0
        self._interval = interval_seconds
        self._last: Snapshot | None = None
        self._held: Snapshot | None = None
        self._key_at = 0.0
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        except OSError as error:
            raise RecordError(
                f"{path}: can't be written ({error.strerror}); name a file in a folder of yours"
            ) from None
        self._file = os.fdopen(descriptor, "wb")
        self._file.write(MAGIC)

    def write(self, snapshot: Snapshot, diff: SnapshotDiff | None = None) -> None:
        """Take in the next snapshot; ``diff`` is not needed, rows are compared. ``RecordError`` if the disk refuses."""
        if self._last is not None and abs(snapshot.at - self._last.at) < self._interval:
            self._held = snapshot
            return
        self._held = None
        if self._last is None:
            self._put(HEADER, snapshot.at, msgspec.msgpack.encode(Header(SCHEMA, snapshot.at, snapshot.cluster.name)))
        is_key = self._last is None or abs(snapshot.at - self._key_at) >= KEY_SECONDS
        self._put(KEY if is_key else DELTA, snapshot.at, pack(None if is_key else self._last, snapshot))
        self._last = snapshot
        self._key_at = snapshot.at if is_key else self._key_at
        self.frames += 1

    def close(self) -> None:
        """Write what the interval held back, and close the file; safe to call twice."""
        if self._file.closed:
            return
        try:
            if self._held is not None and self._last is not None:
                self._put(DELTA, self._held.at, pack(self._last, self._held))
                self.frames += 1
        finally:
            self._held = None
            self._file.close()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _put(self, kind: int, at: float, body: bytes) -> None:
        crc = zlib.crc32(body, zlib.crc32(TAIL.pack(kind, at)))
        try:
            self._file.write(PREFIX.pack(len(body), crc, kind, at) + body)
            self._file.flush()
        except OSError as error:
            raise RecordError(f"{self.path}: recording stopped, {error.strerror}; make room and record anew") from None
        self.bytes_written = self._file.tell()
