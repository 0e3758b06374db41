"""Runs: what was measured before and lies on disk, runs and scale plans. One is opened, two marked are compared."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.bench.results.reader import Run, list_runs
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.plans.folder import RESTORE_FILE, list_plans, read_plan
from tui.plans.values import PlanRun
from tui.present import bench_runs as present
from tui.present.bench_runs import Entry
from tui.present.filter import FieldValue, Subject
from tui.screens.bench import runs_folder
from tui.screens.bench_export import export_run
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from tui.screens.runs_board import CompareScreen, PlanScreen, RunScreen
from tui.screens.size import SizeScreen
from widgets.rows import LIVE, PanelPhase, PanelState, Row, SortKey
from widgets.state_panel import StatePanel
from widgets.table import LiveTable


class RunsScreen(ListScreen[Entry]):
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
        self._entries: tuple[Entry, ...] | None = None
        self._problem = ""
        self._refused: tuple[str, ...] = ()  # what was said already

    def body(self) -> Iterable[Widget]:
        yield StatePanel(LiveTable(present.COLUMNS))

    @property
    def folder(self) -> Path:
        return self._folder or runs_folder()

    def on_screen_resume(self) -> None:
        self._read()

    def do_app_refresh(self) -> None:
        self._read()

    def _read(self) -> None:
        self.run_worker(self._list, thread=True, exclusive=True, group="runs", exit_on_error=False)

    def _list(self) -> None:
        """On a thread. Of plans all is read but their maps, which are nearly all there is of them."""
        folder, problem = self.folder, ""
        refused: list[str] = []
        entries: list[Entry] = []
        busy = self._under_way()
        try:
            if folder.is_dir():
                entries += [present.run_entry(run, under_way=run.path in busy) for run in list_runs(folder, refused)]
                entries += [_plan_entry(plan, busy) for plan in list_plans(folder, refused)]
        except OSError as error:
            entries, problem = [], f"{folder}: {error.strerror}"
        self.app.call_from_thread(self._listed, tuple(entries), problem, tuple(refused))

    def _under_way(self) -> frozenset[Path]:
        """Folders that this very app writes to."""
        run, plan = self.deck.bench, self.deck.scale_job
        running = [run.folder] if run is not None and run.running else []
        return frozenset(running + ([plan.job.folder] if plan is not None and plan.running else []))

    def _listed(self, entries: tuple[Entry, ...], problem: str, refused: tuple[str, ...]) -> None:
        self._entries, self._problem = entries, problem
        if refused and refused != self._refused:  # not each time that one comes back to the list
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            self.notify(f"{refused[0]}{more}", severity="warning", timeout=6)
        self._refused = refused
        self.redraw()

    def _panel_state(self, snapshot: Snapshot, panel: StatePanel) -> PanelState:
        """A disk needs no cluster."""
        return self.state(snapshot)

    def state(self, snapshot: Snapshot) -> PanelState:
        if self._problem:
            return PanelState(PanelPhase.FAILED, "the runs can't be read", remedy=self._problem)
        if self._entries is None:
            return PanelState(PanelPhase.LOADING, "reading the runs")
        if not self._entries:
            where = "" if self.deck.presenting else f" in {self.folder}"
            return PanelState(PanelPhase.EMPTY, f"no run lies{where}", remedy="5 starts one, 8 a scale plan")
        return LIVE

    # -- rows ------------------------------------------------------------------------------------------------------

    def items(self, snapshot: Snapshot) -> Iterable[Entry]:
        return self._entries or ()

    def key_of(self, item: Entry) -> str:
        return str(item.path)

    def value(self, item: Entry, column: str) -> FieldValue:
        return present.field(item, column)

    def subject(self, item: Entry) -> Subject:
        return present.subject(item)

    def rows(self, items: Sequence[Entry], diff: SnapshotDiff | None) -> list[Row]:
        return [present.entry_row(entry) for entry in items]

    def narrowed(self, snapshot: Snapshot, items: Sequence[Entry]) -> Snapshot:
        """Runs are no part of a snapshot; they are exported by their own document."""
        return snapshot

    # -- what can be done with a run or a plan ---------------------------------------------------------------------

    async def do_list_open(self) -> None:
        """What is under way here is shown on its own screen."""
        entry = self.current()
        if entry is None:
            return
        if entry.path in self._under_way():
            await self.deck.perform("screen.scale" if entry.kind == present.PLAN else "screen.bench")
        elif isinstance(entry.source, Run):
            self.app.push_screen(RunScreen(entry.source))
        else:
            path = entry.path
            self.run_worker(lambda: self._open(path), thread=True, exclusive=True, group="open", exit_on_error=False)

    def _open(self, path: Path) -> None:
        """On a thread: the map of a plan takes a while to read."""
        try:
            plan = read_plan(path)
        except ValueError as error:
            self.app.call_from_thread(self.notify, str(error), severity="warning", timeout=6)
            return
        self.app.call_from_thread(self.app.push_screen, PlanScreen(plan))

    def do_runs_compare(self) -> None:
        marked = self.marked() if self.table.marked_keys else []
        runs = [entry.source for entry in marked if isinstance(entry.source, Run)]
        if len(marked) != 2:
            self.notify("Mark two runs with space, then compare them", timeout=4)
        elif len(runs) == 2:
            self.app.push_screen(CompareScreen(*runs))
        else:
            self.notify(present.report_words(marked, None if self.deck.presenting else self.folder), timeout=12)

    def do_runs_size(self) -> None:
        marked = [entry.path for entry in self.marked()] if self.table.marked_keys else []
        plans_first = sorted(self.shown, key=lambda entry: entry.kind != present.PLAN)
        self.app.push_screen(SizeScreen(marked, [entry.path for entry in plans_first]))

    def do_list_export(self) -> None:
        """A run's points, or the report of a plan: on a thread, for that reads its folder."""
        entry = self.current()
        if entry is None:
            return
        if isinstance(entry.source, Run):
            self.notify(export_run(entry.source, self.deck.wall_seconds()), timeout=6)
        else:
            path = entry.path
            self.run_worker(lambda: self._report(path), thread=True, exclusive=True, group="report",
                            exit_on_error=False)  # fmt: skip

    def _report(self, path: Path) -> None:
        from tui.screens.scale_test_export import export_plan

        self.app.call_from_thread(self.notify, export_plan(path, self.deck.wall_seconds()), timeout=6)

    def do_list_copy(self) -> None:
        if items := self.marked():
            self.copy("\n".join(str(entry.path) for entry in items), "where the run lies")


def _plan_entry(plan: PlanRun, busy: frozenset[Path]) -> Entry:
    path = Path(plan.folder)
    return present.plan_entry(plan, under_way=path in busy, left_over=(path / RESTORE_FILE).exists())
