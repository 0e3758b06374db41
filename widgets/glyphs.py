"""Text of an exact width: fitting, spark lines, meters. Pure, and free of Textual, so presenters may use it too."""

from collections.abc import Sequence
from math import ceil

from rich.cells import cell_len, set_cell_size

from widgets.rows import Align

SPARK = "▁▂▃▄▅▆▇█"
_CONTROL = dict.fromkeys((*range(32), 127, *range(0x80, 0xA0), 0x2028, 0x2029), "·")


def printable(text: str) -> str:
    """The text with control characters replaced: what a cluster says may not steer the terminal."""
    return text if text.isascii() and text.isprintable() else text.translate(_CONTROL)


def fit(text: str, width: int, align: Align = "left") -> str:
    """The text in exactly ``width`` cells: padded, or cut with an ellipsis. Wide characters count two."""
    if width <= 0:
        return ""
    length = len(text) if text.isascii() else cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    if align == "left":
        return text + " " * (width - length)
    if align == "right":
        return " " * (width - length) + text
    left = (width - length) // 2
    return " " * left + text + " " * (width - length - left)


def spark_text(values: Sequence[float | None], width: int, maximum: float | None = 1.0) -> str:
    """A spark line of ``width`` cells, newest at the right; a gap is a space.

    The range is 0 to ``maximum`` (``None``: the greatest value). Several values in one cell show their greatest.
    """
    cells = bucket(values, width)
    top = maximum if maximum is not None else max((v for v in cells if v is not None), default=0.0)
    return "".join(" " if v is None else _level(v, top) for v in cells).rjust(width)


def meter_text(fraction: float | None, width: int) -> str:
    """A thin meter of ``width`` cells in halves; unknown is an en dash, never an empty meter."""
    if fraction is None:
        return fit("–", width, "center")
    halves = round(min(1.0, max(0.0, fraction)) * width * 2)
    bar = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return bar + "╌" * (width - len(bar))


def bucket(values: Sequence[float | None], width: int) -> list[float | None]:
    """At most ``width`` values, oldest first: the greatest known of each stretch, ``None`` where none is known."""
    if len(values) <= width:
        return list(values)
    step = len(values) / width
    cells: list[float | None] = []
    for place in range(width):
        known = [v for v in values[int(place * step) : ceil((place + 1) * step)] if v is not None]
        cells.append(max(known) if known else None)
    return cells


def _level(value: float, top: float) -> str:
    if top <= 0:
        return SPARK[0]
    return SPARK[min(6, max(0, int(value / top * 7)))]  # the eighth would touch the line above
