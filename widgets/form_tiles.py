"""A choice of a few, all in sight: one line of tiles, left and right go from one to the next."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.drawn import Drawn, Line, Piece
from widgets.rows import Tone


class Tiles(Drawn, can_focus=True):
    """``options`` are (value, label). Posts ``Changed`` when a user chooses; setting ``value`` posts it too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Choice before", show=False, id="tiles.previous"),
        Binding("right,space", "step(1)", "Next choice", show=False, id="tiles.next"),
        Binding("enter", "app.focus_next", "Next field", show=False),
    ]

    class Changed(Message):
        def __init__(self, control: "Tiles", value: str) -> None:
            super().__init__()
            self.tiles = control
            self.value = value

        @property
        def control(self) -> "Tiles":
            return self.tiles

    def __init__(self, options: Sequence[tuple[str, str]], value: str, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._options = tuple(options)
        self._value = value

    @property
    def value(self) -> str:
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value and value in {known for known, _ in self._options}:
            self._value = value
            self.redraw()
            self.post_message(self.Changed(self, value))

    def action_step(self, step: int) -> None:
        values = [value for value, _ in self._options]
        self.value = values[(values.index(self._value) + step) % len(values)]

    def on_click(self, event: events.Click) -> None:
        if value := self.action_at(event.x, event.y):
            self.value = value.removeprefix("=")

    def on_focus(self) -> None:
        self.redraw()

    def on_blur(self) -> None:
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        paint = self.cursor_paint if self.has_focus else self.paint
        tones = paint.tones
        pieces = []
        for value, label in self._options:
            chosen = value == self._value
            tone = Tone.DIM if self.disabled else Tone.STRONG if chosen else Tone.NORMAL if self.has_focus else Tone.DIM
            # An action of its own for "", which means "none" to ``action_at``.
            pieces.append(Piece(f"{'●' if chosen else '○'} {label}", tones[tone], f"={value}"))
            pieces.append(Piece("  ", paint.base))
        return [pieces[:-1]]
