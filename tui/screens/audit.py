"""The table of what nimdeck changed, read from the audit log in a thread."""

from pathlib import Path

from tui.present.audit import COLUMNS, audit_row
from tui.sources.writing import AuditEntry, read_audit
from widgets.rows import Cell, Row, Tone
from widgets.table import LiveTable

MOST_LINES = 500


class AuditTable(LiveTable):
    """``show`` reads ``path`` and fills it; it never blocks the screen."""

    def __init__(self, id: str) -> None:  # noqa: A002
        super().__init__(COLUMNS, id=id)
        self._entries: tuple[AuditEntry, ...] = ()

    def show(self, path: Path) -> None:
        self.run_worker(lambda: self._read(path), thread=True, exclusive=True, group="audit", exit_on_error=False)

    def entry(self) -> AuditEntry | None:
        """That under the cursor."""
        key = self.cursor_key
        return self._entries[int(key)] if key is not None and key.isdigit() and self._entries else None

    def _read(self, path: Path) -> None:
        try:
            entries, trouble = read_audit(path, MOST_LINES), ""
        except OSError as error:
            entries, trouble = (), f"{path}: {error.strerror}"
        self.app.call_from_thread(self._fill, entries, trouble or f"nothing was changed yet; the log is {path}")

    def _fill(self, entries: tuple[AuditEntry, ...], otherwise: str) -> None:
        self._entries = entries
        empty = Row("none", (Cell(""), Cell(""), Cell(""), Cell(otherwise, Tone.DIM), Cell(""), Cell("")))
        self.set_rows([audit_row(number, one) for number, one in enumerate(entries)] if entries else [empty])
