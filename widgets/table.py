"""``LiveTable``: a table that ticks. Columns drop out by priority where it is narrow; notes may stand under a row."""

from collections.abc import Sequence
from typing import Unpack

from widgets.line_list import LineList
from widgets.options import WidgetOptions
from widgets.rows import Column, Row
from widgets.table_drawing import TableDrawing


class LiveTable(LineList[Row]):
    """See ``LineList`` for keys, messages and how rows are set. Only rows that are seen are drawn."""

    def __init__(self, columns: Sequence[Column] = (), **options: Unpack[WidgetOptions]) -> None:
        self._table = TableDrawing(columns)
        super().__init__(self._table, **options)

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._table.columns

    def set_columns(self, columns: Sequence[Column]) -> None:
        """Other columns; the rows that follow must have a cell for each."""
        if tuple(columns) != self._table.columns:
            self._table.set_columns(columns)
            self.set_rows(self.rows)
