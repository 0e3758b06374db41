"""Objects as YAML for a person, credentials hidden; and what a change makes different."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

import yaml

from tui.launch.hidden import hide
from tui.model.json_value import JsonObject, JsonValue
from tui.model.manifest import Change

# What the server writes by itself; it is no one's wish and only noise in a difference.
_SERVER_METADATA = frozenset(
    {
        *("managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"),
        *("deletionTimestamp", "deletionGracePeriodSeconds"),
    }
)
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_CONTEXT_LINES = 3


def to_yaml(bodies: Sequence[JsonObject]) -> str:
    """The documents in their order, each as it was made; what is secret is ``***``."""
    return "---\n".join(_dump(body, sort=False) for body in bodies)


def difference(old: JsonObject | None, new: JsonObject | None) -> tuple[str, ...]:
    """Unified lines (``+``, ``-``, `` ``, ``@@``) from what is there to what is wanted; empty: they are alike.

    ``None``: there is nothing. Both are ordered by name, so that only values differ. Where all that changes is hidden,
    one line says so.
    """
    shown_old, shown_new = _shown(old), _shown(new)
    lines = list(unified_diff(shown_old, shown_new, "now", "then", lineterm="", n=_CONTEXT_LINES))[2:]
    if not lines and old is not None and new is not None and _bare(old) != _bare(new):
        return (" a hidden value changes",)
    return tuple(lines)


def change_difference(change: Change) -> tuple[str, ...]:
    """The difference that a planned change makes."""
    if change.verb == "delete":
        return difference(change.replaces, None)
    if change.verb == "patch" and change.replaces is not None:
        return difference(change.replaces, merged(change.replaces, change.body or {}))
    return difference(change.replaces, change.body)


def merged(live: JsonObject, patch: JsonObject) -> dict[str, JsonValue]:
    """What a merge patch (RFC 7386) makes of an object."""
    result = dict(live)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def _shown(body: JsonObject | None) -> list[str]:
    return [] if body is None else _dump(_bare(body), sort=True).splitlines()


def _bare(body: JsonObject) -> JsonObject:
    metadata = body.get("metadata")
    rest = {name: value for name, value in body.items() if name != "status"}
    if isinstance(metadata, Mapping):
        rest["metadata"] = dict(_without_server(metadata))
    return rest


def _without_server(metadata: JsonObject) -> Iterator[tuple[str, JsonValue]]:
    for name, value in metadata.items():
        if name == "annotations" and isinstance(value, Mapping):
            kept = {key: text for key, text in value.items() if key != _LAST_APPLIED}
            if kept:
                yield name, kept
        elif name not in _SERVER_METADATA:
            yield name, value


class _Dumper(yaml.SafeDumper):
    """Plain block YAML, without references between equal parts."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _dump(body: JsonObject, sort: bool) -> str:
    return yaml.dump(
        _plain(hide(body)), Dumper=_Dumper, sort_keys=sort, default_flow_style=False, allow_unicode=True, width=1000
    )


def _plain(value: JsonValue) -> object:
    """Dicts and lists, which are all that YAML's writer knows."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value
