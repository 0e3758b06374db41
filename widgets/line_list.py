"""The base of every list that ticks: a header line that stays, and rows of lines under it.

It keeps the cursor and the marks by key, so both survive a refresh, a filter and a new order; it remembers what stands
on the terminal and refreshes only lines that differ. It knows neither what a row holds nor how rows are sorted: a
``LineDrawing`` draws them, the screen sorts them. It may have no border or padding of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, ClassVar, Generic, Protocol, TypeVar, Unpack

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.line_diff import changed_width
from widgets.options import WidgetOptions
from widgets.paint import Paint, Painted
from widgets.rows import SortKey
from widgets.tight_strip import TightStrip, tight

HEADER = 1
_MANY = 24  # differing lines above which one refresh of all is cheaper than their spans


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


RowT = TypeVar("RowT", bound=Keyed)
DrawnT = TypeVar("DrawnT", bound=Keyed, contravariant=True)


class LineDrawing(Protocol[DrawnT]):
    """Draws the header and the rows of one kind of list. All in cells; lines may be shorter than the list."""

    def fit(self, rows: Sequence[DrawnT], width: int) -> bool:
        """Lay the columns out; True if that changed how rows are drawn."""

    def holds(self, row: DrawnT) -> bool:
        """Whether the present layout has room for this row."""

    def lines(self, row: DrawnT) -> int: ...

    def header(self, sort: tuple[SortKey, ...], paint: Paint) -> list[Segment]: ...

    def row(self, row: DrawnT, paint: Paint, gutter: str) -> list[list[Segment]]:
        """The row's lines; the first begins with the one cell of ``gutter``, which tells cursor and mark."""

    def column_at(self, x: int) -> str | None:
        """The key of the column at cell ``x`` that can be sorted by."""


class LineList(Painted, ScrollView, Generic[RowT], can_focus=True):
    """A scrolling list.

    Posts ``Selected`` when the cursor comes to another key, ``Opened`` on enter or a double click, ``SortRequested`` on
    a click in the header (``additive`` with ctrl or shift: one more sort key) and ``Marked`` when marks change.
    """

    ALLOW_SELECT = False  # a double click opens; rows are copied by the screen's own key

    DEFAULT_CSS = """
    LineList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="list.page_up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="list.page_down"),
        Binding("home", "first", "First", show=False, id="list.first"),
        Binding("end,G", "last", "Last", show=False, id="list.last"),
        Binding("enter", "open", "Open", show=False, id="list.open"),
        Binding("space", "mark", "Mark", show=False, id="list.mark"),
    ]

    class Said(Message):
        """What all messages of a list carry: which list says it."""

        def __init__(self, control: "LineList[Any]") -> None:
            super().__init__()
            self.list = control

        @property
        def control(self) -> "LineList[Any]":
            return self.list

    class Selected(Said):
        """The cursor stands on another row; ``key`` is ``None`` when there are none."""

        def __init__(self, control: "LineList[Any]", key: str | None) -> None:
            super().__init__(control)
            self.key = key

    class Opened(Said):
        def __init__(self, control: "LineList[Any]", key: str) -> None:
            super().__init__(control)
            self.key = key

    class SortRequested(Said):
        def __init__(self, control: "LineList[Any]", column: str, additive: bool) -> None:
            super().__init__(control)
            self.column = column
            self.additive = additive

    class Marked(Said):
        def __init__(self, control: "LineList[Any]", keys: frozenset[str]) -> None:
            super().__init__(control)
            self.keys = keys

    def __init__(self, drawing: LineDrawing[RowT], **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self.drawing = drawing
        self._rows: list[RowT] = []
        self._starts: list[int] = [0]  # the first line of each row, and last how many lines there are
        self._cursor = 0
        self._cursor_key: str | None = None
        self._marks: set[str] = set()
        self._sort: tuple[SortKey, ...] = ()
        self._drawn: dict[str, tuple[RowT, str, list[Strip]]] = {}
        self._header: Strip | None = None
        self._shown: dict[int, Strip] = {}  # what was last painted, by line of the view
        self._tight: dict[int, tuple[Strip, TightStrip]] = {}
        self._width = 0

    # -- rows ------------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> Sequence[RowT]:
        return self._rows

    def index_of(self, key: str) -> int | None:
        return next((place for place, row in enumerate(self._rows) if row.key == key), None)

    def set_rows(self, rows: Iterable[RowT]) -> None:
        """Show these rows in this order; keys must be unique. Only cells that differ are painted."""
        self._rows = list(rows)
        self._starts = list(accumulate(map(self.drawing.lines, self._rows), initial=0))
        self._keep_cursor()
        self._lay_out()

    def set_row(self, index: int, row: RowT) -> None:
        """Replace one row; paints at most its lines."""
        old = self._rows[index]
        if old.key != row.key or self.drawing.lines(old) != self.drawing.lines(row) or not self.drawing.holds(row):
            self.set_rows([*self._rows[:index], row, *self._rows[index + 1 :]])
            return
        self._rows[index] = row
        self._sync_row(index)

    def set_sort(self, keys: tuple[SortKey, ...]) -> None:
        """The order marks in the header; the rows themselves come sorted."""
        if keys != self._sort:
            self._sort = keys
            self._header = None
            self._sync(range(HEADER))

    def _keep_cursor(self) -> None:
        place = None if self._cursor_key is None else self.index_of(self._cursor_key)
        self._cursor = max(0, min(self._cursor, len(self._rows) - 1)) if place is None else place
        self._note_cursor()

    def _note_cursor(self) -> None:
        key = self._rows[self._cursor].key if self._rows else None
        if key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Selected(self, key))

    # -- cursor and marks ------------------------------------------------------------------------------------------

    @property
    def cursor_key(self) -> str | None:
        return self._cursor_key

    @cursor_key.setter
    def cursor_key(self, key: str) -> None:
        """Put the cursor on a row; a key that isn't shown is ignored."""
        place = self.index_of(key)
        if place is not None:
            self.move_to(place)

    @property
    def cursor_index(self) -> int:
        return self._cursor

    @property
    def cursor_row(self) -> RowT | None:
        return self._rows[self._cursor] if self._rows else None

    @property
    def marked_keys(self) -> frozenset[str]:
        """The marked rows among those shown."""
        return frozenset(row.key for row in self._rows if row.key in self._marks) if self._marks else frozenset()

    def clear_marks(self) -> None:
        self._marks.clear()
        self._sync()
        self.post_message(self.Marked(self, frozenset()))

    def move_to(self, index: int) -> None:
        if not self._rows:
            return
        before, self._cursor = self._cursor, max(0, min(index, len(self._rows) - 1))
        self._note_cursor()
        if not self._scroll_to_cursor():
            self._sync_row(before)
            self._sync_row(self._cursor)

    def _scroll_to_cursor(self) -> bool:
        """True if the view moved (and so is painted whole)."""
        first, last = self._starts[self._cursor], self._starts[self._cursor + 1]
        view = self._view_lines()
        top = round(self.scroll_y)
        wanted = first if first < top else last - view if last > top + view else top
        if view <= 0 or wanted == top:
            return False
        self.scroll_to(y=wanted, animate=False, immediate=True, force=True)
        return True

    def action_move(self, step: int) -> None:
        self.move_to(self._cursor + step)

    def action_page(self, step: int) -> None:
        line = self._starts[self._cursor] + step * max(1, self._view_lines() - 1)
        self.move_to(bisect_right(self._starts, max(0, line)) - 1)

    def action_first(self) -> None:
        self.move_to(0)

    def action_last(self) -> None:
        self.move_to(len(self._rows) - 1)

    def action_open(self) -> None:
        if self._cursor_key is not None:
            self.post_message(self.Opened(self, self._cursor_key))

    def action_mark(self) -> None:
        if self._cursor_key is None:
            return
        self._marks ^= {self._cursor_key}
        self._sync_row(self._cursor)
        self.post_message(self.Marked(self, self.marked_keys))
        self.move_to(self._cursor + 1)

    def on_click(self, event: events.Click) -> None:
        if event.y < HEADER:
            column = self.drawing.column_at(event.x)
            if column is not None:
                self.post_message(self.SortRequested(self, column, event.ctrl or event.shift))
            return
        line = round(self.scroll_y) + event.y - HEADER
        if line < self._starts[-1]:
            self.move_to(bisect_right(self._starts, line) - 1)
            if event.chain == 2:
                self.action_open()

    # -- painting --------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._lay_out()
        if self._rows:
            self._scroll_to_cursor()

    def repainted(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._drawn.clear()
        self._shown.clear()
        self._tight.clear()
        self._header = None

    def _view_lines(self) -> int:
        return self.scrollable_size.height - HEADER

    def _lay_out(self) -> None:
        width = self.scrollable_size.width
        if width <= 0:
            return
        self._width = width
        size = Size(width, self._starts[-1] + HEADER)
        if self.drawing.fit(self._rows, width) or size != self.virtual_size:
            self._forget()
            self.virtual_size = size
            self.refresh()
            return
        if len(self._drawn) > 4 * self.size.height:
            self._drawn.clear()
        self._sync()

    def render_lines(self, crop: Region) -> list[Strip]:
        strips: list[Strip] = []
        for y, strip in zip(crop.line_range, super().render_lines(crop), strict=False):
            cached = self._tight.get(y)
            if cached is None or cached[0] is not strip:
                cached = self._tight[y] = (strip, tight(strip))
            strips.append(cached[1])
        return strips

    def render_line(self, y: int) -> Strip:
        strip = self._shown[y] = self._line(y)
        return strip

    def _line(self, y: int) -> Strip:
        if y < HEADER:
            if self._header is None:
                self._header = Strip(self.drawing.header(self._sort, self.paint))
            return self._header
        line = round(self.scroll_y) + y - HEADER
        if line >= self._starts[-1]:
            return Strip.blank(self._width, self.paint.base)
        index = bisect_right(self._starts, line) - 1
        return self._strips(index)[line - self._starts[index]]

    def _strips(self, index: int) -> list[Strip]:
        row = self._rows[index]
        gutter = self._gutter(index, row.key)
        cached = self._drawn.get(row.key)
        if cached is not None and cached[1] == gutter and (cached[0] is row or cached[0] == row):
            return cached[2]
        paint = self.cursor_paint if index == self._cursor else self.paint
        strips = [
            Strip(segments).adjust_cell_length(self._width, paint.base)
            for segments in self.drawing.row(row, paint, gutter)
        ]
        self._drawn[row.key] = (row, gutter, strips)
        return strips

    def _gutter(self, index: int, key: str) -> str:
        marked = key in self._marks
        if index == self._cursor:
            return "◆" if marked else "▌"
        return "✓" if marked else " "

    def _sync_row(self, index: int) -> None:
        top = round(self.scroll_y)
        first, last = self._starts[index] - top, self._starts[index + 1] - top
        self._sync(range(max(0, first) + HEADER, min(last, self._view_lines()) + HEADER))

    def _sync(self, lines: range | None = None) -> None:
        """Paint those lines of the view (all, if not told) that differ from what stands there."""
        if not self._shown:
            self.refresh()  # nothing is painted yet
            return
        differing: list[tuple[int, Strip, Strip]] = []
        for y in range(self.scrollable_size.height) if lines is None else lines:
            was, now = self._shown.get(y), self._line(y)
            if was is None:
                self.refresh(Region(0, y, self._width, 1))
            elif was is not now:
                differing.append((y, was, now))
        if len(differing) > _MANY:
            self.refresh(self.size.region)
            return
        for y, was_strip, now_strip in differing:
            if width := changed_width(was_strip, now_strip):
                self.refresh(Region(0, y, width, 1))
