"""What the letters of the GPU map mean. Items flow over the lines that there are; what doesn't fit is counted."""

from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.glyphs import fit, printable
from widgets.rows import LegendItem, Tone

_MOST_LABEL = 40


class Legend(Drawn):
    """Shows ``LegendItem`` values on at most ``max_lines`` lines."""

    DEFAULT_CSS = """
    Legend { height: auto; }
    """

    max_lines = 2
    _items: tuple[LegendItem, ...] = ()

    def set_items(self, items: tuple[LegendItem, ...], max_lines: int | None = None) -> None:
        lines = self.max_lines if max_lines is None else max_lines
        if (items, lines) != (self._items, self.max_lines):
            self._items, self.max_lines = items, lines
            self.redraw(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:
        lines: list[list[Piece]] = [[]]
        for place, item in enumerate(self._items):
            pieces = self._item(item)
            last = len(lines) >= self.max_lines
            more = f" +{len(self._items) - place} more"
            reserve = len(more) if last and place < len(self._items) - 1 else 0
            if lines[-1] and line_width(lines[-1]) + line_width(pieces) + reserve > width:
                if last:
                    lines[-1].append(Piece(more, self.paint.tones[Tone.DIM]))
                    break
                lines.append([])
            lines[-1] += pieces
        return list(lines)

    def _item(self, item: LegendItem) -> list[Piece]:
        label = printable(item.label)
        if len(label) > _MOST_LABEL:
            label = fit(label, _MOST_LABEL)
        return [
            Piece(" ", self.paint.base),
            Piece(f" {item.letter} ", self.paint.slice(item.colour)),
            Piece(f" {label} ", self.paint.tones[item.tone]),
        ]
