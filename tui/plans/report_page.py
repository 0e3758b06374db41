"""A report as sections of words, tables and charts, whatever they are drawn with. Pure; figures become words here."""

from collections.abc import Iterable, Iterator, Sequence

from tui.bench.results.words import INVALID, UNKNOWN, figure, mark
from tui.plans.report_compare import where
from tui.plans.report_ramp_page import ramp_section
from tui.plans.report_section import Grid, Page, Section
from tui.plans.report_tables import TITLES
from tui.plans.report_values import NOT_PUBLISHED, Compared, Entry, Figure, Quantity, Report, Row, Series, Side
from tui.plans.report_words import (
    SIMULATED,
    UNITS,
    count,
    instant,
    interval_words,
    joined,
    percent_words,
    with_interval,
)

_EFFECTS = {"runai": "Run:ai against none", "fraction": "half against whole GPU", "mixing": "mix against alone"}


def page_of(report: Report) -> Page:
    """All sections, in the order in which a reader wants them."""
    names = " and ".join(dict.fromkeys(side.title for side in report.sides))
    simulated = [side for side in report.sides if side.simulated]
    which = "" if len(simulated) == len(report.sides) else f" in {', '.join(side.label for side in simulated)}"
    banner = f"SIMULATED{which}: the figures come from a model of the engine, not from a server." if simulated else ""
    return Page(f"Report: {names}", banner, tuple(_sections(report)))


def _sections(report: Report) -> Iterator[Section]:
    yield Section("What was measured", grid=_sides(report.sides))
    yield Section("Findings", report.findings)
    for ramp in report.ramps:
        yield ramp_section(ramp)
    if report.scaled:
        yield from _guide(report)
    yield _problems(report)
    read_rows = (*_READ_ROWS, *(_READ_SIMULATED if report.simulated else ()))
    yield Section("All figures", read_rows, grid=_rows([row for side in report.sides for row in side.rows]))
    if report.scaled:
        yield Section("Where the guide contradicts itself", report.contradictions)
    for side in report.sides:
        unlike = tuple(f"Unlike the guide: {line}." for line in side.unlike_guide)
        yield Section(f"Conditions of {side.label}", unlike, grid=Grid(("condition", "value"), side.conditions))


def _guide(report: Report) -> Iterator[Section]:
    """The guide's tables and figures beside the measured, and what follows from them."""
    for table, title in TITLES.items():
        yield Section(_marked(title, report), grid=_table([one for one in report.tables if one.table == table]))
    for chart in report.figures:
        lines = [line for line in (chart.note, *(f"Derived: {one.words}." for one in chart.derived)) if line]
        yield Section(_marked(chart.title, report), tuple(lines), chart, _spots(chart))
    if report.linearity:
        yield Section("Linearity", _READ_LINEARITY, grid=_linearity(report))
    if report.effects:
        yield Section("Effects", _READ_EFFECTS, grid=_effects(report))
    if report.pairs:
        yield Section(
            "Side by side", ("Change in percent of the first; invalid figures are not compared.",), grid=_pairs(report)
        )


_READ_LINEARITY = (
    "R² is of the line through the origin (1 - sum (y - bx)² / sum y²); beside it the stricter one about the mean.",
    "Efficiency at n pods is the figure over n times the one-pod figure. Parts of a GPU: with more pods than GPUs some "
    "share one, and the curve bends; the guide's drop of half GPUs is at one pod a GPU.",
)
_READ_EFFECTS = (
    "Differences in percent of the first, at equal numbers of pods. Invalid figures take no part.",
    "A mix asks for as many GPUs as the model alone, but pods may lie on more while GPUs are free: see pods per GPU.",
)
_READ_ROWS = (
    "Intervals are 95 %; n counts the requests that succeeded. That of tokens/s is of the rate that this load would "
    "have for longer, by batch means of its seconds; of less than six seconds, or two requests' time, it is not known.",
    f"{INVALID}: the client itself was too slow; no table, effect or finding compares such a figure.",
)
_READ_SIMULATED = (
    f"Intervals of what is {SIMULATED} are what other seeds would give, by how the pods that were computed scatter; "
    "they are scaled to all pods with the figure and do not hold the error of the model.",
)


def _marked(title: str, report: Report) -> str:
    return f"{title} ({SIMULATED})" if report.simulated else title


def _sides(sides: Sequence[Side]) -> Grid:
    rows = [
        (side.label, side.title, side.name, side.kind, SIMULATED if side.simulated else "measured on a server",
         instant(side.started_at), instant(side.finished_at))
        for side in sides
    ]  # fmt: skip
    return Grid(("", "title", "folder", "kind", "figures", "began", "ended"), tuple(rows), words=7)


def _table(entries: Sequence[Entry]) -> Grid:
    headers = (
        "", "model", "GPU/pod", "pods", "users", "published", "diff", "tokens/s", "published", "diff",
        "TTFT ms", "published", "diff", "n", "how, marks",
    )  # fmt: skip
    rows = [
        (
            one.side, one.title, f"{one.gpu_per_pod:g}", str(one.pods), *_compared(one.users),
            *_compared(one.output_tokens_per_second), *_compared(one.ttft_ms), count(one.requests), _entry_marks(one),
        )
        for one in entries
    ]  # fmt: skip
    return Grid(headers, tuple(rows), words=2)


def _compared(one: Compared) -> tuple[str, str, str]:
    published = NOT_PUBLISHED if one.published is None else figure(one.published)
    return with_interval(one.measured, one.interval), published, percent_words(one.difference_percent)


def _entry_marks(one: Entry) -> str:
    measured = one.users.measured is not None
    parts = [
        SIMULATED if one.simulated and measured else "",
        INVALID if one.valid is False and measured else "",
        f"{one.statistic} TTFT" if measured else "",
        one.how if measured and one.how not in one.note else "",
        one.note,
    ]
    return "; ".join(part for part in parts if part)


def _spots(chart: Figure) -> Grid:
    headers = ("", "curve", "pods", UNITS[chart.quantity], "95 %", "n", "published", "marks")
    rows = [row for series in chart.series for row in _series_rows(series)]
    rows += [
        ("guide", one.words, str(one.pods), figure(one.value), UNKNOWN, UNKNOWN, NOT_PUBLISHED, "derived")
        for one in chart.derived
    ]
    return Grid(headers, tuple(rows), words=2)


def _series_rows(series: Series) -> Iterator[tuple[str, ...]]:
    for spot in series.spots:
        marks = [SIMULATED if series.simulated and spot.value is not None else ""]
        marks.append("no figure" if spot.value is None else ("" if spot.valid else INVALID))
        yield (
            series.side, series.name, str(spot.pods), figure(spot.value), interval_words(spot.interval),
            count(spot.requests), NOT_PUBLISHED if spot.published is None else figure(spot.published), joined(marks),
        )  # fmt: skip


def _linearity(report: Report) -> Grid:
    headers = ("", "curve", "of", "places", "a pod", "R²", "R² about mean", "efficiency", "drop at full scale")
    rows = [
        (
            one.side, one.curve + ("" if one.searched else " (users held, not searched)"),
            _short(one.quantity, one.simulated), str(one.n), figure(one.slope, 1),
            figure(one.r_squared, 4), figure(one.r_squared_about_mean, 4),
            ", ".join(f"{pods}: {share * 100:.1f} %" for pods, share in one.efficiency) or UNKNOWN,
            percent_words(None if one.drop_fraction is None else -one.drop_fraction * 100.0),
        )
        for one in report.linearity
    ]  # fmt: skip
    return Grid(headers, tuple(rows), words=3)


def _effects(report: Report) -> Grid:
    headers = (
        "",
        "effect",
        "model",
        "of",
        "pods",
        "first",
        "second",
        "change",
        "95 % intervals",
        "second is",
        "the guide",
    )
    rows = [
        (
            one.side, _EFFECTS[one.kind], one.title, _short(one.quantity, one.simulated), str(one.pods),
            figure(one.base), figure(one.other), percent_words(one.change_percent), one.intervals or "not known",
            one.other_name, one.stated or UNKNOWN,
        )
        for one in report.effects
    ]  # fmt: skip
    return Grid(headers, tuple(rows), words=4)


def _pairs(report: Report) -> Grid:
    headers = ("what", "of", "sides", "first", "second", "change", "95 % intervals", "marks")
    rows = [
        (
            one.what, UNITS[one.quantity], f"{one.a} -> {one.b}", figure(one.before), figure(one.after),
            percent_words(one.change_percent), one.intervals or "not known", one.note,
        )
        for one in report.pairs
    ]  # fmt: skip
    return Grid(headers, tuple(rows), words=3)


def _problems(report: Report) -> Section:
    rows = [(one.side, one.cell, one.kind, one.line) for side in report.sides for one in side.problems]
    if not rows:
        return Section("Problems", ("None: every cell was measured and lay as planned.",))
    return Section("Problems", grid=Grid(("", "cell", "kind", "line"), tuple(rows), words=4))


def _rows(rows: Iterable[Row]) -> Grid:
    headers = (
        "", "cell", "conditions", "users", "tokens/s", "TTFT mean", "p50", "p99", "ITL mean", "n", "failed",
        "client added ms", "pods per GPU", "how, marks",
    )  # fmt: skip
    return Grid(headers, tuple(_row(row) for row in rows), words=3)


def _row(row: Row) -> tuple[str, ...]:
    point = row.point
    placed = row.placed.pods_per_gpu if row.placed is not None else ()
    marks = [SIMULATED if row.simulated and point is not None else "", mark(point) if point is not None else ""]
    marks += [row.state if row.state != "done" else "", row.how]
    if row.spread is not None and row.spread.imbalance is not None:
        marks.append(f"the busiest pod got {row.spread.imbalance:.2f} of the mean share")
    return (
        row.side, row.cell, where(row), _load(row),
        with_interval(row.figure("output_tokens_per_second"), row.interval("output_tokens_per_second")),
        with_interval(point.ttft_ms.mean, point.ttft_ms.interval) if point else UNKNOWN,
        with_interval(point.ttft_ms.p50, point.ttft_ms.p50_interval) if point else UNKNOWN,
        with_interval(point.ttft_ms.p99, point.ttft_ms.p99_interval) if point else UNKNOWN,
        figure(point.itl_ms.mean, 1) if point else UNKNOWN,
        count(row.requests), count(point.failed) if point else UNKNOWN,
        figure(point.client.added_mean_ms, 2) if point else UNKNOWN,
        ", ".join(f"{pods} on {gpus}" for pods, gpus in placed) or UNKNOWN,
        joined(marks),
    )  # fmt: skip


def _load(row: Row) -> str:
    if row.rate is not None:
        return f"{row.rate:g} requests/s"
    return with_interval(row.users, row.users_interval)


def _short(quantity: Quantity, simulated: bool) -> str:
    return f"{UNITS[quantity]}, {SIMULATED}" if simulated else UNITS[quantity]
