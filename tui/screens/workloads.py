"""Workloads: a row each, inference first or whatever holds GPUs; trouble in words under the row."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.present import workloads as present
from tui.present.big_figures import big_figures
from tui.present.filter import FieldValue, Subject
from tui.present.header import panel_state
from tui.screens.big_figures import BigFigures
from tui.screens.changes import Changes
from tui.screens.inspect import describe_workload, open_logs, open_why, open_workload_yaml
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from tui.screens.roomy import RoomyTableDrawing
from tui.screens.workload_screen import WorkloadScreen
from widgets.lazy_rows import LazyRows
from widgets.rows import PanelState, Row, SortKey
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.table_drawing import TableDrawing


class WorkloadsScreen(Changes, ListScreen[Workload]):
    """Screen 2."""

    DEFAULT_CSS = """
    WorkloadsScreen.-presenter BigFigures { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WORKLOADS, Scope.WHY)
    SCOPES = (*ListScreen.SCOPES, Scope.WORKLOADS, Scope.WHY)
    NAME = "Workloads"
    KIND = "workloads"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS
    SORT = (SortKey("name"),)

    def body(self) -> Iterable[Widget]:
        yield BigFigures()
        yield StatePanel(LiveTable(present.COLUMNS))

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes",),
            rows=len(snapshot.workloads),
            empty="no workload holds or asks for a GPU",
        )

    def items(self, snapshot: Snapshot) -> Iterable[Workload]:
        project, namespaces = self.deck.project, self.deck.namespaces
        return (
            workload
            for workload in snapshot.workloads.values()
            if project in (None, workload.project) and (not namespaces or workload.key.namespace in namespaces)
        )

    def key_of(self, item: Workload) -> str:
        return present.row_key(item)

    def value(self, item: Workload, column: str) -> FieldValue:
        return present.field(item, column, self.deck.now())

    def subject(self, item: Workload) -> Subject:
        return present.subject(item, self.deck.now())

    def rows(self, items: Sequence[Workload], diff: SnapshotDiff | None) -> Sequence[Row]:
        """Those in view anew: the ages in them move, and the widget paints only what differs."""
        letters, now = self.deck.letters, self.deck.now()
        presenting = self.deck.presenting
        keys = [present.row_key(item) for item in items]
        if presenting:
            return LazyRows(keys, lambda at: present.public_row(items[at], letters, now), range(len(items))[:1])
        found = self.deck.waiting.notes
        causes = [found.get(item.key, "") for item in items]
        notes = [1 if present.note_of(item, cause) else 0 for item, cause in zip(items, causes, strict=True)]
        return LazyRows(
            keys, lambda at: present.workload_row(items[at], letters, now, causes[at]), range(len(items))[:1], notes
        )

    def narrowed(self, snapshot: Snapshot, items: Sequence[Workload]) -> Snapshot:
        return replace(snapshot, workloads={workload.key: workload for workload in items})

    # -- the big screen --------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        super().draw(snapshot, diff)
        if self.deck.presenting:
            self.query_one(BigFigures).set_figures(big_figures(snapshot.nodes.values()))

    def roomy(self, on: bool) -> None:
        table = self.query_one(LiveTable)
        if on is not isinstance(table.drawing, RoomyTableDrawing):
            table.drawing = RoomyTableDrawing(present.PUBLIC_COLUMNS) if on else TableDrawing(present.COLUMNS)
            table.repainted()

    # -- what can be done with a workload --------------------------------------------------------------------------

    def do_list_open(self) -> None:
        if workload := self.current():
            self.app.push_screen(WorkloadScreen(workload.key))

    def do_list_describe(self) -> None:
        if workload := self.current():
            describe_workload(self, workload)

    def do_list_yaml(self) -> None:
        if workload := self.current():
            open_workload_yaml(self, workload)

    def do_list_logs(self) -> None:
        if workload := self.current():
            open_logs(self, workload.key.name, workload.pods)

    def do_pending_why(self) -> None:
        if workload := self.current():
            open_why(self, workload.key)

    def subject_workload(self) -> Workload | None:
        return self.current()

    def subject_workloads(self) -> Sequence[Workload]:
        return self.marked()

    def do_workload_bench(self) -> None:
        if workload := self.current():
            self.deck.bench_subject = workload.key
            self.deck.go("bench")

    def do_list_events(self) -> None:
        if workload := self.current():
            self.app.push_screen(WorkloadScreen(workload.key, "events"))
