"""Rows that are made when they are looked at: of a thousand in a list, only those in view ever are."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

RowT = TypeVar("RowT")


class LazyRows(Sequence[RowT], Generic[RowT]):
    """A row for each of ``keys``, made by ``make(index)`` at most once.

    ``notes`` says how many note lines stand under each row (empty: none under any). ``widest`` are the indexes of rows
    that need as much room as any: a list lays out its columns by these alone.
    """

    def __init__(
        self, keys: Sequence[str], make: Callable[[int], RowT], widest: Sequence[int], notes: Sequence[int] = ()
    ) -> None:
        self.keys = keys
        self._make = make
        self._widest = widest
        self.notes = notes
        self._made: dict[int, RowT] = {}

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, index: int) -> RowT: ...

    @overload
    def __getitem__(self, index: slice) -> list[RowT]: ...

    def __getitem__(self, index: int | slice) -> RowT | list[RowT]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        place = range(len(self))[index]
        if place not in self._made:
            self._made[place] = self._make(place)
        return self._made[place]

    def __setitem__(self, index: int, row: RowT) -> None:
        self._made[range(len(self))[index]] = row

    @property
    def samples(self) -> list[RowT]:
        """Rows that need as much room as any."""
        return [self[place] for place in self._widest]
