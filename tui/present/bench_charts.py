"""The two charts of a benchmark, against users and against time. Pure; what is not valid is a series of its own."""

from collections.abc import Callable, Iterable, Sequence
from math import log2

from tui.bench.engine.progress import Beat
from tui.bench.figures import PointResult
from widgets.rows import ChartView, Series

Figure = Callable[[PointResult], float | None]
Sample = dict[str, float | str | None]
Event = tuple[float, str]  # seconds since the run began, what happened

INVALID = "INVALID"
_LOG_FROM = 8.0  # users that differ by more than this factor stand on a logarithmic axis
_CUT_AT_TARGETS = 4.0  # TTFT beyond so many targets would flatten all that matters
_TICKS = 7
_COLOURS = {"mean": 0, "p50": 1, "p99": 2, "tokens/s": 3, INVALID: 5, "event": 6}


def load_of(point: PointResult) -> float | None:
    """Where the point stands on the axis: its users, or its requests a second."""
    return float(point.concurrency) if point.concurrency is not None else point.rate


def against_users(points: Sequence[PointResult], target_ms: float | None) -> tuple[ChartView, ChartView]:
    """TTFT with the target line, and output tokens a second. Repeats of a point are one mean."""
    loads = [load for point in points if (load := load_of(point)) is not None]
    scale = _scale(loads)
    ticks = users_ticks(loads, scale)
    label = "users" if all(point.concurrency is not None for point in points) else "requests/s"
    cut = cut_of(target_ms, [p.ttft_ms.p99 for p in points])
    curves = [_curve(name, points, figure, scale, cut) for name, figure in _TTFT]
    ttft = ChartView(
        "TTFT",
        (*curves, *_invalid(points, lambda p: p.ttft_ms.mean, scale, cut)),
        label,
        milliseconds(cut),
        target_ms,
        target_label=_target_label(target_ms),
        y_min=0.0,
        y_max=cut,
        x_ticks=ticks,
    )
    rate = _curve("tokens/s", points, _tokens, scale, None)
    tokens = ChartView(
        "Output", (rate, *_invalid(points, _tokens, scale, None)), label, "tokens/s", y_min=0.0, x_ticks=ticks
    )
    return ttft, tokens


def against_time(
    beats: Sequence[Beat], events: Sequence[Event], target_ms: float | None
) -> tuple[ChartView, ChartView]:
    """The same second by second, an upright line where something happened to the pods."""
    xs = tuple(beat.at for beat in beats)
    cut = cut_of(target_ms, [beat.ttft_mean_ms for beat in beats])
    means = tuple(clipped(beat.ttft_mean_ms, cut) for beat in beats)
    rates = tuple(beat.output_tokens_per_second for beat in beats)
    ttft = ChartView(
        "TTFT",
        (Series("mean", xs, means, _COLOURS["mean"]), *_upright(events, means, target_ms)),
        "seconds",
        milliseconds(cut),
        target_ms,
        target_label=_target_label(target_ms),
        y_min=0.0,
        y_max=cut,
    )
    tokens = ChartView(
        "Output",
        (Series("tokens/s", xs, rates, _COLOURS["tokens/s"]), *_upright(events, rates, None)),
        "seconds",
        "tokens/s",
        y_min=0.0,
    )
    return ttft, tokens


def overlaid(runs: Sequence[tuple[str, Sequence[PointResult]]], target_ms: float | None) -> tuple[ChartView, ChartView]:
    """Several runs in the same two charts, by name: mean TTFT, and tokens a second."""
    everything = [point for _, points in runs for point in points]
    loads = [load for point in everything if (load := load_of(point)) is not None]
    scale = _scale(loads)
    ticks = users_ticks(loads, scale)
    cut = cut_of(target_ms, [p.ttft_ms.mean for p in everything])

    def curves(figure: Figure, most: float | None) -> tuple[Series, ...]:
        return tuple(_curve(name, points, figure, scale, most, colour) for colour, (name, points) in enumerate(runs))

    ttft = ChartView(
        "TTFT mean", curves(lambda p: p.ttft_ms.mean, cut), "users", milliseconds(cut), target_ms,
        target_label=_target_label(target_ms), y_min=0.0, y_max=cut, x_ticks=ticks,
    )  # fmt: skip
    return ttft, ChartView("Output", curves(_tokens, None), "users", "tokens/s", y_min=0.0, x_ticks=ticks)


def events_of(samples: Iterable[Sample]) -> tuple[Event, ...]:
    """When the number of events grew, and what was said then; what had happened before the first sample is none."""
    found: list[Event] = []
    seen = 0.0
    for sample in samples:
        number, at, text = sample.get("events"), sample.get("at"), sample.get("event")
        if isinstance(number, int | float) and number > seen:
            seen = number
            if isinstance(at, int | float) and isinstance(text, str):
                found.append((float(at), text))
    return tuple(found)


def users_ticks(loads: Iterable[float], scale: Callable[[float], float]) -> tuple[tuple[float, str], ...]:
    """A tick at measured loads, the outermost first, none so near to another that their figures would touch."""
    values = sorted(set(loads))
    if not values:
        return ()
    low, high = scale(values[0]), scale(values[-1])
    apart = (high - low) / _TICKS
    kept: list[float] = []
    for value in (values[-1], values[0], *values[1:-1]):
        if all(abs(scale(value) - scale(other)) >= apart for other in kept if other != value) and value not in kept:
            kept.append(value)
    return tuple((scale(value), f"{value:,g}") for value in sorted(kept))


# -- parts -------------------------------------------------------------------------------------------------------------


def _tokens(point: PointResult) -> float | None:
    return point.output_tokens_per_second


_TTFT: tuple[tuple[str, Figure], ...] = (  # the last is drawn over the others
    ("p99", lambda p: p.ttft_ms.p99),
    ("p50", lambda p: p.ttft_ms.p50),
    ("mean", lambda p: p.ttft_ms.mean),
)


def _scale(loads: Sequence[float]) -> Callable[[float], float]:
    positive = [load for load in loads if load > 0]
    if positive and max(positive) / min(positive) > _LOG_FROM:
        return lambda value: log2(max(value, min(positive)))
    return float


def _curve(
    name: str,
    points: Sequence[PointResult],
    figure: Figure,
    scale: Callable[[float], float],
    cut: float | None,
    colour: int | None = None,
) -> Series:
    by_load: dict[float, list[float]] = {}
    for point in points:
        load, value = load_of(point), figure(point)
        if point.valid and load is not None and value is not None:
            by_load.setdefault(load, []).append(value)
    loads = sorted(by_load)
    ys = tuple(clipped(sum(by_load[load]) / len(by_load[load]), cut) for load in loads)
    return Series(name, tuple(scale(load) for load in loads), ys, _COLOURS.get(name, 0) if colour is None else colour)


def _invalid(
    points: Sequence[PointResult], figure: Figure, scale: Callable[[float], float], cut: float | None
) -> tuple[Series, ...]:
    """Points whose client was too slow, each an upright line of its own: no curve leads through them."""
    xs: list[float] = []
    ys: list[float | None] = []
    for point in points:
        load, value = load_of(point), figure(point)
        if not point.valid and load is not None and value is not None:
            xs += [scale(load)] * 3
            ys += [0.0, clipped(value, cut), None]
    return (Series(INVALID, tuple(xs), tuple(ys), _COLOURS[INVALID]),) if xs else ()


def _upright(events: Sequence[Event], ys: Sequence[float | None], target: float | None) -> tuple[Series, ...]:
    top = max((y for y in (*ys, target) if y is not None), default=0.0)
    if not events or top <= 0:
        return ()
    xs = tuple(at for at, _ in events for _ in range(3))
    return (Series("event", xs, (0.0, top, None) * len(events), _COLOURS["event"]),)


def cut_of(target_ms: float | None, values: Iterable[float | None]) -> float | None:
    """Where TTFT is cut off, lest it flattens all that matters; ``None`` where it need not be."""
    if target_ms is None:
        return None
    most = max((value for value in values if value is not None), default=0.0)
    return _CUT_AT_TARGETS * target_ms if most > _CUT_AT_TARGETS * target_ms else None


def clipped(value: float | None, cut: float | None) -> float | None:
    return value if value is None or cut is None else min(value, cut)


def milliseconds(cut: float | None) -> str:
    return "ms" if cut is None else f"ms, cut at {cut:,.0f}"


def _target_label(target_ms: float | None) -> str:
    return "target" if target_ms is None else f"target {target_ms:,.0f}"
