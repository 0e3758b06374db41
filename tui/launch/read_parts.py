"""Single values of objects that others may have written: at worst ``None``, never an error."""

from collections.abc import Mapping
from typing import TypeAlias

from tui.launch.deployment import CONTAINER, GPU
from tui.launch.sizes import parse_size
from tui.sources.kinds.loose import count_at, dig, list_at, number_at, text_at

Loose: TypeAlias = object


def value(spec: Loose, name: str) -> Loose:
    """Run:ai's ``{name: {value: X}}``."""
    return dig(spec, name, "value")


def items(spec: Loose, name: str) -> Mapping[str, Loose]:
    """Run:ai's ``{name: {items: {key: {value: X}}}}`` as key -> X."""
    found = dig(spec, name, "items")
    return {str(key): dig(entry, "value") for key, entry in found.items()} if isinstance(found, dict) else {}


def text(found: Loose) -> str | None:
    """A text that is not empty; numbers as text."""
    return text_at({"": found}, "")


def number(found: Loose) -> float | None:
    """A number, also from a quantity such as ``500m``."""
    return number_at({"": found}, "")


def whole(found: Loose) -> int | None:
    """A whole number."""
    return count_at({"": found}, "")


def size(found: Loose) -> int | None:
    """Bytes of a quantity, exact where it can be."""
    exact = parse_size(found) if isinstance(found, str) else None
    if exact is not None:
        return exact
    near = number(found)
    return None if near is None else round(near)


def names(found: Loose) -> tuple[str, ...]:
    """A list of names, or a text with spaces or commas between them."""
    listed = found if isinstance(found, list) else str(found or "").replace(",", " ").split()
    return tuple(str(name) for name in listed)


def container_of(pod: Loose) -> Loose:
    """The container that serves: ours by name, else the one with GPUs, else the first."""
    containers = list_at(pod, "containers")
    named = (one for one in containers if text(dig(one, "name")) == CONTAINER)
    with_gpu = (one for one in containers if dig(one, "resources", "limits", GPU) is not None)
    return next(named, next(with_gpu, containers[0] if containers else None))
