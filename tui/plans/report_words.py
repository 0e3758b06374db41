"""Figures of a report as words; an en dash for what is not known. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tui.bench.results.words import UNKNOWN, figure
from tui.plans.report_values import Quantity

SIMULATED = "simulated"
UNITS: dict[Quantity, str] = {
    "users": "concurrent users",
    "output_tokens_per_second": "output tokens/s",
    "ttft_ms": "TTFT (ms)",
}


def instant(seconds: float) -> str:
    """A moment in words, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def joined(parts: Iterable[str]) -> str:
    """Those that say anything."""
    return "; ".join(part for part in parts if part)


def count(number: int | None) -> str:
    """As digits."""
    return UNKNOWN if number is None else str(number)


def with_interval(value: float | None, interval: tuple[float, float | None] | None) -> str:
    """``987 (970 to 1004)``."""
    return figure(value) if interval is None else f"{figure(value)} ({interval_words(interval)})"


def interval_words(interval: tuple[float, float | None] | None) -> str:
    """``970 to 1004``; the upper end may not be bounded."""
    if interval is None:
        return UNKNOWN
    return f"{interval[0]:.0f} to {'?' if interval[1] is None else f'{interval[1]:.0f}'}"


def percent_words(percent: float | None) -> str:
    """``-2.9 %`` with its sign; nothing is neither more nor less."""
    if percent is None:
        return UNKNOWN
    return f"{percent:+.1f} %" if round(percent, 1) else "0.0 %"
