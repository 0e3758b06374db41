"""Text tables for eyes: aligned columns, no colour, the last column cut where a terminal ends."""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

_GAP = "  "
_LEAST = 8  # a cut column keeps this much
_READABLE = 16  # an optional one that would get less is left out


@dataclass(frozen=True, slots=True)
class Column:
    """``right`` aligns figures. Where the terminal is too narrow, ``flexible`` columns are cut, the widest first, and
    an ``optional`` one is left out before it says nothing."""

    title: str
    right: bool = False
    flexible: bool = False
    optional: bool = False


def width_of(stream: IO[str]) -> int | None:
    """The columns of the terminal behind ``stream``; ``None`` for a pipe or a file, which take lines of any length."""
    if not stream.isatty() and "COLUMNS" not in os.environ:
        return None
    return shutil.get_terminal_size().columns


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """The table with its header, each line ended; what a terminal would obey in a cell is made harmless."""
    cells = [[harmless(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip([c.title for c in columns], *cells, strict=True)]
    kept = dict(enumerate(widths)) if width is None else _fitted(columns, widths, width)
    lines = [[column.title for column in columns], *cells]
    return "".join(_line(columns, kept, line) + "\n" for line in lines)


def harmless(text: str) -> str:
    """``text`` on one line without control characters: names and messages come from a cluster, not from us."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _fitted(columns: Sequence[Column], widths: Sequence[int], width: int) -> dict[int, int]:
    """The columns that are shown, by place, with the widths they get."""
    kept = dict(enumerate(widths))
    while True:
        fitted = _cut(columns, kept, width)
        poor = [place for place, got in fitted.items() if columns[place].optional and got < min(kept[place], _READABLE)]
        if not poor:
            return fitted
        del kept[poor[-1]]


def _cut(columns: Sequence[Column], widths: dict[int, int], width: int) -> dict[int, int]:
    """Take what is too much from the widest flexible column, again and again; without any, from the last column."""
    cut = dict(widths)
    flexible = [place for place in cut if columns[place].flexible] or [max(cut)]
    excess = sum(cut.values()) + len(_GAP) * (len(cut) - 1) - width
    for _ in range(excess):
        widest = max(flexible, key=lambda place: cut[place])
        if cut[widest] <= _LEAST:
            break
        cut[widest] -= 1
    return cut


def _line(columns: Sequence[Column], widths: dict[int, int], cells: Sequence[str]) -> str:
    parts = []
    for place, width in widths.items():
        cell = cells[place]
        text = cell if len(cell) <= width else cell[: width - 1] + "…"
        parts.append(text.rjust(width) if columns[place].right else text.ljust(width))
    return _GAP.join(parts).rstrip()
