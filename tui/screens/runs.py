"""Runs: what was measured before and lies on disk. One is opened, two marked ones are compared."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.bench.results.reader import Run, list_runs
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.plans.folder import HEAD_FILE
from tui.present import bench_runs as present
from tui.present.filter import FieldValue, Subject
from tui.screens.bench import runs_folder
from tui.screens.bench_export import export_run
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from tui.screens.runs_board import CompareScreen, RunScreen
from tui.screens.size import SizeScreen
from widgets.rows import LIVE, PanelPhase, PanelState, Row, SortKey
from widgets.state_panel import StatePanel
from widgets.table import LiveTable


class RunsScreen(ListScreen[Run]):
    """Screen 6. Reads the folder on a thread: when it is shown, and on refresh."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.RUNS)
    SCOPES = (*ListScreen.SCOPES, Scope.RUNS)
    NAME = "Runs"
    KIND = "points"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS
    SORT = (SortKey("started", descending=True),)

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._runs: tuple[Run, ...] | None = None
        self._plans: tuple[Path, ...] = ()
        self._problem = ""

    def body(self) -> Iterable[Widget]:
        yield StatePanel(LiveTable(present.COLUMNS))

    @property
    def folder(self) -> Path:
        return self._folder or runs_folder()

    def begin(self) -> None:
        self._read()

    def on_screen_resume(self) -> None:
        self._read()

    def do_app_refresh(self) -> None:
        self._read()

    def _read(self) -> None:
        self.run_worker(self._list, thread=True, exclusive=True, group="runs", exit_on_error=False)

    def _list(self) -> None:
        folder, problem = self.folder, ""
        refused: list[str] = []
        try:
            runs = tuple(list_runs(folder, refused)) if folder.is_dir() else ()
        except OSError as error:
            runs, problem = (), f"{folder}: {error.strerror}"
        plans = tuple(sorted(found.parent for found in folder.glob(f"*/{HEAD_FILE}")))
        self.app.call_from_thread(self._listed, runs, plans, problem, tuple(refused))

    def _listed(self, runs: tuple[Run, ...], plans: tuple[Path, ...], problem: str, refused: tuple[str, ...]) -> None:
        self._runs, self._plans, self._problem = runs, plans, problem
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            self.notify(f"{refused[0]}{more}", severity="warning", timeout=6)
        self.redraw()

    def _panel_state(self, snapshot: Snapshot, panel: StatePanel) -> PanelState:
        """A disk needs no cluster."""
        return self.state(snapshot)

    def state(self, snapshot: Snapshot) -> PanelState:
        if self._problem:
            return PanelState(PanelPhase.FAILED, "the runs can't be read", remedy=self._problem)
        if self._runs is None:
            return PanelState(PanelPhase.LOADING, "reading the runs")
        if not self._runs:
            where = "" if self.deck.presenting else f" in {self.folder}"
            return PanelState(PanelPhase.EMPTY, f"no run lies{where}", remedy="5 starts one")
        return LIVE

    # -- rows ------------------------------------------------------------------------------------------------------

    def items(self, snapshot: Snapshot) -> Iterable[Run]:
        return self._runs or ()

    def key_of(self, item: Run) -> str:
        return str(item.path)

    def value(self, item: Run, column: str) -> FieldValue:
        return present.field(item, column)

    def subject(self, item: Run) -> Subject:
        return present.subject(item)

    def rows(self, items: Sequence[Run], diff: SnapshotDiff | None) -> list[Row]:
        return [present.run_row(run) for run in items]

    def narrowed(self, snapshot: Snapshot, items: Sequence[Run]) -> Snapshot:
        """Runs are no part of a snapshot; they are exported by their own document."""
        return snapshot

    # -- what can be done with a run -------------------------------------------------------------------------------

    def do_list_open(self) -> None:
        if run := self.current():
            self.app.push_screen(RunScreen(run))

    def do_runs_compare(self) -> None:
        marked = self.marked() if self.table.marked_keys else []
        if len(marked) == 2:
            self.app.push_screen(CompareScreen(*marked))
        else:
            self.notify("Mark two runs with space, then compare them", timeout=4)

    def do_runs_size(self) -> None:
        marked = [run.path for run in self.marked()] if self.table.marked_keys else []
        self.app.push_screen(SizeScreen(marked, [*self._plans, *(run.path for run in self.shown)]))

    def do_list_export(self) -> None:
        if run := self.current():
            self.notify(export_run(run, self.deck.wall_seconds()), timeout=6)

    def do_list_copy(self) -> None:
        if items := self.marked():
            self.copy("\n".join(str(run.path) for run in items), "where the run lies")
