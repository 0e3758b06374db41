"""A lean scanner of server-sent events: body bytes in, the ``data`` of each whole event out, at any cut.

It works on bytes, so a character cut in two between reads is whole again in its event. It knows no JSON.
"""

from tui.bench.wire.faults import WireError

EVENT_BYTES = 16 * 1024 * 1024
"""A single event longer than this is taken for a broken stream."""


class EventScanner:
    """``feed`` for each piece, ``end`` once: an event that the end left without its blank line counts."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, body: bytes) -> list[bytes]:
        """The data of the events that ``body`` completes. Raises ``WireError("protocol")`` for an endless event."""
        return [body[6:-2]] if self.only_event(body, 0, len(body)) else self._scan(body)

    def only_event(self, data: bytes, start: int, stop: int) -> bool:
        """Whether ``data[start:stop]`` is exactly the next event, in one plain line."""
        return (
            not self._rest
            and data.startswith(b"data: ", start)
            and data.find(b"\n", start) == stop - 2
            and data.startswith(b"\n", stop - 1)
            and data.find(b"\r", start, stop) < 0
        )

    def end(self) -> list[bytes]:
        """The data of an unfinished last event, if any."""
        rest = self._rest
        self._rest = b""
        return _events([_lines(rest)]) if rest else []

    def _scan(self, body: bytes) -> list[bytes]:
        buffer = self._rest + body if self._rest else body
        held = b""
        if buffer.find(b"\r") >= 0:
            # A trailing CR may be the first half of a CRLF: it waits for the next piece.
            if buffer.endswith(b"\r"):
                buffer = buffer[:-1]
                held = b"\r"
            buffer = _lines(buffer)
        parts = buffer.split(b"\n\n")
        self._rest = parts.pop() + held
        if len(self._rest) > EVENT_BYTES:
            raise WireError("protocol", "an event of the stream is longer than 16 MiB")
        return _events(parts)


def _lines(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if text.find(b"\r") >= 0 else text


def _events(parts: list[bytes]) -> list[bytes]:
    found: list[bytes] = []
    for part in parts:
        if part.startswith(b"data: ") and part.find(b"\n") < 0:
            found.append(part[6:])
            continue
        data = [line[5:].removeprefix(b" ") for line in part.split(b"\n") if line.startswith(b"data:")]
        if data:
            found.append(b"\n".join(data))
    return found
