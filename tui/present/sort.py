"""Sorting rows by several keys in a visible order; what is not known always comes last."""

from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TypeVar

from tui.present.filter import FieldValue
from widgets.rows import SortKey

T = TypeVar("T")


def press(keys: tuple[SortKey, ...], column: str, *, add: bool = False) -> tuple[SortKey, ...]:
    """The sort order after a key press on ``column``: alone (or ``add``ed after the others); again turns it around."""
    for index, key in enumerate(keys):
        if key.column == column and (add or len(keys) == 1):
            turned = SortKey(column, not key.descending)
            return (*keys[:index], turned, *keys[index + 1 :])
    return (*keys, SortKey(column)) if add else (SortKey(column),)


def ordered(items: Iterable[T], keys: tuple[SortKey, ...], field: Callable[[T, str], FieldValue]) -> list[T]:
    """``items`` sorted by ``keys``; ``field(item, column)`` gives the value, ``None`` sorts last in both directions."""
    result = list(items)
    for key in reversed(keys):
        valued = [(field(item, key.column), item) for item in result]
        known = [(_rank(value), item) for value, item in valued if value is not None]
        known.sort(key=itemgetter(0), reverse=key.descending)
        result = [item for _, item in known] + [item for value, item in valued if value is None]
    return result


def _rank(value: FieldValue) -> tuple[int, float, str]:
    """Numbers before words, words without regard to case, so that mixed columns still have one order."""
    if isinstance(value, bool | int | float):
        return (0, float(value), "")
    return (1, 0.0, str(value).lower())
