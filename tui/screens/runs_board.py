"""One finished run on its board, two of them on one, and a plan looked back upon."""

from tui.bench.results.reader import Run
from tui.present.bench import BoardView, board, picture_of_run
from tui.present.bench_compare import compared
from tui.screens.bench_charts_screen import ChartsScreen
from tui.screens.bench_export import export_run
from tui.screens.scale_test_live import ScaleViewScreen


class RunScreen(ChartsScreen):
    """Opened by enter on a run."""

    NAME = "Runs"

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run

    def title_text(self) -> str:
        return f"run {self._run.name}"

    def board_view(self) -> BoardView:
        return board(picture_of_run(self._run), self.view, public=self.deck.presenting)

    def do_charts_export(self) -> None:
        self.notify(export_run(self._run, self.deck.wall_seconds()), timeout=6)


class CompareScreen(ChartsScreen):
    """Two runs, A the older. Seconds of different runs can't be compared: users only."""

    NAME = "Runs"

    def __init__(self, first: Run, second: Run) -> None:
        super().__init__()
        self._runs = (first, second)

    def title_text(self) -> str:
        return "compare two runs"

    def board_view(self) -> BoardView:
        return compared(*self._runs, public=self.deck.presenting)

    def do_charts_view(self) -> None:
        self.notify("Two runs are compared by users only", timeout=3)


class PlanScreen(ScaleViewScreen):
    """Opened by enter on a scale plan: its map, curves and cursor."""

    NAME = "Runs"
