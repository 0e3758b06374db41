"""How lists are drawn on the big screen: each row over several lines, with fewer figures and longer bars."""

from collections.abc import Sequence
from dataclasses import replace

from rich.segment import Segment

from widgets.gpu_layout import GIVEN, UTILIZATION, MapLayout
from widgets.map_drawing import MapDrawing
from widgets.paint import Paint
from widgets.rows import NodeRow, Row
from widgets.table_drawing import TableDrawing

MOST_LINES = 3
_FIGURE = 5  # cells beside a bar: " 71%" and the place of the "!"


def lines_each(rows: int, room: int) -> int:
    """Lines for each of ``rows`` so that all of them are seen at once, if that can be."""
    return max(1, min(MOST_LINES, room // max(1, rows)))


class RoomyMapDrawing(MapDrawing):
    """Rows of ``high`` lines: bars, and from two lines on a blank one between them.

    ``bars_first`` drops all figures but what is given and what it does.
    """

    def __init__(self, high: int, *, bars_first: bool) -> None:
        super().__init__()
        self.high = high
        self.bars_first = bars_first

    def lines(self, row: NodeRow) -> int:
        return self.high

    def fit(self, rows: Sequence[NodeRow], width: int) -> bool:
        changed = super().fit(rows, width)
        if changed and self.bars_first:
            self.layout = _bars_first(self.layout)
        return changed

    def row(self, row: NodeRow, paint: Paint, gutter: str) -> list[list[Segment]]:
        lines = super().row(row, paint, gutter)
        if self.high >= MOST_LINES and not row.note:
            lines += self._bars_again(row, paint) * (self.high - 2)
        return [*lines, *[[Segment(" ", paint.base)]] * (self.high - len(lines))]

    def _bars_again(self, row: NodeRow, paint: Paint) -> list[list[Segment]]:
        layout = self.layout
        beside = layout.figure + layout.spark + layout.meter
        self.layout = replace(layout, figure=beside, spark=0, meter=0)
        lines = super().row(_bars_only(row), paint, " ")
        self.layout = layout
        return lines


class RoomyTableDrawing(TableDrawing):
    """A blank line under each row."""

    def lines(self, row: Row) -> int:
        return super().lines(row) + 1

    def row(self, row: Row, paint: Paint, gutter: str) -> list[list[Segment]]:
        return [*super().row(row, paint, gutter), [Segment(" ", paint.base)]]


def _bars_first(layout: MapLayout) -> MapLayout:
    """Only what is given and what it does beside the bars, which take all other cells."""
    dropped = [column for column in (*layout.before, *layout.after) if column not in (GIVEN, UTILIZATION)]
    room = layout.gpus_width + layout.fill + sum(column.width for column in dropped)
    each = max(1, room // layout.gpus)
    figure = _FIGURE if each > _FIGURE + 4 else 0
    gap = 1 if each > 2 else 0
    return replace(
        layout,
        before=(),
        after=(GIVEN, UTILIZATION),
        gpu=each,
        bar=each - figure - gap,
        figure=figure + gap if figure else 0,
        spark=0,
        meter=0,
        fill=room - each * layout.gpus,
    )


def _bars_only(row: NodeRow) -> NodeRow:
    cells = tuple(replace(cell, utilization_text="", alert=False) for cell in row.gpus)
    return replace(
        row, name="", state="", gpus=cells, given="", utilization="", memory="", pool="", temperature="", power=""
    )
