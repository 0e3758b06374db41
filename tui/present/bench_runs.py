"""Runs on disk as a list, and two of them side by side. Pure."""

from datetime import datetime

from tui.bench.figures import PointResult
from tui.bench.results.compare import Difference, compare, unlike
from tui.bench.results.reader import Run
from tui.present import bench_charts as charts
from tui.present import bench_words as words
from tui.present import format as fmt
from tui.present.bench import BoardView, finding, picture_of_run, tokens_words
from tui.present.filter import FieldValue, Subject
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("started", "STARTED", 16, sort_letter="t"),
    Column("name", "RUN", 20, sort_letter="n", flexible=True, max_width=48),
    Column("kind", "KIND", 6, sort_letter="k", priority=3),
    Column("model", "MODEL", 22, sort_letter="d", priority=2, flexible=True, max_width=40),
    Column("tokens", "TOKENS", 13, sort_letter="o", priority=4),
    Column("points", "POINTS", 6, "right", sort_letter="p", priority=1),
    Column("users", "USERS", 7, "right", sort_letter="u"),
    Column("rate", "TOK/S", 7, "right", sort_letter="r"),
    Column("state", "STATE", 14, sort_letter="s", priority=1),
)
FIELDS = frozenset({"started", "name", "kind", "model", "tokens", "points", "users", "rate", "state", "url"})

COMPARED = (
    Column("users", "USERS", 8, "right"),
    Column("ttft_a", "TTFT A", 9, "right"),
    Column("ttft_b", "TTFT B", 9, "right"),
    Column("ttft_change", "change", 8, "right"),
    Column("p99_a", "p99 A", 9, "right", priority=3),
    Column("p99_b", "p99 B", 9, "right", priority=3),
    Column("rate_a", "tok/s A", 9, "right"),
    Column("rate_b", "tok/s B", 9, "right"),
    Column("rate_change", "change", 8, "right"),
    Column("note", "", 14, flexible=True, priority=1),
)


def run_row(run: Run) -> Row:
    """One run's line. ``USERS`` is the answer of a search, ``TOK/S`` the throughput there; else the most measured."""
    damage = (Cell(f"└ {run.damage}", Tone.WARN),) if run.damage else ()
    state = state_of(run)
    cells = (
        Cell(datetime.fromtimestamp(run.head.started_at).astimezone().strftime("%Y-%m-%d %H:%M"), Tone.DIM),
        Cell(run.name, Tone.STRONG),
        Cell(run.head.command),
        Cell(run.head.load.target.model),
        Cell(tokens_words(run.head.load.prompts)),
        Cell(str(len(run.points))),
        Cell(fmt.number(_users(run))),
        Cell(fmt.number(_rate(run))),
        Cell(state, Tone.GOOD if state == "finished" else Tone.WARN),
    )
    return Row(str(run.path), cells, sub=damage)


def state_of(run: Run) -> str:
    """``finished``, ``INVALID`` where not one point can be believed, ``no points``, or ``broken off``."""
    if not run.points:
        return "no points"
    if not any(point.valid for point in run.points):
        return "INVALID"
    if run.damage or (run.head.command == "search" and run.verdict is None):
        return "broken off"
    return "finished"


def field(run: Run, name: str) -> FieldValue:
    """A value for sorting and comparing."""
    load = run.head.load
    values: dict[str, FieldValue] = {
        "started": run.head.started_at,
        "name": run.name,
        "kind": run.head.command,
        "model": load.target.model,
        "tokens": tokens_words(load.prompts),
        "points": float(len(run.points)),
        "users": _users(run),
        "rate": _rate(run),
        "state": state_of(run),
        "url": load.target.url,
    }
    return values.get(name)


def subject(run: Run) -> Subject:
    """What a filter sees of it."""
    load = run.head.load
    text = " ".join((run.name, run.head.command, load.target.model, load.target.url, state_of(run)))
    return Subject(lambda: text, lambda name: field(run, name))


def compared(first: Run, second: Run, *, public: bool = False) -> BoardView:
    """Two runs: both curves in each chart, a row for each load, both answers. A is the older."""
    older, newer = sorted((first, second), key=lambda run: run.head.started_at)
    pictures = [picture_of_run(run) for run in (older, newer)]
    target = next((p.target_ms for p in pictures if p.target_ms is not None), None)
    named = [("A", older.points), ("B", newer.points)]
    head = tuple(_head(letter, run, public) for letter, run in zip("AB", (older, newer), strict=True))
    foot: list[tuple[Cell, ...]] = [
        (Cell(letter, Tone.TITLE), Cell(finding(picture, with_guide=False) or "nothing was found", Tone.STRONG))
        for letter, picture in zip("AB", pictures, strict=True)
    ]
    other = [line for line in unlike(older, newer) if not (public and line.startswith("url"))]
    if other:
        foot.append((Cell("UNLIKE", Tone.WARN), *(Cell(line) for line in other)))
    rows = tuple(compared_row(difference) for difference in compare(older, newer))
    return BoardView(head, charts.overlaid(named, target), COMPARED, rows, tuple(foot))


def compared_row(found: Difference) -> Row:
    """One load in both runs; what can't be compared, and what chance could have done, is said in words."""
    load = fmt.number(found.concurrency) if found.concurrency is not None else f"{found.rate or 0:g}/s"
    a, b = found.a, found.b
    cells = (
        Cell(load, Tone.STRONG),
        *(Cell(words.milliseconds(side.ttft_mean_ms)) for side in (a, b)),
        _change(found.ttft_mean_change_fraction, less_is_better=True),
        *(Cell(words.milliseconds(side.ttft_p99_ms)) for side in (a, b)),
        *(Cell(fmt.number(side.output_tokens_per_second)) for side in (a, b)),
        _change(found.output_tokens_per_second_change_fraction, less_is_better=False),
        _remark(found),
    )
    return Row(load, cells)


# -- parts -------------------------------------------------------------------------------------------------------------


def _remark(found: Difference) -> Cell:
    invalid = [letter for letter, side in zip("AB", (found.a, found.b), strict=True) if side.invalid]
    if invalid:
        return Cell(f"INVALID in {' and '.join(invalid)}", Tone.BAD)
    return Cell("TTFT: could be chance" if found.intervals == "overlap" else "", Tone.DIM)


def _change(change: float | None, *, less_is_better: bool) -> Cell:
    if change is None:
        return Cell(fmt.UNKNOWN, Tone.DIM)
    if abs(change) < 0.005:
        return Cell("same", Tone.DIM)
    better = (change < 0) is less_is_better
    return Cell(f"{change * 100:+.0f}%", Tone.GOOD if better else Tone.WARN)


def _head(letter: str, run: Run, public: bool) -> tuple[Cell, ...]:
    load = run.head.load
    address = () if public else (Cell(load.target.url, Tone.DIM),)
    return (
        Cell(letter, Tone.TITLE), Cell(run.name, Tone.STRONG), *address,
        Cell(load.target.model), Cell(tokens_words(load.prompts)), Cell(load.start),
    )  # fmt: skip


def _users(run: Run) -> float | None:
    if run.verdict is not None:
        return run.verdict.concurrency
    best = _best(run)
    return best.concurrency if best is not None else None


def _rate(run: Run) -> float | None:
    if run.verdict is not None:
        return run.verdict.output_tokens_per_second
    best = _best(run)
    return best.output_tokens_per_second if best is not None else None


def _best(run: Run) -> PointResult | None:
    known = [point for point in run.points if point.valid and point.output_tokens_per_second is not None]
    return max(known, key=lambda point: point.output_tokens_per_second or 0.0, default=None)
