"""The catalogue of causes, from ``causes.toml``: why something does not run, and what mends it."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec


class CauseEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One code. ``command`` has places such as ``{namespace}``; ``fault`` false: said, never counted as trouble."""

    title: str
    remedy: str
    command: str | None = None
    guide: str | None = None
    fault: bool = True


@cache
def causes() -> Mapping[str, CauseEntry]:
    """All codes with what is said of each, in the order of the file."""
    document = tomllib.loads(files("config").joinpath("causes.toml").read_text(encoding="utf-8"))
    return MappingProxyType(msgspec.convert(document, dict[str, CauseEntry]))
