"""How a ``FlowList`` breaks words into lines: a margin, and beside it cells of text of which nothing is cut."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len, chop_cells
from rich.segment import Segment

from widgets.glyphs import fit, printable
from widgets.paint import Paint
from widgets.rows import Cell, FlowRow, SortKey, Tone

_APART = 2  # cells between two texts on a line
_LEAST = 16  # cells for the text, however narrow the list
_BEFORE_KNOWN = 80  # cells, while the list has no size yet

Part = tuple[str, Cell]


class FlowDrawing:
    """A ``LineDrawing`` of ``FlowRow``. ``margin`` is the width of the leads."""

    def __init__(self, title: str = "", margin: int = 10) -> None:
        self.title = title
        self._margin = margin
        self._width = 0
        self._flowed: dict[FlowRow, list[list[Part]]] = {}

    def fit(self, rows: Sequence[FlowRow], width: int) -> bool:
        if width == self._width:
            return False
        self._width = width
        self._flowed.clear()
        return True

    def holds(self, row: FlowRow) -> bool:
        return True

    def lines(self, row: FlowRow) -> int:
        return len(self._lines(row))

    def column_at(self, x: int) -> str | None:
        return None

    def header(self, sort: tuple[SortKey, ...], paint: Paint) -> list[Segment]:
        return [Segment(fit(" " + printable(self.title), max(0, self._width - 1)), paint.tones[Tone.TITLE])]

    def row(self, row: FlowRow, paint: Paint, gutter: str) -> list[list[Segment]]:
        drawn = []
        for number, parts in enumerate(self._lines(row)):
            lead = row.lead.text if number == 0 else ""
            line = [
                Segment(gutter if number == 0 else " ", paint.tones[Tone.ACCENT]),
                Segment(fit(printable(lead), self._margin), paint.tones[row.lead.tone]),
            ]
            for place, (text, cell) in enumerate(parts):
                if place:
                    line.append(Segment(" " * _APART, paint.base))
                style = paint.tones[cell.tone] if cell.colour is None else paint.curve(cell.colour)
                line.append(Segment(text, style))
            drawn.append(line)
        return drawn

    def _lines(self, row: FlowRow) -> list[list[Part]]:
        found = self._flowed.get(row)
        if found is None:
            if len(self._flowed) > 2000:
                self._flowed.clear()
            room = (self._width or _BEFORE_KNOWN) - self._margin - 2  # the gutter, and a cell before the scroll bar
            found = self._flowed[row] = flow(row.cells, max(_LEAST, room))
        return found


def flow(cells: Sequence[Cell], width: int) -> list[list[Part]]:
    """The texts of ``cells`` on lines of ``width`` cells: broken between words, an over-long word wherever it ends."""
    lines: list[list[Part]] = [[]]
    used = 0
    for cell in cells:
        for begins, word in _words(cell.text, width):
            size, line = cell_len(word), lines[-1]
            continues = bool(line) and line[-1][1] is cell and begins == "word"
            gap = 0 if not line else 1 if continues else _APART
            if line and (begins == "line" or used + gap + size > width):
                lines.append([(word, cell)])
                used = size
                continue
            if continues:
                line[-1] = (f"{line[-1][0]} {word}", cell)
            else:
                line.append((word, cell))
            used += gap + size
    return lines


def _words(text: str, width: int) -> Iterator[tuple[str, str]]:
    """(``cell``, ``line`` or ``word``: what begins with it; the word)."""
    for number, line in enumerate(text.splitlines()):
        for place, word in enumerate(printable(line).split(" ")):
            begins = "word" if place else "line" if number else "cell"
            for piece, part in enumerate(chop_cells(word, width) or [""]):
                yield begins if piece == 0 else "word", part
