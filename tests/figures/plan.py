"""CPU of the guide's Table 4 plan, simulated, and of the same plan on 1,024 GPUs: what a rehearsal takes.

Method: ``time.process_time`` around the plan's executor with the simulated stage and load, its folder written to a
temporary directory as ever; 64 GPUs as shipped, 1,024 with every number of pods times 16.
"""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from tests.figures.report import Figure
from tui.plans.carry_out import Outcome, PlanRunner
from tui.plans.cells import cells_of
from tui.plans.folder import PlanFolder
from tui.plans.plan_file import load_plan
from tui.plans.plan_time import SimulatedTime
from tui.plans.simulated_load import SimulatedLoader
from tui.plans.simulated_stage import SimulatedStage
from tui.plans.values import ScalePlan

RUNS = 3
BOUND_SECONDS = 25.0
_MORE = 16


def measure() -> list[Figure]:
    """One row a size of cluster."""
    plan = load_plan("guide-table-4")
    gpus = plan.cluster_gpus or 64
    return [
        Figure(
            f"the guide's plan simulated on {times * gpus:,} GPUs",
            tuple(_seconds(_times(plan, times), times * gpus) for _ in range(RUNS)),
            "s",
            BOUND_SECONDS,
            "CPU",
        )
        for times in (1, _MORE)
    ]


def _times(plan: ScalePlan, times: int) -> ScalePlan:
    """The plan with so many times the pods, and users without a bound that would end a search before its target."""
    tests = tuple(replace(test, pods=tuple(times * pods for pods in test.pods)) for test in plan.tests)
    return replace(plan, tests=tests, load=replace(plan.load, max_users=times * plan.load.max_users))


def _seconds(plan: ScalePlan, gpus: int) -> float:
    begin = time.process_time()
    outcome = asyncio.run(_carried_out(plan, gpus))
    seconds = time.process_time() - begin
    failed = [result.cell.id for result in outcome.results if result.state == "failed"]
    if failed:
        raise RuntimeError(f"cells failed: {', '.join(failed)}")
    return seconds


async def _carried_out(plan: ScalePlan, gpus: int) -> Outcome:
    cells = cells_of(plan, gpus)
    stage = SimulatedStage(plan, gpus, plan.gpus_per_server, plan.load.seed)
    loader = SimulatedLoader(plan, plan.load.seed, stage.clock)
    at = SimulatedTime(stage.clock, time.time())
    with tempfile.TemporaryDirectory() as place:
        folder = PlanFolder(Path(place) / "plan")
        try:
            folder.begin(plan, cells, (), True, at.now())
            return await PlanRunner(plan, cells, stage, loader, folder, time=at).run()
        finally:
            folder.close()
