"""Two runs side by side: both curves, a row for each load, both answers. Pure."""

from tui.bench.results.compare import Difference, compare, unlike
from tui.bench.results.reader import Run
from tui.present import bench_charts as charts
from tui.present import bench_words as words
from tui.present import format as fmt
from tui.present.bench import BoardView, finding, picture_of_run, tokens_words
from widgets.rows import Cell, Column, Row, Tone

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
