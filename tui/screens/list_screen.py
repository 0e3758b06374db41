"""What Nodes, Workloads and Events have in common: rows from the snapshot, filtered, sorted, marked, exported.

A subclass says which items there are and how one becomes a row; this file holds no domain.
"""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from textual import on
from textual.binding import BindingType

from tui.actions import Scope
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present.filter import FieldValue, Filter, FilterError, Subject, parse_filter
from tui.present.sort import ordered, press
from tui.screens.base import DeckScreen
from tui.screens.keys import bindings
from widgets.line_list import LineList
from widgets.rows import Column, SortKey

if TYPE_CHECKING:
    from tui.present.documents import Document

Item = TypeVar("Item")


class ListScreen(DeckScreen, Generic[Item]):
    """A screen whose body is one list."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.LIST)
    SCOPES: ClassVar[tuple[Scope, ...]] = (Scope.EVERYWHERE, Scope.LIST)
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    FIELDS: ClassVar[frozenset[str]] = frozenset()
    KIND: ClassVar[str] = ""  # of the document that is copied and exported
    SORT: ClassVar[tuple[SortKey, ...]] = ()

    def __init__(self) -> None:
        super().__init__()
        self.sort_keys = self.SORT
        self.filter: Filter = parse_filter("")
        self.shown: list[Item] = []

    # -- what a subclass says --------------------------------------------------------------------------------------

    @abstractmethod
    def items(self, snapshot: Snapshot) -> Iterable[Item]:
        """All items, in their natural order."""

    @abstractmethod
    def key_of(self, item: Item) -> str:
        """The key of the item's row."""

    @abstractmethod
    def value(self, item: Item, column: str) -> FieldValue:
        """A value for sorting."""

    @abstractmethod
    def subject(self, item: Item) -> Subject:
        """What a filter sees of it."""

    @abstractmethod
    def rows(self, items: Sequence[Item], diff: SnapshotDiff | None) -> Sequence[Any]:
        """The rows of ``items``; ``diff`` tells what may have changed since the last call (``None``: anything)."""

    @abstractmethod
    def narrowed(self, snapshot: Snapshot, items: Sequence[Item]) -> Snapshot:
        """The snapshot with only ``items`` in it: what is copied and exported."""

    def roomy(self, on: bool) -> None:
        """Draw the list for the big screen, or as ever. Called before rows are set."""

    @property
    def table(self) -> LineList[Any]:
        return self.query_one(LineList)

    # -- drawing ---------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        everything = list(self.items(snapshot))
        self.shown = self.arranged(everything, diff)
        self.roomy(self.deck.presenting)
        self.table.set_sort(self.sort_keys)
        self.table.set_rows(self.rows(self.shown, diff))
        self.count = (len(self.shown), len(everything))

    def arranged(self, items: list[Item], diff: SnapshotDiff | None) -> list[Item]:
        """Those of ``items`` that the filter keeps, in the order to show them in."""
        kept = [item for item in items if self.filter.matches(self.subject(item))] if self.filter else items
        return ordered(kept, self.sort_keys, self.value) if self.sort_keys else kept

    def current(self) -> Item | None:
        """The item under the cursor."""
        key = self.table.cursor_key
        return next((item for item in self.shown if self.key_of(item) == key), None)

    def marked(self) -> list[Item]:
        """The marked items, or the one under the cursor if none is marked."""
        keys = self.table.marked_keys
        if keys:
            return [item for item in self.shown if self.key_of(item) in keys]
        current = self.current()
        return [] if current is None else [current]

    # -- filter ----------------------------------------------------------------------------------------------------

    def do_list_filter(self) -> None:
        self.command_line.open("/", self.filter.source)

    def line_edited(self, prompt: str, text: str) -> None:
        if prompt == "/":
            self.set_filter(text)

    def line_left(self, prompt: str) -> None:
        """Escape in the filter line takes the filter away, as everywhere in the field."""
        if prompt == "/":
            self.set_filter("")

    def set_filter(self, text: str) -> bool:
        """Filter by ``text``; what can't be read is said under the line and the last good filter stays."""
        try:
            self.filter = parse_filter(text, self.FIELDS)
        except FilterError as error:
            self.command_line.show_error(str(error), error.column)
            return False
        self.redraw()
        return True

    async def line_submitted(self, prompt: str, text: str) -> None:
        if prompt != "/":
            await super().line_submitted(prompt, text)
        elif self.set_filter(text):
            self.close_line()

    def do_app_back(self) -> None:
        if self.filter:
            self.set_filter("")
        elif self.table.marked_keys:
            self.table.clear_marks()
        else:
            super().do_app_back()

    # -- sort ------------------------------------------------------------------------------------------------------

    def do_list_sort(self) -> None:
        from tui.screens.sort_prompt import SortPrompt

        self.app.push_screen(SortPrompt(self.COLUMNS, self.sort_keys), self._sort_chosen)

    def _sort_chosen(self, choice: tuple[str, bool] | None) -> None:
        if choice is not None:
            self.sort_by(*choice)

    @on(LineList.SortRequested)
    def _header_clicked(self, event: LineList.SortRequested) -> None:
        self.sort_by(event.column, event.additive)

    def sort_by(self, column: str, additive: bool) -> None:
        """Sort by a column; again turns it around."""
        self.sort_keys = press(self.sort_keys, column, add=additive)
        self.redraw()

    # -- copy and export -------------------------------------------------------------------------------------------

    def do_list_copy(self) -> None:
        items = self.marked()
        if items:
            from tui.present.documents.formats import csv_text

            what = f"{len(items)} rows" if len(items) > 1 else "the row"
            self.copy(csv_text(self._document(items)), what)

    def do_list_export(self) -> None:
        items = self.marked() if self.table.marked_keys else self.shown
        from tui.screens.export import export

        self.notify(export(self._document(items), self.KIND, self.deck.wall_seconds()), timeout=6)

    def _document(self, items: Sequence[Item]) -> "Document":
        from tui.present.documents import build

        narrowed = self.narrowed(self.deck.snapshot, items)
        return build(self.KIND, narrowed, self.deck.now(), waiting=self.deck.waiting.items)

    # -- opening ---------------------------------------------------------------------------------------------------

    def do_list_mark(self) -> None:
        self.table.action_mark()

    @on(LineList.Opened)
    async def _opened(self, event: LineList.Opened) -> None:
        event.stop()
        await self.deck.perform("list.open")
