"""``nimdeck.scale-plan/1``: what a plan is to do, or did, cell by cell (``docs/plans.md``). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from tui.plans.values import Cell, CellResult, Estimate, ModelResult, ScalePlan
from tui.present.documents.figures import instant

SCHEMA = "nimdeck.scale-plan/1"


@dataclass(frozen=True, slots=True)
class ModelItem:
    model: str
    users: int | None
    ttft_mean_ms: float | None
    ttft_p99_ms: float | None
    itl_mean_ms: float | None
    output_tokens_per_second: float | None
    requests: int | None
    failed: int | None
    valid: bool | None
    steady: bool | None
    simulated: bool
    folder: str | None


@dataclass(frozen=True, slots=True)
class CellItem:
    cell: str
    test: str
    models: tuple[str, ...]
    scheduler: str
    gpu_per_pod: float
    pods: int
    gpus: float
    state: str
    note: str
    started_at: str | None
    finished_at: str | None
    ready_seconds: float | None
    gpus_held: int | None
    nodes_held: int | None
    results: tuple[ModelItem, ...]


@dataclass(frozen=True, slots=True)
class EstimateItem:
    cells: int
    seconds: float
    gpu_hours: float
    assumes: tuple[str, ...]


class PlanDocument(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    schema_name: str
    generated_at: str
    plan: str
    title: str
    simulated: bool
    folder: str | None
    estimate: EstimateItem
    left_over: tuple[str, ...]
    items: tuple[CellItem, ...]


def plan_document(
    plan: ScalePlan,
    cells: Sequence[Cell],
    results: Sequence[CellResult],
    estimate: Estimate,
    at: float,
    folder: str | None = None,
    simulated: bool = False,
    left_over: tuple[str, ...] = (),
) -> PlanDocument:
    """The document at ``at`` (Unix seconds); cells without a result are ``planned``, or ``skipped`` where they can't
    run."""
    known = {result.cell.id: result for result in results}
    items = tuple(_cell_item(cell, known.get(cell.id)) for cell in cells)
    found = EstimateItem(estimate.cells, estimate.seconds, estimate.gpu_hours, estimate.assumes)
    return PlanDocument(SCHEMA, instant(at) or "", plan.name, plan.title, simulated, folder, found, left_over, items)


def _cell_item(cell: Cell, result: CellResult | None) -> CellItem:
    placed = result.placed if result is not None else None
    return CellItem(
        cell=cell.id,
        test=cell.test,
        models=cell.models,
        scheduler=cell.scheduler,
        gpu_per_pod=cell.gpu_per_pod,
        pods=cell.pods,
        gpus=cell.gpus,
        state=result.state if result is not None else "skipped" if cell.why_not else "planned",
        note=result.note if result is not None else cell.why_not,
        started_at=instant(result.started_at) if result is not None else None,
        finished_at=instant(result.finished_at) if result is not None else None,
        ready_seconds=result.ready_seconds if result is not None else None,
        gpus_held=placed.gpus if placed is not None else None,
        nodes_held=len(placed.by_node) if placed is not None and placed.by_node else None,
        results=tuple(_model_item(one) for one in result.models) if result is not None else (),
    )


def _model_item(one: ModelResult) -> ModelItem:
    point = one.point
    return ModelItem(
        model=one.model,
        users=one.users,
        ttft_mean_ms=point.ttft_ms.mean if point is not None else None,
        ttft_p99_ms=point.ttft_ms.p99 if point is not None else None,
        itl_mean_ms=point.itl_ms.mean if point is not None else None,
        output_tokens_per_second=point.output_tokens_per_second if point is not None else None,
        requests=point.requests if point is not None else None,
        failed=point.failed if point is not None else None,
        valid=point.valid if point is not None else None,
        steady=point.steady if point is not None else None,
        simulated=one.simulated,
        folder=one.folder,
    )
