"""What every screen with a benchmark's board does: charts against users or time, one or two of them, export."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.bench import BoardView, View
from tui.screens.base import DeckScreen
from tui.screens.bench_board import Board
from tui.screens.keys import bindings


class ChartsScreen(DeckScreen):
    """Subclasses say what the board shows."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHARTS)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.CHARTS)

    def __init__(self) -> None:
        super().__init__()
        self.view: View = "users"

    @abstractmethod
    def board_view(self) -> BoardView:
        """What there is to show now."""

    def body(self) -> Iterable[Widget]:
        yield Board()

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        self.query_one(Board).show(self.board_view())

    def do_charts_next(self) -> None:
        self.query_one(Board).next_chart()

    def do_charts_view(self) -> None:
        """Against users, or against time."""
        self.view = "time" if self.view == "users" else "users"
        self.redraw()

    def do_app_back(self) -> None:
        self.app.pop_screen()
