"""JSON patch (RFC 6902) and JSON merge patch (RFC 7386). Knows nothing of Kubernetes."""

import copy
from typing import Any


class PatchFailedError(ValueError):
    """The patch does not fit the document: a path that is not there, or a test that fails."""


class PatchMalformedError(ValueError):
    """The patch is no patch."""


def merge(target: Any, patch: Any) -> Any:
    """``target`` after a merge patch: objects merge, ``None`` removes, everything else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def apply_patch(document: Any, operations: Any) -> Any:
    """``document`` (left as it is) after all operations. Raises ``PatchFailedError`` and ``PatchMalformedError``."""
    if not isinstance(operations, list):
        raise PatchMalformedError("a JSON patch is a list of operations")
    holder = {"": copy.deepcopy(document)}
    for operation in operations:
        _apply(holder, operation)
    return holder[""]


def _apply(holder: dict[str, Any], operation: Any) -> None:
    if not isinstance(operation, dict) or not isinstance(operation.get("path"), str):
        raise PatchMalformedError("an operation is an object with op and path")
    op, path = operation.get("op"), _pointer(operation["path"])
    if op in ("add", "replace", "test"):
        if "value" not in operation:
            raise PatchMalformedError(f"{op} needs a value")
        _write(holder, op, path, copy.deepcopy(operation["value"]))
    elif op == "remove":
        _remove(holder, path)
    elif op in ("move", "copy"):
        if not isinstance(operation.get("from"), str):
            raise PatchMalformedError(f"{op} needs from")
        source = _pointer(operation["from"])
        if op == "move" and path[: len(source)] == source and path != source:
            raise PatchFailedError("a value can't be moved into itself")
        value = copy.deepcopy(_find(holder, source))
        if op == "move":
            _remove(holder, source)
        _write(holder, "add", path, value)
    else:
        raise PatchMalformedError(f"unknown operation {op!r}")


def _write(holder: dict[str, Any], op: str, path: list[str], value: Any) -> None:
    parent, key = _find(holder, path[:-1]), path[-1]
    if op == "add":
        if isinstance(parent, list):
            parent.insert(len(parent) if key == "-" else _index(parent, key, len(parent)), value)
        elif isinstance(parent, dict):
            parent[key] = value
        else:
            raise PatchFailedError("the parent is neither object nor list")
        return
    found = _child(parent, key)
    if op == "test":
        if not _equal(found, value):
            raise PatchFailedError("test failed")
    elif isinstance(parent, list):
        parent[_index(parent, key, len(parent) - 1)] = value
    else:
        parent[key] = value


def _remove(holder: dict[str, Any], path: list[str]) -> None:
    parent, key = _find(holder, path[:-1]), path[-1]
    _child(parent, key)
    if isinstance(parent, list):
        del parent[_index(parent, key, len(parent) - 1)]
    else:
        del parent[key]


def _find(holder: dict[str, Any], path: list[str]) -> Any:
    value: Any = holder
    for key in path:
        value = _child(value, key)
    return value


def _child(parent: Any, key: str) -> Any:
    if isinstance(parent, dict):
        if key not in parent:
            raise PatchFailedError(f"no {key!r}")
        return parent[key]
    if isinstance(parent, list):
        return parent[_index(parent, key, len(parent) - 1)]
    raise PatchFailedError(f"no {key!r} in a plain value")


def _index(items: list[Any], key: str, last: int) -> int:
    if not key.isascii() or not key.isdigit() or (key != "0" and key.startswith("0")) or int(key) > last:
        raise PatchFailedError(f"no index {key!r} in a list of {len(items)}")
    return int(key)


def _pointer(text: str) -> list[str]:
    """The keys of a pointer, led by the key of the whole document in its holder."""
    if text and not text.startswith("/"):
        raise PatchMalformedError("a pointer starts with /")
    return ["", *(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])]


def _equal(one: Any, other: Any) -> bool:
    """Equal as JSON: ``true`` is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)
