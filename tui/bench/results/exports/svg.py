"""Two charts in one SVG, drawn by hand: TTFT with its target, and output tokens a second, against the load.

No library, no script, no background: mid-grey and mid-tone colours are readable on light and on dark. Invalid points
are hollow, stand beside the lines, and say so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tui.bench.figures import PointResult
from tui.bench.results.exports.axes import Axis, ticks_of
from tui.bench.results.exports.strokes import GREY, marker, words
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID, verdict_sentence

WIDTH, _PANEL, _TOP = 860, 330, 70
_LEFT, _RIGHT, _HEAD, _FOOT = 84, 24, 46, 54
_TARGET = "#d9541e"
_Value = Callable[[PointResult], float | None]


@dataclass(frozen=True, slots=True)
class _Series:
    name: str
    colour: str
    shape: str
    value: _Value


_TTFT = (
    _Series("mean", "#3b82c4", "circle", lambda point: point.ttft_ms.mean),
    _Series("p50", "#2e9e6b", "square", lambda point: point.ttft_ms.p50),
    _Series("p99", "#a855c7", "triangle", lambda point: point.ttft_ms.p99),
)
_TOKENS = (_Series("output tokens/s", "#3b82c4", "circle", lambda point: point.output_tokens_per_second),)


def text(run: Run) -> str:
    """The drawing of all points by users; of an open-loop run by offered rate."""
    closed = [point for point in run.points if point.concurrency is not None]
    points = closed or [point for point in run.points if point.rate is not None]
    across = Axis.over([_load(point) for point in points], _LEFT, WIDTH - _RIGHT)
    unit = "concurrent users" if closed else "requests/s offered"
    model = run.head.load.target.model
    height = _TOP + 2 * _PANEL + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-label={quoteattr(f"TTFT and throughput of {model}")} font-family="system-ui, sans-serif">',
        words(_LEFT, 26, f"{model}, {run.head.load.prompts.isl}:{run.head.load.prompts.osl} tokens", 17, weight="600"),
    ]
    if run.verdict is not None:
        parts.append(words(_LEFT, 48, verdict_sentence(run.verdict).split(". ")[0].rstrip(".") + ".", 14))
    parts += _panel(points, across, unit, "TTFT (ms)", _TTFT, _TOP, run.target_ms)
    parts += _panel(points, across, unit, "output tokens/s, all users", _TOKENS, _TOP + _PANEL, None)
    if any(not point.valid for point in points):
        note = f"hollow: {INVALID}, the client itself was too slow"
        parts.append(words(WIDTH - _RIGHT, height - 12, note, 13, anchor="end"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(
    points: Sequence[PointResult], across: Axis, unit: str, title: str, series: Sequence[_Series], top: int,
    target: float | None,
) -> list[str]:  # fmt: skip
    values = [value for one in series for point in points if (value := one.value(point)) is not None]
    up = Axis.from_zero([*values, *([target] if target is not None else [])], top + _PANEL - _FOOT, top + _HEAD)
    parts = [f"<g>{words(_LEFT, top + 24, title, 15, weight='600')}", *_grid(across, up, unit, top)]
    if target is not None:
        y = up.at(target)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_TARGET}" stroke-dasharray="6 4"/>')
        parts.append(words(_LEFT + 6, y - 5, f"target {target:g} ms", 13, colour=_TARGET))
    for one in series:
        parts += _curve(points, across, up, one)
    if len(series) > 1:
        parts += _legend(series, top)
    return [*parts, "</g>"]


def _grid(across: Axis, up: Axis, unit: str, top: int) -> list[str]:
    floor, ceiling = top + _PANEL - _FOOT, top + _HEAD
    parts = []
    for value in ticks_of(up):
        y = up.at(value)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{GREY}" stroke-opacity="0.25"/>')
        parts.append(words(_LEFT - 8, y + 4.5, f"{value:g}", 13, anchor="end"))
    for value in ticks_of(across):
        x = across.at(value)
        parts.append(f'<path d="M{x:.1f} {floor}V{ceiling}" stroke="{GREY}" stroke-opacity="0.12"/>')
        parts.append(words(x, floor + 18, f"{value:g}", 13, anchor="middle"))
    parts.append(f'<path d="M{_LEFT} {floor}H{WIDTH - _RIGHT}" stroke="{GREY}"/>')
    parts.append(words((_LEFT + WIDTH - _RIGHT) / 2, floor + 38, unit, 13, anchor="middle"))
    return parts


def _curve(points: Sequence[PointResult], across: Axis, up: Axis, series: _Series) -> list[str]:
    """A line through the means of valid repeats, a marker for every point."""
    by_load: dict[float, list[float]] = {}
    markers = []
    for point in points:
        value = series.value(point)
        if value is None:
            continue
        if point.valid:
            by_load.setdefault(_load(point), []).append(value)
        markers.append(_marker(across.at(_load(point)), up.at(value), series, point, value))
    spots = [f"{across.at(load):.1f} {up.at(sum(by_load[load]) / len(by_load[load])):.1f}" for load in sorted(by_load)]
    line = [f'<path d="M{"L".join(spots)}" fill="none" stroke="{series.colour}" stroke-width="2"/>'] if spots else []
    return line + markers


def _marker(x: float, y: float, series: _Series, point: PointResult, value: float) -> str:
    told = f"{_load(point):g}: {series.name} {value:.0f}" + ("" if point.valid else f", {INVALID}")
    fill = series.colour if point.valid else "none"
    paint = f'fill="{fill}" stroke="{series.colour}" stroke-width="2"' + ("" if point.valid else ' class="invalid"')
    return marker(series.shape, x, y, paint, f"<title>{escape(told)}</title>")


def _legend(series: Sequence[_Series], top: int) -> list[str]:
    parts = []
    for place, one in enumerate(series):
        x = WIDTH - _RIGHT - 70 * (len(series) - place) + 10
        parts.append(marker(one.shape, x, top + 19, f'fill="{one.colour}" stroke="{one.colour}"'))
        parts.append(words(x + 10, top + 24, one.name, 13))
    return parts


def _load(point: PointResult) -> float:
    return float(point.concurrency if point.concurrency is not None else point.rate or 0.0)
