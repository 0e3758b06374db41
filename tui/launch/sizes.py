"""Sizes and durations as people write them (``40Gi``, ``1h30m``), exact both ways."""

import re
from decimal import Decimal

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15}
_FACTORS = {"": 1, **_BINARY, **_DECIMAL}
_SIZE = re.compile(r"^(\d{1,18}(?:\.\d{1,9})?)([KMGTP]i|[kMGTP])?$")
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"^(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?$")

MIB = 2**20


def parse_size(text: str) -> int | None:
    """Bytes of ``40Gi``, ``20G`` or ``1048576``; ``None`` for what is no size or no whole number of bytes."""
    match = _SIZE.match(text.strip())
    if match is None:
        return None
    value = Decimal(match.group(1)) * _FACTORS[match.group(2) or ""]
    return int(value) if value == int(value) else None


def size_text(size_bytes: int) -> str:
    """The shortest exact text: ``40Gi``, ``20G``, else bytes."""
    exact = [f"{size_bytes // factor}{unit}" for unit, factor in _fitting(size_bytes)]
    return min(exact, key=len) if exact else str(size_bytes)


def _fitting(size_bytes: int) -> list[tuple[str, int]]:
    return [(u, f) for u, f in [*_BINARY.items(), *_DECIMAL.items()] if size_bytes and size_bytes % f == 0]


def parse_duration(text: str) -> int | None:
    """Seconds of ``30d``, ``1h30m`` or ``1800``; ``None`` for what is none."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 12:
        return int(text)
    match = _DURATION.match(text)
    if match is None or not any(match.groups()):
        return None
    return sum(int(count) * seconds for count, seconds in zip(match.groups(), _UNITS.values(), strict=True) if count)


def duration_text(seconds: int) -> str:
    """``30d``, ``1h30m``, ``45s``."""
    parts = []
    for unit, length in _UNITS.items():
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def go_duration(seconds: int) -> str:
    """As Go's durations are written, whose largest unit is the hour."""
    hours, rest = divmod(seconds, 3600)
    return (f"{hours}h" if hours else "") + (duration_text(rest) if rest or not hours else "")


def number_text(number: float) -> str:
    """``0.5``, ``2``: the number without needless digits, exact."""
    return str(int(number)) if number == int(number) else repr(float(number))
