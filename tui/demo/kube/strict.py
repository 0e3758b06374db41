"""Which fields a kind has: unknown ones found, wrongly typed ones refused. Built-in by table, custom by schema."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from tui.demo.kube.schema import prune, schema_of
from tui.demo.objects import Json, Resource
from tui.demo.objects.errors import bad_request

Table = dict[str, dict[str, str]]

_GO = {"integer": "int32", "boolean": "bool", "string": "string", "number": "float64"}
_QUANTITIES = frozenset({"divisor", "sizeLimit", "storage"})


@cache
def _table() -> Table:
    text = files("tui.demo.kube").joinpath("builtin_fields.json").read_text(encoding="utf-8")
    table: Table = json.loads(text)
    return table


def check_fields(res: Resource, obj: Json) -> tuple[Json, list[str]]:
    """The object without its unknown fields, and their paths. Raises ``ApiError`` 400 for a value of the wrong type."""
    if res.custom:
        return prune(schema_of(res), obj)
    if res.kind not in _table():
        return obj, []
    walk = _Walk(res)
    kept: Json = walk.value(obj, res.kind, "", "")
    return kept, walk.unknown


class _Walk:
    def __init__(self, res: Resource) -> None:
        self.unknown: list[str] = []
        self._res = res
        self._owner = res.kind

    def value(self, value: Any, kind: str, path: str, field: str) -> Any:
        if value is None or kind == "any":
            return value
        if kind[0] == "[":
            return self._list(value, kind[1:], path, field)
        if kind[0] == "{":
            return self._map(value, kind[1:], path, field)
        if kind in _GO:
            return self._scalar(value, kind, path, field)
        fields = _table().get(kind)
        if fields is None:
            return value
        if not isinstance(value, dict):
            raise self._wrong(value, f"v1.{kind}", path)
        return self._struct(value, fields, kind, path)

    def _struct(self, value: Json, fields: dict[str, str], kind: str, path: str) -> Json:
        kept: Json = {}
        outer, self._owner = self._owner, kind
        for key, item in value.items():
            at = f"{path}.{key}" if path else key
            if key in fields:
                kept[key] = self.value(item, fields[key], at, key)
                self._owner = kind
            else:
                self.unknown.append(at)
        self._owner = outer
        return kept

    def _list(self, value: Any, kind: str, path: str, field: str) -> Any:
        if not isinstance(value, list):
            raise self._wrong(value, f"[]{_GO.get(kind, 'v1.' + kind)}", path)
        return [self.value(item, kind, f"{path}[{index}]", field) for index, item in enumerate(value)]

    def _map(self, value: Any, kind: str, path: str, field: str) -> Any:
        if not isinstance(value, dict):
            raise self._wrong(value, f"map[string]{_GO.get(kind, 'v1.' + kind)}", path)
        if kind == "string" and field not in ("labels", "annotations", "data", "matchLabels", "nodeSelector"):
            return value
        return {key: self.value(item, kind, f"{path}.{key}", field) for key, item in value.items()}

    def _scalar(self, value: Any, kind: str, path: str, field: str) -> Any:
        fits = {
            "integer": isinstance(value, int) and not isinstance(value, bool),
            "number": isinstance(value, int | float) and not isinstance(value, bool),
            "boolean": isinstance(value, bool),
            "string": isinstance(value, str) or (field in _QUANTITIES and isinstance(value, int | float)),
        }
        if not fits[kind]:
            raise self._wrong(value, _GO[kind], path)
        return value

    def _wrong(self, value: Any, go_type: str, path: str) -> Exception:
        names = {bool: "bool", str: "string", int: "number", float: "number", list: "array", dict: "object"}
        return bad_request(
            f'{self._res.kind} in version "{self._res.version}" cannot be handled as a {self._res.kind}: '
            f"json: cannot unmarshal {names.get(type(value), 'value')} into Go struct field "
            f"{self._owner}.{path} of type {go_type}"
        )
