"""How much of a drawn line differs from the line before it, so that no more goes to the terminal. Pure.

Textual 8 paints a changed region from the widget's left edge up to the region's right edge; so what can be saved of a
line is what lies to the right of its last difference, and what lies on lines that don't differ.
"""

from rich.cells import cell_len, get_character_cell_size
from rich.style import Style
from textual.strip import Strip

_Cell = tuple[str, Style | None]


def changed_width(old: Strip, new: Strip) -> int:
    """Cells from the left edge to the last one that differs; 0 if the strips look the same."""
    before, after = _cells(old), _cells(new)
    if len(before) != len(after):
        return max(len(before), len(after))
    for x in range(len(after) - 1, -1, -1):
        if before[x] != after[x]:
            return x + 1
    return 0


def _cells(strip: Strip) -> list[_Cell]:
    cells: list[_Cell] = []
    for text, style, _ in strip:
        if len(text) == cell_len(text):
            cells.extend((char, style) for char in text)
        else:
            for char in text:
                cells.extend([(char, style)] * get_character_cell_size(char))
    return cells
