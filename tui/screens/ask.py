"""One question with yes and no; no is what stands ready."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static


class AskScreen(ModalScreen[bool]):
    """Ends with the answer. ``y`` and ``n`` answer too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)", "No", show=False),
        Binding("y", "dismiss(True)", "Yes", show=False),
        Binding("left,right", "app.focus_next", "Other", show=False),
    ]
    DEFAULT_CSS = """
    AskScreen { align: center middle; background: $background 60%; }
    AskScreen > Vertical { width: 80%; max-width: 76; height: auto; padding: 0 1; background: $surface;
        border: round $warning; border-title-color: $text-warning; }
    AskScreen Horizontal { height: 1; margin: 1 0 0 0; }
    AskScreen Button { margin: 0 2 0 0; }
    """

    def __init__(self, title: str, question: str) -> None:
        super().__init__()
        self._title = title
        self._question = question

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = f" {self._title} "
            yield Static(self._question, markup=False)
            with Horizontal():
                yield Button("no  n", id="no", compact=True)
                yield Button("yes  y", id="yes", compact=True)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")
