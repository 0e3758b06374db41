"""Figures for eyes: fixed width, an en dash for what is not known, never a made-up 0."""

UNKNOWN = "–"

_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def gpus(value: float | None, digits: int | None = None) -> str:
    """GPUs: ``3``, ``2.5``, ``0.25``; at most two digits after the point, or exactly ``digits``."""
    if value is None:
        return UNKNOWN
    if value == float("inf"):
        return "∞"
    if digits is not None:
        return f"{value:.{digits}f}"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text or "0"


def percent(fraction: float | None) -> str:
    """A fraction as whole percent: ``71%``."""
    return UNKNOWN if fraction is None else f"{fraction * 100:.0f}%"


def size(value_bytes: float | None) -> str:
    """Bytes in decimal units with three figures: ``81.6 GB``."""
    if value_bytes is None:
        return UNKNOWN
    for unit, name in _BYTES:
        if abs(value_bytes) >= unit:
            number = value_bytes / unit
            return f"{number:.0f} {name}" if number >= 100 else f"{number:.1f} {name}"
    return f"{value_bytes:.0f} B"


def age(seconds: float | None) -> str:
    """A duration in its two leading units at most: ``12 s``, ``4 min``, ``4 h 6 m``, ``3 d 2 h``."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        hours, minutes = divmod(whole // 60, 60)
        return f"{hours} h {minutes} m" if minutes else f"{hours} h"
    days, hours = divmod(whole // 3600, 24)
    return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"


def short_age(seconds: float | None) -> str:
    """A duration in one unit, for narrow columns: ``12s``, ``4m``, ``6h``, ``3d``."""
    if seconds is None:
        return UNKNOWN
    whole = max(0, int(seconds))
    for unit, name in ((86400, "d"), (3600, "h"), (60, "m")):
        if whole >= unit:
            return f"{whole // unit}{name}"
    return f"{whole}s"


def number(value: float | None, digits: int = 0) -> str:
    """A plain figure with a thousands separator for eyes: ``1,310``."""
    return UNKNOWN if value is None else f"{value:,.{digits}f}"
