"""Screen 7: the guide's prerequisites as checks, by sections; the selected one whole beside them or below.

It judges nothing: ``tui.diagnose.preflight`` does. What mends a check goes through the review of all changes, through
the form that has it, or is a command to copy.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Container
from textual.widget import Widget

from tui.actions import ACTIONS, Scope
from tui.model.check import Check, CheckState
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present import format as fmt
from tui.present import preflight as present
from tui.present.explained import Page
from tui.present.filter import FieldValue, Subject
from tui.present.preflight import Entry
from tui.present.preflight_page import Does, page_of
from tui.screens.inspect import open_text
from tui.screens.keys import bindings, key_label
from tui.screens.lines import Lines
from tui.screens.list_screen import ListScreen
from tui.screens.preflight_look import Looking
from tui.screens.preflight_mend import Mending
from widgets.flow_list import FlowList
from widgets.line_list import LineList
from widgets.rows import LIVE, PanelPhase, PanelState, Row
from widgets.state_panel import StatePanel
from widgets.table import LiveTable

if TYPE_CHECKING:
    from tui.present.documents import Document

_TITLES = {action.id: action.title for action in ACTIONS}
_LOOKS_AT = "looking at operators, Prometheus, Run:ai, Knative, storage, network and rights"


class PreflightScreen(Mending, Looking, ListScreen[Entry]):
    """Keys go to the list; tab takes them to the check's page, escape back."""

    DEFAULT_CSS = """
    PreflightScreen #preflight { height: 1fr; }
    PreflightScreen #checks { height: 1fr; }
    PreflightScreen #check { height: 1fr; margin: 1 0 0 0; }
    PreflightScreen.-wide #preflight { layout: horizontal; }
    PreflightScreen.-wide #checks { width: 3fr; }
    PreflightScreen.-wide #check { width: 2fr; margin: 0 0 0 1; }
    PreflightScreen.-presenter #check { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS, Scope.PREFLIGHT)
    SCOPES: ClassVar[tuple[Scope, ...]] = (*ListScreen.SCOPES, Scope.PARTS, Scope.PREFLIGHT)
    AUTO_FOCUS = "#checks"
    NAME = "Preflight"
    KIND = "preflight"
    COLUMNS = present.FLAT_COLUMNS
    FIELDS = present.FIELDS

    def __init__(self) -> None:
        super().__init__()
        self._folded: set[str] = set()
        self._passes = True  # what passes is shown too
        self._page = Page("", ())
        self._does: dict[str, Does] = {}

    def body(self) -> Iterable[Widget]:
        yield Lines()
        yield StatePanel(Container(LiveTable(present.COLUMNS, id="checks"), FlowList(id="check"), id="preflight"))

    @property
    def page(self) -> FlowList:
        return self.query_one("#check", FlowList)

    @property
    def table(self) -> LineList[Row]:
        return self.query_one("#checks", LiveTable)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def state(self, snapshot: Snapshot) -> PanelState:
        if self.trouble and not self.checks:
            return PanelState(PanelPhase.FAILED, "the installation could not be read", remedy=self._again())
        if not self.checks:
            awaited = self.awaited()
            return PanelState(PanelPhase.LOADING, f"waiting for {awaited}" if awaited else _LOOKS_AT)
        if self.looking or self.trouble:
            said = "looking again" if self.looking else self._again()
            return PanelState(PanelPhase.STALE, said, fmt.age(self.age_seconds()))
        if not self.shown:
            return PanelState(PanelPhase.EMPTY, f"none of {len(self.checks)} checks: the filter keeps none")
        return LIVE

    def _again(self) -> str:
        return f"{self.trouble}  {self._key('app.refresh')} looks again"

    def _key(self, action: str) -> str:
        return key_label(self.deck.keys_of(action)[0])

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        self.keep_up()
        grouped = present.is_grouped(self.sort_keys)
        self.query_one("#checks", LiveTable).set_columns(present.COLUMNS if grouped else present.FLAT_COLUMNS)
        super().draw(snapshot, diff)
        self.count = (len(self._kept()), len(self.checks))
        words = "" if self._passes else f"what passes is hidden: {self._key('preflight.passes')} shows it"
        key = self._key("preflight.mend")
        line = present.totals(self.checks, self.age_seconds(), looking=self.looking, set_key=key, hint=words)
        self.query_one(Lines).set_lines((line,) if line else ())
        self._explain()
        if self.focused is None and self.checks and self.is_current:
            self.call_after_refresh(self.focus_body)  # the list was hidden, and what is hidden loses the keys

    # -- the list --------------------------------------------------------------------------------------------------

    def _kept(self) -> list[Check]:
        """What the filter keeps, in order."""
        kept = [one for one in self.checks if self.filter.matches(present.subject(one))]
        return present.in_order(kept, self.sort_keys)

    def items(self, snapshot: Snapshot) -> Iterable[Entry]:
        grouped = present.is_grouped(self.sort_keys)
        return present.entries(self._kept(), self._folded, passes=self._passes, grouped=grouped)

    def arranged(self, items: list[Entry], diff: SnapshotDiff | None) -> list[Entry]:
        return items

    def rows(self, items: Sequence[Entry], diff: SnapshotDiff | None) -> Sequence[Row]:
        grouped = present.is_grouped(self.sort_keys)
        return [
            present.entry_row(item, grouped=grouped, closed=item.section in self._folded, dim=self.looking)
            for item in items
        ]

    def key_of(self, item: Entry) -> str:
        return item.key

    def value(self, item: Entry, column: str) -> FieldValue:
        return item.key

    def subject(self, item: Entry) -> Subject:
        return present.subject(item.checks[0])

    def narrowed(self, snapshot: Snapshot, items: Sequence[Entry]) -> Snapshot:
        return snapshot

    def _document(self, items: Sequence[Entry]) -> "Document":
        from tui.present.documents import document_of
        from tui.present.documents.preflight import check_items

        kept = check_items(present.checks_of(items))
        return document_of(self.KIND, kept, self.deck.snapshot.sources, self.deck.now())

    # -- the page --------------------------------------------------------------------------------------------------

    @on(LineList.Selected, "#checks")
    def _selected(self) -> None:
        self._explain()
        if self.page.rows:
            self.page.move_to(0)

    def _explain(self) -> None:
        entry = self.current()
        self._page, self._does = (Page("", ()), {}) if entry is None else page_of(entry, self.checks, _TITLES)
        self.page.set_title(self._page.title)
        self.page.set_rows(self._page.rows)

    # -- moving ----------------------------------------------------------------------------------------------------

    def do_detail_next(self) -> None:
        (self.table if self.page.has_focus else self.page).focus()

    do_detail_previous = do_detail_next

    def do_preflight_next(self) -> str:
        """To the next check that fails; where none does, to the next that warns."""
        kept = self._kept()
        states = [state for state in (CheckState.FAIL, CheckState.WARN) if any(one.state == state for one in kept)]
        if not states:
            return "no check fails or warns" if kept else "there is no check to go to"
        entry = self.current()
        key = None if entry is None else entry.checks[0].id
        at = next((place for place, one in enumerate(kept) if one.id == key), 0)
        if entry is not None and entry.check is None:
            at -= 1  # the section's first is ahead
        ahead = [*kept[at + 1 :], *kept[: at + 1]]
        self.go_to(next(one for one in ahead if one.state == states[0]).id)
        return ""

    def go_to(self, check_id: str) -> None:
        """Put the cursor on a check, and open its section for that."""
        check = next(one for one in self.checks if one.id == check_id)
        self._folded.discard(check.section)
        self._passes = self._passes or check.state == CheckState.PASS
        if check not in self._kept():
            self.set_filter("")
        self.redraw()
        self.table.cursor_key = check_id
        self.table.focus()

    def do_preflight_passes(self) -> None:
        self._passes = not self._passes
        self.redraw()

    def do_app_back(self) -> None:
        if self.page.has_focus:
            self.table.focus()
        else:
            super().do_app_back()

    def focus_body(self) -> None:
        self.table.focus()

    # -- what can be done ------------------------------------------------------------------------------------------

    async def do_list_open(self) -> None:
        """A section opens and closes; a check is mended; a row of its page does what it says."""
        entry = self.current()
        if self.page.has_focus:
            await self._do(self._does.get(self.page.cursor_key or ""))
        elif entry is not None and entry.check is not None:
            await self.mend(entry.check)
        elif entry is not None:
            self._folded ^= {entry.section}
            self.redraw()

    async def _do(self, deed: Does | None) -> None:
        if deed is None:
            return
        what, of = deed
        if what == "copy":
            self.copy(of, f"the command: {of}")
        elif what == "go":
            self.go_to(of)
        else:
            await self.mend(next(one for one in self.checks if one.id == of))

    def do_list_copy(self) -> None:
        """The command under the cursor; marked rows; else the commands of the check, or all that is said of it."""
        what, of = self._does.get(self.page.cursor_key or "", ("", "")) if self.page.has_focus else ("", "")
        entry = self.current()
        if what == "copy":
            self.copy(of, f"the command: {of}")
        elif self.table.marked_keys:
            super().do_list_copy()
        elif entry is not None and entry.check is not None and entry.check.commands:
            self.copy_commands(entry.check)
        elif self._page.rows:
            self.copy(self._page.text, "what is said of it")

    def do_list_describe(self) -> None:
        if self._page.rows:
            open_text(self, "check", self._page.text)
