"""Ages as kubectl's columns write them."""

from datetime import datetime

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400


def unix(timestamp: str) -> float:
    """Unix time in seconds of an RFC 3339 timestamp."""
    return datetime.fromisoformat(timestamp.replace("Z", "+00:00")).timestamp()


def since(timestamp: str | None, now: float) -> str:
    """How long ago, ``<unknown>`` if no time is given."""
    return duration(now - unix(timestamp)) if timestamp else "<unknown>"


def duration(seconds: float) -> str:
    """``15s``, ``4m6s``, ``18m``, ``4h6m``, ``12h``, ``3d``: two parts while they are small, one after that."""
    if seconds < -1:
        return "<invalid>"
    whole = max(int(seconds), 0)
    if whole < 2 * _MINUTE:
        return f"{whole}s"
    for limit, unit, mark, part, part_mark in (
        (10 * _MINUTE, _MINUTE, "m", 1, "s"),
        (3 * _HOUR, _MINUTE, "m", 0, ""),
        (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
        (2 * _DAY, _HOUR, "h", 0, ""),
        (8 * _DAY, _DAY, "d", _HOUR, "h"),
        (2 * _YEAR, _DAY, "d", 0, ""),
        (8 * _YEAR, _YEAR, "y", _DAY, "d"),
    ):
        if whole < limit:
            rest = whole % unit // part if part else 0
            return f"{whole // unit}{mark}{rest}{part_mark}" if rest else f"{whole // unit}{mark}"
    return f"{whole // _YEAR}y"
