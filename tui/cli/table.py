"""Text tables for eyes: aligned columns, no colour, the last column cut where a terminal ends."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

_GAP = "  "
_LEAST = 8  # a cut column keeps this much


@dataclass(frozen=True, slots=True)
class Column:
    """``right`` aligns figures; ``flexible`` columns are cut, the last one first, where the terminal is too narrow."""

    title: str
    right: bool = False
    flexible: bool = False


def width_of(stream: IO[str]) -> int | None:
    """The columns of the terminal behind ``stream``; ``None`` for a pipe or a file, which take lines of any length."""
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return None
    return shutil.get_terminal_size().columns


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The table with its header, each line ended; what a terminal would obey in a cell is made harmless."""
    cells = [[harmless(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip([c.title for c in columns], *cells, strict=True)]
    if width is not None:
        _shrink(columns, widths, width)
    lines = [[column.title for column in columns], *cells]
    return "".join(_line(columns, widths, line) + "\n" for line in lines)


def harmless(text: str) -> str:
    """``text`` on one line without control characters: names and messages come from a cluster, not from us."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _shrink(columns: Sequence[Column], widths: list[int], width: int) -> None:
    """Take what is too much from the flexible columns, the last first; without any, from the last column."""
    excess = sum(widths) + len(_GAP) * (len(widths) - 1) - width
    flexible = [place for place, column in enumerate(columns) if column.flexible] or [len(columns) - 1]
    for place in reversed(flexible):
        taken = max(0, min(excess, widths[place] - _LEAST))
        widths[place] -= taken
        excess -= taken


def _line(columns: Sequence[Column], widths: list[int], cells: Sequence[str]) -> str:
    parts = []
    for column, width, cell in zip(columns, widths, cells, strict=True):
        text = cell if len(cell) <= width else cell[: width - 1] + "…"
        parts.append(text.rjust(width) if column.right else text.ljust(width))
    return _GAP.join(parts).rstrip()
