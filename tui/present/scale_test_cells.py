"""The cells of a plan as a table: what is done, what came of it, what does not fit. Pure."""

from tui.plans.values import Cell as PlanCell
from tui.plans.values import CellResult, PlanRun
from tui.present import format as fmt
from tui.present.scale_test_curves import tokens_of, ttft_of
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("cell", "CELL", 20, flexible=True, max_width=48),
    Column("pods", "PODS", 6, "right", priority=1),
    Column("gpus", "GPUS", 6, "right", priority=3),
    Column("users", "USERS", 12, "right"),
    Column("ttft", "TTFT ms", 11, "right"),
    Column("tokens", "TOK/S", 15, "right"),
    Column("efficiency", "OF IDEAL", 9, "right"),
    Column("state", "STATE", 24, flexible=True, priority=2),
)
_TONES = {"done": Tone.GOOD, "failed": Tone.BAD, "skipped": Tone.DIM, "interrupted": Tone.WARN}


def cell_rows(run: PlanRun, under_way: PlanCell | None, *, public: bool = False) -> tuple[Row, ...]:
    """A row a cell in the plan's order; of two models the figures of both, ``137/141``."""
    results = {result.cell.id: result for result in run.results}
    return tuple(_row(run, cell, results.get(cell.id), under_way, public=public) for cell in run.cells)


def efficiency(run: PlanRun, result: CellResult) -> float | None:
    """Users against the smallest measured cell of the same test, times the pods. 1 is the ideal line."""
    own = _users(result)
    base = min(
        (one for one in run.results if one.cell.test == result.cell.test and _users(one)),
        key=lambda one: one.cell.pods,
        default=None,
    )
    users = _users(base) if base is not None else None
    if base is None or not users or own is None or base.cell.pods == result.cell.pods:
        return None
    return own / (users / base.cell.pods * result.cell.pods)


def _users(result: CellResult) -> int | None:
    users = [one.users for one in result.models]
    known = [value for value in users if value is not None]
    return sum(known) if known and len(known) == len(users) else None


def _row(run: PlanRun, cell: PlanCell, result: CellResult | None, under_way: PlanCell | None, *, public: bool) -> Row:
    models = result.models if result is not None else ()
    share = efficiency(run, result) if result is not None else None
    running = under_way is not None and under_way.id == cell.id
    text, tone = _state(cell, result, running=running, public=public)
    cells = (
        Cell(cell.id, Tone.STRONG if running else Tone.NORMAL),
        Cell(str(cell.pods) if len(cell.models) == 1 else f"{len(cell.models)}×{cell.pods}"),
        Cell(fmt.gpus(cell.gpus)),
        Cell(_joined([one.users for one in models])),
        Cell(_joined([ttft_of(one, run.plan.load.statistic) for one in models])),
        Cell(_joined([tokens_of(one) for one in models])),
        Cell(fmt.percent(share)),
        Cell(text, tone),
    )
    return Row(cell.id, cells, tone=Tone.DIM if cell.why_not else Tone.NORMAL)


def _state(cell: PlanCell, result: CellResult | None, *, running: bool, public: bool) -> tuple[str, Tone]:
    if running:
        return "under way", Tone.ACCENT
    if cell.why_not:
        return cell.why_not, Tone.DIM
    if result is None:
        return "to come", Tone.DIM
    simulated = any(one.simulated for one in result.models)
    text = f"{result.state}{', simulated' if simulated else ''}"
    note = f": {result.note}" if result.note and not public else ""
    return text + note, _TONES[result.state]


def _joined(values: list[float | int | None] | list[float | None] | list[int | None]) -> str:
    return "/".join(fmt.number(value) for value in values) if values else fmt.UNKNOWN
