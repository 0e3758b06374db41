"""A lean HTTP/1.1 response scanner: bytes in, decoded body bytes out, at any cut.

It reads one response; a new one is made for each request. It copies nothing it can slice and has one short path for
the usual read of a stream: exactly one chunk. It knows no sockets and no meaning of the body.
"""

from tui.bench.wire.faults import WireError

HEAD_BYTES = 65_536
"""A head longer than this is no inference server's."""

_HEAD, _SIZE, _DATA, _DATA_END, _TRAILER, _LENGTH, _CLOSE, _DONE = range(8)


class ResponseScanner:
    """``feed`` reads until ``complete``; ``status`` is 0 and ``headers`` empty until the head is whole."""

    __slots__ = ("_left", "_rest", "_state", "complete", "headers", "keep_alive", "status")

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        """Names in lower case; repeated ones joined by a comma."""
        self.keep_alive = True
        self.complete = False
        self._state = _HEAD
        self._rest = b""
        self._left = 0

    def feed(self, data: bytes) -> bytes:
        """The body bytes that ``data`` completes. Raises ``WireError("protocol")`` for what is no HTTP/1.1."""
        start = self.only_chunk(data)
        return data[start:-2] if start else self._scan(data)

    def only_chunk(self, data: bytes) -> int:
        """Where the payload starts if ``data`` is exactly the next chunk (it ends before the last CRLF); else 0."""
        if self._state != _SIZE or self._rest:
            return 0
        end = data.find(b"\r\n", 0, 12)
        try:
            size = int(data[:end], 16)
        except ValueError:
            return 0
        return end + 2 if size > 0 and end + 4 + size == len(data) and data.endswith(b"\r\n") else 0

    def end(self) -> bool:
        """The peer closed: whether the response is whole (a body without a length ends this way)."""
        if self._state == _CLOSE:
            self._state = _DONE
            self.complete = True
        return self.complete

    def _scan(self, data: bytes) -> bytes:
        buffer = self._rest + data if self._rest else data
        self._rest = b""
        parts: list[bytes] = []
        position = 0
        while position < len(buffer) and not self.complete:
            step = _STEPS[self._state](self, buffer, position, parts)
            if step < 0:
                self._rest = buffer[position:]
                break
            position = step
        if self.complete and position < len(buffer):
            self.keep_alive = False
        return parts[0] if len(parts) == 1 else b"".join(parts)

    # Each step returns the position behind what it used, or -1 when it needs more bytes.

    def _head(self, buffer: bytes, position: int, _: list[bytes]) -> int:
        end = buffer.find(b"\r\n\r\n", position)
        width = 4
        if end < 0:
            end = buffer.find(b"\n\n", position)
            width = 2
        if end < 0:
            if len(buffer) - position > HEAD_BYTES:
                raise WireError("protocol", "the response head is longer than 64 KiB")
            if not b"HTTP/1.".startswith(buffer[position : position + 7]):
                raise WireError("protocol", "the answer is not HTTP/1.1 (is it the right port, http or https?)")
            return -1
        self._read_head(buffer[position:end].decode("latin-1"))
        if 100 <= self.status < 200:
            self.status = 0
            self.headers = {}
        else:
            self._choose_body()
        return end + width

    def _read_head(self, head: str) -> None:
        first, *lines = head.replace("\r\n", "\n").split("\n")
        version, _, rest = first.partition(" ")
        code = rest[:3]
        if version not in ("HTTP/1.1", "HTTP/1.0") or not (code.isascii() and code.isdigit() and len(code) == 3):
            raise WireError("protocol", "the answer is not HTTP/1.1 (is it the right port, http or https?)")
        self.status = int(code)
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon:
                raise WireError("protocol", "a header line of the answer has no colon")
            name = name.strip().lower()
            value = value.strip()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        connection = self.headers.get("connection", "").lower()
        self.keep_alive = "close" not in connection and (version == "HTTP/1.1" or "keep-alive" in connection)

    def _choose_body(self) -> None:
        length = self.headers.get("content-length", "")
        if self.status in (204, 304):
            self._finish()
        elif "chunked" in self.headers.get("transfer-encoding", "").lower():
            self._state = _SIZE
        elif length:
            if not (length.isascii() and length.isdigit()):
                raise WireError("protocol", f"content-length is no number: {length[:40]}")
            self._left = int(length)
            self._state = _LENGTH
            if not self._left:
                self._finish()
        else:
            self._state = _CLOSE
            self.keep_alive = False

    def _size(self, buffer: bytes, position: int, _: list[bytes]) -> int:
        end = buffer.find(b"\n", position)
        if end < 0:
            if len(buffer) - position > 1024:
                raise WireError("protocol", "a chunk's size line is longer than 1 KiB")
            return -1
        digits = buffer[position:end].split(b";", 1)[0].strip()
        if not digits or digits.strip(b"0123456789abcdefABCDEF"):
            raise WireError("protocol", "a chunk's size is no hexadecimal number")
        self._left = int(digits, 16)
        self._state = _DATA if self._left else _TRAILER
        return end + 1

    def _data(self, buffer: bytes, position: int, parts: list[bytes]) -> int:
        piece = buffer[position : position + self._left]
        parts.append(piece)
        self._left -= len(piece)
        if not self._left:
            self._state = _DATA_END
        return position + len(piece)

    def _data_end(self, buffer: bytes, position: int, _: list[bytes]) -> int:
        if buffer.startswith(b"\r\n", position):
            self._state = _SIZE
            return position + 2
        if buffer[position:] == b"\r":
            return -1
        raise WireError("protocol", "a chunk is longer than it said")

    def _trailer(self, buffer: bytes, position: int, _: list[bytes]) -> int:
        end = buffer.find(b"\n", position)
        if end < 0:
            return -1
        if not buffer[position:end].strip():
            self._finish()
        return end + 1

    def _length(self, buffer: bytes, position: int, parts: list[bytes]) -> int:
        piece = buffer[position : position + self._left]
        parts.append(piece)
        self._left -= len(piece)
        if not self._left:
            self._finish()
        return position + len(piece)

    def _close(self, buffer: bytes, position: int, parts: list[bytes]) -> int:
        parts.append(buffer[position:])
        return len(buffer)

    def _finish(self) -> None:
        self._state = _DONE
        self.complete = True


_STEPS = (
    ResponseScanner._head,
    ResponseScanner._size,
    ResponseScanner._data,
    ResponseScanner._data_end,
    ResponseScanner._trailer,
    ResponseScanner._length,
    ResponseScanner._close,
)
