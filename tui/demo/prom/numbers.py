"""Numbers as Go writes them: in answers of the HTTP API and in exposition text. Nothing here knows metrics."""

import math
from decimal import Decimal


def _special(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return None


def api_number(value: float) -> str:
    """A sample value as the HTTP API quotes it: shortest digits, exponent only below 1e-6 and from 1e21."""
    if (special := _special(value)) is not None:
        return special
    text = repr(float(value))
    if text.endswith(".0"):
        return text[:-2]
    if "e" not in text:
        return text
    magnitude = abs(value)
    if magnitude < 1e-6 or magnitude >= 1e21:
        return text
    return format(Decimal(text), "f")


def api_time(seconds: float) -> str:
    """A timestamp as the HTTP API prints it: seconds with at most three decimals, none when whole."""
    text = f"{seconds:.3f}".rstrip("0")
    return text.rstrip(".")
