"""What was measured, read as curves to size from: plan folders, run directories, or folders of either.

It reads files and judges no target. Points of a client that was too slow, and points that were broken off, are left out
and said; a point with more failures than were allowed holds no target.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tui.bench.figures import PointResult, Verdict
from tui.bench.results.reader import Run, list_runs, read_run
from tui.bench.results.rundir import RunError
from tui.bench.spec import Statistic
from tui.plans.folder import HEAD_FILE, read_plan
from tui.plans.simulated_stage import SCHEME
from tui.plans.sizing_packing import per_gpu
from tui.plans.sizing_values import Curve, CurvePoint, Reference, SearchAnswer
from tui.plans.values import CellResult, ModelResult, Placed, PlanRun

_WHOLE_POINTS = ("steady", "requests", "duration", "longest")
_STATISTICS: tuple[Statistic, ...] = ("mean", "p50", "p90", "p99")
_FAILED_FRACTION = 0.01  # what a run allows where nothing else is said
_ASSUMED = "it does not say how many pods of which part of a GPU it measured: one pod, or one GPU each, is assumed"


@dataclass(slots=True)
class _Gathered:
    """What has been read so far; ``sizes`` and ``runai`` (its scheduler) are of the curve at the same place."""

    curves: list[Curve] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    runai: list[bool] = field(default_factory=list)
    aliases: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    simulated: bool = False

    def add(self, curve: Curve, size: tuple[int, int], *, runai: bool = True) -> None:
        self.curves.append(curve)
        self.sizes.append(size)
        self.runai.append(runai)


def read_reference(paths: Sequence[Path]) -> Reference:
    """All that lies in ``paths`` as one reference. ``ValueError`` with one line where nothing can be sized from."""
    plans, runs = [], []
    for path in paths:
        if (path / HEAD_FILE).is_file():
            plans.append(read_plan(path))
        else:
            runs += _runs(path)
    statistic = _statistic(plans, runs)
    found = _Gathered()
    for plan in plans:
        _take_plan(plan, statistic, found)
    for run in runs:
        _take_run(run, statistic, found)
    name = ", ".join(path.name or str(path) for path in paths)
    if not found.curves:
        raise ValueError(
            f"{name}: nothing was measured that users can be sized from: closed-loop points that are valid"
        )
    _prefer_runai(found)
    if found.simulated:
        found.notes["simulated: the figures come from a model of the engine, not from a server"] = None
    return Reference(
        name=name,
        kind="measured",
        statistic=statistic,
        curves=tuple(found.curves),
        sizes=tuple(found.sizes),
        aliases=tuple(found.aliases.items()),
        simulated=found.simulated,
        notes=tuple(found.notes),
    )


def _runs(path: Path) -> list[Run]:
    if not path.is_dir():
        raise RunError(f"{path} is no folder; name a run's or a plan's, or 'guide'")
    if (path / "run.json").is_file():
        return [read_run(path)]
    found = list_runs(path)
    if not found:
        raise RunError(f"{path} holds neither a run nor a plan of nimdeck; name one, or 'guide'")
    return found


def _statistic(plans: Sequence[PlanRun], runs: Sequence[Run]) -> Statistic:
    """Of the first search; the mean, as the guide's, where none was made."""
    named = [plan.plan.load.statistic for plan in plans]
    verdicts = [run.verdict.statistic for run in runs if run.verdict is not None]
    return next((known for name in (*named, *verdicts) for known in _STATISTICS if known == name), "mean")


# -- plans -------------------------------------------------------------------------------------------------------------


def _take_plan(plan: PlanRun, statistic: Statistic, found: _Gathered) -> None:
    names = {model.key: model.name for model in plan.plan.models}
    for model in plan.plan.models:
        found.aliases |= {model.key.lower(): model.name, model.title.lower(): model.name}
    found.simulated |= plan.simulated
    for result in plan.results:
        if result.state != "done":
            continue
        if result.placed is not None and result.placed.problem:
            found.notes[f"cell {result.cell.id} was not placed as planned and is left out: {result.placed.problem}"] = (
                None
            )
            continue
        for measured in result.models:
            _take_cell(plan, result, measured, names, statistic, found)


def _take_cell(
    plan: PlanRun,
    result: CellResult,
    model: ModelResult,
    names: dict[str, str],
    statistic: Statistic,
    found: _Gathered,
) -> None:
    cell, name = result.cell, names.get(model.model, model.model)
    found.simulated |= model.simulated
    points, allowed = _points_of(plan, model)
    curve = Curve(
        model=name,
        gpu_per_pod=cell.gpu_per_pod,
        pods=cell.pods,
        source=f"cell {cell.id}",
        points=tuple(_usable(points, statistic, allowed, f"cell {cell.id}", found)),
        answer=_answer(model.verdict, statistic),
        others=tuple(other for key in cell.models if (other := names.get(key, key)) != name),
        shared=_shared(result.placed, cell.gpu_per_pod, cell.pods * len(cell.models)),
    )
    if curve.points or curve.answer:
        found.add(curve, (plan.plan.load.isl, plan.plan.load.osl), runai=cell.scheduler == "runai")


def _points_of(plan: PlanRun, model: ModelResult) -> tuple[tuple[PointResult, ...], float]:
    """All points of the cell's run; the one that decides where the run is gone."""
    if model.folder is not None:
        try:
            run = read_run(Path(plan.folder) / model.folder)
        except RunError:
            pass
        else:
            return run.points, run.head.load.limits.max_failed_fraction
    return (model.point,) if model.point is not None else (), _FAILED_FRACTION


def _shared(placed: Placed | None, gpu_per_pod: float, pods: int) -> bool | None:
    """Whether every GPU held as many pods as go onto it; a lone pod on its GPU had the whole of it."""
    most = per_gpu(gpu_per_pod)
    if gpu_per_pod >= 1.0 or most == 1 or pods < most:
        return False
    if placed is None or not placed.pods_per_gpu:
        return None
    return sum(gpus for _, gpus in placed.pods_per_gpu) <= math.ceil(pods / most)


# -- runs --------------------------------------------------------------------------------------------------------------


def _take_run(run: Run, statistic: Statistic, found: _Gathered) -> None:
    load, known = run.head.load, dict(run.head.environment)
    found.simulated |= load.target.url.startswith(f"{SCHEME}:")
    pods, given = _number(known.get("pods ready")), _number(known.get("GPUs given"))
    gpu = _number(known.get("GPU fraction")) or (given / pods if given and pods else None)
    source = f"run {run.name}"
    if gpu is None or pods is None:
        found.notes[f"{source}: {_ASSUMED}"] = None
    if run.damage:
        found.notes[f"{source}: {run.damage}"] = None
    curve = Curve(
        model=load.target.model,
        gpu_per_pod=gpu or 1.0,
        pods=max(1, int(pods or 1)),
        source=source,
        points=tuple(_usable(run.points, statistic, load.limits.max_failed_fraction, source, found)),
        answer=_answer(run.verdict, statistic),
        shared=False if (gpu or 1.0) >= 1.0 else None,
    )
    if curve.points or curve.answer:
        found.add(curve, (load.prompts.isl, load.prompts.osl))


def _number(text: str | None) -> float | None:
    """A positive number; anything else is not known."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None


# -- points ------------------------------------------------------------------------------------------------------------


def _usable(
    points: Iterable[PointResult], statistic: Statistic, allowed: float, source: str, found: _Gathered
) -> Iterator[CurvePoint]:
    """Closed-loop points that ended by themselves."""
    invalid = 0
    for point in points:
        if point.concurrency is None or point.ended not in (*_WHOLE_POINTS, "failures"):
            continue
        if not point.valid:
            invalid += 1
            continue
        value = getattr(point.ttft_ms, statistic)
        if point.ended == "failures" or (point.requests and point.failed / point.requests > allowed):
            yield CurvePoint(point.concurrency, math.inf)
        elif value is not None:
            yield CurvePoint(point.concurrency, value)
    if invalid:
        found.notes[f"{source}: {invalid} points are left out: the client was too slow to be believed"] = None


def _answer(verdict: Verdict | None, statistic: Statistic) -> SearchAnswer | None:
    if verdict is None or verdict.concurrency is None or verdict.concurrency < 1 or verdict.attainment is not None:
        return None
    if verdict.statistic != statistic or verdict.reason in ("hopeless", "interrupted"):
        return None
    return SearchAnswer(verdict.concurrency, verdict.target_ms, verdict.value_ms, at_least=verdict.high is None)


def _prefer_runai(found: _Gathered) -> None:
    """Where a model was measured both ways, what its pods get without the scheduler is no ground to size it on."""
    both = {curve.model for curve, runai in zip(found.curves, found.runai, strict=True) if runai}
    kept = [place for place, curve in enumerate(found.curves) if found.runai[place] or curve.model not in both]
    if any(not found.runai[place] for place in kept):
        found.notes["measured without Run:ai, on Kubernetes' own scheduler"] = None
    found.curves = [found.curves[place] for place in kept]
    found.sizes = [found.sizes[place] for place in kept]
