"""Checks the bodies of writes against the shapes of ``bodies.yaml``, and says where one is wrong."""

import re
from collections.abc import Iterator
from typing import Any

from aiohttp import web

from tui.demo.objects import Json
from tui.demo.runai.answers import RefusalError, body_of
from tui.demo.runai.shapes import shapes

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


async def checked_body(request: web.Request, shape: str) -> Any:
    """The body of a write. Raises a 400 that names what is wrong with it first."""
    wanted = shapes()[shape]
    body = await body_of(request, list if wanted.get("type") == "array" else dict)
    check(shape, body)
    return body


def check(shape: str, body: Any) -> None:
    """Raises a 400 for a body that has not the shape of that name."""
    for fault in _faults(shapes()[shape], body, ""):
        raise RefusalError(400, f"request body has an error: doesn't match schema: {fault}")


def _faults(schema: Json, value: Any, path: str) -> Iterator[str]:
    if value is None:
        if not schema.get("nullable"):
            yield _at(path, "Value is not nullable")
        return
    wanted = schema.get("type")
    if wanted and (not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        yield _at(path, f"value must be {'an' if wanted[0] in 'aio' else 'a'} {wanted}")
        return
    yield from _of_value(schema, value, path)
    if isinstance(value, dict):
        yield from _of_object(schema, value, path)
    elif isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from _faults(schema["items"], item, f"{path}/{index}")


def _of_object(schema: Json, value: Json, path: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield _at(f"{path}/{name}", f'property "{name}" is missing')
    properties = schema.get("properties")
    for name, item in value.items():
        if properties is None:
            continue
        if name in properties:
            yield from _faults(properties[name], item, f"{path}/{name}")
        else:
            yield _at(path, f'property "{name}" is unsupported')


def _of_value(schema: Json, value: Any, path: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        allowed = ",".join(f'"{choice}"' for choice in schema["enum"] if choice is not None)
        yield _at(path, f"value is not one of the allowed values [{allowed}]")
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield _at(path, f"minimum string length is {schema['minLength']}")
        if len(value) > schema.get("maxLength", len(value)):
            yield _at(path, f"maximum string length is {schema['maxLength']}")
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield _at(path, f'string doesn\'t match the regular expression "{schema["pattern"]}"')
    if isinstance(value, int | float):
        if value < schema.get("minimum", value):
            yield _at(path, f"number must be at least {schema['minimum']}")
        if value > schema.get("maximum", value):
            yield _at(path, f"number must be at most {schema['maximum']}")


def _at(path: str, text: str) -> str:
    return f'Error at "{path or "/"}": {text}'
