"""How one GPU's slices are laid out on a bar of so many cells. Pure: it knows runs of text, not colours.

A slice is never lost: it has at least one cell; where there are more slices than cells the last cell is ``+``.
What is free is drawn as free wherever it has room for one cell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from widgets.rows import GpuSegment, SegmentKind

FREE_GLYPH = "·"
UNKNOWN_GLYPH = "─"
SEPARATOR = "│"
_SEPARATED_FROM = 8  # cells: a narrower bar needs all of them for letters
_LITTLE = 0.005  # fractions come in hundredths; less than half of one is rounding


@dataclass(frozen=True, slots=True)
class Run:
    """The cells of one part; a separator belongs to the part that it opens. ``kind`` is ``None`` for the ``+``."""

    text: str
    kind: SegmentKind | None
    colour: int = 0


def bar_runs(segments: tuple[GpuSegment, ...], width: int) -> tuple[Run, ...]:
    """The runs of a bar; their texts sum to ``width`` cells."""
    if not segments:
        return (Run(FREE_GLYPH * width, SegmentKind.FREE),)
    first = segments[0]
    if first.fraction == 1.0 and len(segments) == 1:  # by far the most, and no need to be remembered
        return (Run(_glyph(first) * width, first.kind, first.colour),)
    return _mixed(segments, width)


@lru_cache(4096)
def _mixed(segments: tuple[GpuSegment, ...], width: int) -> tuple[Run, ...]:
    if width <= 0:
        return ()
    parts = _with_rest(segments)
    if len(parts) > width:
        parts = [part for part in parts if part.kind is not SegmentKind.FREE]
    if len(parts) > width:
        shown = [Run(_glyph(part), part.kind, part.colour) for part in parts[: width - 1]]
        return (*shown, Run("+", None))
    cells = share([part.fraction or 0.0 for part in parts], width)
    return _separated(parts, cells, width)


def share(fractions: Sequence[float], width: int) -> list[int]:
    """Whole cells for each fraction, one at least, by largest remainder; they sum to ``width``.

    Needs ``len(fractions) <= width``; fractions that sum to more than 1 are scaled down.
    """
    total = max(sum(fractions), _LITTLE)
    exact = [fraction / total * width for fraction in fractions]
    cells = [max(1, int(value)) for value in exact]
    while (missing := width - sum(cells)) != 0:
        if missing > 0:
            place = max(range(len(cells)), key=lambda i: exact[i] - cells[i])
            cells[place] += 1
        else:
            place = max((i for i in range(len(cells)) if cells[i] > 1), key=lambda i: cells[i] - exact[i])
            cells[place] -= 1
    return cells


def _with_rest(segments: Sequence[GpuSegment]) -> list[GpuSegment]:
    rest = 1.0 - sum(segment.fraction or 0.0 for segment in segments)
    parts = [s for s in segments if s.fraction is None or s.fraction > 0]
    if rest > _LITTLE or not parts:
        unsure = any(segment.fraction is None for segment in segments)
        parts.append(GpuSegment("", 0, rest, SegmentKind.UNKNOWN if unsure else SegmentKind.FREE))
    return parts


def _separated(parts: list[GpuSegment], cells: list[int], width: int) -> tuple[Run, ...]:
    runs: list[Run] = []
    for place, (part, count) in enumerate(zip(parts, cells, strict=True)):
        before = parts[place - 1] if place else None
        wanted = before is not None and (width >= _SEPARATED_FROM or _alike(before, part))
        opening = SEPARATOR if wanted and count > 1 else ""
        runs.append(Run(opening + _glyph(part) * (count - len(opening)), part.kind, part.colour))
    return tuple(runs)


def _alike(one: GpuSegment, other: GpuSegment) -> bool:
    return one.letter == other.letter and one.kind is other.kind


def _glyph(part: GpuSegment) -> str:
    if part.kind is SegmentKind.FREE:
        return FREE_GLYPH
    if part.kind is SegmentKind.UNKNOWN:
        return UNKNOWN_GLYPH
    return part.letter or "?"
