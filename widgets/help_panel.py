"""The keys and what they do, in as many columns as fit. It shows ``HelpSection`` values and binds nothing."""

from typing import Unpack

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.glyphs import fit, printable
from widgets.options import WidgetOptions
from widgets.paint import Painted
from widgets.rows import HelpSection, Tone

_COLUMN_LEAST = 38
_KEY = 10


class HelpPanel(Painted, ScrollView, can_focus=True):
    """Sections flow from column to column; a section is never torn apart."""

    DEFAULT_CSS = """
    HelpPanel { height: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }
    """

    def __init__(self, sections: tuple[HelpSection, ...] = (), **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._sections = sections
        self._strips: list[Strip] = []

    def set_sections(self, sections: tuple[HelpSection, ...]) -> None:
        self._sections = sections
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def repainted(self) -> None:
        self._strips = []

    def render_line(self, y: int) -> Strip:
        if not self._strips:
            self._strips = self._draw(self.scrollable_size.width)
        at = round(self.scroll_y) + y
        width = self.size.width
        if at >= len(self._strips):
            return Strip.blank(width, self.paint.base)
        return self._strips[at].adjust_cell_length(width, self.paint.base)

    def _lay_out(self) -> None:
        width = self.scrollable_size.width
        if width > 0:
            self._strips = self._draw(width)
            self.virtual_size = Size(width, len(self._strips))
            self.refresh()

    def _draw(self, width: int) -> list[Strip]:
        count = max(1, min(3, width // _COLUMN_LEAST))
        each = width // count
        blocks = [self._block(section, each - 2) for section in self._sections]
        height = max(-(-sum(map(len, blocks)) // count), max(map(len, blocks), default=0))
        columns: list[list[list[Segment]]] = [[]]
        for block in blocks:
            if columns[-1] and len(columns[-1]) + len(block) > height + 1 and len(columns) < count:
                columns.append([])
            columns[-1] += block
        blank = [Segment(" " * each, self.paint.base)]
        lines = []
        for place in range(max(map(len, columns), default=0)):
            parts = [column[place] if place < len(column) else blank for column in columns]
            lines.append(Strip([segment for part in parts for segment in part]))
        return lines

    def _block(self, section: HelpSection, width: int) -> list[list[Segment]]:
        tones = self.paint.tones
        pad = Segment("  ", self.paint.base)
        lines = [[pad, Segment(fit(section.title.upper(), width), tones[Tone.TITLE])]]
        for entry in section.entries:
            said = f"{entry.title}: {entry.text}" if entry.text else entry.title
            for place, part in enumerate(_wrap(printable(said), width - _KEY)):
                key = fit(entry.key if not place else "", _KEY - 1) + " "
                lines.append(
                    [pad, Segment(key, tones[Tone.ACCENT]), Segment(fit(part, width - _KEY), tones[Tone.NORMAL])]
                )
        return [*lines, [pad, Segment(" " * width, self.paint.base)]]


def _wrap(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
