"""The clock of a server as the ``Date`` of its answers tells it, which has whole seconds."""

from email.utils import parsedate_to_datetime

_HALF_SECOND = 0.5  # on average the date is that much too early


def ahead_seconds(date: str | None, now: float) -> float | None:
    """How far that clock is before ``now`` (Unix seconds), give or take half a second; ``None``: it does not tell."""
    if not date:
        return None
    try:
        return parsedate_to_datetime(date).timestamp() + _HALF_SECOND - now
    except (ValueError, TypeError):
        return None
