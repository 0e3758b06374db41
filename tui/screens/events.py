"""Events of the cluster, what nimdeck changed in it, diagnostics (how each source stands, what was found), alerts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from config.places import state_folder
from tui.actions import Scope
from tui.model.alert import AlertKind
from tui.model.event import Event
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present import alerts as present_alerts
from tui.present import events as present
from tui.present.filter import FieldValue, Subject
from tui.present.header import panel_state
from tui.screens.alerts import open_target
from tui.screens.audit import AuditTable
from tui.screens.inspect import open_text, open_yaml
from tui.screens.keys import bindings
from tui.screens.list_screen import ListScreen
from widgets.line_list import LineList
from widgets.rows import Cell, PanelState, Row, Tab, Tone
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.tabs import SectionTabs

_NO_ALERT = Row("none", (*(Cell("") for _ in range(4)), Cell("nothing that wants an eye so far", Tone.DIM)))
_OTHER_PARTS = ("changes", "facts", "alerts")


class EventsScreen(ListScreen[Event]):
    """Screen 9."""

    NAME = "Events"
    KIND = "events"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS)
    SCOPES = (*ListScreen.SCOPES, Scope.PARTS)

    def body(self) -> Iterable[Widget]:
        yield SectionTabs()
        yield StatePanel(LiveTable(present.COLUMNS, id="events"))
        yield AuditTable("changes")
        yield LiveTable(present.FACT_COLUMNS, id="facts")
        yield LiveTable(present_alerts.COLUMNS, id="alerts")

    def begin(self) -> None:
        tabs = self.query_one(SectionTabs)
        tabs.can_focus = False
        tabs.set_tabs((Tab("events", "Events"), Tab("changes", "Changes"), Tab("facts", "Diagnostics"),
                       Tab("alerts", "Alerts")))  # fmt: skip
        for key in _OTHER_PARTS:
            self.query_one(f"#{key}").display = False

    @property
    def table(self) -> LineList[Row]:
        return self.query_one("#events", LiveTable)

    def state(self, snapshot: Snapshot) -> PanelState:
        needs = ("kubernetes/events",) if "kubernetes/events" in snapshot.sources else ("kubernetes",)
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=needs,
            rows=len(snapshot.events),
            empty="the API server keeps no events now",
        )

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        if diff is None or diff.events:
            super().draw(snapshot, diff)
        self.query_one("#facts", LiveTable).set_rows(present.fact_rows(snapshot, self.deck.now()))

    def alerts_changed(self) -> None:
        super().alerts_changed()
        now = self.deck.now()
        rows = [present_alerts.alert_row(number, alert, now) for number, alert in enumerate(self.deck.alerts.history)]
        self.query_one("#alerts", LiveTable).set_rows(rows or [_NO_ALERT])

    def items(self, snapshot: Snapshot) -> Iterable[Event]:
        namespaces = self.deck.namespaces
        return (e for e in snapshot.events if not namespaces or e.object.namespace in namespaces)

    def current(self) -> Event | None:
        """That under the cursor; none while another part is shown."""
        return super().current() if self.query_one(SectionTabs).active == "events" else None

    def key_of(self, item: Event) -> str:
        return str(item.key)

    def value(self, item: Event, column: str) -> FieldValue:
        return present.field(item, column, self.deck.now())

    def subject(self, item: Event) -> Subject:
        return present.subject(item, self.deck.now())

    def rows(self, items: Sequence[Event], diff: SnapshotDiff | None) -> list[Row]:
        now = self.deck.now()
        return [present.event_row(event, now) for event in items]

    def narrowed(self, snapshot: Snapshot, items: Sequence[Event]) -> Snapshot:
        return replace(snapshot, events=tuple(items))

    # -- parts -----------------------------------------------------------------------------------------------------

    def do_detail_next(self) -> None:
        self.query_one(SectionTabs).action_step(1)

    def do_detail_previous(self) -> None:
        self.query_one(SectionTabs).action_step(-1)

    @on(SectionTabs.Switched)
    def _switched(self, event: SectionTabs.Switched) -> None:
        self.query_one(StatePanel).display = event.key == "events"
        for key in _OTHER_PARTS:
            self.query_one(f"#{key}").display = event.key == key
        self._read_changes()
        self.query_one(f"#{event.key}", LiveTable).focus()

    @property
    def changes(self) -> AuditTable:
        """What nimdeck changed."""
        return self.query_one(AuditTable)

    def on_screen_resume(self) -> None:
        self._read_changes()

    def _read_changes(self) -> None:
        if self.changes.display:
            self.changes.show(self.deck.settings.audit_file or state_folder() / "audit.jsonl")

    def do_app_refresh(self) -> None:
        if self.deck.feed is not None:
            self.deck.feed.refresh()
            self.notify("Asking every source", timeout=1)
        self._read_changes()

    def do_list_open(self) -> None:
        if self.changes.display:
            self._open_change()
        elif self.query_one(SectionTabs).active == "alerts":
            self._open_alert()
        elif event := self.current():
            open_text(self, f"event {event.key.name}", present.event_page(event))

    def _open_change(self) -> None:
        from tui.present.audit import audit_page

        if entry := self.changes.entry():
            open_text(self, f"change of {entry.at}", audit_page(entry))

    def _open_alert(self) -> None:
        key = self.query_one("#alerts", LiveTable).cursor_key
        if key is None or not key.isdigit():
            return
        alert = self.deck.alerts.history[int(key)]
        if alert.kind is AlertKind.SOURCE:
            self.query_one(SectionTabs).action_step(-1)  # the diagnostics stand before them
        elif problem := open_target(self, alert):
            self.notify(problem, severity="warning", timeout=6)

    do_list_describe = do_list_open

    def do_list_yaml(self) -> None:
        if event := self.current():
            open_yaml(self, "events", event.key.namespace, event.key.name)

    def do_list_events(self) -> None:
        """All that was said about the same object."""
        if event := self.current():
            self.set_filter(f"object={event.object.name}")
