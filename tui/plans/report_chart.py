"""One figure of a report as SVG: measured curves, the straight line, what was published and what is derived.

No script and nothing from outside; text and lines take the page's colours where it has some. Invalid figures are
hollow and beside the curve.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tui.bench.results.exports.axes import Axis, ticks_of
from tui.bench.results.exports.strokes import GREY, marker, words
from tui.bench.results.words import INVALID
from tui.plans.report_values import Figure, Series, Spot
from tui.plans.report_words import UNITS, interval_words

WIDTH = 860
_PLOT, _LEFT, _RIGHT, _TOP, _FOOT, _LINE = 330, 84, 24, 34, 58, 21
_GUIDE = "#d9541e"
_COLOURS = ("#3b82c4", "#2e9e6b", "#a855c7", "#b7791f", "#c2477f", "#0f8f9c", "#6b7bd6", "#7d8b2c")
_SHAPES = ("circle", "square", "triangle")
_APART = 26.0  # pixels between two numbers on the axis of pods


@dataclass(frozen=True, slots=True)
class _Frame:
    across: Axis
    up: Axis
    floor: float


def chart(figure: Figure) -> str:
    """The drawing; a line of words where there is nothing to draw."""
    if not any(spot.value is not None for series in figure.series for spot in series.spots):
        return ""
    frame = _frame(figure)
    legend = [*_legend(figure)]
    height = _PLOT + _LINE * len(legend) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label={quoteattr(figure.title)} font-family="system-ui, sans-serif">',
        words(_LEFT, 20, UNITS[figure.quantity], 14, weight="600"),
        *_grid(frame, _pods(figure)),
        *_ideal(figure, frame),
    ]
    for place, series in enumerate(figure.series):
        parts += _curve(series, place, frame)
    parts += _guide(figure, frame)
    for place, (sign, told) in enumerate(legend):
        y = _PLOT + _LINE * place + 12
        parts += [sign.format(y=y - 4.5), words(_LEFT + 34, y, told, 13)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _pods(figure: Figure) -> list[int]:
    places = {spot.pods for series in figure.series for spot in series.spots if spot.value is not None}
    return sorted(places | {one.pods for one in figure.derived})


def _frame(figure: Figure) -> _Frame:
    values = [spot.value for series in figure.series for spot in series.spots if spot.value is not None]
    values += [one.value for one in figure.derived]
    ends = [spot.interval[1] for series in figure.series for spot in series.spots if spot.interval is not None]
    values += [end for end in ends if end is not None]
    floor = float(_PLOT - _FOOT)
    return _Frame(Axis.from_zero(_pods(figure), _LEFT, WIDTH - _RIGHT), Axis.from_zero(values, floor, _TOP), floor)


def _grid(frame: _Frame, pods: Sequence[int]) -> Iterator[str]:
    right = WIDTH - _RIGHT
    for value in ticks_of(frame.up):
        y = frame.up.at(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="{GREY}" stroke-opacity="0.25"/>'
        yield words(_LEFT - 8, y + 4.5, f"{value:.10g}", 13, anchor="end")
    last = -_APART
    for number in pods:
        x = frame.across.at(number)
        if x - last >= _APART:
            yield f'<path d="M{x:.1f} {frame.floor:.1f}V{_TOP}" stroke="{GREY}" stroke-opacity="0.12"/>'
            yield words(x, frame.floor + 18, str(number), 13, anchor="middle")
            last = x
    yield f'<path d="M{_LEFT} {frame.floor:.1f}H{right}" stroke="{GREY}"/>'
    yield words((_LEFT + right) / 2, frame.floor + 38, "pods of each model", 13, anchor="middle")


def _ideal(figure: Figure, frame: _Frame) -> Iterator[str]:
    """The straight line of one pod, cut where it leaves the drawing."""
    if not figure.ideal_per_pod:
        return
    furthest = min(frame.across.high, frame.up.high / figure.ideal_per_pod)
    x, y = frame.across.at(furthest), frame.up.at(furthest * figure.ideal_per_pod)
    start = f"M{frame.across.at(0.0):.1f} {frame.up.at(0.0):.1f}"
    yield f'<path d="{start}L{x:.1f} {y:.1f}" fill="none" stroke="{GREY}" stroke-dasharray="2 4"/>'


def _curve(series: Series, place: int, frame: _Frame) -> Iterator[str]:
    colour, shape = _look(place)
    known = [(spot, spot.value) for spot in series.spots if spot.value is not None]
    line = [f"{frame.across.at(spot.pods):.1f} {frame.up.at(value):.1f}" for spot, value in known if spot.valid]
    if line:
        yield f'<path d="M{"L".join(line)}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for spot, value in known:
        x = frame.across.at(spot.pods)
        if spot.interval is not None and spot.interval[1] is not None:
            low, high = frame.up.at(spot.interval[0]), frame.up.at(spot.interval[1])
            yield f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{colour}" stroke-opacity="0.6"/>'
        paint = f'fill="{colour if spot.valid else "none"}" stroke="{colour}" stroke-width="2"'
        paint += "" if spot.valid else ' class="invalid"'
        yield marker(shape, x, frame.up.at(value), paint, f"<title>{escape(_told(series, spot, value))}</title>")


def _told(series: Series, spot: Spot, value: float) -> str:
    parts = [f"{series.name}, {spot.pods} pods: {value:.0f}"]
    parts += [f"95 %: {interval_words(spot.interval)}"] if spot.interval is not None else []
    parts += ["simulated"] if series.simulated else []
    return ", ".join([*parts, *([] if spot.valid else [INVALID])])


def _guide(figure: Figure, frame: _Frame) -> Iterator[str]:
    """Published numbers as crosses, derived ones as hollow diamonds."""
    for value in sorted({spot.published for series in figure.series for spot in series.spots if spot.published}):
        x, y = frame.across.at(1), frame.up.at(min(value, frame.up.high))
        yield _cross(x, f"{y:.1f}", f"<title>published, 1 pod: {value:g}</title>")
    for one in figure.derived:
        paint = f'fill="none" stroke="{_GUIDE}" stroke-width="2" class="derived"'
        told = f"<title>{escape(f'derived, {one.pods} pods: {one.value:.0f}: {one.words}')}</title>"
        yield marker("diamond", frame.across.at(one.pods), frame.up.at(one.value), paint, told)


def _legend(figure: Figure) -> Iterator[tuple[str, str]]:
    """Signs with a place for ``{y}``, and their words."""
    several = len({series.side for series in figure.series}) > 1
    for place, series in enumerate(figure.series):
        colour, shape = _look(place)
        sign = _at_y(shape, f'fill="{colour}" stroke="{colour}"')
        side = f"{series.side}: " if several else ""
        yield sign, f"{side}{series.name}{', simulated' if series.simulated else ''}"
    if any(not spot.valid and spot.value is not None for series in figure.series for spot in series.spots):
        yield _at_y("circle", f'fill="none" stroke="{GREY}" stroke-width="2"'), f"hollow: {INVALID}, client too slow"
    if figure.ideal_per_pod:
        dashes = f'<path d="M{_LEFT} {{y}}h24" stroke="{GREY}" stroke-dasharray="2 4"/>'
        yield dashes, f"straight line of one pod: {figure.ideal_of}"
    if any(spot.published for series in figure.series for spot in series.spots):
        yield _cross(_LEFT + 12, "{y}"), "published by the guide (one pod only)"
    if figure.derived:
        paint = f'fill="none" stroke="{_GUIDE}" stroke-width="2"'
        yield _at_y("diamond", paint), "derived from the guide's words, not published as numbers"


def _cross(x: float, y: str, inside: str = "") -> str:
    lines = f'<path d="M-6 0H6M0 -6V6" stroke="{_GUIDE}" stroke-width="2"/>'
    return f'<g transform="translate({x:.1f} {y})">{lines}{inside}</g>'


def _at_y(shape: str, paint: str) -> str:
    return f'<g transform="translate({_LEFT + 12} {{y}})">{marker(shape, 0.0, 0.0, paint)}</g>'


def _look(place: int) -> tuple[str, str]:
    return _COLOURS[place % len(_COLOURS)], _SHAPES[place % len(_SHAPES)]
