"""``K``: the contexts of the kubeconfig; enter goes to one. The cluster being watched is left first."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from tui.sources.kubernetes.kubeconfig import ContextInfo
from widgets.line_list import LineList
from widgets.rows import Cell, Column, Row, Tone
from widgets.table import LiveTable

_COLUMNS = (
    Column("current", " ", 1),
    Column("name", "CONTEXT", 24, flexible=True),
    Column("cluster", "CLUSTER", 16, priority=1),
    Column("user", "USER", 14, priority=2),
    Column("server", "SERVER", 32, priority=3),
)


class ContextScreen(ModalScreen[str | None]):
    """Ends with the name of the chosen context, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, "dismiss(None)", "Close", show=False) for key in ("escape", "q")
    ]
    DEFAULT_CSS = """
    ContextScreen { align: center middle; background: $background 60%; }
    ContextScreen > LiveTable { width: 90%; max-width: 130; height: auto; max-height: 80%; background: $surface;
      border: round $primary; border-title-color: $text-primary; }
    """

    def __init__(self, contexts: list[ContextInfo], active: str | None, source: Path | None) -> None:
        super().__init__()
        self._contexts = contexts
        self._active = active
        self._source = source

    def compose(self) -> ComposeResult:
        yield LiveTable(_COLUMNS)

    def on_mount(self) -> None:
        table = self.query_one(LiveTable)
        table.border_title = " contexts of " + (str(self._source) if self._source else "the kubeconfig") + " "
        table.styles.height = min(len(self._contexts) + 3, 20)
        table.set_rows(self._row(context) for context in self._contexts)
        if self._active:
            table.cursor_key = self._active
        table.focus()

    def _row(self, context: ContextInfo) -> Row:
        here = context.name == self._active or (self._active is None and context.is_current)
        cells = (context.name, context.cluster, context.user, context.server)
        return Row(context.name, (Cell("●" if here else " ", Tone.GOOD), *(Cell(text or "–") for text in cells)))

    @on(LineList.Opened)
    def _chosen(self, event: LineList.Opened) -> None:
        event.stop()
        self.dismiss(event.key)
