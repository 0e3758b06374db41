"""A plan's folder or a run directory, read -> the rows of a report, its conditions and what went wrong. Pure."""

from collections.abc import Iterator
from pathlib import Path

from config.guide_tables import GuideTables
from tui.bench.figures import PointResult
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID, conditions
from tui.plans.report_values import RAMP, Problem, Row, Side
from tui.plans.values import Cell, CellResult, ModelResult, PlanRun, ScalePlan

HELD = "users held"
_RUNAI_TYPES = ("inference", "distributed inference")


def plan_side(label: str, plan_run: PlanRun, guide: GuideTables) -> Side:
    """Every model of every cell of the plan is a row, measured or not."""
    results = {result.cell.id: result for result in plan_run.results}
    cells = {cell.id: cell for cell in plan_run.cells} | {result.cell.id: result.cell for result in plan_run.results}
    rows = tuple(
        row for cell in cells.values() for row in _cell_rows(label, plan_run, cell, results.get(cell.id), guide)
    )
    plan = plan_run.plan
    return Side(
        label=label,
        name=Path(plan_run.folder).name,
        kind="plan",
        title=plan.title,
        simulated=plan_run.simulated or any(row.simulated for row in rows),
        started_at=plan_run.started_at,
        finished_at=max((result.finished_at for result in plan_run.results), default=plan_run.started_at),
        conditions=(*_load_words(plan), *_pods_words(plan_run), *plan_run.environment),
        unlike_guide=_unlike(plan.load.isl, plan.load.osl, plan.load.ttft_ms, plan_run.environment, guide),
        rows=rows,
        problems=(*_problems(rows), *(Problem(label, "", "damage", line) for line in plan_run.damage)),
    )


def run_side(label: str, run: Run, guide: GuideTables) -> Side:
    """Every point of the run is a row; one of them is its answer."""
    answer = _answer(run, guide)
    rows = tuple(_point_row(label, run, number, point, answer, guide) for number, point in enumerate(run.points, 1))
    prompts = run.head.load.prompts
    ends = [point.started_at + point.seconds for point in run.points if point.started_at is not None]
    damage = (Problem(label, "", "damage", run.damage),) if run.damage else ()
    return Side(
        label=label,
        name=run.name,
        kind="run",
        title=f"{run.head.command} of {run.head.load.target.model}",
        simulated=False,
        started_at=run.head.started_at,
        finished_at=max(ends, default=run.head.started_at),
        conditions=(*conditions(run), ("seed", str(prompts.seed))),
        unlike_guide=_unlike(prompts.isl, prompts.osl, run.target_ms, run.head.environment, guide),
        rows=rows,
        problems=(*_problems(rows), *damage),
    )


def _cell_rows(
    label: str, plan_run: PlanRun, cell: Cell, result: CellResult | None, guide: GuideTables
) -> Iterator[Row]:
    known = {model.key: model for model in plan_run.plan.models}
    names = tuple(known[key].name if key in known else key for key in cell.models)
    measured = {model.model: model for model in result.models} if result is not None else {}
    state, note = _state(cell, result)
    for key, name in zip(cell.models, names, strict=True):
        found = measured.get(key)
        yield Row(
            side=label, cell=cell.id, test=cell.test, model=name,
            title=known[key].title if key in known else guide.title_of(name), models=names,
            scheduler=cell.scheduler, gpu_per_pod=cell.gpu_per_pod, pods=cell.pods, gpus=cell.gpus, state=state,
            simulated=plan_run.simulated or (found is not None and found.simulated),
            answer=plan_run.plan.kind == "scale",
            users=found.users if found is not None else None,
            users_interval=found.verdict.interval if found is not None and found.verdict is not None else None,
            statistic=plan_run.plan.load.statistic, target_ms=plan_run.plan.load.ttft_ms,
            how=RAMP if plan_run.plan.kind == "autoscale" else _how(found),
            point=found.point if found is not None else None, verdict=found.verdict if found is not None else None,
            placed=result.placed if result is not None else None,
            spread=found.spread if found is not None else None,
            ready_seconds=result.ready_seconds if result is not None else None, note=note,
        )  # fmt: skip


def _state(cell: Cell, result: CellResult | None) -> tuple[str, str]:
    if result is not None and not (result.state == "skipped" and cell.why_not):
        return result.state, result.note
    if cell.why_not:
        return "does not fit", cell.why_not
    return "not run", "planned, no result yet"


def _how(found: ModelResult | None) -> str:
    if found is None or found.point is None:
        return ""
    if found.verdict is None:
        return HELD
    return f"search, ended by {found.verdict.reason}"


def _answer(run: Run, guide: GuideTables) -> tuple[int | None, str]:
    """The number of the point that answers (from 1), and how it was chosen."""
    closed = [(number, point) for number, point in enumerate(run.points, 1) if point.concurrency is not None]
    if run.verdict is not None:
        numbers = [number for number, point in closed if point.concurrency == run.verdict.concurrency]
        valid = [number for number in numbers if run.points[number - 1].valid]
        return next(iter(valid or numbers), None), f"search, ended by {run.verdict.reason}"
    target = run.target_ms or guide.method.ttft_target_ms
    held = [
        (point.concurrency or 0, number)
        for number, point in closed
        if point.valid and point.ttft_ms.mean is not None and point.ttft_ms.mean <= target
    ]
    return max(held, default=(0, None))[1], f"the most users measured within {target:g} ms; no search"


def _point_row(
    label: str, run: Run, number: int, point: PointResult, answer: tuple[int | None, str], guide: GuideTables
) -> Row:
    verdict, model = run.verdict, run.head.load.target.model
    scheduler, gpu_per_pod, pods = _where(dict(run.head.environment))
    chosen = number == answer[0]
    return Row(
        side=label, cell=f"point {number}", test=None, model=model, title=guide.title_of(model), models=(model,),
        scheduler=scheduler, gpu_per_pod=gpu_per_pod, pods=pods,
        gpus=None if gpu_per_pod is None or pods is None else gpu_per_pod * pods, state="done", simulated=False,
        answer=chosen, users=point.concurrency, rate=point.rate,
        users_interval=verdict.interval if chosen and verdict is not None else None,
        statistic=verdict.statistic if verdict is not None else "mean", target_ms=run.target_ms,
        how=answer[1] if chosen else "a point of the run", point=point, verdict=verdict if chosen else None,
        note="; ".join(point.notes),
    )  # fmt: skip


def _where(environment: dict[str, str]) -> tuple[str | None, float | None, int | None]:
    """Scheduler, GPU per pod and pods, where the run recorded them beside the workload."""
    scheduler = "runai" if environment.get("workload type", "").lower() in _RUNAI_TYPES else None
    pods = _number(environment.get("pods ready"))
    given, fraction = _number(environment.get("GPUs given")), _number(environment.get("GPU fraction"))
    per_pod = fraction or (given / pods if given and pods else None)
    return scheduler, per_pod, int(pods) if pods else None


def _number(words: str | None) -> float | None:
    try:
        return float(words) if words is not None else None
    except ValueError:
        return None


def _load_words(plan: ScalePlan) -> Iterator[tuple[str, str]]:
    load = plan.load
    yield "prompts", f"{load.isl}:{load.osl} tokens (ISL:OSL), deviations {load.isl_stddev:g}:{load.osl_stddev:g}"
    if plan.kind == "autoscale":
        for ramp in plan.ramps:
            steps = ", ".join(f"{users} at {seconds:g} s" for seconds, users in ramp.steps)
            yield "load", f"users of {ramp.test} along a ramp: {steps}; the autoscaler stays on"
    elif load.users_per_pod:
        yield "load", f"held users a pod: {', '.join(f'{users:g}' for users in load.users_per_pod)}"
    else:
        yield "load", f"the most users that hold a {load.statistic} TTFT within {load.ttft_ms:g} ms are searched for"
    yield "start of users", load.start
    yield "requests go through", load.through
    yield "workers", load.workers
    yield "cool-down", f"{load.cooldown_seconds:g} s"
    yield "seed", str(load.seed)


def _pods_words(plan_run: PlanRun) -> Iterator[tuple[str, str]]:
    yield "plan", plan_run.plan.name
    if plan_run.plan.cluster_gpus is not None:
        yield "GPUs planned for", str(plan_run.plan.cluster_gpus)


def _unlike(
    isl: int, osl: int, target_ms: float | None, environment: tuple[tuple[str, str], ...], guide: GuideTables
) -> tuple[str, ...]:
    """What was not as the guide had it, a line each: a difference of the figures may come from there."""
    method, lines = guide.method, []
    if (isl, osl) != (method.isl, method.osl):
        lines.append(f"prompts of {isl}:{osl} tokens; the guide's {method.isl}:{method.osl}")
    if target_ms is not None and target_ms != method.ttft_target_ms:
        lines.append(f"a TTFT target of {target_ms:g} ms; the guide's {method.ttft_target_ms:g} ms")
    gpu = dict(environment).get("GPU")
    if gpu is None:
        lines.append(f"the GPU model was not recorded; the guide's is {guide.cluster.gpu}")
    elif "H100 NVL" not in gpu.replace("-", " "):
        lines.append(f"GPU {gpu}; the guide's is {guide.cluster.gpu}")
    return tuple(lines)


def _problems(rows: tuple[Row, ...]) -> Iterator[Problem]:
    """Once a cell for what concerns the cell, once a model for what concerns its figures."""
    told: set[tuple[str, str, str]] = set()
    for row in rows:
        for kind, line in _lines(row):
            if (row.cell, kind, line) not in told:
                told.add((row.cell, kind, line))
                yield Problem(row.side, row.cell, kind, line)


def _lines(row: Row) -> Iterator[tuple[str, str]]:
    if row.state != "done":
        yield row.state, row.note or "no line was recorded"
    elif row.note and row.how != RAMP:  # of a ramp it is what was found, not what is wrong
        yield "note", row.note
    if row.placed is not None and row.placed.problem:
        yield "placement", row.placed.problem
    if row.point is not None and not row.point.valid:
        yield INVALID, f"{row.model}: the client itself was too slow; no verdict uses this figure"
    elif row.state == "done" and row.point is None:
        yield "note", f"{row.model}: nothing was measured"
