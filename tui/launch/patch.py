"""The smallest merge patch that makes one JSON object as another one wants it, knowing what a server adds by itself.

What the live object has beyond what is wanted stays: servers and webhooks fill in defaults. Only what an earlier wish
(``before``) had and the new one has not is taken away.
"""

from collections.abc import Mapping, Sequence

from tui.model.json_value import JsonObject, JsonValue
from tui.model.quantity import parse_quantity

_AMOUNTS = ("resources", "requests", "limits")


def merge_patch(live: JsonObject, wanted: JsonObject, before: JsonObject | None = None) -> dict[str, JsonValue]:
    """RFC 7386: what to send so that ``live`` covers ``wanted``; empty when it does already."""
    return _patch(live, wanted, before or {}, "")


def covers(live: JsonValue, wanted: JsonValue, place: str = "") -> bool:
    """Whether ``live`` has all that ``wanted`` says. Lists must be as long; amounts may be written in another way."""
    if isinstance(wanted, Mapping):
        return isinstance(live, Mapping) and all(
            name in live and covers(live[name], value, name if place not in _AMOUNTS else place)
            for name, value in wanted.items()
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        if not isinstance(live, Sequence) or isinstance(live, str) or len(live) != len(wanted):
            return False
        return all(covers(a, b, place) for a, b in zip(live, wanted, strict=True))
    return _equal(live, wanted, place)


def _patch(live: JsonObject, wanted: JsonObject, before: JsonObject, place: str) -> dict[str, JsonValue]:
    patch: dict[str, JsonValue] = {name: None for name in before if name not in wanted and name in live}
    for name, value in wanted.items():
        here = name if place not in _AMOUNTS else place
        old = live.get(name)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            earlier = before.get(name)
            inner = _patch(old, value, earlier if isinstance(earlier, Mapping) else {}, here)
            if inner:
                patch[name] = inner
        elif name not in live or not covers(old, value, here):
            patch[name] = _filled(old, value)
    return patch


def _filled(live: JsonValue, wanted: JsonValue) -> JsonValue:
    """A list replaces the whole list: its elements keep what the server has put beside what is wanted."""
    if isinstance(wanted, Mapping):
        if not isinstance(live, Mapping):
            return wanted
        return {**live, **{name: _filled(live.get(name), value) for name, value in wanted.items()}}
    if _is_named(wanted) and _is_named(live):
        by_name = {part["name"]: part for part in live}  # type: ignore[union-attr,index,call-overload]
        return [_filled(by_name.get(part["name"]), part) for part in wanted]  # type: ignore[union-attr,index,call-overload]
    return wanted


def _is_named(value: JsonValue) -> bool:
    """A list of objects that each have a name: containers, ports, variables."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return False
    return all(isinstance(part, Mapping) and "name" in part for part in value)


def _equal(live: JsonValue, wanted: JsonValue, place: str) -> bool:
    if live == wanted and isinstance(live, bool) == isinstance(wanted, bool):
        return True
    if place in _AMOUNTS and isinstance(live, str | int) and isinstance(wanted, str | int):
        a, b = parse_quantity(str(live)), parse_quantity(str(wanted))
        return a is not None and a == b
    return False
