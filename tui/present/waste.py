"""The view of waste: its parts, each a list, and the totals over them in words and figures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from tui.model.snapshot import Snapshot
from tui.model.waste import FractionFit, IdleHold, PoolRoom, QuotaSlack, Waste, WholeGpu
from tui.present import format as fmt
from tui.present import waste_rows as rows
from tui.present.filter import FieldValue, Filter, Subject
from tui.present.sort import ordered
from widgets.rows import Cell, Column, PanelPhase, PanelState, Row, SortKey, Tone

Item = IdleHold | PoolRoom | WholeGpu | FractionFit | QuotaSlack
_HAIR = 1e-6
_NO_PROJECTS = "neither the cluster nor a control plane tells of projects"


@dataclass(frozen=True, slots=True)
class Part:
    """One list of the screen: where its items come from, how one becomes a row (the last argument: on a wide screen),
    what it is sorted and filtered by."""

    key: str
    title: str
    columns: tuple[Column, ...]
    items: Callable[[Waste], Sequence[Item]]
    row: Callable[[Item, Snapshot, bool], Row]
    values: Callable[[Item], Mapping[str, FieldValue]]
    empty: str
    sort: tuple[SortKey, ...] = ()

    def key_of(self, item: Item) -> str:
        """The key of the item's row."""
        return key_of(item)

    def subject(self, item: Item) -> Subject:
        """What a filter sees of it."""
        values = self.values(item)
        words = " ".join(str(value) for value in values.values() if isinstance(value, str))
        return Subject(lambda: words, values.get)


def _idle_values(item: Item) -> dict[str, FieldValue]:
    hold = cast(IdleHold, item)
    return {
        "name": hold.workload.name, "namespace": hold.workload.namespace, "project": hold.project, "idle": hold.gpus,
        "held": hold.held, "since": hold.idle_seconds, "pods": hold.pods, "nodes": " ".join(hold.nodes),
    }  # fmt: skip


def _room_values(item: Item) -> dict[str, FieldValue]:
    room = cast(PoolRoom, item)
    return {
        "name": room.pool, "gpus": room.allocatable, "given": room.allocated, "whole": room.whole_free,
        "parts": room.in_parts, "largest": room.largest_part, "block": room.largest_block, "stranded": room.stranded,
        "fragmented": None if room.fragmentation is None else room.fragmentation * 100,
    }  # fmt: skip


def _move_values(item: Item) -> dict[str, FieldValue]:
    way = cast(WholeGpu, item)
    return {"name": way.node, "pool": way.pool, "moved": way.moved, "what": "; ".join(map(rows.move_words, way.moves))}


def _fraction_values(item: Item) -> dict[str, FieldValue]:
    fit = cast(FractionFit, item)
    return {
        "name": fit.workload.name, "namespace": fit.workload.namespace, "project": fit.project, "held": fit.gpus,
        "fraction": fit.fraction, "saves": fit.saves, "need": fit.need_bytes, "used": fit.used_bytes,
        "of": fit.memory_bytes, "by": fit.measure,
    }  # fmt: skip


def _quota_values(item: Item) -> dict[str, FieldValue]:
    slack = cast(QuotaSlack, item)
    return {
        "name": slack.project, "project": slack.project, "quota": slack.quota, "given": slack.allocated,
        "unused": slack.unused, "waiting": slack.waiting, "over": slack.over,
    }  # fmt: skip


def key_of(item: Item) -> str:
    """The key of an item's row."""
    if isinstance(item, IdleHold | FractionFit):
        return "/".join(item.workload)
    if isinstance(item, PoolRoom):
        return f"pool/{item.pool}"
    return rows.move_key(item) if isinstance(item, WholeGpu) else f"project/{item.project}"


PARTS = (
    Part("idle", "Idle", rows.IDLE_COLUMNS, lambda waste: waste.idle,
         lambda item, snapshot, wide: rows.idle_row(cast(IdleHold, item), snapshot, wide=wide), _idle_values,
         "no GPU that is held has been at 0 % for 5 min", (SortKey("idle", True),)),
    Part("room", "Room", rows.ROOM_COLUMNS, lambda waste: waste.pools,
         lambda item, _, wide: rows.room_row(cast(PoolRoom, item), wide=wide), _room_values,
         "no node with GPUs can be seen"),
    Part("moves", "Fragmentation", rows.MOVE_COLUMNS, lambda waste: waste.moves,
         lambda item, _, wide: rows.move_row(cast(WholeGpu, item), wide=wide), _move_values,
         "no GPU is shared that would be whole if parts moved"),
    Part("fractions", "Fractions", rows.FRACTION_COLUMNS, lambda waste: waste.fractions,
         lambda item, *_: rows.fraction_row(cast(FractionFit, item)), _fraction_values,
         "no workload holds a whole GPU", (SortKey("saves", True),)),
    Part("quota", "Quota", rows.QUOTA_COLUMNS, lambda waste: waste.slack,
         lambda item, *_: rows.quota_row(cast(QuotaSlack, item)), _quota_values,
         "no project waits, is over its quota, or leaves any of it unused"),
)  # fmt: skip
BY_KEY = {part.key: part for part in PARTS}
FIELDS = frozenset({column.key for part in PARTS for column in part.columns} | {"namespace", "project"}) - {
    "bar",
    "frees",
    "means",
}


def within(items: Iterable[Item], project: str | None) -> list[Item]:
    """Those of one project, where an item has one; ``None``: all."""
    return [item for item in items if project is None or getattr(item, "project", project) == project]


def kept(part: Part, items: Iterable[Item], sort: tuple[SortKey, ...], search: Filter) -> list[Item]:
    """The items of a part that the filter keeps, in their order."""
    found = [item for item in items if search.matches(part.subject(item))]
    return ordered(found, sort, lambda item, column: part.values(item).get(column))


# -- states -----------------------------------------------------------------------------------------------------------


def part_state(part: Part, waste: Waste, base: PanelState) -> PanelState:
    """The state of a part: ``base`` is that of what the whole screen lives on."""
    if base.phase in (PanelPhase.LOADING, PanelPhase.FAILED):
        return base
    if part.key == "idle" and waste.could_free is None:
        if waste.resting and waste.watched_seconds is not None:
            return PanelState(PanelPhase.LOADING, waste.why_unknown)
        return PanelState(PanelPhase.FAILED, "which GPUs are idle is not known", remedy=waste.why_unknown)
    if part.key == "quota" and waste.waiting is None:
        return PanelState(PanelPhase.EMPTY, _NO_PROJECTS)
    if not part.items(waste):
        return PanelState(PanelPhase.EMPTY, part.empty)
    return base


# -- totals -----------------------------------------------------------------------------------------------------------


def totals(waste: Waste) -> tuple[tuple[Cell, ...], ...]:
    """What could be given back, a line for each reason."""
    return (_idle_line(waste), _room_line(waste), _fraction_line(waste), _quota_line(waste))


def _idle_line(waste: Waste) -> tuple[Cell, ...]:
    if waste.could_free is None:
        return (Cell("Idle", Tone.TITLE), Cell(f"not known: {waste.why_unknown}", Tone.WARN))
    rest = [Cell(f"{fmt.gpus(waste.resting)} more at rest, for less than 5 min", Tone.DIM)] if waste.resting else []
    if waste.why_unknown:
        rest.append(Cell(waste.why_unknown, Tone.WARN))
    if not waste.idle:
        return (Cell("Idle", Tone.TITLE), Cell("no GPU that is held does nothing", Tone.GOOD), *rest)
    least = "at least " if waste.why_unknown else ""
    said = f"{least}{_gpus(waste.could_free)} held for nothing by {_count(len(waste.idle), 'workload')}"
    return (Cell("Idle", Tone.TITLE), Cell(said, Tone.WARN), *rest)


def _room_line(waste: Waste) -> tuple[Cell, ...]:
    whole, parts = _sum(p.whole_free for p in waste.pools), _sum(p.in_parts for p in waste.pools)
    if whole is None or parts is None or not waste.pools:
        return (Cell("Room", Tone.TITLE), Cell("not known: of some GPUs it can't be seen how much is held", Tone.WARN))
    stranded = _sum(p.stranded for p in waste.pools) or 0.0
    free = whole + parts
    cells = [
        Cell("Room", Tone.TITLE),
        Cell(f"{_gpus(free)} free: {fmt.gpus(whole)} whole, {fmt.gpus(parts)} in parts"),
        Cell(f"block {fmt.number(max((p.largest_block or 0 for p in waste.pools), default=0))}"),
    ]
    if free > _HAIR and parts > _HAIR:
        cells.append(Cell(f"fragmented {fmt.percent(parts / free)}", Tone.WARN if parts > whole else Tone.NORMAL))
    if stranded > _HAIR:
        cells.append(Cell(f"{fmt.gpus(stranded)} stranded", Tone.WARN))
    return tuple(cells)


def _fraction_line(waste: Waste) -> tuple[Cell, ...]:
    """The guide's reason for fractions: ``18 workloads hold 18 whole GPUs; 9 would do in fractions``."""
    head, held = Cell("Fractions", Tone.TITLE), sum(fit.gpus for fit in waste.fractions)
    if not waste.fractions:
        return (head, Cell("no workload holds a whole GPU"))
    whole = f"{_count(len(waste.fractions), 'workload')} hold{'s' * (len(waste.fractions) == 1)} {_gpus(held)} whole"
    if waste.fractions_save is None:
        return (head, Cell(f"{whole}; whether fractions would do is not known", Tone.DIM))
    unknown = sum(fit.gpus for fit in waste.fractions if fit.saves is None)
    rest = (Cell(f"of {fmt.gpus(unknown)} it is not known", Tone.DIM),) if unknown else ()
    if waste.fractions_save <= _HAIR:
        return (head, Cell(f"{whole} and need{'s' * (len(waste.fractions) == 1)} them", Tone.GOOD), *rest)
    tone = Tone.ACCENT
    return (head, Cell(f"{whole}; {fmt.gpus(held - waste.fractions_save)} would do in fractions", tone), *rest)


def _quota_line(waste: Waste) -> tuple[Cell, ...]:
    head = Cell("Quota", Tone.TITLE)
    if waste.waiting is None or waste.unused_quota is None:
        return (head, Cell(_NO_PROJECTS, Tone.DIM))
    over = sum(row.over or 0.0 for row in waste.slack)
    said = [Cell(f"{fmt.gpus(over)} over quota", Tone.WARN)] if over > _HAIR else []
    if waste.waiting <= _HAIR:
        return (head, Cell("no project waits for GPUs", Tone.GOOD), *said)
    waits = sum(bool(row.waiting) for row in waste.slack)
    words = f"{_count(waits, 'project')} wait{'s' * (waits == 1)} for {_gpus(waste.waiting)}"
    if waste.unused_quota > _HAIR:
        words += f", others leave {fmt.gpus(waste.unused_quota)} of quota unused"
    return (head, Cell(words, Tone.WARN), *said)


def _sum(values: Iterable[float | None]) -> float | None:
    listed = list(values)
    return None if None in listed else sum(value or 0.0 for value in listed)


def _gpus(value: float) -> str:
    text = fmt.gpus(value)
    return f"{text} GPU" if text == "1" else f"{text} GPUs"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"
