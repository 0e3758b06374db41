"""Figures as JSON may carry them: finite numbers or ``None``, dates as RFC 3339 in UTC."""

import math
from datetime import UTC, datetime

from tui.model.reading import Reading, value_of

UNLIMITED = -1.0  # as Run:ai and the scheduler's Queue write it; JSON has no infinity
_DIGITS = 6  # a sum of fractions shows no dust from binary arithmetic


def figure(value: float | None) -> float | None:
    """A rounded finite number; what is not one is unknown."""
    if value is None or not math.isfinite(value):
        return None
    return round(value, _DIGITS)


def reading(value: Reading | None) -> float | None:
    """The bare figure of a reading."""
    return figure(value_of(value))


def limit(value: float | None) -> float | None:
    """A quota or limit: ``UNLIMITED`` for infinity."""
    return UNLIMITED if value == math.inf else figure(value)


def age(since: float | None, now: float) -> float | None:
    """Whole milliseconds of age in seconds; clock skew never makes it negative."""
    return None if since is None else round(max(0.0, now - since), 3)


def instant(at: float | None) -> str | None:
    """Unix seconds as RFC 3339 with milliseconds; ``None`` where there is no date, or none that a calendar has."""
    if at is None:
        return None
    try:
        date = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return date.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def unix(text: str | None) -> float | None:
    """The Unix seconds of what ``instant`` wrote."""
    return None if text is None else datetime.fromisoformat(text).timestamp()
