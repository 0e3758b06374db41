"""Ramps under an autoscaler, for a report: the curve, each change of the number of pods, and what users felt. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tui.plans.autoscale import Seen, seen, thinned, words
from tui.plans.values import PlanRun, Second

CURVE_SECONDS = 600
"""No more places on a curve: of a longer ramp each is several seconds."""


@dataclass(frozen=True, slots=True)
class RampReport:
    """One model of one cell. ``steps`` is what was asked: (seconds, users), linear between. ``requests`` and
    ``failed``, with their kinds in ``errors``, are over the whole ramp; ``client_valid`` false: the client itself was
    too slow. ``curve`` is thinned. TTFT in milliseconds."""

    side: str
    cell: str
    model: str
    title: str
    simulated: bool
    gpu_per_pod: float
    most_pods: int
    target_ms: float
    steps: tuple[tuple[float, int], ...]
    requests: int | None
    failed: int | None
    errors: tuple[tuple[str, int], ...]
    client_valid: bool | None
    seen: Seen
    curve: tuple[Second, ...]


def ramps(labelled: Sequence[tuple[str, object]]) -> tuple[RampReport, ...]:
    """Of all (label, subject) that are plans whose autoscalers were left on."""
    return tuple(one for label, run in labelled if isinstance(run, PlanRun) for one in _of_plan(label, run))


def sentence(ramp: RampReport) -> str:
    """What it shows, in one line."""
    return f"{ramp.title}, {ramp.cell}: {words(ramp.seen)}."


def _of_plan(label: str, run: PlanRun) -> Iterator[RampReport]:
    models = {model.key: model for model in run.plan.models}
    points = {(result.cell.id, one.model): one.point for result in run.results for one in result.models}
    cells = {cell.id: cell for cell in run.cells}
    steps = {ramp.test: ramp.steps for ramp in run.plan.ramps}
    for one in run.autoscaled:
        cell, model, point = cells.get(one.cell), models.get(one.model), points.get((one.cell, one.model))
        if cell is None or model is None:
            continue
        yield RampReport(
            side=label,
            cell=one.cell,
            model=model.name,
            title=model.title,
            simulated=run.simulated,
            gpu_per_pod=cell.gpu_per_pod,
            most_pods=cell.pods,
            target_ms=run.plan.load.ttft_ms,
            steps=steps.get(cell.test, ()),
            requests=point.requests - point.failed if point is not None else None,
            failed=point.failed if point is not None else None,
            errors=point.errors if point is not None else (),
            client_valid=point.valid if point is not None else None,
            seen=seen(one.seconds),
            curve=thinned(one.seconds, CURVE_SECONDS),
        )
