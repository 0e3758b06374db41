"""A line to type in, with what there is to choose from: typing filters it, down and up go through it, enter takes."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from widgets.drawn import Drawn, Line, Piece
from widgets.glyphs import printable
from widgets.rows import Tone

_SHOWN = 6


class Option(NamedTuple):
    """``value`` is what is taken; ``note`` stands beside it and is searched too."""

    value: str
    note: str = ""


class Pick(Input):
    """Any text may stand in it. Posts ``Offered`` when what there is to choose from changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "choose(1)", "Next", show=False, id="pick.next"),
        Binding("up", "choose(-1)", "Before", show=False, id="pick.previous"),
    ]

    class Offered(Message):
        def __init__(self, control: "Pick", options: tuple[Option, ...], at: int) -> None:
            super().__init__()
            self.pick = control
            self.options = options
            self.at = at

        @property
        def control(self) -> "Pick":
            return self.pick

    def __init__(self, value: str, placeholder: str, id: str) -> None:  # noqa: A002
        super().__init__(value, placeholder=placeholder, id=id, compact=True)
        self._options: tuple[Option, ...] = ()
        self._at = -1  # of the matches; -1: none is chosen
        self._typed = False  # since it has the keys: a text that only stands there filters nothing

    def set_options(self, options: Sequence[Option]) -> None:
        if tuple(options) != self._options:
            self._options = tuple(options)
            if self.has_focus:
                self._offer()

    def matches(self) -> tuple[Option, ...]:
        """Those that hold all the words typed."""
        words = self.value.lower().split() if self._typed else []
        return tuple(one for one in self._options if all(word in f"{one.value} {one.note}".lower() for word in words))

    def on_focus(self) -> None:
        self._typed, self._at = False, -1
        self._offer()

    def on_blur(self) -> None:
        self.post_message(self.Offered(self, (), -1))

    def on_input_changed(self) -> None:
        if self.has_focus:
            self._typed, self._at = True, -1
            self._offer()

    def action_choose(self, step: int) -> None:
        found = self.matches()
        if found:
            self._at = (max(self._at, -1) + step) % len(found) if self._at >= 0 or step > 0 else len(found) - 1
            self._offer()

    async def action_submit(self) -> None:
        """Take what is chosen, or the only one that the typed words leave."""
        found = self.matches()
        taken = found[self._at] if 0 <= self._at < len(found) else None
        if taken is None and self._typed and len(found) == 1 and self.value.strip():
            taken = found[0]
        if taken is not None:
            self.value = taken.value
        await super().action_submit()

    def _offer(self) -> None:
        self.post_message(self.Offered(self, self.matches(), self._at))


class Matches(Drawn):
    """What a ``Pick`` offers, under its line."""

    DEFAULT_CSS = """
    Matches { height: auto; display: none; background: $panel; }
    """

    most = _SHOWN  # lines at once

    _options: tuple[Option, ...] = ()
    _at = -1

    def show(self, options: tuple[Option, ...], at: int) -> None:
        self._options, self._at = options, at
        self.display = bool(options)
        self.redraw(layout=True)

    def draw(self, width: int, height: int) -> list[Line]:
        first = min(max(0, self._at - self.most + 1), max(0, len(self._options) - self.most))
        shown = self._options[first : first + self.most]
        wide = min(max((len(one.value) for one in shown), default=0), max(8, width - 16))
        lines = [self._line(one, first + place == self._at, wide, width) for place, one in enumerate(shown)]
        more = len(self._options) - first - len(shown)
        if more:
            lines.append([Piece(f"  and {more} more: type to filter", self.paint.tones[Tone.DIM])])
        return lines

    def _line(self, one: Option, chosen: bool, wide: int, width: int) -> Line:
        paint = self.cursor_paint if chosen else self.paint
        value = printable(one.value)[:wide].ljust(wide)
        note = printable(one.note)[: max(0, width - wide - 4)]
        return [
            Piece("▸ " if chosen else "  ", paint.tones[Tone.ACCENT]),
            Piece(value, paint.base),
            Piece(f"  {note}".ljust(width - wide - 2), paint.tones[Tone.DIM]),
        ]
