"""``?``: all keys that work on the screen behind it, and the commands of the ``:`` line."""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from widgets.help_panel import HelpPanel
from widgets.rows import HelpSection

_CLOSING = ("escape", "q", "question_mark", "enter")


class HelpScreen(ModalScreen[None]):
    """Any of esc, q, ? or enter leaves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(key, "dismiss", "Close", show=False) for key in _CLOSING]
    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen > HelpPanel { width: 96%; max-width: 150; height: 90%; background: $surface; border: round $primary;
      border-title-color: $text-primary; border-subtitle-color: $text-muted; }
    """

    def __init__(self, title: str, sections: tuple[HelpSection, ...]) -> None:
        super().__init__()
        self._panel = HelpPanel(sections)
        self._panel.border_title = f" {title} "
        self._panel.border_subtitle = " esc closes "

    def compose(self) -> ComposeResult:
        yield self._panel

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss()
