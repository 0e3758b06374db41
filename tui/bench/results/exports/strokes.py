"""Words and markers of a drawing, as SVG. Colours are middle tones: readable on light and on dark."""

from xml.sax.saxutils import escape

GREY = "#767676"


def words(
    x: float, y: float, told: str, size: int, anchor: str = "start", colour: str = GREY, weight: str = "400"
) -> str:
    """A line of text, its base line at ``y``."""
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {look}>{escape(told)}</text>'


def marker(shape: str, x: float, y: float, paint: str, inside: str = "") -> str:
    """A ``circle``, ``square``, ``diamond`` or triangle around a place; ``paint`` are its attributes."""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" {paint}>{inside}</circle>'
    if shape == "square":
        return f'<rect x="{x - 3.5:.1f}" y="{y - 3.5:.1f}" width="7" height="7" {paint}>{inside}</rect>'
    if shape == "diamond":
        corners = f"{x:.1f},{y - 6:.1f} {x + 6:.1f},{y:.1f} {x:.1f},{y + 6:.1f} {x - 6:.1f},{y:.1f}"
    else:
        corners = f"{x:.1f},{y - 5:.1f} {x + 4.5:.1f},{y + 3.5:.1f} {x - 4.5:.1f},{y + 3.5:.1f}"
    return f'<polygon points="{corners}" {paint}>{inside}</polygon>'
