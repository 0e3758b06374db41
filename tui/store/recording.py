"""Reads a recording: an index of its frames up to the first damage, and the snapshot at any of them."""

import zlib
from bisect import bisect_right
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from tui.model.snapshot import Snapshot
from tui.store.frames import unpack
from tui.store.record import DELTA, HEADER, KEY, MAGIC, PREFIX, SCHEMA, TAIL, Header, RecordError


class Mark(NamedTuple):
    """Where a frame lies in the file."""

    at: float
    is_key: bool
    offset: int
    length: int


class Recording:
    """An opened recording. ``damage`` says in one line where it breaks off; empty if it is whole.

    ``RecordError`` for a file that is no recording, has a newer schema, or holds no whole frame.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damage = ""
        self.header = Header(SCHEMA, 0.0)
        self.marks: list[Mark] = []
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise RecordError(f"{path}: {error.strerror}; name a file that nimdeck record wrote") from None
        try:
            self._index()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()

    def snapshot(self, number: int, near: tuple[int, Snapshot] | None = None) -> Snapshot:
        """The snapshot of frame ``number``, from the key frame before it, or from ``near`` if that is on the way."""
        first = self.key_before(number)
        found: Snapshot | None = None
        if near is not None and first <= near[0] <= number:
            first, found = near[0] + 1, near[1]
        for mark in self.marks[first : number + 1]:
            found = unpack(None if mark.is_key else found, self._body(mark))
        if found is None:
            raise RecordError(f"{self.path}: frame {number} has no key frame before it")
        return found

    def key_before(self, number: int) -> int:
        """The newest key frame at or before a frame."""
        return next(n for n in range(number, -1, -1) if self.marks[n].is_key)

    def number_at(self, at: float) -> int:
        """The frame that was true at that Unix time; the first one for a time before it."""
        return max(0, bisect_right(self.marks, at, key=lambda mark: mark.at) - 1)

    def _body(self, mark: Mark) -> bytes:
        self._file.seek(mark.offset)
        return self._file.read(mark.length)

    def _index(self) -> None:
        if self._file.read(len(MAGIC)) != MAGIC:
            raise RecordError(f"{self.path}: not a nimdeck recording; name a file that nimdeck record wrote")
        while (prefix := self._file.read(PREFIX.size)) and self._frame(prefix):
            pass
        if not self.marks:
            raise RecordError(f"{self.path}: holds no whole frame; record anew")

    def _frame(self, prefix: bytes) -> bool:
        """Note one frame; False at the first damage, behind which nothing can be trusted."""
        offset = self._file.tell()
        if len(prefix) < PREFIX.size:
            return self._breaks("in the middle of a frame")
        length, crc, kind, at = PREFIX.unpack(prefix)
        body = self._file.read(length)
        if len(body) < length:
            return self._breaks("in the middle of a frame")
        if zlib.crc32(body, zlib.crc32(TAIL.pack(kind, at))) != crc or kind not in (HEADER, KEY, DELTA):
            return self._breaks("at a damaged frame")
        if kind == HEADER:
            self._read_header(body)
        elif self.marks or kind == KEY:
            self.marks.append(Mark(at, kind == KEY, offset, length))
        return True

    def _read_header(self, body: bytes) -> None:
        try:
            self.header = msgspec.msgpack.decode(body, type=Header)
        except msgspec.DecodeError as error:
            raise RecordError(f"{self.path}: its header can't be read ({error}); record anew") from None
        if self.header.schema > SCHEMA:
            found = self.header.schema
            raise RecordError(f"{self.path}: schema {found} is newer than {SCHEMA}; replay it with a newer nimdeck")

    def _breaks(self, where: str) -> bool:
        self.damage = f"{self.path}: breaks off {where} after {len(self.marks)} whole ones; played up to there"
        return False
