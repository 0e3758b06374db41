"""Rows of lines under a header that stays: what is shown, what is remembered of it, and what has to be painted again.

It remembers what stands on the terminal and refreshes only lines that differ. It knows neither what a row holds (a
``LineDrawing`` draws it) nor of cursor and marks (see ``LineList``). It may have no border or padding of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar, Unpack

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.lazy_rows import LazyRows
from widgets.line_diff import changed_width
from widgets.line_drawing import Keyed, LineDrawing
from widgets.options import WidgetOptions
from widgets.paint import Painted
from widgets.rows import SortKey
from widgets.tight_strip import TightStrip, tight

HEADER = 1
_MANY = 24  # differing lines above which one refresh of all is cheaper than their spans

RowT = TypeVar("RowT", bound=Keyed)


class LineRows(Painted, ScrollView, Generic[RowT]):
    """Shows rows; ``edge_glyph`` and ``lit`` are for a subclass that has a cursor."""

    DEFAULT_CSS = """
    LineRows {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, drawing: LineDrawing[RowT], **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self.drawing = drawing
        self._rows: list[RowT] | LazyRows[RowT] = []
        self._keys: Sequence[str] = ()
        self._starts: Sequence[int] = [0]  # the first line of each row, and last how many lines there are
        self._sort: tuple[SortKey, ...] = ()
        self._drawn: dict[str, tuple[RowT, str, list[Strip]]] = {}
        self._header: Strip | None = None
        self._shown: dict[int, Strip] = {}  # what was last painted, by line of the view
        self._tight: dict[int, tuple[Strip, TightStrip]] = {}
        self._width = 0

    @property
    def rows(self) -> Sequence[RowT]:
        return self._rows

    def index_of(self, key: str) -> int | None:
        return self._keys.index(key) if key in self._keys else None

    def set_rows(self, rows: Iterable[RowT]) -> None:
        """Show these rows in this order; keys must be unique. Only cells that differ are painted.

        Of ``LazyRows`` only those in view are made.
        """
        if isinstance(rows, LazyRows):
            self._rows, self._keys = rows, rows.keys
            self._starts = self._lazy_starts(rows)
        else:
            self._rows = list(rows)
            self._keys = [row.key for row in self._rows]
            self._starts = list(accumulate(map(self.drawing.lines, self._rows), initial=0))
        self.rows_replaced()
        self._lay_out()

    def _lazy_starts(self, rows: LazyRows[RowT]) -> Sequence[int]:
        if not rows:
            return [0]
        each = self.drawing.lines(rows[0])
        if not rows.notes:
            return range(0, each * len(rows) + 1, each)
        each -= rows.notes[0]
        return list(accumulate((each + notes for notes in rows.notes), initial=0))

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

    # -- what a subclass adds --------------------------------------------------------------------------------------

    def rows_replaced(self) -> None:
        """Called with new rows in place, before they are painted."""

    def resized(self) -> None:
        """Called after rows were laid out for another size."""

    def edge_glyph(self, index: int, key: str) -> str:
        """The cell before a row."""
        return " "

    def lit(self, index: int) -> bool:
        """Whether the row is drawn on the cursor's ground."""
        return False

    # -- painting --------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._lay_out()
        self.resized()

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
        samples = self._rows.samples if isinstance(self._rows, LazyRows) else self._rows
        if self.drawing.fit(samples, width) or size != self.virtual_size:
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
        gutter = self.edge_glyph(index, row.key)
        cached = self._drawn.get(row.key)
        if cached is not None and cached[1] == gutter and (cached[0] is row or cached[0] == row):
            return cached[2]
        paint = self.cursor_paint if self.lit(index) else self.paint
        strips = [
            Strip(segments).adjust_cell_length(self._width, paint.base)
            for segments in self.drawing.row(row, paint, gutter)
        ]
        self._drawn[row.key] = (row, gutter, strips)
        return strips

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
