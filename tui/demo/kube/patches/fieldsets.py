"""Sets of fields: which parts of an object a manager owns, flattened from objects and written as FieldsV1."""

import json
from typing import Any

from tui.demo.kube.patches.keys import SET, atomic_map, key_of, list_keys
from tui.demo.objects import Json

Path = tuple[str, ...]
"""Elements as FieldsV1 writes them: ``f:data``, ``k:{"name":"c"}``, ``v:"x"``."""
Fields = frozenset[Path]
ITEM = object()
"""The value of a list's item as such: it is there."""

_OBJECT_META = frozenset(
    {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
     "generateName", "deletionTimestamp", "deletionGracePeriodSeconds"}
)  # fmt: skip


def flatten(obj: Json, custom: bool, *, with_status: bool) -> dict[Path, Any]:
    """Each field that can be owned, with its value; what only the server sets is left out."""
    flat: dict[Path, Any] = {}
    for key, value in obj.items():
        if key in ("apiVersion", "kind") or (key == "status" and not with_status):
            continue
        if key == "metadata":
            value = {name: part for name, part in value.items() if name not in _OBJECT_META}
            if not value:
                continue
        _flatten(flat, value, (f"f:{key}",), (key,), custom)
    return flat


def _flatten(flat: dict[Path, Any], value: Any, path: Path, names: tuple[str, ...], custom: bool) -> None:
    if isinstance(value, dict) and value and not atomic_map(custom, names):
        for key, part in value.items():
            _flatten(flat, part, (*path, f"f:{key}"), (*names, key), custom)
        return
    keys = list_keys(custom, names) if isinstance(value, list) and value else None
    if keys is None:
        flat[path] = value
        return
    for item in value:
        at = (*path, element(item, keys))
        flat[at] = ITEM
        if isinstance(item, dict):
            for key, part in item.items():
                _flatten(flat, part, (*at, f"f:{key}"), (*names, key), custom)


def element(item: Any, keys: tuple[str, ...]) -> str:
    """How FieldsV1 names an item of a list."""
    pairs = dict(key_of(item, keys))
    if keys == SET:
        return "v:" + json.dumps(pairs[""], separators=(",", ":"))
    return "k:" + json.dumps(pairs, separators=(",", ":"))


def to_fields_v1(fields: Fields) -> Json:
    """The tree of FieldsV1; a field that is owned itself and has owned children carries ``.``."""
    tree: Json = {}
    for path in sorted(fields):
        node = tree
        for part in path:
            node = node.setdefault(part, {})
        node["."] = {}
    return _without_leaf_dots(tree)


def _without_leaf_dots(tree: Json) -> Json:
    return {} if tree.keys() == {"."} else {key: _without_leaf_dots(child) for key, child in tree.items()}


def from_fields_v1(tree: Json, path: Path = ()) -> Fields:
    """The set behind a tree of FieldsV1."""
    if not tree:
        return frozenset({path}) if path else frozenset()
    found: set[Path] = set()
    for key, child in tree.items():
        found |= {path} if key == "." else from_fields_v1(child, (*path, key))
    return frozenset(found)


def dotted(path: Path) -> str:
    """``.spec.containers[name="c"].image``: as conflicts name a field."""
    text = ""
    for part in path:
        kind, _, name = part.partition(":")
        if kind == "f":
            text += f".{name}"
        elif kind == "v":
            text += f"[={name}]"
        else:
            pairs = json.loads(name).items()
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs) + "]"
    return text
