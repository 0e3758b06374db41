"""The cluster in one line: how many GPUs, how many given, a bar, and the figures that matter for the next launch."""

from rich.style import Style

from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.glyphs import printable
from widgets.gpu_bar import share
from widgets.rows import BarView, Cell, Tone

_LEAST, _MOST = 8, 40


class SliceBar(Drawn):
    """Shows a ``BarView``. Facts that don't fit are left out from the right; the bar takes what is left, to a limit."""

    _view = BarView((), None)

    def set_view(self, view: BarView) -> None:
        if view != self._view:
            self._view = view
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        lead = self._cells(self._view.lead)
        facts = list(self._view.facts)
        while facts and line_width(lead) + line_width(self._cells(facts)) + _LEAST + 3 > width:
            facts.pop()
        tail = self._cells(facts)
        room = width - line_width(lead) - line_width(tail) - 3
        return [[*lead, Piece(" ", self.paint.base), *self._bar(min(_MOST, room)), *tail]]

    def _cells(self, cells: tuple[Cell, ...] | list[Cell]) -> list[Piece]:
        pieces = []
        for place, cell in enumerate(cells):
            pieces.append(Piece("  " if place else " ", self.paint.base))
            pieces.append(Piece(printable(cell.text), self._style(cell)))
        return pieces

    def _style(self, cell: Cell) -> Style:
        return self.paint.tones[cell.tone] if cell.colour is None else self.paint.curve(cell.colour)

    def _bar(self, width: int) -> list[Piece]:
        tones = self.paint.tones
        if width <= 0:
            return []
        if self._view.fraction is None:
            return [Piece("─" * width + " ", tones[Tone.DIM])]
        held = min(1.0, max(0.0, self._view.fraction))
        unknown = min(1.0 - held, max(0.0, self._view.unknown_fraction))
        parts = [
            (part, glyph, tone)
            for part, glyph, tone in (
                (held, "█", Tone.TITLE),
                (unknown, "─", Tone.WARN),
                (1.0 - held - unknown, "░", Tone.DIM),
            )
            if part > 0
        ]
        cells = share([part for part, _, _ in parts], width)
        drawn = [Piece(glyph * n, tones[tone]) for n, (_, glyph, tone) in zip(cells, parts, strict=True)]
        return [*drawn, Piece(" ", self.paint.base)]
