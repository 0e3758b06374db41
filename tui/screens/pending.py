"""Screen 3: what waits, grouped by cause, worst and oldest first; the explanation with its remedies beside it or below.

It finds nothing out: ``tui.diagnose`` does, and the app's ``WaitingBook`` keeps its answer for all screens.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from tui.actions import Scope
from tui.model.pending import PendingGroup, PendingItem, Stage, WhatIf
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.present import waiting as present
from tui.present.explained import Page, does_something, entry_page, what_if_page
from tui.present.filter import FieldValue, Subject
from tui.present.header import panel_state
from tui.present.sort import ordered
from tui.present.waiting import Entry
from tui.screens.inspect import describe_workload, open_logs, open_text, open_why, open_workload_yaml, open_yaml
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from tui.screens.remedies import Remedies
from widgets.flow_list import FlowList
from widgets.line_list import LineList
from widgets.rows import PanelPhase, PanelState, Row
from widgets.state_panel import StatePanel
from widgets.table import LiveTable

if TYPE_CHECKING:
    from tui.present.documents import Document

_PODS = "kubernetes/pods"


class PendingScreen(Remedies, ListScreen[Entry]):
    """Keys go to the list; tab, ``m`` or ``f`` take them to the explanation, escape back."""

    DEFAULT_CSS = """
    PendingScreen #pending { height: 1fr; }
    PendingScreen #explained { height: 1fr; margin: 1 0 0 0; }
    PendingScreen.-wide #pending { layout: horizontal; }
    PendingScreen.-wide #waiting { width: 1fr; height: 1fr; }
    PendingScreen.-wide #explained { width: 1fr; margin: 0 0 0 1; }
    PendingScreen.-presenter #explained { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS, Scope.WHY, Scope.PENDING)
    SCOPES: ClassVar[tuple[Scope, ...]] = (*ListScreen.SCOPES, Scope.PARTS, Scope.WHY, Scope.PENDING)
    AUTO_FOCUS = "#waiting"
    NAME = "Pending"
    KIND = "pending"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS

    def __init__(self) -> None:
        super().__init__()
        self._unfolded: set[str] = set()  # keys of the groups whose pods are shown
        self._asks_what_if = False
        self._page = Page("", ())
        self._ready: tuple[int, int] = (-1, 0)  # of which snapshot, and how many pods are
        self._what_ifs: tuple[tuple[str, int], tuple[WhatIf, ...]] = (("", -1), ())
        self._life: tuple[tuple[str, int], tuple[Stage, ...]] = (("", -1), ())

    def body(self) -> Iterable[Widget]:
        yield StatePanel(Container(LiveTable(present.COLUMNS, id="waiting"), FlowList(id="explained"), id="pending"))

    @property
    def explained(self) -> FlowList:
        return self.query_one("#explained", FlowList)

    @property
    def table(self) -> LineList[Row]:
        return self.query_one("#waiting", LiveTable)

    # -- the list --------------------------------------------------------------------------------------------------

    def state(self, snapshot: Snapshot) -> PanelState:
        rows = len(self.deck.waiting.within(self.deck.project, self.deck.namespaces))
        state = panel_state(
            snapshot, self.deck.now(), needs=("kubernetes",), rows=rows, empty=self._nothing_waits(snapshot)
        )
        if state.phase is PanelPhase.EMPTY and self.deck.waiting.is_unknown:
            return PanelState(PanelPhase.LOADING, f"finding out what waits among {len(snapshot.pods)} pods")
        status = snapshot.sources.get(_PODS)
        if state.phase is PanelPhase.EMPTY and status is not None and status.state in ("denied", "failed", "absent"):
            hidden = f"what waits is hidden: pods are not read ({status.state})"
            return PanelState(PanelPhase.FAILED, hidden, remedy=status.detail)
        return state

    def _nothing_waits(self, snapshot: Snapshot) -> str:
        if self._ready[0] != snapshot.sequence:
            self._ready = (snapshot.sequence, sum([pod.ready for pod in snapshot.pods.values()]))
        return f"nothing waits: {self._ready[1]} pods ready"

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        super().draw(snapshot, diff)
        kept = {id(item): item for entry in self.shown for item in entry.items}
        self.count = (len(kept), sum(len(group.items) for group in self._groups()))
        if not self.has_class("-wide"):
            self.table.styles.height = min(len(self.shown) + 1, max(5, self.size.height * 2 // 5))
        else:
            self.table.styles.height = None
        self._explain()

    def _groups(self) -> Sequence[PendingGroup]:
        return self.deck.waiting.within(self.deck.project, self.deck.namespaces)

    def items(self, snapshot: Snapshot) -> Iterable[Entry]:
        return present.entries(self._groups(), ())

    def arranged(self, items: list[Entry], diff: SnapshotDiff | None) -> list[Entry]:
        now = self.deck.now()
        groups = [entry.group for entry in (ordered(items, self.sort_keys, self.value) if self.sort_keys else items)]
        kept = (lambda item: self.filter.matches(present.subject(item, now))) if self.filter else None
        return present.entries(groups, self._unfolded, kept)

    def rows(self, items: Sequence[Entry], diff: SnapshotDiff | None) -> Sequence[Row]:
        snapshot, now = self.deck.snapshot, self.deck.now()
        return [present.entry_row(entry, snapshot, now, entry.key in self._unfolded) for entry in items]

    def key_of(self, item: Entry) -> str:
        return item.key

    def value(self, item: Entry, column: str) -> FieldValue:
        return present.entry_value(item, column, self.deck.now())

    def subject(self, item: Entry) -> Subject:
        return present.subject(item.first, self.deck.now())

    def narrowed(self, snapshot: Snapshot, items: Sequence[Entry]) -> Snapshot:
        return snapshot

    def _document(self, items: Sequence[Entry]) -> "Document":
        from tui.present.documents import build

        waiting = list({id(item): item for entry in items for item in entry.items}.values())
        return build(self.KIND, self.deck.snapshot, self.deck.now(), waiting=waiting)

    # -- the explanation -------------------------------------------------------------------------------------------

    @on(LineList.Selected, "#waiting")
    def _selected(self) -> None:
        self._asks_what_if = False
        self._explain()
        if self.explained.rows:
            self.explained.move_to(0)

    def _explain(self) -> None:
        entry = self.current()
        self._page = Page("", ()) if entry is None else self._page_of(entry)
        self.explained.set_title(self._page.title)
        self.explained.set_rows(self._page.rows)

    def _page_of(self, entry: Entry) -> Page:
        if self._asks_what_if:
            return what_if_page(entry.group.headline, self._reckoned(entry))
        return entry_page(entry, self._stages(entry), self.deck.snapshot, self.deck.now())

    def _stages(self, entry: Entry) -> tuple[Stage, ...]:
        """The life of the pod under the cursor; of a group, of the one that stands for it."""
        book = self.deck.waiting
        asked = (entry.key, book.edition)
        if self._life[0] != asked:
            from tui.diagnose.timeline import stages

            pod = present.pod_of(entry.first, book.picture) if book.picture is not None else None
            found = () if pod is None or book.picture is None else stages(pod, book.picture, self.deck.circumstances)
            self._life = (asked, found)
        return self._life[1]

    def _reckoned(self, entry: Entry) -> tuple[WhatIf, ...]:
        book = self.deck.waiting
        asked = (entry.key, book.edition)
        if self._what_ifs[0] != asked and book.picture is not None:
            from tui.diagnose.what_if import what_ifs

            self._what_ifs = (asked, what_ifs(entry.items, book.picture, self.deck.circumstances))
        return self._what_ifs[1]

    # -- moving ----------------------------------------------------------------------------------------------------

    def do_detail_next(self) -> None:
        (self.table if self.explained.has_focus else self.explained).focus()

    do_detail_previous = do_detail_next

    def do_pending_remedy(self) -> str:
        """Go to the first remedy that does something."""
        self._asks_what_if = False
        return self._go_to_deed("there is no remedy: nothing waits")

    def do_pending_what_if(self) -> str:
        self._asks_what_if = not self._asks_what_if
        return self._go_to_deed("nothing waits") if self._asks_what_if else self._back_to_list()

    def _go_to_deed(self, nothing: str) -> str:
        self._explain()
        if not self._page.rows:
            return nothing
        deeds = [key for key, deed in self._page.does.items() if does_something(deed)] or list(self._page.does)
        self.explained.focus()
        if deeds:
            self.explained.cursor_key = deeds[0]
        return ""

    def _back_to_list(self) -> str:
        self._asks_what_if = False
        self._explain()
        self.table.focus()
        return ""

    def do_app_back(self) -> None:
        if self.explained.has_focus or self._asks_what_if:
            self._back_to_list()
        else:
            super().do_app_back()

    def focus_body(self) -> None:
        self.table.focus()

    # -- what can be done ------------------------------------------------------------------------------------------

    async def do_list_open(self) -> None:
        """A group opens and closes, a pod tells its own page, a remedy is looked at before it is done."""
        if self.explained.has_focus:
            await self._carry_out_chosen()
        elif (entry := self.current()) is None:
            return
        elif entry.alike:
            self.do_pending_why()
        else:
            self._unfolded ^= {entry.key}
            self.redraw()

    async def _carry_out_chosen(self) -> None:
        deed = self._page.does.get(self.explained.cursor_key or "")
        if deed is not None and (problem := await self.carry_out(deed)):
            self.notify(problem, severity="warning", timeout=6)

    def do_list_copy(self) -> None:
        """The command of the remedy under the cursor, else the explanation."""
        deed = self._page.does.get(self.explained.cursor_key or "") if self.explained.has_focus else None
        command = getattr(deed, "command", None)
        if command:
            self.copy(command, f"the command: {command}")
        elif self._page.rows:
            self.copy(self._page.text, "the explanation")

    def do_pending_why(self) -> None:
        if item := self._item():
            key = item.pod or item.workload
            if key is not None:
                open_why(self, key)

    def do_list_logs(self) -> None:
        item = self._item()
        if item is not None and item.pod is not None:
            open_logs(self, item.pod.name, (item.pod,))

    def do_list_yaml(self) -> None:
        item, workload = self._item(), self.row_workload()
        if item is not None and item.pod is not None:
            open_yaml(self, "pods", item.pod.namespace, item.pod.name)
        elif workload is not None:
            open_workload_yaml(self, workload)

    def do_list_describe(self) -> None:
        if workload := self.row_workload():
            describe_workload(self, workload)
        elif self._page.rows:
            open_text(self, "why", self._page.text)

    def do_list_events(self) -> None:
        from tui.screens.workload_screen import WorkloadScreen

        if workload := self.row_workload():
            self.app.push_screen(WorkloadScreen(workload.key, "events"))

    def _item(self) -> PendingItem | None:
        entry = self.current()
        return None if entry is None else entry.first

    def row_workload(self) -> Workload | None:
        item = self._item()
        key = item.workload if item is not None else None
        return None if key is None else self.deck.snapshot.workloads.get(key)
