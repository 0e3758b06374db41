"""From a value of a spec file to a typed one, or the reason why not with its mend. Knows no field and no place."""

import math
from collections.abc import Callable, Mapping
from typing import TypeVar

from tui.launch.sizes import parse_duration, parse_size
from tui.launch.spec_text import Item

T = TypeVar("T")
_LONGEST_SHOWN = 60


class Bad(Exception):  # noqa: N818
    """Why a value will not do, with the mend."""


def shown(item: Item) -> str:
    """The value as an error may print it: one short line."""
    if isinstance(item.value, Mapping):
        return "a table"
    if isinstance(item.value, tuple):
        return "a list"
    raw = item.raw.replace("\n", " ")
    return raw if len(raw) <= _LONGEST_SHOWN else raw[: _LONGEST_SHOWN - 1] + "…"


def text(item: Item) -> str:
    """A text that is not empty."""
    if isinstance(item.value, bool | int | float):
        raise Bad(f'is not a text; write it in quotes: "{shown(item)}"')
    if not isinstance(item.value, str):
        raise Bad("is not a text; write one value")
    if not item.value.strip():
        raise Bad("is empty; give a value or leave it out")
    if item.value != item.value.strip():
        raise Bad("has spaces around it; remove them")
    return item.value


def any_text(item: Item) -> str:
    """A text, the empty one too."""
    return item.value if isinstance(item.value, str) else text(item)


def whole(item: Item) -> int:
    """A whole number."""
    if isinstance(item.value, str) and item.value.strip().lstrip("+-").isdigit():
        raise Bad(f"is a text; write it without quotes: {item.value.strip()}")
    if isinstance(item.value, bool) or not isinstance(item.value, int | float) or item.value != int(item.value):
        raise Bad("is not a whole number; write one, such as 2")
    return int(item.value)


def number(item: Item) -> float:
    """A number."""
    if isinstance(item.value, str) and _is_number(item.value):
        raise Bad(f"is a text; write it without quotes: {item.value.strip()}")
    if isinstance(item.value, bool) or not isinstance(item.value, int | float):
        raise Bad("is not a number; write one, such as 0.5")
    return float(item.value)


def flag(item: Item) -> bool:
    """True or false."""
    if not isinstance(item.value, bool):
        raise Bad("is neither true nor false; write one of them, without quotes")
    return item.value


def size(item: Item) -> int:
    """Bytes."""
    found = parse_size(item.value) if isinstance(item.value, str) else None
    if found is None:
        raise Bad("is not a size; write it with its unit (k, M, G, T, Ki, Mi, Gi, Ti), such as 40Gi")
    return found


def duration(item: Item) -> int:
    """Seconds."""
    if isinstance(item.value, int) and not isinstance(item.value, bool) and item.value >= 0:
        return item.value
    found = parse_duration(item.value) if isinstance(item.value, str) else None
    if found is None:
        raise Bad("is not a duration; write it with its units (d, h, m, s), such as 30d or 1h30m")
    return found


def choice(options: Mapping[str, T]) -> Callable[[Item], T]:
    """One of some words."""

    def chosen(item: Item) -> T:
        found = text(item)
        if found not in options:
            raise Bad(f"is not known; write one of {', '.join(options)}")
        return options[found]

    return chosen


def names(item: Item) -> tuple[str, ...]:
    """A list of texts; one alone needs no brackets."""
    if isinstance(item.value, tuple):
        return tuple(text(entry) for entry in item.value)
    return (text(item),)


def texts(item: Item) -> tuple[tuple[str, str], ...]:
    """A table of texts, in its order."""
    return tuple((name, _named(name, entry, any_text)) for name, entry in table(item).items())


def table(item: Item) -> Mapping[str, Item]:
    """A table of fields."""
    if not isinstance(item.value, Mapping):
        raise Bad("is not a table; write {name: value}")
    return item.value


def _named(name: str, item: Item, convert: Callable[[Item], T]) -> T:
    try:
        return convert(item)
    except Bad as error:
        raise Bad(f"{name} {error}") from None


def _is_number(found: str) -> bool:
    try:
        return math.isfinite(float(found))
    except ValueError:
        return False
