"""``w``: why one pod or workload waits, or does not serve; what mends it, where its time went, what would help.

Also where nothing is wrong: then it says since when it runs, or what its start is doing.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.circumstances import Circumstances
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import PendingItem, WhatIf, Why
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.workload import Workload
from tui.present.explained import Page, does_something, why_page
from tui.present.header import panel_state
from tui.screens.inspect import open_logs, open_workload_yaml, open_yaml
from tui.screens.keys import bindings
from tui.screens.remedies import Remedies, workload_of
from tui.screens.waiting_book import is_large
from widgets.flow_list import FlowList
from widgets.line_list import LineList
from widgets.rows import PanelState
from widgets.state_panel import StatePanel

_Found = tuple[Why, tuple[WhatIf, ...]]


class WhyScreen(Remedies):
    """Opened by ``w`` on a row."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DETAIL, Scope.PENDING)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.DETAIL, Scope.PENDING)

    def __init__(self, subject: ObjectKey | WorkloadKey) -> None:
        super().__init__()
        self._subject = subject
        self._page = Page("", ())
        self._answer: _Found | None = None  # the last one stands until the next is there
        self._asked_edition = -1  # of the book, when it was asked for
        self._coming: Future[_Found] | None = None

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
        self._renew(self.deck.waiting.picture or snapshot)
        why, helps = self._answer or (self._known_so_far(), ())
        self._page = why_page(str(self._subject), why, helps, self.deck.now())
        self.explained.set_title(self._page.title)
        self.explained.set_rows(self._page.rows)

    def _renew(self, snapshot: Snapshot) -> None:
        """Once for each answer of the book; of a large cluster on the thinker's thread, and taken when it is there."""
        if self._coming is not None and self._coming.done():
            coming, self._coming = self._coming, None
            if not coming.cancelled():
                self._answer = coming.result()
        edition = self.deck.waiting.edition
        if self._coming is not None or (self._asked_edition == edition and self._answer is not None):
            return
        self._asked_edition = edition
        question = partial(_find_out, self._subject, self._waiting(), snapshot, self.deck.circumstances)
        if is_large(snapshot):
            self._coming = self.deck.thinker.ask("why", question)
        else:
            self._answer = question()

    def _waiting(self) -> list[PendingItem]:
        """What the book knows of it."""
        if isinstance(self._subject, WorkloadKey):
            return [item for item in self.deck.waiting.items if item.workload == self._subject]
        return [item for item in self.deck.waiting.items if item.pod == self._subject]

    def _known_so_far(self) -> Why:
        """The causes that the book has, while the whole answer is being found."""
        first = next(iter(self._waiting()), None)
        if first is None:
            pods = len(self.deck.snapshot.pods)
            return Why(None, None, f"finding out: there are {pods} pods to look at", (), ())
        return Why(first.pod, first.workload, first.causes[0].title, first.causes, ())

    def tick(self) -> None:
        if self._coming is not None and self._coming.done():
            self.redraw()
        else:
            super().tick()

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


def _find_out(
    subject: ObjectKey | WorkloadKey,
    waiting: Sequence[PendingItem],
    snapshot: Snapshot,
    circumstances: Circumstances | None,
) -> _Found:
    """On either thread."""
    from tui.diagnose.what_if import what_ifs
    from tui.diagnose.why import why_pod, why_workload

    if isinstance(subject, WorkloadKey):
        why = why_workload(subject, snapshot, circumstances)
    else:
        why = why_pod(subject, snapshot, circumstances)
    return why, what_ifs(waiting, snapshot, circumstances)
