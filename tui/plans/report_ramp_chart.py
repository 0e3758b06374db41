"""A ramp as SVG: users, pods with their GPUs, and TTFT, one below the other along the same seconds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from tui.bench.results.exports.axes import Axis, ticks_of
from tui.bench.results.exports.strokes import GREY, words
from tui.plans.report_ramp import RampReport
from tui.plans.values import Second

WIDTH = 860
_HIGH, _BETWEEN, _LEFT, _RIGHT, _TOP, _FOOT = 130.0, 46.0, 84, 24, 34.0, 46.0
_CUT_AT_TARGETS = 4.0  # a cold start would flatten all that comes after it
_BLUE, _GREEN, _VIOLET, _TARGET = "#3b82c4", "#2e9e6b", "#a855c7", "#d9541e"
Figure = Callable[[Second], float | None]


@dataclass(frozen=True, slots=True)
class _Curve:
    name: str
    colour: str
    figure: Figure
    dashes: str = ""


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    curves: tuple[_Curve, ...]
    target: float | None = None
    cut: float | None = None


def ramp_chart(ramp: RampReport) -> str:
    """The drawing; nothing where nothing was seen."""
    if not ramp.curve:
        return ""
    panels = _panels(ramp)
    height = _TOP + len(panels) * (_HIGH + _BETWEEN) - _BETWEEN + _FOOT
    across = Axis(0.0, ramp.curve[-1].seconds or 1.0, float(_LEFT), float(WIDTH - _RIGHT))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label={quoteattr(f"{ramp.title} under its autoscaler")} font-family="system-ui, sans-serif">'
    ]
    for place, panel in enumerate(panels):
        parts += _drawn(panel, ramp, across, _TOP + place * (_HIGH + _BETWEEN))
    floor = height - _FOOT
    for value in ticks_of(across):
        parts.append(words(across.at(value), floor + 18, f"{value:g}", 13, anchor="middle"))
    parts.append(words((_LEFT + WIDTH - _RIGHT) / 2, floor + 38, "seconds since the load began", 13, anchor="middle"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panels(ramp: RampReport) -> tuple[_Panel, ...]:
    most = max((second.ttft_ms for second in ramp.curve if second.ttft_ms is not None), default=0.0)
    cut = ramp.target_ms * _CUT_AT_TARGETS if most > ramp.target_ms * _CUT_AT_TARGETS else None
    pods = (
        _Curve("pods wanted", GREY, lambda second: second.wanted, "4 3"),
        _Curve("pods ready", _GREEN, lambda second: second.ready),
        _Curve("GPUs held", _VIOLET, lambda second: second.gpus),
    )
    cut_words = f", cut at {cut:,.0f}" if cut is not None else ""
    ttft = _Curve("mean of what was sent in that second", _BLUE, lambda second: second.ttft_ms)
    return (
        _Panel("Users", (_Curve("users", _BLUE, lambda second: second.users),)),
        _Panel("Pods and GPUs", pods),
        _Panel(f"TTFT (ms{cut_words})", (ttft,), ramp.target_ms, cut),
    )


def _drawn(panel: _Panel, ramp: RampReport, across: Axis, top: float) -> Iterator[str]:
    floor = top + _HIGH
    values = [value for curve in panel.curves for second in ramp.curve if (value := curve.figure(second)) is not None]
    values += [panel.target] if panel.target is not None else []
    up = Axis.from_zero([min(value, panel.cut or value) for value in values], floor, top)
    yield words(_LEFT, top - 10, panel.title, 14, weight="600")
    yield from _legend(panel, top - 10)
    for value in ticks_of(up):
        y = up.at(value)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{GREY}" stroke-opacity="0.25"/>'
        yield words(_LEFT - 8, y + 4.5, f"{value:.10g}", 13, anchor="end")
    for change in ramp.seen.changes:
        x, told = across.at(change.seconds), f"{change.before} to {change.after} pods at {change.seconds:.0f} s"
        yield f'<path d="M{x:.1f} {floor:.1f}V{top:.1f}" stroke="{GREY}" stroke-opacity="0.5" stroke-dasharray="1 4">'
        yield f"<title>{escape(told)}</title></path>"
    if panel.target is not None:
        y = up.at(panel.target)
        yield f'<path d="M{_LEFT} {y:.1f}H{WIDTH - _RIGHT}" stroke="{_TARGET}" stroke-dasharray="6 4"/>'
    for curve in panel.curves:
        yield _line(curve, ramp.curve, across, up, panel.cut)


def _line(curve: _Curve, seconds: Sequence[Second], across: Axis, up: Axis, cut: float | None) -> str:
    """Broken where nothing is known."""
    path, pen = [], "M"
    for second in seconds:
        value = curve.figure(second)
        if value is None:
            pen = "M"
            continue
        path.append(f"{pen}{across.at(second.seconds):.1f} {up.at(min(value, cut or value)):.1f}")
        pen = "L"
    dashes = f' stroke-dasharray="{curve.dashes}"' if curve.dashes else ""
    return f'<path d="{"".join(path)}" fill="none" stroke="{curve.colour}" stroke-width="2"{dashes}/>'


def _legend(panel: _Panel, y: float) -> Iterator[str]:
    """From the right, on the title's line."""
    told = [(curve.name, curve.colour, curve.dashes) for curve in panel.curves]
    if panel.target is not None:
        told.append((f"target {panel.target:,.0f}", _TARGET, "6 4"))
    x = float(WIDTH - _RIGHT)
    for name, colour, dashes in reversed(told):
        x -= 7.0 * len(name)
        yield words(x, y, name, 12)
        pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
        yield f'<path d="M{x - 26:.1f} {y - 4:.1f}h20" stroke="{colour}" stroke-width="2"{pattern}/>'
        x -= 44.0
