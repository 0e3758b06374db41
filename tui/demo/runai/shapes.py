"""Reads ``bodies.yaml``: our short way to write what a body must look like, as a schema that can be checked."""

import re
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from tui.demo.objects import Json

_KINDS: dict[str, Json] = {
    "text": {"type": "string"},
    "words!": {"type": "string", "minLength": 1},
    "whole": {"type": "integer"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "any": {},
    "quantity": {"type": "string", "pattern": r"^\d+(\.\d+)?([kMGTPE]i?|m|[eE]\d+)?$"},
    "label": {"type": "string", "minLength": 1, "pattern": r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"},
}
_BOUNDS = re.compile(r"(?P<kind>\S+) (?P<low>\d*)\.\.(?P<high>\d*)")


@cache
def shapes() -> dict[str, Json]:
    """Name of a body -> its schema: JSON Schema's own words, and ``nullable``."""
    text = files("tui.demo.runai").joinpath("bodies.yaml").read_text(encoding="utf-8")
    written: dict[str, Any] = yaml.safe_load(text)
    return {name: _schema(part) for name, part in written.items() if not name.startswith("_")}


def _schema(written: Any) -> Json:
    if isinstance(written, list):
        return {"type": "array", "items": _optional(written[0])}
    if isinstance(written, dict):
        return _object(written)
    if "|" in written:
        return {"type": "string", "enum": written.split(" | ")}
    bounded = _BOUNDS.fullmatch(written)
    return _bounded(bounded) if bounded else dict(_KINDS[written])


def _object(written: Json) -> Json:
    made: Json = {"type": "object", "properties": {}}
    needed = [name.removesuffix("!") for name in written if name.endswith("!")]
    for name, part in written.items():
        made["properties"][name.removesuffix("!")] = _schema(part) if name.endswith("!") else _optional(part)
    return {**made, "required": needed} if needed else made


def _optional(written: Any) -> Json:
    return {**_schema(written), "nullable": True}


def _bounded(found: re.Match[str]) -> Json:
    made = dict(_KINDS[found["kind"]])
    least, most = ("minLength", "maxLength") if made["type"] == "string" else ("minimum", "maximum")
    for word, value in ((least, found["low"]), (most, found["high"])):
        if value:
            made[word] = int(value)
    return made
