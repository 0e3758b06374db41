"""Reading objects whose schema nobody promises us (Run:ai's, Knative's, NIM's): never an error, at worst ``None``."""

import math

from tui.model.condition import Condition
from tui.model.quantity import parse_quantity
from tui.sources.kinds.text import moment, share


def dig(value: object, *path: str) -> object:
    """What lies at ``path``; ``None`` as soon as something on the way is missing or no object."""
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def text_at(value: object, *path: str) -> str | None:
    """The text there; a number is given as text, anything else and the empty text as ``None``."""
    found = dig(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return share(str(found)) or None


def number_at(value: object, *path: str) -> float | None:
    """The number there, also from a text or a quantity such as ``500m``; ``None`` for infinities too."""
    found = dig(value, *path)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    number = parse_quantity(found)
    return number if number is not None and math.isfinite(number) else None


def count_at(value: object, *path: str) -> int | None:
    """The whole number there; ``None`` for 1.5."""
    number = number_at(value, *path)
    return int(number) if number is not None and number == int(number) else None


def list_at(value: object, *path: str) -> list[object]:
    """The list there, else an empty one."""
    found = dig(value, *path)
    return found if isinstance(found, list) else []


def conditions_at(value: object, *path: str) -> tuple[Condition, ...]:
    """The conditions there; entries without a type are left out."""
    return tuple(
        Condition(
            type=share(kind),
            status=text_at(entry, "status") or "Unknown",
            reason=text_at(entry, "reason") or "",
            message=text_at(entry, "message") or "",
            changed_at=moment(text_at(entry, "lastTransitionTime")),
        )
        for entry in list_at(value, *path)
        if (kind := text_at(entry, "type"))
    )
