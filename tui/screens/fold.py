"""The fold of a form: a line that opens and closes what is seldom needed."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static


class FoldLine(Static, can_focus=True):
    """The line itself; enter, space or a click turns it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "turn", "Open or close", show=False)]

    class Turned(Message):
        """It was asked to open or to close."""

    def action_turn(self) -> None:
        self.post_message(self.Turned())

    def on_click(self) -> None:
        self.action_turn()


class Fold(Vertical):
    """``FoldLine`` with what it hides."""

    DEFAULT_CSS = """
    Fold { height: auto; }
    Fold FoldLine { height: 1; margin: 1 0 0 0; padding: 0 0 0 1; color: $text-muted; }
    Fold FoldLine:focus { background: $panel; color: $text; text-style: bold; }
    Fold #folded { height: auto; display: none; }
    Fold.-open #folded { display: block; }
    """

    def __init__(
        self,
        inside: Iterable[Widget],
        key: str,
        what: str = "start, goodput, keys, prompts, TLS, workers, resume",
    ) -> None:
        super().__init__(id="fold")
        self._inside = tuple(inside)
        self._key = key
        self._what = what
        self._changed = 0

    def compose(self) -> ComposeResult:
        yield FoldLine("", id="advanced", markup=False)
        yield Vertical(*self._inside, id="folded")

    def on_mount(self) -> None:
        self._word()

    @property
    def opened(self) -> bool:
        return self.has_class("-open")

    @on(FoldLine.Turned)
    def toggle(self) -> None:
        """Open it if it is closed, close it if it is open."""
        self.turn(opened=not self.opened)

    def turn(self, *, opened: bool) -> None:
        """Open or close it; what has the keys goes with it."""
        if opened == self.opened:
            return
        self.set_class(opened, "-open")
        self._word()
        self.query_one(FoldLine).focus(scroll_visible=not opened)
        if opened:  # the first of what has come into view has the top
            self.call_after_refresh(self._to_top)

    def count(self, changed: int) -> None:
        """How many of the fields inside do not stand as they come."""
        if changed != self._changed:
            self._changed = changed
            self._word()

    def _to_top(self) -> None:
        self.query_one(FoldLine).scroll_visible(top=True, animate=False)

    def _word(self) -> None:
        mark = "▾" if self.opened else "▸"
        what = "" if self.opened else f": {self._what}"
        changed = f"  {self._changed} changed" if self._changed else ""
        self.query_one(FoldLine).update(f"{mark} Advanced{what}  ({self._key}){changed}")
