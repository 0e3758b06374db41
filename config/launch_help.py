"""What each field of the Launch form is for, from ``launch_help.toml``."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """``help`` fits a line of 78 cells; ``why`` is the reason behind it, ``""`` where there is none to tell."""

    help: str
    why: str = ""


@cache
def _all() -> dict[str, FieldHelp]:
    document = tomllib.loads(Path(__file__).with_name("launch_help.toml").read_text(encoding="utf-8"))
    return {name: FieldHelp(str(entry["help"]), str(entry.get("why", ""))) for name, entry in document.items()}


def field_help(name: str) -> FieldHelp:
    """Of a field by its name in the form; empty for one that has none."""
    return _all().get(name, FieldHelp(""))
