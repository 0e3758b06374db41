"""``FlowList``: rows of text of which nothing is cut, with a cursor. For explanations in which some rows can be opened.

The cursor is only drawn while the list has the keys: it stands beside another list.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Unpack

from widgets.flow_drawing import FlowDrawing
from widgets.line_list import LineList
from widgets.options import WidgetOptions
from widgets.rows import FlowRow


class FlowList(LineList[FlowRow]):
    """See ``LineList`` for keys, messages and how rows are set. ``set_title`` says what stands in the header."""

    def __init__(self, title: str = "", margin: int = 10, **options: Unpack[WidgetOptions]) -> None:
        self._flow = FlowDrawing(title, margin)
        super().__init__(self._flow, **options)

    def set_title(self, title: str) -> None:
        if title != self._flow.title:
            self._flow.title = title
            self._header = None
            self._sync(range(1))

    def set_rows(self, rows: Iterable[FlowRow]) -> None:
        self._take_width()
        super().set_rows(rows)

    def on_resize(self) -> None:
        """Called before the base lays out the lines."""
        self._take_width()

    def _take_width(self) -> None:
        """Another width breaks the words elsewhere."""
        width = self.scrollable_size.width
        if width > 0 and self._flow.fit((), width):
            self._starts = list(accumulate(map(self._flow.lines, self._rows), initial=0))
            self._forget()
            self.refresh()

    def lit(self, index: int) -> bool:
        return self.has_focus and super().lit(index)

    def edge_glyph(self, index: int, key: str) -> str:
        return super().edge_glyph(index, key) if self.has_focus else " "

    def on_focus(self) -> None:
        self._forget()
        self.refresh()

    def on_blur(self) -> None:
        self._forget()
        self.refresh()
