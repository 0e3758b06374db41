"""The base of every list that ticks: rows under a header, with a cursor, marks, and a mouse that does as the keys do.

Cursor and marks are kept by key, so both survive a refresh, a filter and a new order. How rows are sorted is the
screen's affair: a list only asks for it.
"""

from bisect import bisect_right
from typing import Any, ClassVar, Unpack

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.line_drawing import LineDrawing
from widgets.line_rows import HEADER, LineRows, RowT
from widgets.options import WidgetOptions


class LineList(LineRows[RowT], can_focus=True):
    """A scrolling list.

    Posts ``Selected`` when the cursor comes to another key, ``Opened`` on enter or a double click, ``SortRequested`` on
    a click in the header (``additive`` with ctrl or shift: one more sort key) and ``Marked`` when marks change.
    """

    ALLOW_SELECT = False  # a double click opens; rows are copied by the screen's own key

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
        super().__init__(drawing, **options)
        self._cursor = 0
        self._cursor_key: str | None = None
        self._marks: set[str] = set()

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
        return frozenset(key for key in self._keys if key in self._marks) if self._marks else frozenset()

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

    # -- for the rows ----------------------------------------------------------------------------------------------

    def rows_replaced(self) -> None:
        place = None if self._cursor_key is None else self.index_of(self._cursor_key)
        self._cursor = max(0, min(self._cursor, len(self._rows) - 1)) if place is None else place
        self._note_cursor()

    def resized(self) -> None:
        if self._rows:
            self._scroll_to_cursor()

    def edge_glyph(self, index: int, key: str) -> str:
        marked = key in self._marks
        if index == self._cursor:
            return "◆" if marked else "▌"
        return "✓" if marked else " "

    def lit(self, index: int) -> bool:
        return index == self._cursor

    def _note_cursor(self) -> None:
        key = self._keys[self._cursor] if self._keys else None
        if key != self._cursor_key:
            self._cursor_key = key
            self.post_message(self.Selected(self, key))
