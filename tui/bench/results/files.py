"""Files that a kill or a full disk leaves readable: whole lines or nothing, whole files or nothing."""

import os
import zlib
from contextlib import suppress
from pathlib import Path

_CHUNK_BYTES = 1 << 20
_GZIP = 31  # wbits of zlib: a gzip header and trailer


class Appender:
    """A file to which whole pieces (lines, gzip members) are added; one that ends in ``OSError`` is not there."""

    def __init__(self, path: Path, *, go_on: bool) -> None:
        self._file = path.open("ab", buffering=0)  # appending: what comes after a failed write leaves no hole
        if not go_on:
            self._file.truncate(0)
        self._size = self._file.seek(0, os.SEEK_END)

    def add(self, piece: bytes, *, sync: bool = False) -> None:
        """Hand ``piece`` to the system; with ``sync`` it is on the disk when this returns."""
        try:
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]
            if sync:
                os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(piece)

    def close(self) -> None:
        """Safe to call twice."""
        self._file.close()

    def __enter__(self) -> "Appender":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def replace_file(path: Path, content: bytes) -> None:
    """Write ``path`` whole or leave the old one, even if the disk is full. ``OSError``."""
    part = path.with_suffix(path.suffix + ".part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def trim_lines(path: Path) -> None:
    """Cut what follows the last line end: a line that was being written when the process died."""
    if path.is_file():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def trim_members(path: Path) -> None:
    """Cut what follows the last whole gzip member: whatever came behind a broken one could not be read."""
    if path.is_file():
        os.truncate(path, _whole_members(path))


def _whole_members(path: Path) -> int:
    """Bytes of the whole gzip members at the beginning of the file."""
    whole = 0
    unpacker = zlib.decompressobj(_GZIP)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            while chunk:
                try:
                    unpacker.decompress(chunk)
                except zlib.error:
                    return whole
                if not unpacker.eof:
                    break
                chunk = unpacker.unused_data
                whole = file.tell() - len(chunk)
                unpacker = zlib.decompressobj(_GZIP)
    return whole
