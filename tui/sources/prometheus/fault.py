"""What can go wrong with Prometheus, as one line for the operator."""

from enum import StrEnum
from urllib.parse import urlsplit, urlunsplit


class Kind(StrEnum):
    """``QUERY`` concerns one query only; the others concern the server."""

    DENIED = "denied"
    UNREACHABLE = "unreachable"
    ANSWER = "answer"
    QUERY = "query"


class PrometheusError(Exception):
    """A failure whose text is one line: which address, what it said, what to check. Never holds a secret."""

    def __init__(self, kind: Kind, line: str) -> None:
        super().__init__(line)
        self.kind = kind
        self.line = line


def shown(url: str) -> str:
    """``url`` without user, password, query and trailing slash, fit for a screen."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", ""))
    except ValueError:
        return "<unreadable address>"


def one_line(text: str, limit: int = 160) -> str:
    """``text`` on one line, at most ``limit`` characters, without control characters."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
