"""A simulated load as a run directory like any other, so that reports and sizing find all of its points.

Whoever reads it alone sees what it is: the target's address, the run's environment and each point's notes say so.
"""

from collections.abc import Sequence
from pathlib import Path

from tui.bench.figures import PointResult, Verdict
from tui.bench.results.rundir import RunDirectory, RunError
from tui.bench.spec import LimitSpec, LoadSpec, PromptSpec, Target
from tui.plans.simulated_stage import SCHEME
from tui.plans.stage import StageError
from tui.plans.values import PlanLoad

ENVIRONMENT = (("server", "simulated: a model of the engine, no server was asked"),)


def load_spec(load: PlanLoad, model: str) -> LoadSpec:
    """What the benchmark engine would be asked to do."""
    return LoadSpec(
        Target(f"{SCHEME}://", model),
        PromptSpec(load.isl, load.osl, load.isl_stddev, load.osl_stddev, seed=load.seed),
        LimitSpec(requests=load.requests, duration_seconds=load.duration_seconds),
        load.start,
    )


def keep_run(folder: Path, load: LoadSpec, points: Sequence[PointResult], verdict: Verdict | None) -> None:
    """Writes ``folder``, which must not exist yet. ``StageError`` with one line where that can't be."""
    try:
        directory = RunDirectory(folder, "run" if verdict is None else "search")
        try:
            directory.begin(load, None, ENVIRONMENT)
            for number, point in enumerate(points, 1):
                directory.point(number, point)
            if verdict is not None:
                directory.verdict(verdict)
        finally:
            directory.close()
    except RunError as error:
        raise StageError(str(error)) from None
