"""What can go wrong with the Run:ai control plane, as one line for the operator."""

from enum import StrEnum


class Kind(StrEnum):
    """``ABSENT``: this control plane has no such call. ``BUSY``: 429 or 5xx, worth another try."""

    DENIED = "denied"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    ANSWER = "answer"


class RunaiError(Exception):
    """A failure whose text is one line without a secret. ``retry_after_seconds`` is what the server asked for.

    ``was_sent`` False: the request itself never left.
    """

    was_sent: bool = True

    def __init__(self, kind: Kind, line: str, status: int = 0, retry_after_seconds: float | None = None) -> None:
        super().__init__(line)
        self.kind = kind
        self.line = line
        self.status = status
        self.retry_after_seconds = retry_after_seconds


def one_line(text: str, limit: int = 160) -> str:
    """``text`` on one line, at most ``limit`` characters, without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
