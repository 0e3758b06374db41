"""A strip that tells the terminal only what changes from one run of cells to the next.

Textual's own strip sets every colour anew and resets after each run, some forty bytes a run; on a line of many short
runs that is most of what goes over an SSH connection. It changes nothing that can be seen.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.console import Console
from rich.style import Style
from textual.strip import Strip

_DEFAULT_FOREGROUND, _DEFAULT_BACKGROUND = "39", "49"


class _Look(NamedTuple):
    attributes: str
    foreground: str
    background: str


_PLAIN = _Look("", _DEFAULT_FOREGROUND, _DEFAULT_BACKGROUND)


class TightStrip(Strip):
    """Made by ``tight`` of a strip that is ready to be painted."""

    def render(self, console: Console) -> str:
        if self._render_cache is None:
            if any(style is not None and style.link for _, style, _ in self._segments):
                return super().render(console)
            self._render_cache = self._render_changes(console._color_system or ColorSystem.TRUECOLOR)
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        return tight(super().crop(start, end))

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        return [tight(strip) for strip in super().divide(cuts)]

    def _render_changes(self, system: ColorSystem) -> str:
        now: Style | None = None
        parts: list[str] = []
        for text, style, _ in self._segments:
            if style is not now:
                parts.append(_change(now, style, system))
                now = style
            parts.append(text)
        parts.append(_change(now, None, system))
        return "".join(parts)


def tight(strip: Strip) -> TightStrip:
    return strip if isinstance(strip, TightStrip) else TightStrip(strip, strip.cell_length)


@lru_cache(4096)
def _look(style: Style, system: ColorSystem) -> _Look:
    codes = (
        ("1", style.bold),
        ("2", style.dim),
        ("3", style.italic),
        ("4", style.underline),
        ("5", style.blink),
        ("7", style.reverse),
        ("9", style.strike),
    )
    return _Look(
        ";".join(code for code, on in codes if on),
        _codes(style.color, system, True) or _DEFAULT_FOREGROUND,
        _codes(style.bgcolor, system, False) or _DEFAULT_BACKGROUND,
    )


def _codes(colour: Color | None, system: ColorSystem, foreground: bool) -> str:
    return "" if colour is None else ";".join(colour.downgrade(system).get_ansi_codes(foreground))


@lru_cache(16384)
def _change(before: Style | None, after: Style | None, system: ColorSystem) -> str:
    now = _PLAIN if before is None else _look(before, system)
    wanted = _PLAIN if after is None else _look(after, system)
    if now == wanted:
        return ""
    if wanted == _PLAIN:
        return "\x1b[0m"
    # Attributes can't be taken back one by one in every terminal: losing one begins anew.
    anew = bool(now.attributes) and now.attributes != wanted.attributes
    old = _PLAIN if anew else now
    codes = [new for was, new in zip(old, wanted, strict=True) if new and new != was]
    return f"\x1b[{';'.join(['0', *codes] if anew else codes)}m"
