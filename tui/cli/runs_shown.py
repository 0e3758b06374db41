"""One benchmark run, or two, as text tables and JSON (``docs/results.md``)."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from tui.bench.figures import PointResult
from tui.bench.results.compare import Difference, Side, compare, unlike
from tui.bench.results.reader import Run
from tui.bench.results.words import UNKNOWN, conditions, figure, load_of, load_words, mark, verdict_sentence
from tui.cli.table import Column, harmless, lay_out, width_of

_POINTS = (
    Column("LOAD"), Column("TTFT MEAN MS", right=True), Column("TTFT P50 MS", right=True),
    Column("TTFT P99 MS", right=True), Column("ITL MEAN MS", right=True),
    Column("E2E MEAN MS", right=True, optional=True),
    Column("TOKENS/S", right=True), Column("REQUESTS/S", right=True), Column("REQUESTS", right=True),
    Column("FAILED", right=True), Column("MARK"),
)  # fmt: skip
_DIFFERENCES = (
    Column("LOAD"), Column("TTFT MEAN MS", right=True), Column("CHANGE", right=True),
    Column("95 % INTERVALS", flexible=True, optional=True),
    Column("TTFT P99 MS", right=True, flexible=True, optional=True),
    Column("P99 CHANGE", right=True, flexible=True, optional=True),
    Column("ITL MEAN MS", right=True, flexible=True, optional=True),
    Column("TOKENS/S", right=True), Column("CHANGE", right=True), Column("MARK"),
)  # fmt: skip

_MOST_NOTES = 3


def points(run: Run) -> str:
    """Conditions, points, verdict."""
    head = "".join(f"{harmless(name)}: {harmless(value)}\n" for name, value in conditions(run))
    table = lay_out(_POINTS, [_point_row(point) for point in run.points], width_of(sys.stdout))
    told = "".join(f"{harmless(note)}\n" for note in dict.fromkeys(n for point in run.points for n in _notes(point)))
    verdict = f"\n{verdict_sentence(run.verdict)}\n" if run.verdict is not None else ""
    return f"{head}\n{table}{told}{verdict}"


def comparison(a: Run, b: Run) -> str:
    """What was unlike, then a line a load: A -> B."""
    lines = "".join(f"not the same: {harmless(line)}\n" for line in unlike(a, b))
    table = lay_out(_DIFFERENCES, [_difference_row(item) for item in compare(a, b)], width_of(sys.stdout))
    return f"A {harmless(str(a.path))}\nB {harmless(str(b.path))}\n{lines}\n{table}"


def comparison_json(a: Run, b: Run) -> str:
    """``nimdeck.comparison/1``."""
    return document("comparison", compare(a, b), {"a": str(a.path), "b": str(b.path), "unlike": unlike(a, b)})


def document(kind: str, items: Sequence[object], more: dict[str, object] | None = None) -> str:
    """``nimdeck.KIND/1`` as text; ``more`` stands beside its items."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {"schema": f"nimdeck.{kind}/1", "generated_at": now, **(more or {}), "items": items}
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2).decode() + "\n"


def _point_row(point: PointResult) -> list[str]:
    return [
        load_of(point),
        *(figure(value) for value in (point.ttft_ms.mean, point.ttft_ms.p50, point.ttft_ms.p99)),
        figure(point.itl_ms.mean, 1),
        figure(point.e2e_ms.mean),
        figure(point.output_tokens_per_second),
        figure(point.requests_per_second, 2),
        str(point.requests),
        str(point.failed),
        mark(point),
    ]


def _notes(point: PointResult) -> list[str]:
    """The first of its notes; all of them are in the JSON."""
    lines = [f"{load_of(point)}: {note}" for note in point.notes[:_MOST_NOTES]]
    more = len(point.notes) - _MOST_NOTES
    return [*lines, f"{load_of(point)}: and {more} more notes like these, see -o json"] if more > 0 else lines


def _difference_row(item: Difference) -> list[str]:
    a, b = item.a, item.b
    return [
        load_words(item.concurrency, item.rate),
        _both(a.ttft_mean_ms, b.ttft_mean_ms),
        _percent(item.ttft_mean_change_fraction),
        item.intervals or "not known",
        _both(a.ttft_p99_ms, b.ttft_p99_ms),
        _percent(item.ttft_p99_change_fraction),
        _both(a.itl_mean_ms, b.itl_mean_ms, 1),
        _both(a.output_tokens_per_second, b.output_tokens_per_second),
        _percent(item.output_tokens_per_second_change_fraction),
        ", ".join(text for name, side in (("A", a), ("B", b)) if (text := _side_mark(name, side))),
    ]


def _side_mark(name: str, side: Side) -> str:
    if not side.points:
        return f"not in {name}"
    if side.invalid == side.points:
        return f"{name} INVALID"
    return f"{side.invalid} of {side.points} in {name} INVALID" if side.invalid else ""


def _both(before: float | None, after: float | None, digits: int = 0) -> str:
    return f"{figure(before, digits)} -> {figure(after, digits)}"


def _percent(fraction: float | None) -> str:
    return UNKNOWN if fraction is None else f"{fraction * 100.0:+.1f} %"
