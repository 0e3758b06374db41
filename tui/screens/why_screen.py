"""``w``: why one pod or workload waits, or does not serve; what mends it, where its time went, what would help.

Also where nothing is wrong: then it says since when it runs, or what its start is doing.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import WhatIf, Why
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.present.explained import Page, does_something, why_page
from tui.present.header import panel_state
from tui.screens.inspect import open_logs, open_workload_yaml, open_yaml
from tui.screens.keys import bindings
from tui.screens.remedies import Remedies, workload_of
from widgets.flow_list import FlowList
from widgets.line_list import LineList
from widgets.rows import PanelState
from widgets.state_panel import StatePanel


class WhyScreen(Remedies):
    """Opened by ``w`` on a row."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DETAIL, Scope.PENDING)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.DETAIL, Scope.PENDING)

    def __init__(self, subject: ObjectKey | WorkloadKey) -> None:
        super().__init__()
        self._subject = subject
        self._page = Page("", ())
        self._answer: tuple[int, Why | None, tuple[WhatIf, ...]] = (-1, None, ())

    def title_text(self) -> str:
        return f"why {self._subject.name}"

    def body(self) -> Iterable[Widget]:
        yield StatePanel(FlowList(id="explained"))

    @property
    def explained(self) -> FlowList:
        return self.query_one("#explained", FlowList)

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes",),
            rows=1 if self._is_there(snapshot) else 0,
            empty=f"{self._subject} is no longer in the cluster",
        )

    def _is_there(self, snapshot: Snapshot) -> bool:
        there = snapshot.workloads if isinstance(self._subject, WorkloadKey) else snapshot.pods
        return self._subject in there

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if not self._is_there(snapshot):
            return
        if self._answer[0] != self.deck.waiting.edition or self._answer[1] is None:
            self._answer = (self.deck.waiting.edition, *self._find_out(self.deck.waiting.picture or snapshot))
        why, helps = self._answer[1:]
        if why is not None:
            self._page = why_page(str(self._subject), why, helps, self.deck.now())
            self.explained.set_title(self._page.title)
            self.explained.set_rows(self._page.rows)

    def _find_out(self, snapshot: Snapshot) -> tuple[Why, tuple[WhatIf, ...]]:
        from tui.diagnose.what_if import what_ifs
        from tui.diagnose.why import why_pod, why_workload

        circumstances = self.deck.circumstances
        if isinstance(self._subject, WorkloadKey):
            why = why_workload(self._subject, snapshot, circumstances)
            waiting = [item for item in self.deck.waiting.items if item.workload == self._subject]
        else:
            why = why_pod(self._subject, snapshot, circumstances)
            waiting = [item for item in self.deck.waiting.items if item.pod == self._subject]
        return why, what_ifs(waiting, snapshot, circumstances)

    # -- actions ---------------------------------------------------------------------------------------------------

    @on(LineList.Opened)
    async def _chosen(self, event: LineList.Opened) -> None:
        event.stop()
        deed = self._page.does.get(event.key)
        if deed is not None and (problem := await self.carry_out(deed)):
            self.notify(problem, severity="warning", timeout=6)

    def do_app_back(self) -> None:
        self.app.pop_screen()

    def do_pending_remedy(self) -> str:
        return self._go_to("c", "there is no remedy here")

    def do_pending_what_if(self) -> str:
        return self._go_to("w", "no other request or workload would change this")

    def _go_to(self, letter: str, nothing: str) -> str:
        keys = [key for key, deed in self._page.does.items() if key[0] == letter and does_something(deed)]
        keys = keys or [key for key in self._page.does if key[0] == letter]
        if not keys:
            return nothing
        self.explained.cursor_key = keys[0]
        return ""

    def do_detail_copy(self) -> None:
        """The command of the row under the cursor, else the page."""
        command = getattr(self._page.does.get(self.explained.cursor_key or ""), "command", None)
        self.copy(command or self._page.text, f"the command: {command}" if command else "the page")

    def do_detail_yaml(self) -> None:
        if isinstance(self._subject, WorkloadKey):
            if workload := self.row_workload():
                open_workload_yaml(self, workload)
        else:
            open_yaml(self, "pods", self._subject.namespace, self._subject.name)

    def do_detail_logs(self) -> None:
        if isinstance(self._subject, WorkloadKey):
            workload = self.row_workload()
            pods: tuple[ObjectKey, ...] = workload.pods if workload is not None else ()
        else:
            pods = (self._subject,)
        open_logs(self, self._subject.name, pods)

    def row_workload(self) -> Workload | None:
        workloads = self.deck.snapshot.workloads
        if isinstance(self._subject, WorkloadKey):
            return workloads.get(self._subject)
        return workload_of(workloads, self._subject)
