"""JSON as manifests hold it: plain values, and secrets that only the writer turns into text."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from config.secret import Secret

JsonValue: TypeAlias = "bool | int | float | str | Secret | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]
