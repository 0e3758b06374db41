"""What headers of lists have in common: titles with their order marks. Pure."""

from widgets.glyphs import fit
from widgets.rows import Align, SortKey


def order_mark(key: str, sort: tuple[SortKey, ...]) -> str:
    """``▲`` or ``▼``; with several sort keys also the place of this one: ``▲1``."""
    for place, part in enumerate(sort, start=1):
        if part.column == key:
            return ("▼" if part.descending else "▲") + (str(place) if len(sort) > 1 else "")
    return ""


def header_text(key: str, title: str, width: int, align: Align, sort: tuple[SortKey, ...]) -> str:
    """The title in ``width`` cells; its order mark is never cut."""
    mark = order_mark(key, sort)
    room = width - len(mark)
    if align == "right":
        return fit(title, room, "right") + mark
    return fit(title[: max(0, room)] + mark, width, align)
