"""A log that grows: follows its end until the reader scrolls up, keeps so many lines and no more."""

from collections.abc import Iterable
from typing import ClassVar, Unpack

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from widgets.highlight import log
from widgets.line_view import LineView, clean
from widgets.options import WidgetOptions


class LogView(LineView):
    """``append`` lines as they come. ``f`` follows again; posts ``Following`` when that changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", show=False, id="log.follow"),
    ]

    class Following(Message):
        def __init__(self, control: "LogView", on: bool) -> None:
            super().__init__()
            self.view = control
            self.on = on

        @property
        def control(self) -> "LogView":
            return self.view

    def __init__(self, max_lines: int = 10_000, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._max_lines = max_lines
        self._dropped = 0
        self._follow = True
        self._highlighter = log

    @property
    def following(self) -> bool:
        return self._follow

    @property
    def dropped(self) -> int:
        """How many of the oldest lines are no longer kept."""
        return self._dropped

    def append(self, lines: Iterable[str]) -> None:
        new = [clean(line) for line in lines]
        if not new:
            return
        self._lines += new
        surplus = len(self._lines) - self._max_lines
        if surplus > 0:
            self._drop(surplus)
        self._grow(new)
        if self._follow:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)
        self.refresh()

    def clear(self) -> None:
        self._lines.clear()
        self._dropped = 0
        self.measure()
        self.refresh()

    def resized(self) -> None:
        if self._follow:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)

    def action_follow(self) -> None:
        self._set_follow(not self._follow)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if new_value < old_value and self._follow and new_value < self.max_scroll_y:
            self._set_follow(False)

    def action_scroll_end(self) -> None:
        self._set_follow(True)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._set_follow(False)

    def _set_follow(self, on: bool) -> None:
        if on:
            self.scroll_end(animate=False, immediate=True, x_axis=False, force=True)
        if on != self._follow:
            self._follow = on
            self.post_message(self.Following(self, on))

    def _drop(self, count: int) -> None:
        view_lines = self._view_line(count)
        del self._lines[:count]
        self._dropped += count
        self._found -= count
        if not self._follow:
            # What the reader looks at stays where it is while older lines go.
            self.scroll_to(y=max(0.0, self.scroll_y - view_lines), animate=False, immediate=True)

    def _grow(self, new: list[str]) -> None:
        if self._wrap:
            self.measure()
            return
        self._width = max(self._width, *(cell_len(line) for line in new))
        self.virtual_size = Size(self._width, len(self._lines))
