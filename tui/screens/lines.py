"""Lines of words and figures that find their own breaks: each is a row of cells, and what does not fit goes below."""

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len

from widgets.drawn import Drawn, Line, Piece
from widgets.glyphs import printable
from widgets.rows import Cell

_APART = "  "
_INDENT = 2


class Lines(Drawn):
    """Shows what ``set_lines`` gave; takes as many lines as it needs."""

    DEFAULT_CSS = """
    Lines { height: auto; }
    """

    _cells: tuple[tuple[Cell, ...], ...] = ()

    def set_lines(self, lines: Sequence[tuple[Cell, ...]]) -> None:
        if tuple(lines) != self._cells:
            before = len(self.draw(self.size.width, 0)) if self.size.width else -1
            self._cells = tuple(lines)
            self.redraw(layout=before != len(self.draw(self.size.width or 1, 0)))
        self.display = bool(self._cells)

    def draw(self, width: int, height: int) -> list[Line]:
        return [row for line in self._cells for row in self._flow(line, max(8, width - 1))]

    def _flow(self, line: tuple[Cell, ...], width: int) -> list[list[Piece]]:
        rows: list[list[Piece]] = [[Piece(" ", self.paint.base)]]
        used = 1
        for cell in line:
            style = self.paint.tones[cell.tone]
            for place, part in enumerate(_parts(printable(cell.text), width - used, width - _INDENT)):
                if place or (used > 1 and used + len(_APART) + cell_len(part) > width):
                    rows.append([Piece(" " * _INDENT, self.paint.base)])
                    used = _INDENT
                elif used > 1:
                    rows[-1].append(Piece(_APART, self.paint.base))
                    used += len(_APART)
                rows[-1].append(Piece(part, style))
                used += cell_len(part)
        return rows


def _parts(text: str, first: int, other: int) -> list[str]:
    """``text`` in parts of at most ``other`` cells. A long one begins in the ``first`` cells that are left."""
    if cell_len(text) <= max(first - len(_APART), 0) or cell_len(text) <= other // 2:
        return [text]
    if first < other // 3:
        return wrap(text, max(1, other)) or [""]
    lead, *rest = wrap(text, max(1, first - len(_APART))) or [""]
    return [lead, *wrap(" ".join(rest), max(1, other))]
