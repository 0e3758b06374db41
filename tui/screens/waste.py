"""Waste: what could be given back, by whom. Totals over five parts, each a list; tall terminals show all of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui.actions import Scope
from tui.diagnose.waste import IDLE_AFTER_SECONDS, resting, waste
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.model.waste import FractionFit, IdleHold, PoolRoom, QuotaSlack, Waste, WholeGpu
from tui.model.workload import Workload
from tui.present import waste as present
from tui.present.filter import FieldValue, Filter, Subject, parse_filter
from tui.present.header import panel_state
from tui.present.waste import Item, Part
from tui.present.waste_rows import ROOM_COLUMNS, WIDE_ROOM_COLUMNS
from tui.screens.backfill import backfill_nodes, rested_seconds
from tui.screens.changes import Changes
from tui.screens.inspect import describe_workload, open_logs
from tui.screens.keys import bindings
from tui.screens.lines import Lines
from tui.screens.list_screen import ListScreen
from widgets.line_list import LineList
from widgets.rows import PanelState, Row, SortKey, Tab
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.tabs import SectionTabs

if TYPE_CHECKING:
    from tui.present.documents import Document

_ALL_FROM_LINES = 40  # so tall, all parts are seen at once
_FRAME_LINES = 9  # header, line of trouble, totals, tabs, key bar
_BESIDE_LINES = 2  # a part's title, and a blank line under it
_LEAST_LINES = 2
_WIDE_FROM_COLUMNS = 140


class PartTable(LiveTable):
    """One of several lists: its cursor is seen only while the keys go to it."""

    _lit = False

    def show_cursor(self, on: bool) -> None:
        if on is not self._lit:
            self._lit = on
            self.repainted()
            self.refresh()

    def lit(self, index: int) -> bool:
        return self._lit and super().lit(index)

    def edge_glyph(self, index: int, key: str) -> str:
        glyph = super().edge_glyph(index, key)
        return glyph if self._lit else {"▌": " ", "◆": "✓"}.get(glyph, glyph)


class WasteScreen(Changes, ListScreen[Item]):
    """``:waste``. The lists share the keys of any list; ``tab`` goes from one to the next."""

    DEFAULT_CSS = """
    WasteScreen Lines { margin: 0 0 1 0; }
    WasteScreen .part { height: 1fr; }
    WasteScreen .part > Static { height: 1; display: none; color: $text-muted; }
    WasteScreen.-all .part { height: auto; margin: 0 0 1 0; }
    WasteScreen.-all .part > Static { display: block; }
    WasteScreen.-all .part.-active > Static { color: $text-primary; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.PARTS, Scope.WORKLOADS)
    SCOPES = (*ListScreen.SCOPES, Scope.PARTS, Scope.WORKLOADS)
    NAME = "Waste"
    KIND = "waste"
    FIELDS = present.FIELDS

    def __init__(self) -> None:
        super().__init__()
        self._waste: Waste | None = None
        self._sequence = -1
        self._looked_back = False
        self._kept: dict[str, tuple[tuple[SortKey, ...], Filter]] = {
            part.key: (part.sort, parse_filter("")) for part in present.PARTS
        }
        self._part = present.PARTS[0]
        self.sort_keys = self._part.sort

    def body(self) -> Iterable[Widget]:
        yield Lines()
        yield SectionTabs()
        for part in present.PARTS:
            yield Vertical(
                Static(f" {part.title}", markup=False),
                StatePanel(PartTable(part.columns, id=part.key), id=f"panel-{part.key}"),
                id=f"part-{part.key}",
                classes="part",
            )

    def begin(self) -> None:
        tabs = self.query_one(SectionTabs)
        tabs.can_focus = False
        tabs.set_tabs(tuple(Tab(part.key, part.title) for part in present.PARTS))
        self._arrange()

    @property
    def part(self) -> Part:
        """The one that the keys go to."""
        return self._part

    @property
    def table(self) -> LineList[Row]:
        return self.query_one(f"#{self._part.key}", LiveTable)

    def found(self, snapshot: Snapshot) -> Waste:
        """What could be given back, reckoned once for each snapshot."""
        if self._waste is None or snapshot.sequence != self._sequence:
            feed = self.deck.feed
            past = rested_seconds(feed, resting(snapshot), IDLE_AFTER_SECONDS) if feed is not None else None
            self._waste, self._sequence = waste(snapshot, rested_seconds=past), snapshot.sequence
        return self._waste

    def _look_back(self, snapshot: Snapshot) -> None:
        """What has done nothing since long before we came is to be seen at once."""
        nodes = dict.fromkeys(gpu.node for gpu in resting(snapshot))
        if nodes and not self._looked_back:
            self._looked_back = True
            backfill_nodes(self, nodes, self._forget)

    def _forget(self) -> None:
        self._waste = None
        self.redraw()

    # -- drawing ---------------------------------------------------------------------------------------------------

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes", "prometheus"),
            rows=len(snapshot.nodes) + len(snapshot.workloads),
            empty="the cluster has no nodes and no workloads that we may see",
        )

    def state_of(self, panel: StatePanel, snapshot: Snapshot) -> PanelState:
        part = present.BY_KEY[(panel.id or "").removeprefix("panel-")]
        return present.part_state(part, self.found(snapshot), self.state(snapshot))

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        found = self.found(snapshot)
        self._look_back(snapshot)
        self.query_one(Lines).set_lines(present.totals(found) if snapshot.nodes or snapshot.workloads else ())
        self.query_one(SectionTabs).set_tabs(
            tuple(Tab(part.key, part.title, str(len(part.items(found)) or "")) for part in present.PARTS)
        )
        super().draw(snapshot, diff)
        if self.has_class("-all"):
            self._draw_beside(snapshot)

    def _draw_beside(self, snapshot: Snapshot) -> None:
        """The parts that are seen though the keys go to another, and the lines that each takes."""
        needed = {}
        for part in present.PARTS:
            table = self.query_one(f"#{part.key}", LiveTable)
            if part is not self._part:
                sort, kept = self._kept[part.key]
                table.set_sort(sort)
                table.set_rows(self._drawn(part, present.kept(part, self._items(part, snapshot), sort, kept)))
            needed[part.key] = 1 + sum(1 + len(row.sub) for row in table.rows)
        room = self.size.height - _FRAME_LINES - len(needed) * _BESIDE_LINES
        for key, lines in shared_lines(needed, room).items():
            self.query_one(f"#panel-{key}").styles.height = lines

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """All parts, or only the one that the keys go to."""
        everything = self.size.height >= _ALL_FROM_LINES
        wide = self.size.width >= _WIDE_FROM_COLUMNS
        self.query_one("#room", LiveTable).set_columns(WIDE_ROOM_COLUMNS if wide else ROOM_COLUMNS)
        self.set_class(everything, "-all")
        for part in present.PARTS:
            box = self.query_one(f"#part-{part.key}")
            box.display = everything or part is self._part
            box.set_class(part is self._part, "-active")
            self.query_one(f"#{part.key}", PartTable).show_cursor(part is self._part)
            if not everything:
                self.query_one(f"#panel-{part.key}").styles.height = "1fr"
        self.redraw()

    # -- the list --------------------------------------------------------------------------------------------------

    def _items(self, part: Part, snapshot: Snapshot) -> list[Item]:
        return present.within(part.items(self.found(snapshot)), self.deck.project)

    def items(self, snapshot: Snapshot) -> Iterable[Item]:
        return self._items(self._part, snapshot)

    def key_of(self, item: Item) -> str:
        return present.key_of(item)

    def value(self, item: Item, column: str) -> FieldValue:
        return self._part.values(item).get(column)

    def subject(self, item: Item) -> Subject:
        return self._part.subject(item)

    def rows(self, items: Sequence[Item], diff: SnapshotDiff | None) -> Sequence[Row]:
        return self._drawn(self._part, items)

    def _drawn(self, part: Part, items: Sequence[Item]) -> list[Row]:
        snapshot, wide = self.deck.snapshot, self.size.width >= _WIDE_FROM_COLUMNS
        return [part.row(item, snapshot, wide) for item in items]

    def narrowed(self, snapshot: Snapshot, items: Sequence[Item]) -> Snapshot:
        return snapshot

    def _document(self, items: Sequence[Item]) -> "Document":
        from tui.present.documents import document_of
        from tui.present.documents.waste import waste_items

        return document_of(self.KIND, waste_items(items), self.deck.snapshot.sources, self.deck.now())

    def do_list_sort(self) -> None:
        from tui.screens.sort_prompt import SortPrompt

        self.app.push_screen(SortPrompt(self._part.columns, self.sort_keys), self._sort_chosen)

    # -- parts -----------------------------------------------------------------------------------------------------

    def do_detail_next(self) -> None:
        self.query_one(SectionTabs).action_step(1)

    def do_detail_previous(self) -> None:
        self.query_one(SectionTabs).action_step(-1)

    @on(SectionTabs.Switched)
    def _switched(self, event: SectionTabs.Switched) -> None:
        self._to(present.BY_KEY[event.key])

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into a list that is seen beside the others."""
        if event.widget.id in present.BY_KEY:
            self.query_one(SectionTabs).activate(event.widget.id)

    def _to(self, part: Part) -> None:
        if part is self._part:
            return
        self._kept[self._part.key] = (self.sort_keys, self.filter)
        self._part = part
        self.sort_keys, self.filter = self._kept[part.key]
        self._arrange()
        self.focus_body()

    def focus_body(self) -> None:
        self.table.focus()

    # -- what can be done ------------------------------------------------------------------------------------------

    def do_list_open(self) -> None:
        item = self.current()
        if isinstance(item, IdleHold | FractionFit):
            self._open_workload("")
        elif isinstance(item, WholeGpu):
            from tui.screens.node_screen import NodeScreen

            self.app.push_screen(NodeScreen(item.node))
        elif isinstance(item, PoolRoom):
            self._list("nodes", f"pool={item.pool}")
        elif isinstance(item, QuotaSlack):
            self._list("workloads", f"project={item.project}")

    def _list(self, mode: str, text: str) -> None:
        """Go to another list, filtered."""
        self.deck.go(mode)
        screen = self.deck.deck_screen
        if isinstance(screen, ListScreen):
            screen.call_after_refresh(screen.set_filter, text)

    def _open_workload(self, section: str) -> None:
        from tui.screens.workload_screen import WorkloadScreen

        if workload := self.subject_workload():
            self.app.push_screen(WorkloadScreen(workload.key, section))

    def do_list_events(self) -> None:
        self._open_workload("events")

    def do_list_describe(self) -> None:
        if workload := self.subject_workload():
            describe_workload(self, workload)

    def do_list_logs(self) -> None:
        if workload := self.subject_workload():
            open_logs(self, workload.key.name, workload.pods)

    def subject_workload(self) -> Workload | None:
        item = self.current()
        return next(iter(self._workloads([] if item is None else [item])), None)

    def subject_workloads(self) -> Sequence[Workload]:
        return self._workloads(self.marked())

    def _workloads(self, items: Sequence[Item]) -> list[Workload]:
        """The workloads that rows speak of; where there is none, that is said."""
        keys = []
        for item in items:
            if isinstance(item, IdleHold | FractionFit):
                keys.append(item.workload)
            elif isinstance(item, WholeGpu):
                keys += [move.workload for move in item.moves if move.workload is not None]
        known = self.deck.snapshot.workloads
        rows = [known[key] for key in dict.fromkeys(keys) if key in known]
        if items and not rows:
            self.notify("This row stands for no workload", timeout=3)
        return rows


def shared_lines(needed: Mapping[str, int], room: int) -> dict[str, int]:
    """The lines of each list where ``room`` is for all of them: what each needs, or a fair share of it."""
    given = dict.fromkeys(needed, _LEAST_LINES)
    left = room - sum(given.values())
    while left > 0 and (wanting := [key for key, lines in needed.items() if given[key] < lines]):
        for key in wanting[:left]:
            given[key] += 1
        left -= len(wanting[:left])
    return given
