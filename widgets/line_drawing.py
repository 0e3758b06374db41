"""The seam between a list that scrolls and what its rows look like: a ``LineDrawing`` draws, a ``LineRows`` shows."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from rich.segment import Segment

from widgets.paint import Paint
from widgets.rows import SortKey


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


DrawnT = TypeVar("DrawnT", bound=Keyed, contravariant=True)


class LineDrawing(Protocol[DrawnT]):
    """Draws the header and the rows of one kind of list. All in cells; lines may be shorter than the list."""

    def fit(self, rows: Sequence[DrawnT], width: int) -> bool:
        """Lay the columns out; True if that changed how rows are drawn."""

    def holds(self, row: DrawnT) -> bool:
        """Whether the present layout has room for this row."""

    def lines(self, row: DrawnT) -> int: ...

    def header(self, sort: tuple[SortKey, ...], paint: Paint) -> list[Segment]: ...

    def row(self, row: DrawnT, paint: Paint, gutter: str) -> list[list[Segment]]:
        """The row's lines; the first begins with the one cell of ``gutter``, which tells cursor and mark."""

    def column_at(self, x: int) -> str | None:
        """The key of the column at cell ``x`` that can be sorted by."""
