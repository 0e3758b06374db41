"""Two folders of a report side by side: the same cells, or the same loads. Invalid figures are told, not compared."""

from collections.abc import Iterator, Sequence

from tui.bench.results.words import INVALID, load_words
from tui.plans.report_scaling import overlap
from tui.plans.report_tables import best, percent
from tui.plans.report_values import QUANTITIES, Pair, Quantity, Row, Side

Key = tuple[object, ...]


def pairs(sides: Sequence[Side]) -> tuple[Pair, ...]:
    """Each further folder against the first: cells by their conditions, points of two runs by model and load."""
    if len(sides) < 2:
        return ()
    return tuple(pair for other in sides[1:] for pair in _pairs(sides[0], other))


def _pairs(a: Side, b: Side) -> Iterator[Pair]:
    if a.kind == b.kind == "run":
        yield from _matched(a, b, _answers(a), _answers(b), QUANTITIES)
        yield from _matched(a, b, _by_load(a), _by_load(b), ("output_tokens_per_second", "ttft_ms"))
    else:
        yield from _matched(a, b, _by_cell(a), _by_cell(b), QUANTITIES)


def _matched(
    a: Side, b: Side, before: dict[Key, tuple[str, Row]], after: dict[Key, tuple[str, Row]], told: Sequence[Quantity]
) -> Iterator[Pair]:
    for key in dict.fromkeys((*before, *after)):
        first, second = before.get(key), after.get(key)
        words = (first or second or ("", None))[0]
        rows = first[1] if first else None, second[1] if second else None
        for quantity in told:
            yield _pair(words, (a.label, b.label), quantity, *rows)


def _pair(what: str, labels: tuple[str, str], quantity: Quantity, a: Row | None, b: Row | None) -> Pair:
    values = a.figure(quantity) if a else None, b.figure(quantity) if b else None
    usable = a is not None and b is not None and a.valid and b.valid
    ends = (a.interval(quantity), b.interval(quantity)) if a is not None and b is not None else (None, None)
    return Pair(
        what, *labels, quantity, *values,
        change_percent=percent(*values) if usable else None,
        intervals=overlap(*ends) if usable else None,
        note="; ".join(line for label, row in zip(labels, (a, b), strict=True) if (line := _mark(label, row))),
    )  # fmt: skip


def _mark(label: str, row: Row | None) -> str:
    if row is None:
        return f"not in {label}"
    if row.state != "done":
        return f"{label} {row.state}"
    return f"{label} {INVALID}" if row.point is not None and not row.point.valid else ""


def _by_cell(side: Side) -> dict[Key, tuple[str, Row]]:
    found: dict[Key, list[Row]] = {}
    for row in side.rows:
        if row.answer:
            found.setdefault((row.model, row.models, row.scheduler, row.gpu_per_pod, row.pods), []).append(row)
    return {key: (where(chosen), chosen) for key, rows in found.items() if (chosen := best(rows)) is not None}


def _answers(side: Side) -> dict[Key, tuple[str, Row]]:
    rows = [row for row in side.rows if row.answer]
    return {(row.model, "answer"): (f"{row.title}, the run's answer", row) for row in rows}


def _by_load(side: Side) -> dict[Key, tuple[str, Row]]:
    found: dict[Key, list[Row]] = {}
    for row in sorted(side.rows, key=lambda row: (row.users is None, row.users or 0, row.rate or 0.0)):
        found.setdefault((row.model, row.users, row.rate), []).append(row)
    return {
        key: (f"{chosen.title}, {load_words(chosen.users, chosen.rate)}", chosen)
        for key, rows in found.items()
        if (chosen := best(rows)) is not None
    }


def where(row: Row) -> str:
    """A cell's conditions in words."""
    if row.scheduler is None or row.pods is None or row.gpu_per_pod is None:
        return f"{row.title}, conditions not recorded"
    with_runai = "Run:ai" if row.scheduler == "runai" else "no Run:ai"
    pods = f"{row.pods} pod{'' if row.pods == 1 else 's'}{'' if row.alone else ' of each'}"
    mixed = "" if row.alone else " in the mix"
    return f"{row.title}{mixed}, {with_runai}, {pods} x {row.gpu_per_pod:g} GPU"
