"""``Chart``: axes, legend and braille curves. The only module that names plotext.

plotext is loaded at the first draw (a tenth of a second) and keeps one global figure, so a draw runs from start to end
without awaiting. It is asked for colours by number only: the numbers are tags that are turned into the theme's.
"""

import re
from functools import cache
from types import ModuleType

from rich.style import Style

from widgets import braille
from widgets.chart_data import Plan, plan
from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.glyphs import fit, printable
from widgets.paint import Paint
from widgets.rows import ChartView, Tone

_TAG = 100  # plotext's colour for the first thing drawn, one more for each after it; the tags are never seen
_MOST_TAGS = 150
_THEME = "nimdeck"
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_SMALLEST = (16, 5)


def load() -> None:
    """Load plotext ahead of the first draw; from any thread."""
    _plotext()


class Chart(Drawn):
    """Shows a ``ChartView``; draws anew only when it is given another one, or its size or the theme changes."""

    DEFAULT_CSS = """
    Chart { height: 1fr; }
    """

    _view = ChartView("", ())

    def set_view(self, view: ChartView) -> None:
        if view != self._view:
            self._view = view
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        head = self._head(width)
        if width < _SMALLEST[0] or height < _SMALLEST[1]:
            return [head]
        planned = plan(self._view, width, height - 1)
        if planned is None:
            middle = [[Piece("", self.paint.base)]] * max(0, height // 2 - 1)
            return [head, *middle, [Piece(fit("no data yet", width, "center"), self.paint.tones[Tone.DIM])]]
        return [head, *_draw(planned, width, height - 1, self.paint)]

    def _head(self, width: int) -> Line:
        view, tones = self._view, self.paint.tones
        line = [Piece(f" {printable(view.title)}", tones[Tone.TITLE])]
        if view.y_label:
            line.append(Piece(f" {printable(view.y_label)}", tones[Tone.DIM]))
        for series in (one for one in view.series if one.name):  # more of the same curve has no name of its own
            line.append(Piece("  ━ ", self.paint.curve(series.colour)))
            line.append(Piece(printable(series.name), tones[Tone.NORMAL]))
        if view.target is not None:
            line.append(Piece(f"  ╌ {printable(view.target_label)}", tones[Tone.WARN]))
        spare = width - line_width(line) - len(view.x_label) - 1
        if view.x_label and spare > 1:
            line.append(Piece(" " * spare + printable(view.x_label), tones[Tone.DIM]))
        return line


def _draw(planned: Plan, width: int, height: int, paint: Paint) -> list[Line]:
    plotext = _plotext()
    if plotext is None or len(planned.curves) >= _MOST_TAGS:
        return [
            [Piece(text, _style(colour, paint)) for text, colour in line]
            for line in braille.draw(planned, width, height)
        ]
    target = [] if planned.target is None else [braille.TARGET]
    colours = target + [curve.colour for curve in planned.curves]
    return _pieces(_figure(plotext, planned, width, height), colours, paint)


@cache
def _plotext() -> ModuleType | None:
    """plotext, or ``None`` where its compiled part can't be loaded."""
    try:
        import plotext
    except (ImportError, OSError):
        return None
    found: ModuleType = plotext
    return found


def _figure(plotext: ModuleType, planned: Plan, width: int, height: int) -> str:
    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    plotext.add_theme(_THEME, sequence=list(range(_TAG, _TAG + _MOST_TAGS)))
    figure.theme(_THEME)
    figure.canvas("default")
    figure.plot_size(width, height)
    figure.legend(False)
    for axis in (0, 1):
        figure.axes(False, axis=axis, side=1)
    for number, axis_plan in enumerate((planned.x, planned.y)):
        ruler = figure.ruler(number, 0)
        ruler.lim(axis_plan.low, axis_plan.high)
        ruler.ticks([value for value, _ in axis_plan.ticks], [text for _, text in axis_plan.ticks])
    if planned.target is not None:
        span = planned.x.high - planned.x.low
        xs = [planned.x.low + span * n / (2 * width) for n in range(2 * width + 1)]  # a dash in each cell
        figure.draw(figure.signal(xs, [planned.target] * len(xs), marker="╌"))
    for curve in planned.curves:
        xs, ys = [x for x, _ in curve.points], [y for _, y in curve.points]
        figure.draw(figure.signal(xs, ys, marker="braille").lines(True))
    drawn: str = figure.build().string()
    return drawn


def _pieces(drawn: str, colours: list[int], paint: Paint) -> list[Line]:
    """``colours`` are those of the things drawn, in their order."""
    lines: list[Line] = []
    for text in drawn.rstrip("\n").split("\n"):
        pieces: list[Piece] = []
        style = _style(None, paint)
        parts = _SGR.split(text)
        for place, part in enumerate(parts):
            if place % 2:
                style = _style(_colour(part, colours), paint)
            elif part:
                pieces.append(Piece(part, style))
        lines.append(pieces)
    return lines


def _colour(codes: str, colours: list[int]) -> int | None:
    """The colour behind the codes of a tag; ``None`` for a reset or what isn't ours."""
    place = int(codes.split(";")[2]) - _TAG if codes.startswith("38;5;") else -1
    return colours[place] if 0 <= place < len(colours) else None


def _style(colour: int | None, paint: Paint) -> Style:
    if colour is None:
        return paint.tones[Tone.DIM]
    return paint.tones[Tone.WARN] if colour == braille.TARGET else paint.curve(colour)
