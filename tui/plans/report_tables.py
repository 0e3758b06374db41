"""Tables 5 to 8 of the guide, with what was measured beside what was published. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from config.guide_tables import MIXED, GuideTables, SingleGpu, SizingRow
from tui.plans.report_values import Compared, Entry, Row, Side

TITLES = {
    5: "Table 5. One GPU without Run:ai",
    6: "Table 6. One GPU with Run:ai",
    7: "Table 7. Half a GPU with Run:ai, no neighbour",
    8: "Table 8. Sizing: users of one GPU with Run:ai",
}
MIXED_TITLE = "Mixed (both models)"
_CONDITIONS = {5: ("none", 1.0), 6: ("runai", 1.0), 7: ("runai", 0.5), 8: ("runai", 1.0)}
_NOT_RECORDED = "the run did not record scheduler, GPU per pod and pods: whether they are the guide's is not known"
Published = SingleGpu | SizingRow | None


def tables(sides: Sequence[Side], guide: GuideTables) -> tuple[Entry, ...]:
    """Every row of the four tables for every side; rows of models that the guide does not have stand below its own."""
    return tuple(entry for table in TITLES for entry in _table(table, sides, guide))


def _table(table: int, sides: Sequence[Side], guide: GuideTables) -> Iterator[Entry]:
    models = [model.name for model in guide.models]
    models += sorted({row.model for side in sides for row in side.rows if _fits(row, table)} - set(models))
    for model in models:
        published: Published = guide.row(*_CONDITIONS[table], model) if table < 8 else guide.sizing_row(model)
        for side in sides:
            yield _single(table, side, model, published, guide)
    if table == 8:
        for side in sides:
            yield _mixed(side, guide.sizing_row(MIXED))


def _fits(row: Row, table: int) -> bool:
    return (row.scheduler, row.gpu_per_pod, row.pods, row.alone) == (*_CONDITIONS[table], 1, True) and row.answer


def _single(table: int, side: Side, model: str, published: Published, guide: GuideTables) -> Entry:
    row = best(row for row in side.rows if row.model == model and _fits(row, table))
    note = why_no_figure([row]) if row is not None else "not in this folder"
    if row is None and table == 8 and (row := _unrecorded(side, model)) is not None:
        note = _NOT_RECORDED
    if row is not None and row.verdict is None and row.point is not None and not note:
        note = row.how
    title = guide.title_of(model) if row is None else row.title
    return _entry(table, side, (model, title), [row] if row is not None else [], published, note)


def _unrecorded(side: Side, model: str) -> Row | None:
    """A run's answer where nothing beside the URL is known."""
    return best(
        row for row in side.rows
        if row.model == model and row.answer and row.alone and (row.pods, row.gpu_per_pod) == (None, None)
    )  # fmt: skip


def _mixed(side: Side, published: SizingRow | None) -> Entry:
    """One pod of each model, together on one GPU: users and tokens add, TTFT is the mean over all requests."""
    cells: dict[str, list[Row]] = {}
    for row in side.rows:
        if not row.alone and row.gpus == 1.0 and row.scheduler == "runai":
            cells.setdefault(row.cell, []).append(row)
    found = sorted(cells.values(), key=lambda rows: not all(row.valid for row in rows))
    rows = found[0] if found else []
    note = why_no_figure(rows) if rows else "not in this folder"
    if rows and not note:
        note = "; ".join(_mixed_notes(rows))
    return _entry(8, side, (MIXED, MIXED_TITLE), rows, published, note)


def _mixed_notes(rows: Sequence[Row]) -> Iterator[str]:
    if all(row.verdict is None for row in rows):
        yield "users held as each model alone had them, not searched for"
    placed = rows[0].placed
    if placed is not None and placed.gpus is not None and placed.gpus > 1:
        yield f"the pods lay on {placed.gpus} GPUs and shared none: this is no figure of one GPU"


def _entry(table: int, side: Side, of: tuple[str, str], rows: Sequence[Row], published: Published, note: str) -> Entry:
    scheduler, gpu_per_pod = _CONDITIONS[table]
    measured = bool(rows) and all(row.point is not None for row in rows)
    valid = all(row.valid for row in rows) if measured else None
    users = [value for row in rows if (value := row.users) is not None] if measured else []
    tokens = [told for row in rows if (told := row.figure("output_tokens_per_second")) is not None]
    one = rows[0] if len(rows) == 1 else None
    return Entry(
        table=table,
        side=side.label,
        model=of[0],
        title=of[1],
        scheduler=scheduler,
        gpu_per_pod=rows[0].gpu_per_pod or gpu_per_pod if rows else (0.5 if of[0] == MIXED else gpu_per_pod),
        pods=1,
        cell=rows[0].cell if rows else None,
        simulated=any(row.simulated for row in rows),
        valid=valid,
        requests=sum(row.requests or 0 for row in rows) if measured else None,
        statistic=rows[0].statistic if rows else "mean",
        how=rows[0].how if rows else "",
        users=_compared(
            sum(users) if users and len(users) == len(rows) else None,
            one.interval("users") if one is not None else None,
            published.ccu if published is not None else None,
            valid,
        ),
        output_tokens_per_second=_compared(
            sum(tokens) if tokens and len(tokens) == len(rows) else None,
            one.interval("output_tokens_per_second") if one is not None else None,
            published.output_tokens_per_second if published is not None else None,
            valid,
        ),
        ttft_ms=_compared(
            pooled(rows, lambda row: row.ttft_ms),
            one.interval("ttft_ms") if one is not None else None,
            published.ttft_ms if published is not None else None,
            valid,
        ),
        note=note,
    )


def _compared(
    measured: float | None, interval: tuple[float, float | None] | None, published: float | None, valid: bool | None
) -> Compared:
    usable = valid and measured is not None and published
    return Compared(measured, interval, published, percent(published, measured) if usable else None)


def percent(before: float | None, after: float | None) -> float | None:
    """By how much ``after`` is more than ``before``, in percent of it."""
    return (after - before) / before * 100.0 if before and after is not None else None


def pooled(rows: Sequence[Row], of: Callable[[Row], float | None]) -> float | None:
    """The mean over models, weighted by their requests; ``None`` where one has no figure."""
    known = [(value, row.requests or 1) for row in rows if (value := of(row)) is not None]
    if not known or len(known) < len(rows):
        return None
    return sum(value * weight for value, weight in known) / sum(weight for _, weight in known)


def best(rows: Iterable[Row]) -> Row | None:
    """The one to believe where several cells have the same conditions: the first valid, else the first measured."""
    return min(rows, key=lambda row: (not row.valid, row.point is None), default=None)


def why_no_figure(rows: Sequence[Row]) -> str:
    """``""`` where all have figures; else the first line that says why not."""
    for row in rows:
        if row.state != "done":
            return f"{row.state}: {row.note}" if row.note else row.state
        if row.point is None:
            return "nothing was measured"
    return ""
