"""A run as a page of Markdown: the verdict, the conditions, the points. Invalid points are marked ``INVALID``."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tui.bench.figures import PointResult
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID, conditions, figure, load_of, mark, verdict_sentence

_HEADERS = (
    "users", "requests/s offered", "TTFT mean (ms)", "TTFT 95 % of the mean (ms)", "TTFT p50 (ms)", "TTFT p90 (ms)",
    "TTFT p99 (ms)", "ITL mean (ms)", "ITL p99 (ms)", "E2E mean (ms)", "output tokens/s", "output tokens/s 95 %",
    "requests/s", "requests/s 95 %", "ISL mean", "OSL mean", "requests", "failed",
    "client added to mean TTFT (ms)", "mark",
)  # fmt: skip


def text(run: Run) -> str:
    """The page."""
    at = datetime.fromtimestamp(run.head.started_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [f"# {_cell(run.head.load.target.model)}, measured {at}"]
    if run.verdict is not None:
        parts.append(verdict_sentence(run.verdict))
    parts.append(_table(("condition", "value"), conditions(run)))
    parts.append(_table(_HEADERS, [_row(point) for point in run.points]) if run.points else "No point was finished.")
    if any(not point.valid for point in run.points):
        parts.append(
            f"{INVALID}: the client itself was too slow, so these figures are not the server's. No verdict uses them."
        )
    parts += _notes(run)
    return "\n\n".join(parts) + "\n"


def _row(point: PointResult) -> list[str]:
    ttft = point.ttft_ms
    return [
        "" if point.concurrency is None else str(point.concurrency),
        "" if point.rate is None else f"{point.rate:g}",
        figure(ttft.mean),
        _interval(ttft.interval),
        *(figure(value) for value in (ttft.p50, ttft.p90, ttft.p99)),
        figure(point.itl_ms.mean, 1),
        figure(point.itl_ms.p99, 1),
        figure(point.e2e_ms.mean),
        figure(point.output_tokens_per_second),
        _interval(point.output_tokens_per_second_interval),
        figure(point.requests_per_second, 2),
        _interval(point.requests_per_second_interval, 2),
        figure(point.isl),
        figure(point.osl),
        str(point.requests),
        str(point.failed),
        figure(point.client.added_mean_ms, 2),
        mark(point),
    ]


def _interval(interval: tuple[float, float] | None, digits: int = 0) -> str:
    return figure(None) if interval is None else f"{figure(interval[0], digits)} to {figure(interval[1], digits)}"


def _notes(run: Run) -> list[str]:
    lines = [f"- {load}: {_cell(note)}" for load, note in _unique(run.points)]
    if run.damage:
        lines.append(f"- {_cell(run.damage)}")
    return ["\n".join(lines)] if lines else []


def _unique(points: Sequence[PointResult]) -> list[tuple[str, str]]:
    return list(dict.fromkeys((load_of(point), note) for point in points for note in point.notes))


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: str) -> str:
    """One line, and no column more than meant."""
    return " ".join(value.split()).replace("|", "\\|")
