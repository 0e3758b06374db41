"""Items of ``nimdeck.waste/1``: what could be given back, a line for each holder, pool, node and project."""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.model.waste import FractionFit, IdleHold, PoolRoom, QuotaSlack, WholeGpu
from tui.present.documents.figures import figure, limit

WasteRow = IdleHold | PoolRoom | WholeGpu | FractionFit | QuotaSlack


@dataclass(frozen=True, slots=True)
class WasteItem:
    """``part`` says which of the fields are meant; the others are ``None``."""

    part: str
    name: str
    namespace: str | None = None
    kind: str | None = None
    project: str | None = None
    nodes: tuple[str, ...] = ()
    gpus_idle: float | None = None
    gpus_held: float | None = None
    idle_seconds: float | None = None
    fraction_would_do: float | None = None
    measure: str | None = None
    gpus_saved: float | None = None
    gpus_free: float | None = None
    whole_free: int | None = None
    in_parts: float | None = None
    largest_part: float | None = None
    largest_block: int | None = None
    stranded: float | None = None
    fragmentation: float | None = None
    gpus_moved: float | None = None
    quota: float | None = None
    unused: float | None = None
    waiting: float | None = None
    over: float | None = None


def waste_items(rows: Iterable[WasteRow]) -> tuple[WasteItem, ...]:
    """The rows in their order."""
    return tuple(_item(row) for row in rows)


def _item(row: WasteRow) -> WasteItem:
    if isinstance(row, IdleHold):
        return WasteItem(
            "idle", row.workload.name, row.workload.namespace, row.workload.kind, row.project, row.nodes,
            figure(row.gpus), figure(row.held), figure(row.idle_seconds), figure(row.fraction_would_do), row.measure,
        )  # fmt: skip
    if isinstance(row, FractionFit):
        return WasteItem(
            "fractions", row.workload.name, row.workload.namespace, row.workload.kind, row.project,
            gpus_held=figure(row.gpus), fraction_would_do=figure(row.fraction), measure=row.measure,
            gpus_saved=figure(row.saves),
        )  # fmt: skip
    if isinstance(row, PoolRoom):
        return WasteItem(
            "room", row.pool, gpus_held=figure(row.allocated), gpus_free=figure(row.free), whole_free=row.whole_free,
            in_parts=figure(row.in_parts), largest_part=figure(row.largest_part), largest_block=row.largest_block,
            stranded=figure(row.stranded), fragmentation=figure(row.fragmentation),
        )  # fmt: skip
    if isinstance(row, WholeGpu):
        return WasteItem("moves", row.node, nodes=(row.node,), gpus_moved=figure(row.moved))
    return WasteItem(
        "quota", row.project, project=row.project, gpus_held=figure(row.allocated), quota=limit(row.quota),
        unused=figure(row.unused), waiting=figure(row.waiting), over=figure(row.over),
    )  # fmt: skip
