"""The themes, from ``themes.toml``, as data: what draws them turns them into its own kind of theme."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SLICE_COLOURS = 16


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme. Colours are ``#rrggbb``, or ``ansi_*`` where ``ansi`` is set (the terminal's own 16).

    ``slices`` has ``SLICE_COLOURS`` entries; ``slice_text`` is readable on each of them. ``dim`` for what matters less.
    """

    name: str
    title: str
    dark: bool
    primary: str
    secondary: str
    accent: str
    foreground: str
    background: str
    surface: str
    panel: str
    success: str
    warning: str
    error: str
    dim: str
    slice_text: str
    slices: tuple[str, ...]
    ansi: bool = False


@cache
def palettes() -> tuple[Palette, ...]:
    """All themes in the order in which the theme key walks through them."""
    document = tomllib.loads(Path(__file__).with_name("themes.toml").read_text(encoding="utf-8"))
    return tuple(Palette(**{**entry, "slices": tuple(entry["slices"])}) for entry in document["theme"])


def palette(name: str) -> Palette:
    """The theme of that name; an unknown one is a ``KeyError`` (settings refuse it long before)."""
    return {entry.name: entry for entry in palettes()}[name]
