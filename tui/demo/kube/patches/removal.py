"""Takes one owned field out of an object: what server-side apply does with fields that their manager gives up."""

import json
from typing import Any

from tui.demo.kube.patches.fieldsets import Path
from tui.demo.objects import Json


def remove(obj: Json, path: Path) -> None:
    """Removes the field at ``path``, if it is there, and containers that are empty then. Changes only ``obj``'s own
    containers: those on the way are copied first."""
    _removed(obj, path)


def _removed(node: Any, path: Path) -> None:
    head, rest = path[0], path[1:]
    if head.startswith("f:") and isinstance(node, dict):
        _from_map(node, head[2:], rest)
    elif isinstance(node, list):
        _from_list(node, head, rest)


def _from_map(node: Json, key: str, rest: Path) -> None:
    if key not in node:
        return
    if not rest:
        del node[key]
        return
    child = node[key] = _copied(node[key])
    _removed(child, rest)
    if not child:
        del node[key]


def _from_list(node: list[Any], head: str, rest: Path) -> None:
    wanted = json.loads(head[2:])
    for index, item in enumerate(node):
        if not _is(item, wanted):
            continue
        if rest:
            node[index] = _copied(item)
            _removed(node[index], rest)
        else:
            del node[index]
        return


def _is(item: Any, wanted: Any) -> bool:
    if not isinstance(item, dict):
        return bool(item == wanted)
    return all(item.get(key, "TCP" if key == "protocol" else None) == value for key, value in wanted.items())


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value
