"""What one measurement says, and the table of them all."""

import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: the median of ``samples`` in ``unit``, its bound, and how each sample was taken."""

    what: str
    samples: tuple[float, ...]
    unit: str
    at_most: float | None
    method: str

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def row(self) -> tuple[str, ...]:
        bound = "" if self.at_most is None else f"{self.at_most:g} {self.unit}"
        held = "" if self.at_most is None else "" if self.median <= self.at_most else "over"
        best = f"{min(self.samples):.3g}"
        return self.what, f"{self.median:.3g} {self.unit}", best, bound, held, f"{len(self.samples)}", self.method


def machine() -> str:
    """What was measured on, in one line."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {sys.platform}, load {load:.1f}"


def table(figures: Sequence[Figure]) -> str:
    """Aligned columns, a line a figure."""
    rows = [("what", "median", "best", "at most", "", "runs", "what is counted"), *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows)
