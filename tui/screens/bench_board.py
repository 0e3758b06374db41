"""The board of a benchmark: head, two charts, table, lines. It draws a ``BoardView`` and knows no run."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from tui.present.bench import BoardView
from tui.screens.lines import Lines
from widgets.plot import Chart
from widgets.table import LiveTable

BOTH_FROM_CELLS = 100
_NAMES = ("#ttft", "#output")


class Board(Vertical):
    """``show`` a view as often as there is a new one. Where it is narrow one chart is shown at a time."""

    DEFAULT_CSS = """
    Board { height: 1fr; }
    Board #head { background: $surface; }
    Board Horizontal { height: 1fr; min-height: 7; }
    Board Chart { width: 1fr; height: 1fr; }
    Board LiveTable { height: 26%; min-height: 5; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._chosen: int | None = None  # the one chart shown; None: both, where there is room

    def compose(self) -> ComposeResult:
        yield Lines(id="head")
        with Horizontal():
            yield Chart(id="ttft")
            yield Chart(id="output")
        yield LiveTable()
        yield Lines(id="foot")

    def show(self, view: BoardView) -> None:
        self.query_one("#head", Lines).set_lines(view.head)
        for name, chart in zip(_NAMES, view.charts, strict=True):
            self.query_one(name, Chart).set_view(chart)
        table = self.query_one(LiveTable)
        table.set_columns(view.columns)
        table.set_rows(view.rows)
        self.query_one("#foot", Lines).set_lines(view.foot)

    def next_chart(self) -> None:
        """The other chart; where both fit: the first, the second, both."""
        if self.size.width >= BOTH_FROM_CELLS:
            self._chosen = {None: 0, 0: 1, 1: None}[self._chosen]
        else:
            self._chosen = 1 - (self._chosen or 0)
        self._place()

    def on_resize(self) -> None:
        self._place()

    def _place(self) -> None:
        chosen = self._chosen
        if chosen is None and self.size.width < BOTH_FROM_CELLS:
            chosen = 0
        for place, name in enumerate(_NAMES):
            self.query_one(name).display = chosen in (None, place)
