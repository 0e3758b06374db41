"""Strategic merge patch: a merge patch that knows by which key each list of a built-in kind is merged."""

from typing import Any

from tui.demo.kube.patches.keys import SET, list_keys
from tui.demo.objects import Json

_DELETE_FROM = "$deleteFromPrimitiveList/"
_ORDER = "$setElementOrder/"
_PATCH, _RETAIN = "$patch", "$retainKeys"


def strategic_merge(target: Any, patch: Any, path: tuple[str, ...] = ()) -> Any:
    """``target`` after the patch. Directives: ``$patch``, ``$retainKeys``, ``$deleteFromPrimitiveList``,
    ``$setElementOrder``."""
    if not isinstance(patch, dict):
        return patch
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {key: value for key, value in patch.items() if key != _PATCH}
    if directive == "delete":
        return {}
    result = dict(target) if isinstance(target, dict) else {}
    if _RETAIN in patch:
        result = {key: value for key, value in result.items() if key in patch[_RETAIN]}
    for name, value in _directives(patch, _DELETE_FROM):
        result[name] = [item for item in result.get(name, []) if item not in value]
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(result, key, value, path)
    for name, value in _directives(patch, _ORDER):
        _order(result, name, value, path)
    return result


def _directives(patch: Json, prefix: str) -> list[tuple[str, list[Any]]]:
    return [(key.removeprefix(prefix), value) for key, value in patch.items() if key.startswith(prefix)]


def _merge_field(result: Json, key: str, value: Any, path: tuple[str, ...]) -> None:
    at = (*path, key)
    if value is None:
        result.pop(key, None)
    elif isinstance(value, list):
        result[key] = _merge_list(result.get(key) or [], value, at)
    elif isinstance(value, dict):
        result[key] = strategic_merge(result.get(key), value, at)
    else:
        result[key] = value


def _merge_list(items: list[Any], patch: list[Any], path: tuple[str, ...]) -> list[Any]:
    keys = list_keys(False, path)
    if any(isinstance(item, dict) and item.get(_PATCH) == "replace" for item in patch):
        return [item for item in patch if not (isinstance(item, dict) and _PATCH in item)]
    if keys is None:
        return [strategic_merge({}, item, path) if isinstance(item, dict) else item for item in patch]
    if keys == SET:
        return [*items, *(item for item in patch if item not in items)]
    merged = list(items)
    for item in patch:
        _merge_item(merged, item, keys[0], path)
    return merged


def _merge_item(merged: list[Any], item: Any, key: str, path: tuple[str, ...]) -> None:
    index = next((n for n, old in enumerate(merged) if old.get(key) == item.get(key)), None)
    if item.get(_PATCH) == "delete":
        if index is not None:
            del merged[index]
    elif index is None:
        merged.append(strategic_merge({}, item, path))
    else:
        merged[index] = strategic_merge(merged[index], item, path)


def _order(result: Json, name: str, order: list[Any], path: tuple[str, ...]) -> None:
    items, keys = result.get(name), list_keys(False, (*path, name))
    if not items or keys is None:
        return
    wanted = [item.get(keys[0]) if isinstance(item, dict) else item for item in order]

    def place(item: Any) -> int:
        key = item.get(keys[0]) if isinstance(item, dict) else item
        return wanted.index(key) if key in wanted else len(wanted)

    result[name] = sorted(items, key=place)
