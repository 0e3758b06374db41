"""A page about one thing, in sections that ``tab`` switches; each section is a widget, only the one shown is drawn."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.widget import Widget

from tui.actions import Scope
from tui.model.event import Event
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.events import event_row
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings
from widgets.line_view import LineView
from widgets.rows import Tab
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.tabs import SectionTabs


class DetailScreen(DeckScreen):
    """Subclasses name their sections (a ``Tab`` key is the id of the section's widget) and draw the one shown.

    ``section`` is the one shown first.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS, Scope.DETAIL)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.PARTS, Scope.DETAIL)
    AUTO_FOCUS = ""
    SECTIONS: ClassVar[tuple[Tab, ...]] = ()

    def __init__(self, section: str = "") -> None:
        super().__init__()
        self._first = section
        self._tabs: tuple[Tab, ...] = ()

    def sections(self) -> Iterable[Widget]:
        """A widget for each of ``SECTIONS``, with its key as id."""
        return ()

    def draw_section(self, key: str, snapshot: Snapshot) -> None:
        """Bring the section shown up to date."""

    def body(self) -> Iterable[Widget]:
        yield SectionTabs()
        yield StatePanel(*self.sections())

    @property
    def section(self) -> str:
        """The key of the section shown."""
        return self.query_one(SectionTabs).active

    def begin(self) -> None:
        tabs = self.query_one(SectionTabs)
        tabs.can_focus = False
        tabs.set_tabs(self.SECTIONS)
        tabs.activate(self._first)
        self._show(tabs.active)

    def counts(self, snapshot: Snapshot) -> Mapping[str, int]:
        """How much there is in a section, by its key: said on its tab, so that an empty one need not be opened."""
        return {}

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        counts = self.counts(snapshot)
        tabs = tuple(replace(tab, badge=str(counts.get(tab.key, ""))) for tab in self.SECTIONS)
        if tabs != self._tabs:
            self._tabs = tabs
            self.query_one(SectionTabs).set_tabs(tabs)
        self.draw_section(self.section, snapshot)

    @on(SectionTabs.Switched)
    def _switched(self, event: SectionTabs.Switched) -> None:
        self._show(event.key)
        self.redraw()

    def _show(self, key: str) -> None:
        for tab in self.SECTIONS:
            widget = self.query_one(f"#{tab.key}")
            widget.display = tab.key == key
        self.query_one(f"#{key}").focus()

    def focus_body(self) -> None:
        self.query_one(f"#{self.section}").focus()

    def set_events(self, events: list[Event]) -> None:
        """Fill the section ``events``."""
        now = self.deck.now()
        self.query_one("#events", LiveTable).set_rows(event_row(event, now) for event in events)

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_app_back(self) -> None:
        self.app.pop_screen()

    def do_detail_next(self) -> None:
        self.query_one(SectionTabs).action_step(1)

    def do_detail_previous(self) -> None:
        self.query_one(SectionTabs).action_step(-1)

    def do_detail_search(self) -> None:
        if self.query(LineView):
            self.command_line.open("/")
        else:
            self.notify("Nothing to search in here; y and l open text", timeout=3)

    def page_text(self) -> str:
        """What ``c`` copies."""
        return ""

    def do_detail_copy(self) -> None:
        self.copy(self.page_text(), "the page")
