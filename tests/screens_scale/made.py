"""A plan that was never carried out: 4 GPUs a server, one model at 1 to 64 pods, two at 64 of each."""

import threading
import time
from dataclasses import replace

from tests.screens_bench.made import point, spread
from tui.bench.engine.controls import Controls
from tui.bench.engine.progress import Progress
from tui.plans.carry_out import Listener, Outcome
from tui.plans.cells import cells_of
from tui.plans.plan_progress import PlanProgress
from tui.plans.plan_run import Heard, PlanJob, PlanThread
from tui.plans.values import (
    Cell,
    CellResult,
    MapFrame,
    ModelResult,
    PlanLoad,
    PlanMark,
    PlanModel,
    PlanRun,
    PlanTest,
    ScalePlan,
)

BEGAN = 1_800_000_000.0
NODES = 16
PLAN = ScalePlan(
    "guide-table-4",
    "The guide's Table 4",
    "scale",
    PlanLoad(isl_stddev=50.0),
    (
        PlanModel("llama", "meta/llama-3.1-8b-instruct", "Llama 3.1 8B", workload="team/llama"),
        PlanModel("deepseek", "deepseek-ai/deepseek-r1-distill-llama-8b", "DeepSeek R1 8B", workload="team/deepseek"),
    ),
    (
        PlanTest("whole", ("llama",), "runai", 1.0, (1, 16, 32, 64)),
        PlanTest("half", ("llama",), "runai", 0.5, (1, 64)),
        PlanTest("mixed", ("llama", "deepseek"), "runai", 0.5, (64, 128)),
    ),
    cluster_gpus=64,
)
CELLS = cells_of(PLAN, None)


def frame(seconds: float, pods: int, users: int | None = None, letter: str = "L") -> MapFrame:
    """The first ``pods`` of 64 GPUs are held."""
    rows = tuple(
        (f"gpu-node-{node + 1:02}", tuple(((letter, 1.0),) if node * 4 + gpu < pods else () for gpu in range(4)))
        for node in range(NODES)
    )
    return MapFrame(seconds, rows, pods, users)


def result(cell: Cell, number: int, users: int, ttft: float = 980.0, *, simulated: bool = True) -> CellResult:
    """Of the cell that ran as number ``number``, a hundred seconds each."""
    measured = point(users, ttft, 21.7 * users, ttft_ms=replace(spread(ttft), mean=ttft))
    models = tuple(ModelResult(model, users, measured, simulated=simulated) for model in cell.models)
    began = BEGAN + 100.0 * number
    return CellResult(cell, "done", began, began + 90.0, 40.0, models)


RESULTS = (result(CELLS[0], 0, 137), result(CELLS[1], 1, 2192), result(CELLS[2], 2, 4300))
FRAMES = (frame(0.0, 0), frame(40.0, 1, 137), frame(140.0, 16, 2192), frame(240.0, 32, 4300), frame(320.0, 48))
MARKS = (
    PlanMark(0.0, CELLS[0].id, "scaled", "1 pod of llama"),
    PlanMark(100.0, CELLS[1].id, "scaled", "16 pods of llama"),
    PlanMark(200.0, CELLS[2].id, "scaled", "32 pods of llama"),
    PlanMark(300.0, CELLS[3].id, "scaled", "64 pods of llama"),
)


def run(*, simulated: bool = True) -> PlanRun:
    """Three cells measured, and no more."""
    environment = (("cluster", "ops@era"),)
    return PlanRun("plan", PLAN, CELLS, RESULTS, MARKS, FRAMES, environment, simulated, BEGAN)


def under_way(users: int = 7000) -> PlanProgress:
    """The fourth cell, loaded while its pods come."""
    told = Progress("measuring", 1, None, users, None, 12.0, partial=point(users, 910.0, 151_900.0))
    return PlanProgress(
        "measuring", 4, 7, CELLS[3], (("llama", told),), 330.0, 1200.0, RESULTS, frame(330.0, 60, users)
    )


class FakeScale:
    """Carries plans out by telling what the test says."""

    def __init__(self) -> None:
        self.jobs: list[PlanThread] = []
        self._ended = threading.Event()

    def thread(self, job: PlanJob, started_at: float) -> PlanThread:
        """In place of the screen's own."""
        self.jobs.append(PlanThread(job, started_at, self._carry))
        return self.job

    async def _carry(self, job: PlanJob, controls: Controls, tell: Listener, heard: Heard) -> Outcome | None:
        heard.begun(BEGAN, ())
        end = time.monotonic() + 20.0
        while not self._ended.wait(0.02) and controls.interrupts < 2 and time.monotonic() < end:
            pass
        return None

    @property
    def job(self) -> PlanThread:
        return self.jobs[-1]

    def tell(self, progress: PlanProgress) -> None:
        for one in FRAMES:
            self.job.frame(one)
        for mark in MARKS:
            self.job.mark(mark)
        self.job.tell(progress)

    def end(self) -> None:
        self._ended.set()
