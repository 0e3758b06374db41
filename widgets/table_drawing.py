"""How a ``LiveTable`` lays out its columns and draws a row with its note lines. It holds no rows and no cursor."""

from collections.abc import Sequence
from dataclasses import replace

from rich.segment import Segment

from widgets.columns import header_text
from widgets.glyphs import fit, printable, spark_text
from widgets.paint import Paint
from widgets.rows import Cell, Column, Row, SortKey, Tone

_GAP = 2  # cells between columns
_NOTE_INDENT = "  └ "


class TableDrawing:
    """A ``LineDrawing`` of ``Row``."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._width = 0
        self._placed: list[tuple[int, Column]] = []  # which cell of a row, and the column with its width here

    def set_columns(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._width = 0

    def fit(self, rows: Sequence[Row], width: int) -> bool:
        if width == self._width:
            return False
        self._width = width
        self._placed = place_columns(self.columns, width - 2)  # the gutter, and a cell before the scroll bar
        return True

    def holds(self, row: Row) -> bool:
        return True

    def lines(self, row: Row) -> int:
        return 1 + len(row.sub)

    def column_at(self, x: int) -> str | None:
        edge = 1
        for _, column in self._placed:
            edge += column.width + _GAP
            if x < edge:
                return column.key
        return None

    def header(self, sort: tuple[SortKey, ...], paint: Paint) -> list[Segment]:
        gap = " " * _GAP
        titles = (header_text(c.key, c.title, c.width, c.align, sort) for _, c in self._placed)
        return [Segment(" " + gap.join(titles), paint.tones[Tone.TITLE])]

    def row(self, row: Row, paint: Paint, gutter: str) -> list[list[Segment]]:
        marked = gutter in "✓◆"
        first = [Segment(gutter, paint.tones[Tone.ACCENT])]
        for place, (index, column) in enumerate(self._placed):
            if place:
                first.append(Segment(" " * _GAP, paint.base))
            cell = row.cells[index] if index < len(row.cells) else Cell("")
            tone = Tone.ACCENT if marked and not place else row.tone
            first += _draw(cell, column, tone, paint)
        return [first, *(self._note(note, paint) for note in row.sub)]

    def _note(self, note: Cell, paint: Paint) -> list[Segment]:
        tone = Tone.DIM if note.tone is Tone.NORMAL else note.tone
        text = fit(_NOTE_INDENT + printable(note.text), self._width)
        return [Segment(text, paint.tones[tone])]


def place_columns(columns: Sequence[Column], width: int) -> list[tuple[int, Column]]:
    """The columns that fit, least important dropped first, each with the width that it gets here."""
    kept = list(enumerate(columns))
    while len(kept) > 1 and _total(kept) > width:
        worst = max(kept, key=lambda pair: (pair[1].priority, pair[0]))
        if worst[1].priority == 0:
            break
        kept.remove(worst)
    spare = width - _total(kept)
    flexible = [place for place, (_, column) in enumerate(kept) if column.flexible]
    for number, place in enumerate(flexible):
        index, column = kept[place]
        gain = spare // (len(flexible) - number)
        if column.max_width is not None:
            gain = min(gain, column.max_width - column.width)
        gain = max(gain, 4 - column.width)
        spare -= gain
        kept[place] = (index, replace(column, width=column.width + gain))
    return kept


def _total(kept: Sequence[tuple[int, Column]]) -> int:
    return sum(column.width for _, column in kept) + _GAP * (len(kept) - 1)


def _draw(cell: Cell, column: Column, row_tone: Tone, paint: Paint) -> list[Segment]:
    tone = row_tone if cell.tone is Tone.NORMAL else cell.tone
    style = paint.tones[tone] if cell.colour is None else paint.curve(cell.colour)
    text = printable(cell.text)
    if cell.spark:
        room = column.width - (len(text) + 1 if text else 0)
        return [
            Segment(spark_text(cell.spark, max(0, room)), paint.curve(0)),
            Segment(fit(" " + text if text else "", column.width - max(0, room)), style),
        ]
    return [Segment(fit(text, column.width, cell.align or column.align), style)]
