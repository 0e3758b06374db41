"""``bench plan``: read, show the matrix and the estimate, confirm, carry out, tell what came of it."""

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui.bench.engine.controls import Controls
from tui.cli.bench_plan_shown import PlanLine, estimate_lines, matrix
from tui.cli.exits import BAD_INPUT, DONE, INTERRUPTED, NO, NO_ANSWER, ExitError, complain
from tui.cli.launching_ask import confirm
from tui.cli.output import write
from tui.plans.carry_out import Outcome
from tui.plans.cells import cells_of
from tui.plans.estimate import estimate
from tui.plans.folder import PlanError, read_plan
from tui.plans.plan_file import PlanFileError, load_plan
from tui.plans.plan_run import Parts, PlanJob, perform, simulated_parts
from tui.plans.plan_time import PlanTime, RealTime
from tui.plans.stage import Loader, Stage, StageError
from tui.plans.values import Cell, CellResult, ScalePlan
from tui.present.documents.scale_plan import plan_document

if TYPE_CHECKING:
    from tui.session import Session

_GPUS = 64


def run(arguments: argparse.Namespace) -> int:
    """0: all cells that fit are measured; 1: one of them is not."""
    plan = _plan(arguments)
    if arguments.estimate:
        cells = cells_of(plan, arguments.gpus)
        _print(arguments, plan, cells, ())
        return DONE
    if arguments.folder is None:
        raise ExitError(BAD_INPUT, "name a new folder for the plan with -O, or ask for --estimate only")
    if arguments.simulate:
        gpus = arguments.gpus or plan.cluster_gpus or _GPUS
        cells = cells_of(plan, gpus)
        parts = simulated_parts(plan, gpus, arguments.seed)
        environment = (("GPUs", f"{gpus}, simulated"), ("seed", str(arguments.seed)))
        return _carry_out(
            arguments,
            PlanJob(plan, cells, arguments.folder, parts, lambda: environment, arguments.resume, simulated=True),
        )
    return _on_cluster(arguments, plan)


def _on_cluster(arguments: argparse.Namespace, plan: ScalePlan) -> int:
    from tui.cli.launching_do import refuse_read_only
    from tui.cli.watching import first_snapshot, settings_of, watched
    from tui.plans.real_plan import environment, gpus_of

    settings = settings_of(arguments)
    refuse_read_only(settings)
    if not arguments.yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ExitError(BAD_INPUT, "nothing was changed: there is no terminal to ask at; give --yes")
    with watched(settings) as session:
        snapshot = first_snapshot(session, settings)
        cells = cells_of(plan, arguments.gpus or gpus_of(snapshot))
        _preview(plan, cells)
        if all(cell.why_not for cell in cells):
            raise ExitError(NO, "no cell of the plan can run")
        context = snapshot.cluster.context or "this cluster"
        confirm(f"Launch, scale and load all this on {context}?", arguments.yes, plan.name)
        about = environment(plan, session)
        job = PlanJob(plan, cells, arguments.folder, _real_parts(plan, session), lambda: about, arguments.resume)
        return _carry_out(arguments, job)


def _real_parts(plan: ScalePlan, session: "Session") -> Parts:
    def parts(folder: Path) -> tuple[Stage, Loader, PlanTime]:
        from tui.plans.real_plan import real_parts

        return (*real_parts(plan, session, folder), RealTime())

    return parts


def _plan(arguments: argparse.Namespace) -> ScalePlan:
    """The plan of the file; ``--project`` and ``--workers`` go before what it says."""
    try:
        plan = load_plan(arguments.plan)
    except PlanFileError as error:
        for line in error.lines[:-1]:
            complain(line)
        raise ExitError(BAD_INPUT, error.lines[-1]) from None
    if arguments.workers is not None:
        plan = replace(plan, load=replace(plan.load, workers=arguments.workers))
    project = vars(arguments).get("project")
    if project is None:
        return plan
    models = tuple(
        replace(model, spec=replace(model.spec, project=project, namespace=None)) if model.spec is not None else model
        for model in plan.models
    )
    return replace(plan, project=project, models=models)


def _preview(plan: ScalePlan, cells: tuple[Cell, ...]) -> None:
    """On standard error: standard output is for the answer."""
    print(matrix(cells), end="", file=sys.stderr)
    skipped = sum(1 for cell in cells if cell.why_not)
    for line in estimate_lines(estimate(plan, cells), skipped):
        print(line, file=sys.stderr)


def _carry_out(arguments: argparse.Namespace, job: PlanJob) -> int:
    line = PlanLine(sys.stderr, job.simulated)
    if job.resume:
        line.begin(_before(job.folder))
    controls = Controls()
    try:
        outcome = asyncio.run(_performed(job, controls, line))
    except PlanError as error:
        raise ExitError(BAD_INPUT, str(error)) from None
    except (StageError, OSError) as error:
        raise ExitError(NO_ANSWER, str(error)) from None
    finally:
        line.close()
    for text in outcome.left_over:
        complain(text)
    _print(arguments, job.plan, job.cells, outcome.results, outcome.left_over)
    if outcome.interrupted:
        return INTERRUPTED
    good = all(result.state in ("done", "skipped") for result in outcome.results)
    return DONE if good and not outcome.left_over else NO


async def _performed(job: PlanJob, controls: Controls, line: PlanLine) -> Outcome:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, controls.interrupt)
    try:
        return await perform(job, controls, line)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _before(folder: Path) -> tuple[CellResult, ...]:
    try:
        return read_plan(folder).results
    except PlanError as error:
        raise ExitError(BAD_INPUT, str(error)) from None


def _print(
    arguments: argparse.Namespace,
    plan: ScalePlan,
    cells: tuple[Cell, ...],
    results: tuple[CellResult, ...],
    left_over: tuple[str, ...] = (),
) -> None:
    expected = estimate(plan, cells)
    if arguments.output == "json":
        folder = None if arguments.estimate else str(arguments.folder)
        document = plan_document(plan, cells, results, expected, time.time(), folder, arguments.simulate, left_over)
        write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
        return
    if arguments.simulate:
        write("SIMULATED: these figures come from a model of the engine, not from a server.\n")
    write(matrix(cells, results))
    if arguments.estimate:
        skipped = sum(1 for cell in cells if cell.why_not)
        write("".join(f"{text}\n" for text in estimate_lines(expected, skipped)))
