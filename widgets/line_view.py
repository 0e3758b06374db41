"""The base of viewers of text: scrolling, wrapping, searching, selecting with the mouse. Only what is seen is drawn.

Lines are plain text; a highlighter gives parts of a line a tone. It does not know where the text comes from.
"""

import re
from bisect import bisect_right
from itertools import accumulate
from typing import ClassVar, Unpack

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from widgets.glyphs import printable
from widgets.highlight import Highlighter, plain
from widgets.options import WidgetOptions
from widgets.paint import Painted


class LineView(Painted, ScrollView, can_focus=True):
    """Shows lines. ``search`` finds a regular expression (or, if it is none, the text itself), ``n``/``N`` go on."""

    DEFAULT_CSS = """
    LineView { height: 1fr; overflow: auto auto; scrollbar-size: 1 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False, id="text.up"),
        Binding("down,j", "scroll_down", "Down", show=False, id="text.down"),
        Binding("left", "scroll_left", "Left", show=False, id="text.left"),
        Binding("right", "scroll_right", "Right", show=False, id="text.right"),
        Binding("pageup", "page_up", "Page up", show=False, id="text.page_up"),
        Binding("pagedown,space", "page_down", "Page down", show=False, id="text.page_down"),
        Binding("home", "scroll_home", "Top", show=False, id="text.top"),
        Binding("end,G", "scroll_end", "End", show=False, id="text.end"),
        Binding("w", "wrap", "Wrap", show=False, id="text.wrap"),
        Binding("n", "find(1)", "Next match", show=False, id="text.next"),
        Binding("N", "find(-1)", "Match before", show=False, id="text.previous"),
    ]

    class Searched(Message):
        """A search moved: match ``place`` of ``total`` (0 of 0: nothing found)."""

        def __init__(self, control: "LineView", pattern: str, place: int, total: int) -> None:
            super().__init__()
            self.view = control
            self.pattern = pattern
            self.place = place
            self.total = total

        @property
        def control(self) -> "LineView":
            return self.view

    def __init__(self, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._lines: list[str] = []
        self._highlighter: Highlighter = plain
        self._wrap = False
        self._starts: list[int] = []  # the first view line of each line, while wrapped
        self._search: re.Pattern[str] | None = None
        self._found = -1  # the line of the present match
        self._width = 0

    # -- text ------------------------------------------------------------------------------------------------------

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)

    @property
    def wrapped(self) -> bool:
        return self._wrap

    def set_highlighter(self, highlighter: Highlighter) -> None:
        self._highlighter = highlighter
        self.refresh()

    def replace_lines(self, lines: list[str]) -> None:
        """Show other lines, from where the view stands."""
        self._lines = [clean(line) for line in lines]
        self.measure()
        self.refresh()

    def measure(self) -> None:
        """After lines changed: how long and how wide the text is now."""
        view = max(1, self.scrollable_size.width)
        if self._wrap:
            self._starts = list(accumulate((max(1, -(-cell_len(line) // view)) for line in self._lines), initial=0))
            self.virtual_size = Size(view, self._starts[-1])
        else:
            self._width = max((cell_len(line) for line in self._lines), default=0)
            self.virtual_size = Size(self._width, len(self._lines))

    def action_wrap(self) -> None:
        line = self._line_at(round(self.scroll_y))
        self._wrap = not self._wrap
        self.measure()
        self.scroll_to(x=0, y=self._view_line(line), animate=False)
        self.refresh()

    def on_resize(self) -> None:
        self.measure()
        self.resized()

    def resized(self) -> None:
        """Called after the text was measured for another size."""

    # -- search ----------------------------------------------------------------------------------------------------

    def search(self, pattern: str) -> int:
        """Mark all matches and go to the first at or below the top; returns on how many lines there are some."""
        if not pattern:
            self._search, self._found = None, -1
            self.refresh()
            return 0
        try:
            self._search = re.compile(pattern, re.IGNORECASE)
        except re.error:
            self._search = re.compile(re.escape(pattern), re.IGNORECASE)
        self._found = self._line_at(round(self.scroll_y)) - 1
        self.action_find(1)
        return len(self._matches())

    def action_find(self, step: int) -> None:
        """To the next match (or with -1 the one before), round the end."""
        if self._search is None:
            return
        matches = self._matches()
        if matches:
            after = [line for line in matches if line > self._found]
            before = [line for line in matches if line < self._found]
            self._found = (after or matches)[0] if step > 0 else (before or matches)[-1]
            height = self.scrollable_size.height
            y = self._view_line(self._found)
            if not self.scroll_y <= y < self.scroll_y + height:
                self.scroll_to(y=max(0, y - height // 2), animate=False, immediate=True)
        self.refresh()
        place = matches.index(self._found) + 1 if matches else 0
        self.post_message(self.Searched(self, self._search.pattern, place, len(matches)))

    def _matches(self) -> list[int]:
        find = self._search.search if self._search else None
        return [place for place, line in enumerate(self._lines) if find and find(line)]

    # -- drawing ---------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        at = round(self.scroll_y) + y
        line = self._line_at(at)
        if line >= len(self._lines):
            return Strip.blank(width, self.paint.base)
        start = (at - self._starts[line]) * self.scrollable_size.width if self._wrap else round(self.scroll_x)
        strip = self._strip(line).crop(start, start + width).adjust_cell_length(width, self.paint.base)
        return strip.apply_offsets(start, line)

    def _strip(self, line: int) -> Strip:
        text, paint = self._lines[line], self.paint
        looks: list[Style] = [paint.base] * len(text)
        for start, end, tone in self._highlighter(text):
            looks[start:end] = [paint.tones[tone]] * (end - start)
        for found in self._search.finditer(text) if self._search else ():
            looks[found.start() : found.end()] = [paint.found] * (found.end() - found.start())
        self._select(line, looks)
        segments: list[Segment] = []
        start = 0
        for end in range(1, len(text) + 1):
            if end == len(text) or looks[end] is not looks[start]:
                segments.append(Segment(text[start:end], looks[start]))
                start = end
        return Strip(segments)

    def _select(self, line: int, looks: list[Style]) -> None:
        selection = self.text_selection
        span = selection.get_span(line) if selection is not None else None
        if span is not None:
            start, end = span[0], len(looks) if span[1] == -1 else span[1]
            style = self.paint.base + self.screen.get_component_rich_style("screen--selection")
            looks[start:end] = [style] * len(looks[start:end])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(self._lines)), "\n"

    def _line_at(self, view_line: int) -> int:
        return bisect_right(self._starts, view_line) - 1 if self._wrap and self._starts else view_line

    def _view_line(self, line: int) -> int:
        return self._starts[min(line, len(self._starts) - 1)] if self._wrap and self._starts else line


def clean(line: str) -> str:
    """One line that the terminal can show: tabs as spaces, escape sequences and control characters away."""
    if line.isascii() and line.isprintable():
        return line
    return printable(_ESCAPES.sub("", line).expandtabs(8))


_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
