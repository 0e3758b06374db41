"""The board of a scale test: figures, map, charts, table. It draws a ``ScaleView`` and knows no plan."""

from collections.abc import Sequence
from dataclasses import replace

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical

from tui.present.scale_test import ScaleView
from tui.screens.big_figures import BigFigures
from tui.screens.lines import Lines
from widgets.gpu_layout import GUTTER, MARGIN
from widgets.legend import Legend
from widgets.line_rows import HEADER, LineRows
from widgets.map_drawing import MapDrawing
from widgets.paint import Paint
from widgets.plot import Chart
from widgets.rows import NodeRow
from widgets.table import LiveTable

ALL_FROM = (150, 40)  # cells and lines: room for everything at once
PARTS = ("users", "output", "ttft", "time", "table")
_NAME_MOST = 12
_BAR_MOST = 16
_HIGH_MOST = 3


class FrameDrawing(MapDrawing):
    """Nothing but bars: what a frame knows. Rows are ``high`` lines."""

    high = 1

    def lines(self, row: NodeRow) -> int:
        return self.high

    def row(self, row: NodeRow, paint: Paint, gutter: str) -> list[list[Segment]]:
        first = super().row(row, paint, gutter)
        return first + super().row(replace(row, name=""), paint, gutter) * (self.high - 1)

    def fit(self, rows: Sequence[NodeRow], width: int) -> bool:
        changed = super().fit(rows, width)
        if changed:
            _, gpus, names = self._asked
            name = min(names, _NAME_MOST) + 3
            room = max(gpus, width - GUTTER - MARGIN - name)
            each = min(room // gpus, _BAR_MOST)
            self.layout = replace(
                self.layout, name=name, before=(), after=(), gpu=each, bar=max(1, each - 1) if each > 1 else 1,
                figure=0, spark=0, meter=0, fill=room - each * gpus,
            )  # fmt: skip
        return changed


class FrameMap(LineRows[NodeRow]):
    """The map of a frame. It takes no keys: they move along the time."""

    def __init__(self) -> None:
        super().__init__(FrameDrawing(), id="map")

    @property
    def lines(self) -> int:
        return max(1, self.size.height - HEADER)

    def show(self, rows: Sequence[NodeRow]) -> None:
        """As high as there is room for all of them."""
        drawn = self.drawing
        high = max(1, min(_HIGH_MOST, self.lines // max(1, len(rows))))
        if isinstance(drawn, FrameDrawing) and drawn.high != high:
            drawn.high = high
            self.repainted()
        self.set_rows(rows)


class ScaleBoard(Vertical):
    """``show`` a view as often as there is a new one."""

    DEFAULT_CSS = """
    ScaleBoard { height: 1fr; }
    ScaleBoard #head { background: $surface; }
    ScaleBoard #middle { height: 1fr; min-height: 8; }
    ScaleBoard #left { width: 34%; min-width: 30; }
    ScaleBoard FrameMap { height: 1fr; }
    ScaleBoard #charts { width: 1fr; height: 1fr; grid-size: 1 1; }
    ScaleBoard Chart { width: 1fr; height: 1fr; }
    ScaleBoard #cells { height: 1fr; display: none; }
    ScaleBoard #foot { max-height: 3; }
    ScaleBoard.-all #foot { max-height: 6; }
    ScaleBoard.-all #charts { grid-size: 2 2; }
    ScaleBoard.-all #cells { height: 24%; min-height: 6; display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._part = 0

    def compose(self) -> ComposeResult:
        yield BigFigures()
        yield Lines(id="head")
        with Horizontal(id="middle"):
            with Vertical(id="left"):
                yield FrameMap()
                yield Legend()
            with Grid(id="charts"):
                for name in PARTS[:-1]:
                    yield Chart(id=name)
        table = LiveTable(id="cells")
        table.can_focus = False
        yield table
        yield Lines(id="foot")

    @property
    def map_lines(self) -> int:
        return self.query_one(FrameMap).lines

    def show(self, view: ScaleView) -> None:
        """Only what differs from what is shown is drawn."""
        self.query_one("#head", Lines).set_lines(view.head)
        self.query_one(BigFigures).set_figures(view.figures)
        self.query_one(FrameMap).show(view.map)
        self.query_one(Legend).set_items(view.legend)
        for name, chart in zip(PARTS, view.charts, strict=False):
            self.query_one(f"#{name}", Chart).set_view(chart)
        table = self.query_one(LiveTable)
        table.set_columns(view.columns)
        table.set_rows(view.rows)
        if view.current is not None:
            table.cursor_key = view.current
        self.query_one("#foot", Lines).set_lines(view.foot)

    def next_part(self) -> None:
        """Another chart; where all fit: one of them large, then all again."""
        self._part = (self._part + 1) % len(PARTS)
        self._place()

    def on_resize(self) -> None:
        self._place()

    def _place(self) -> None:
        """Everything where there is room; else the map beside one part. The table has the whole width."""
        roomy = self.app.size.width >= ALL_FROM[0] and self.app.size.height >= ALL_FROM[1]
        everything = roomy and self._part == 0
        self.set_class(everything, "-all")
        shown = PARTS[self._part - 1 if roomy else self._part]
        for name in PARTS[:-1]:
            self.query_one(f"#{name}").display = everything or name == shown
        alone = not everything and shown == PARTS[-1]
        self.query_one("#middle").display = not alone
        self.query_one("#cells").styles.display = "block" if alone else None
