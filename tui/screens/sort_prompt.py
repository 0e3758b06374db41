"""After ``s``: the letters of the columns, drawn at the bottom; one more key decides."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.rows import Column, SortKey


class SortPrompt(ModalScreen[tuple[str, bool] | None]):
    """Ends with (column, additive), or ``None``. Upper case adds the column as a further key."""

    DEFAULT_CSS = """
    SortPrompt { align: left bottom; background: transparent; }
    SortPrompt > Static { width: 1fr; height: auto; padding: 0 1; background: $panel; color: $text; }
    """

    def __init__(self, columns: Sequence[Column], sort: tuple[SortKey, ...]) -> None:
        super().__init__()
        self._letters = {column.sort_letter: column for column in columns if column.sort_letter}
        self._sort = {key.column: (place, key.descending) for place, key in enumerate(sort, 1)}

    def compose(self) -> ComposeResult:
        words = "   ".join(self._word(letter, column) for letter, column in self._letters.items())
        yield Static(f"sort by  {words}   upper case adds a key, esc leaves", markup=False)

    def _word(self, letter: str, column: Column) -> str:
        mark = ""
        if column.key in self._sort:
            place, descending = self._sort[column.key]
            mark = f"{'▼' if descending else '▲'}{place if len(self._sort) > 1 else ''}"
        return f"{letter} {column.title.lower() or column.key}{mark}"

    def on_key(self, event: events.Key) -> None:
        event.stop()
        character = event.character or ""
        column = self._letters.get(character.lower())
        self.dismiss(None if column is None else (column.key, character.isupper()))

    def on_click(self) -> None:
        self.dismiss(None)
