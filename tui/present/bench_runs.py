"""What lies in a folder of runs as a list: benchmark runs and scale plans in one table. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tui.bench.results.reader import Run
from tui.bench.spec import PromptSpec
from tui.plans.values import PlanRun
from tui.present import format as fmt
from tui.present.bench import tokens_words
from tui.present.bench_plans import SIMULATED, models_words, plan_facts, title_words
from tui.present.filter import FieldValue, Subject
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("started", "STARTED", 16, sort_letter="t"),
    Column("name", "RUN", 29, sort_letter="n", flexible=True, max_width=48),
    Column("kind", "KIND", 8, sort_letter="k"),
    Column("model", "MODEL", 17, sort_letter="d", priority=3, flexible=True, max_width=52),
    Column("tokens", "TOKENS", 13, sort_letter="o", priority=5),
    Column("points", "POINTS", 7, "right", sort_letter="p", priority=2),
    Column("users", "USERS", 7, "right", sort_letter="u"),
    Column("rate", "TOK/S", 7, "right", sort_letter="r"),
    Column("took", "TOOK", 9, "right", sort_letter="l", priority=4),
    Column("state", "STATE", 12, sort_letter="s", priority=1),
)
FIELDS = frozenset(
    {"started", "name", "title", "kind", "simulated", "model", "tokens", "points", "users", "rate", "took", "state",
     "url"}
)  # fmt: skip
PLAN = "plan"
UNDER_WAY = "under way"
_TONES = {"finished": Tone.GOOD, UNDER_WAY: Tone.ACCENT}
_NOT_BACK = "what it scaled is not put back yet: nimdeck bench plan --resume goes on, and puts it back"


@dataclass(frozen=True, slots=True)
class Entry:
    """A run or a plan as the list has it. ``source`` is what it was made of, a plan without its map.

    ``points``: those of a run, the measured cells of a plan; ``cells`` of a plan are those that fit, ``None`` of a run.
    ``users`` is the answer of a search, else the load with the highest throughput; of a plan that of its cell with the
    most. ``rate`` are the output tokens a second there. ``took`` in seconds to the end of the last point. ``notes`` are
    lines under the row.
    """

    source: Run | PlanRun
    path: Path
    name: str
    title: str
    kind: str
    simulated: bool
    started_at: float
    models: str
    names: str
    tokens: str
    points: int
    cells: int | None
    users: float | None
    rate: float | None
    took: float | None
    state: str
    url: str | None
    notes: tuple[str, ...] = ()


def run_entry(run: Run, *, under_way: bool = False) -> Entry:
    """A benchmark run."""
    load, (users, rate) = run.head.load, _answer(run)
    ends = [point.started_at + point.seconds for point in run.points if point.started_at is not None]
    return Entry(
        source=run,
        path=run.path,
        name=run.name,
        title=run.name,
        kind=run.head.command,
        simulated=False,
        started_at=run.head.started_at,
        models=load.target.model,
        names=load.target.model,
        tokens=tokens_words(load.prompts),
        points=len(run.points),
        cells=None,
        users=users,
        rate=rate,
        took=max(ends) - run.head.started_at if ends else None,
        state=UNDER_WAY if under_way else state_of(run),
        url=load.target.url,
        notes=(run.damage,) if run.damage else (),
    )


def plan_entry(plan: PlanRun, *, under_way: bool = False, left_over: bool = False) -> Entry:
    """A scale plan. ``left_over``: what it changed in the cluster is not all put back."""
    facts, load, path = plan_facts(plan), plan.plan.load, Path(plan.folder)
    name = path.resolve().name
    return Entry(
        source=plan,
        path=path,
        name=title_words(name, plan),
        title=plan.plan.title,
        kind=PLAN,
        simulated=plan.simulated,
        started_at=plan.started_at,
        models=models_words(plan),
        names=", ".join(model.name for model in plan.plan.models),
        tokens=tokens_words(PromptSpec(load.isl, load.osl, isl_stddev=load.isl_stddev)),
        points=facts.done,
        cells=facts.cells,
        users=facts.users,
        rate=facts.rate,
        took=facts.seconds,
        state=UNDER_WAY if under_way else facts.state,
        url=None,
        notes=(*plan.damage, *((_NOT_BACK,) if left_over and not under_way else ())),
    )


def entry_row(entry: Entry) -> Row:
    """One line. What no server answered is marked beside its kind, wherever there is room for little else."""
    simulated = f" {SIMULATED}" if entry.simulated else ""
    cells = (
        Cell(datetime.fromtimestamp(entry.started_at).astimezone().strftime("%Y-%m-%d %H:%M"), Tone.DIM),
        Cell(entry.name, Tone.STRONG),
        Cell(f"{entry.kind}{simulated}", Tone.WARN if simulated else Tone.NORMAL),
        Cell(entry.models),
        Cell(entry.tokens),
        Cell(str(entry.points) if entry.cells is None else f"{entry.points}/{entry.cells}"),
        Cell(fmt.number(entry.users)),
        Cell(fmt.number(entry.rate)),
        Cell(fmt.age(entry.took)),
        Cell(entry.state, _TONES.get(entry.state, Tone.WARN)),
    )
    return Row(str(entry.path), cells, sub=tuple(Cell(note, Tone.WARN) for note in entry.notes))


def field(entry: Entry, name: str) -> FieldValue:
    """A value for sorting and comparing."""
    values: dict[str, FieldValue] = {
        "started": entry.started_at,
        "name": entry.name,
        "title": entry.title,
        "kind": entry.kind,
        "simulated": entry.simulated,
        "model": entry.names,
        "tokens": entry.tokens,
        "points": float(entry.points),
        "users": entry.users,
        "rate": entry.rate,
        "took": entry.took,
        "state": entry.state,
        "url": entry.url,
    }
    return values.get(name)


def subject(entry: Entry) -> Subject:
    """What a filter sees of it."""
    simulated = "simulated" if entry.simulated else ""
    said = (entry.name, entry.title, entry.kind, simulated, entry.names, entry.url or "", entry.state)
    return Subject(lambda: " ".join(said), lambda name: field(entry, name))


def report_words(entries: Iterable[Entry], folder: Path | None) -> str:
    """How two of which one is a plan are compared; ``folder`` is where they lie, ``None`` if that is not to be told."""
    names = " ".join(entry.path.resolve().name for entry in entries)
    where = f"in {folder}: " if folder is not None else ""
    return f"No board compares a plan, a report does; {where}nimdeck report {names}"


def state_of(run: Run) -> str:
    """``finished``, ``INVALID`` where not one point can be believed, ``no points``, or ``broken off``."""
    if not run.points:
        return "no points"
    if not any(point.valid for point in run.points):
        return "INVALID"
    if run.damage or (run.head.command == "search" and run.verdict is None):
        return "broken off"
    return "finished"


def _answer(run: Run) -> tuple[float | None, float | None]:
    """Users and output tokens a second."""
    if run.verdict is not None:
        return run.verdict.concurrency, run.verdict.output_tokens_per_second
    known = [point for point in run.points if point.valid and point.output_tokens_per_second is not None]
    best = max(known, key=lambda point: point.output_tokens_per_second or 0.0, default=None)
    return (best.concurrency, best.output_tokens_per_second) if best is not None else (None, None)
