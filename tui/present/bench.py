"""From a run, live or on disk, to what its board shows: head, two charts, the table of points, lines. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tui.bench.engine.progress import Beat, Progress
from tui.bench.figures import PointResult, Verdict
from tui.bench.results.reader import Run
from tui.bench.spec import LoadSpec, PromptSpec, SearchPlan
from tui.plans.run import BenchRun
from tui.present import bench_charts as charts
from tui.present import bench_words as words
from tui.present import format as fmt
from tui.present.bench_guide import guide_figure, guide_words
from widgets.rows import Cell, ChartView, Column, Row, Tone

View = Literal["users", "time"]
Line = tuple[Cell, ...]
Sample = dict[str, float | str | None]
_EVENTS_SHOWN = 3

COLUMNS = (
    Column("users", "USERS", 9, "right"),
    Column("ttft", "TTFT mean", 9, "right"),
    Column("p50", "p50", 7, "right", priority=1),
    Column("p99", "p99", 7, "right"),
    Column("itl", "ITL", 6, "right"),
    Column("tokens", "tok/s", 7, "right"),
    Column("requests", "req/s", 6, "right", priority=2),
    Column("failed", "fail", 5, "right"),
    Column("client", "CLIENT", 15, flexible=True, max_width=24),
    Column("ended", "ENDED", 11, priority=4),
    Column("seconds", "TIME", 7, "right", priority=5),
    Column("isl", "ISL", 7, "right", priority=6),
    Column("osl", "OSL", 6, "right", priority=6),
    Column("e2e", "E2E mean", 8, "right", priority=6),
    Column("count", "requests", 8, "right", priority=5),
)


@dataclass(frozen=True, slots=True)
class BoardView:
    """What a board draws; ``head`` and ``foot`` are lines of words."""

    head: tuple[Line, ...]
    charts: tuple[ChartView, ChartView]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A run as figures, wherever they come from. ``partial`` are those of the point under way."""

    title: str
    load: LoadSpec
    statistic: str
    target_ms: float | None
    points: tuple[PointResult, ...]
    partial: PointResult | None = None
    beats: tuple[Beat, ...] = ()
    server: tuple[Sample, ...] = ()
    verdict: Verdict | None = None
    environment: tuple[tuple[str, str], ...] = ()
    status: Line = ()
    problem: str = ""
    notes: tuple[str, ...] = ()


def picture_of_live(run: BenchRun, title: str) -> Picture:
    """The run as it stands at this moment."""
    state, plan = run.state(), run.plan
    progress, controls = state.progress, run.controls
    status = words.progress_cells(
        progress, running=state.running, paused=controls.paused, interrupts=controls.interrupts
    )
    return Picture(
        title=title,
        load=plan.load,
        statistic=plan.statistic if isinstance(plan, SearchPlan) else "mean",
        target_ms=plan.ttft_seconds * 1000.0 if isinstance(plan, SearchPlan) else _slo_ms(plan.load),
        points=progress.finished,
        partial=_partial(progress) if state.running else None,
        beats=state.beats,
        server=state.server,
        verdict=progress.verdict,
        environment=run.environment,
        status=status if not state.problem else (),
        problem=state.problem,
        notes=state.notes,
    )


def picture_of_run(run: Run) -> Picture:
    """A run that lies on disk."""
    verdict = run.verdict
    status = Cell(f"{run.head.command}, {len(run.points)} points", Tone.DIM)
    return Picture(
        title=run.name,
        load=run.head.load,
        statistic=verdict.statistic if verdict is not None else "mean",
        target_ms=run.target_ms,
        points=run.points,
        beats=run.beats,
        server=run.server,
        verdict=verdict,
        environment=run.head.environment,
        status=(status,),
        problem=run.damage,
    )


def board(picture: Picture, view: View, *, public: bool = False) -> BoardView:
    """``public`` leaves out the address, for a big screen."""
    return BoardView(
        head=(_asked(picture, public), *([picture.status] if picture.status else ())),
        charts=_charts(picture, view),
        columns=COLUMNS,
        rows=point_rows(picture.points, picture.partial),
        foot=_foot(picture, view, public),
    )


def point_rows(points: Sequence[PointResult], partial: PointResult | None = None) -> tuple[Row, ...]:
    """The newest point first, the one under way above it; what there is to say of a point stands under it."""
    rows = [point_row(str(number), point) for number, point in enumerate(points, 1)]
    if partial is not None:
        rows.append(replace(point_row("under way", partial), tone=Tone.ACCENT))
    return tuple(reversed(rows))


def point_row(key: str, point: PointResult) -> Row:
    """One point's line; figures of a client that was too slow are marked in words and dimmed."""
    ttft = point.ttft_ms
    load = fmt.number(point.concurrency) if point.concurrency is not None else f"{point.rate or 0:g}/s"
    cells = (
        Cell(f"{load}{f' #{point.repeat + 1}' if point.repeat else ''}", Tone.STRONG),
        Cell(words.milliseconds(ttft.mean)),
        Cell(words.milliseconds(ttft.p50)),
        Cell(words.milliseconds(ttft.p99)),
        Cell(words.milliseconds(point.itl_ms.mean)),
        Cell(fmt.number(point.output_tokens_per_second)),
        Cell(fmt.number(point.requests_per_second, 1)),
        Cell(fmt.number(point.failed), Tone.BAD if point.failed else Tone.NORMAL),
        _client(point),
        Cell(point.ended, Tone.DIM),
        Cell(fmt.age(point.seconds), Tone.DIM),
        Cell(fmt.number(point.isl)),
        Cell(fmt.number(point.osl)),
        Cell(words.milliseconds(point.e2e_ms.mean)),
        Cell(fmt.number(point.requests)),
    )
    notes = [f"failed: {', '.join(f'{kind} {count}' for kind, count in point.errors)}"] if point.errors else []
    sub = tuple(Cell(note, Tone.WARN) for note in (*notes, *point.notes))
    return Row(key, cells, sub=sub, tone=Tone.NORMAL if point.valid else Tone.DIM)


def finding(picture: Picture, *, with_guide: bool = True) -> str:
    """What was found, in a sentence, with the guide's figure beside it where the guide measured the same."""
    if picture.verdict is not None:
        said = words.verdict_words(picture.verdict)
    else:
        said = words.sweep_words(picture.points, picture.statistic, picture.target_ms)
    if said and picture.load.start == "burst":
        said += " All users started at once (burst)."
    guide = guide_figure(picture.load, picture.target_ms, picture.statistic, picture.environment)
    return f"{said} {guide_words(guide)}" if said and with_guide and guide is not None else said


def tokens_words(prompts: PromptSpec) -> str:
    """``2000:200 ±50``."""
    stddev = f" ±{prompts.isl_stddev:g}" if prompts.isl_stddev else ""
    return f"{prompts.isl}:{prompts.osl}{stddev}"


# -- parts -------------------------------------------------------------------------------------------------------------


def _asked(picture: Picture, public: bool) -> Line:
    load = picture.load
    cells = [Cell(picture.title, Tone.TITLE), Cell(tokens_words(load.prompts))]
    if picture.target_ms is not None:
        cells.append(Cell(words.goal_words(picture.statistic, picture.target_ms)))
    if load.start == "burst":
        cells.append(Cell("burst start", Tone.WARN))
    if load.target.model != picture.title:
        cells.append(Cell(load.target.model, Tone.DIM))
    return tuple(cells) if public else (*cells, Cell(load.target.url, Tone.DIM))


def _charts(picture: Picture, view: View) -> tuple[ChartView, ChartView]:
    if view == "time":
        return charts.against_time(picture.beats, charts.events_of(picture.server), picture.target_ms)
    under_way = (picture.partial,) if picture.partial is not None else ()
    return charts.against_users((*picture.points, *under_way), picture.target_ms)


def _foot(picture: Picture, view: View, public: bool) -> tuple[Line, ...]:
    shown = picture.partial or (picture.points[-1] if picture.points else None)
    lines: list[Line] = []
    if picture.server:
        lines.append(words.server_cells(picture.server[-1]))
    lines.append(words.client_cells(shown))
    events = charts.events_of(picture.server)
    if view == "time" and events:
        told = [Cell(f"{at:.0f} s {text}") for at, text in events[-_EVENTS_SHOWN:]]
        lines.append((Cell("EVENTS", Tone.TITLE), *told))
    said = finding(picture, with_guide=picture.partial is None)
    if said:
        word = "VERDICT" if picture.verdict is not None else "FOUND"
        lines.append((Cell(word, Tone.TITLE), Cell(said, Tone.STRONG)))
    if picture.problem:
        lines.append((Cell("PROBLEM", Tone.BAD), Cell("it ended early" if public else picture.problem, Tone.BAD)))
    if not public:
        lines += [(Cell("NOTE", Tone.WARN), Cell(note, Tone.DIM)) for note in picture.notes]
    return tuple(lines)


def _client(point: PointResult) -> Cell:
    lag = words.milliseconds(point.client.added_mean_ms)
    if not point.valid:
        return Cell(f"INVALID {lag} ms", Tone.BAD)
    return Cell(f"ok lag {lag} ms", Tone.DIM)


def _partial(progress: Progress) -> PointResult | None:
    partial = progress.partial
    return partial if partial is not None and partial.requests and partial not in progress.finished else None


def _slo_ms(load: LoadSpec) -> float | None:
    return None if load.slo.ttft_seconds is None else load.slo.ttft_seconds * 1000.0
