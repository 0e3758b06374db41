"""The base of small widgets that draw a few lines by hand: header, footer, bars, legends.

It redraws when its width changes or when it is told that what it shows has changed, and never otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip

from widgets.paint import Painted


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one style; ``action`` is what a click on it means."""

    text: str
    style: Style
    action: str = ""


Line = Sequence[Piece]


class Drawn(Painted):
    """Subclasses implement ``draw``; ``action_at`` tells what was drawn at a cell."""

    DEFAULT_CSS = """
    Drawn { height: 1; width: 1fr; }
    """

    ALLOW_SELECT = False

    _lines: tuple[int, int, list[Line]] | None = None

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines in ``width`` cells; ``height`` is 0 when only their number is asked for."""
        return []

    def redraw(self, *, layout: bool = False) -> None:
        """What is shown has changed. ``layout``: the number of lines too."""
        self._lines = None
        self.refresh(layout=layout)

    def repainted(self) -> None:
        self._lines = None

    def action_at(self, x: int, y: int) -> str:
        lines = self._drawn(self.size)
        edge = 0
        for piece in lines[y] if 0 <= y < len(lines) else ():
            edge += Segment(piece.text).cell_length
            if x < edge:
                return piece.action
        return ""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self.draw(width, 0)))

    def render_line(self, y: int) -> Strip:
        lines = self._drawn(self.size)
        if y >= len(lines):
            return Strip.blank(self.size.width, self.paint.base)
        strip = Strip([Segment(piece.text, piece.style) for piece in lines[y] if piece.text])
        return strip.adjust_cell_length(self.size.width, self.paint.base)

    def _drawn(self, size: Size) -> list[Line]:
        if self._lines is None or self._lines[:2] != (size.width, size.height):
            self._lines = (size.width, size.height, self.draw(size.width, size.height))
        return self._lines[2]


def line_width(line: Line) -> int:
    return sum(Segment(piece.text).cell_length for piece in line)
