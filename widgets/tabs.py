"""The sections of a detail screen, switched by key or click. It switches nothing itself: it says what was asked for."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.drawn import Drawn, Line, Piece
from widgets.rows import Tab, Tone


class SectionTabs(Drawn, can_focus=True):
    """Shows ``Tab`` values; posts ``Switched`` whenever another one becomes active."""

    DEFAULT_CSS = """
    SectionTabs { height: 1; background: $panel; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Section before", show=False, id="tabs.previous"),
        Binding("right", "step(1)", "Next section", show=False, id="tabs.next"),
    ]

    class Switched(Message):
        def __init__(self, control: "SectionTabs", key: str) -> None:
            super().__init__()
            self.tabs = control
            self.key = key

        @property
        def control(self) -> "SectionTabs":
            return self.tabs

    _tabs: tuple[Tab, ...] = ()
    _active = ""

    @property
    def active(self) -> str:
        return self._active

    def set_tabs(self, tabs: tuple[Tab, ...]) -> None:
        """Show these; the active one stays if it is among them."""
        self._tabs = tabs
        if tabs and self._active not in {tab.key for tab in tabs}:
            self._active = tabs[0].key
        self.redraw()

    def activate(self, key: str) -> None:
        if key != self._active and key in {tab.key for tab in self._tabs}:
            self._active = key
            self.redraw()
            self.post_message(self.Switched(self, key))

    def action_step(self, step: int) -> None:
        keys = [tab.key for tab in self._tabs]
        if keys:
            self.activate(keys[(keys.index(self._active) + step) % len(keys)])

    def on_click(self, event: events.Click) -> None:
        self.activate(self.action_at(event.x, event.y))

    def draw(self, width: int, height: int) -> list[Line]:
        tones = self.paint.tones
        pieces = []
        for tab in self._tabs:
            active = tab.key == self._active
            look = tones[Tone.STRONG] + self.paint.found if active else tones[Tone.NORMAL]
            label = f" {tab.label} {tab.badge} " if tab.badge else f" {tab.label} "
            if tab.key and len(tab.key) == 1:
                pieces.append(Piece(f" {tab.key}", tones[Tone.ACCENT], tab.key))
            pieces.append(Piece(label, look, tab.key))
        return [pieces]
