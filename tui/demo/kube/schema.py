"""Schemas of the custom kinds: structural OpenAPI v3 from the files in ``schemas``, checked and pruned as CRDs are."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from tui.demo.objects import Json, Resource
from tui.demo.objects.errors import Cause

_OPEN: Json = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}
_ENVELOPE = ("apiVersion", "kind", "metadata")


def schema_of(res: Resource) -> Json:
    """The schema of a custom kind; one without a file takes any spec and status."""
    return _load(res.key) or {"type": "object", "properties": {"spec": _OPEN, "status": _OPEN}}


def served_schema(key: str) -> Json:
    """As a CustomResourceDefinition carries it; ``key`` is ``plural.group``."""
    schema = _load(key)
    if schema is None:
        return _OPEN
    envelope = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
    return {**schema, "properties": {**envelope, **schema.get("properties", {})}}


@cache
def _load(key: str) -> Json | None:
    path = files("tui.demo.kube").joinpath("schemas", f"{key}.yaml")
    if not path.is_file():
        return None
    schema: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return schema


def prune(schema: Json, obj: Json) -> tuple[Json, list[str]]:
    """The object without fields that its schema does not know, and their paths."""
    unknown: list[str] = []
    kept = {key: obj[key] for key in _ENVELOPE if key in obj}
    kept |= _pruned(schema, {key: obj[key] for key in obj if key not in _ENVELOPE}, "", unknown)
    return kept, unknown


def _pruned(schema: Json, value: Any, path: str, unknown: list[str]) -> Any:
    if isinstance(value, list) and "items" in schema:
        return [_pruned(schema["items"], item, f"{path}[{index}]", unknown) for index, item in enumerate(value)]
    if not isinstance(value, dict) or schema.get("type") != "object":
        return value
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    kept = {}
    for key, item in value.items():
        at = f"{path}.{key}" if path else key
        if key in properties:
            kept[key] = _pruned(properties[key], item, at, unknown)
        elif isinstance(others, dict):
            kept[key] = _pruned(others, item, at, unknown)
        elif schema.get("x-kubernetes-preserve-unknown-fields"):
            kept[key] = item
        else:
            unknown.append(at)
    return kept


def faults(schema: Json, value: Any, path: str = "") -> Iterator[Cause]:
    """What is wrong with a value, one cause a fault."""
    if value is None and schema.get("nullable"):
        return
    wanted = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield _wrong_type("integer,string", value, path)
        return
    if wanted and not _is(wanted, value):
        yield _wrong_type(wanted, value, path)
        return
    yield from _value_faults(schema, value, path)
    if isinstance(value, dict):
        yield from _object_faults(schema, value, path)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from faults(schema["items"], item, f"{path}[{index}]")


def _object_faults(schema: Json, value: Json, path: str) -> Iterator[Cause]:
    prefix = f"{path}." if path else ""
    for name in schema.get("required", ()):
        if name not in value:
            yield Cause("FieldValueRequired", "Required value", f"{prefix}{name}")
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    for key, item in value.items():
        part = properties.get(key, others)
        if isinstance(part, dict):
            yield from faults(part, item, f"{prefix}{key}")


def _value_faults(schema: Json, value: Any, path: str) -> Iterator[Cause]:
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    if "enum" in schema and value not in schema["enum"]:
        allowed = ", ".join(f'"{choice}"' for choice in schema["enum"])
        yield Cause("FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {allowed}", path)
    if "minimum" in schema and isinstance(value, int | float) and value < schema["minimum"]:
        text = f"Invalid value: {shown}: {path} in body should be greater than or equal to {schema['minimum']}"
        yield Cause("FieldValueInvalid", text, path)
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        yield Cause(
            "FieldValueInvalid", f"Invalid value: {shown}: {path} in body should match '{schema['pattern']}'", path
        )


def _is(wanted: str, value: Any) -> bool:
    return isinstance(value, _TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))


def _wrong_type(wanted: str, value: Any, path: str) -> Cause:
    found = "null" if value is None else next((name for name in _TYPES if _is(name, value)), "null")
    message = f'Invalid value: "{found}": {path} in body must be of type {wanted}: "{found}"'
    return Cause("FieldValueTypeInvalid", message, path)
