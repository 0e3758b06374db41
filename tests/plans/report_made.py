"""Plans carried out in the mind: the guide's own matrix with figures that are chosen, for the tests of reports."""

from dataclasses import replace

from tests.bench_results.made import POINT
from tui.bench.figures import Distribution, PointResult, Verdict
from tui.plans.cells import cells_of
from tui.plans.plan_file import load_plan
from tui.plans.values import Cell, CellResult, ModelResult, Placed, PlanRun

BEGAN = 1_760_000_000.0
PER_POD = {
    ("llama", "none", 1.0): (141, 3059.0, 971.0),
    ("deepseek", "none", 1.0): (135, 3117.0, 976.0),
    ("llama", "runai", 1.0): (130, 2977.0, 900.0),
    ("deepseek", "runai", 1.0): (141, 3225.0, 987.0),
    ("llama", "runai", 0.5): (137, 3086.0, 995.0),
    ("deepseek", "runai", 0.5): (141, 3237.0, 978.0),
}
PLAN = load_plan("guide-table-4")
CELLS = cells_of(PLAN, 64.0)


def point(users: int, tokens: float, ttft_ms: float, model: str = "m") -> PointResult:
    ttft = Distribution(mean=ttft_ms, p50=ttft_ms * 0.97, p99=ttft_ms * 1.5, interval=(ttft_ms - 12.0, ttft_ms + 12.0))
    return replace(
        POINT, model=model, concurrency=users, output_tokens_per_second=tokens, ttft_ms=ttft, failed=0, requests=1000,
        output_tokens_per_second_interval=(tokens * 0.99, tokens * 1.01),
    )  # fmt: skip


def result(cell: Cell, number: int = 0) -> CellResult:
    """All models of the cell measured: perfectly linear, but halves lose 10 and 20 % at 64 pods, a mix triples TTFT."""
    models = tuple(_model(cell, key) for key in cell.models)
    began = BEGAN + 100.0 * number
    placed = Placed(by_node=(("node001", 4),), pods_per_gpu=((1, 4),), gpus=4)
    return CellResult(cell, "done", began, began + 90.0, 30.0, models, placed)


def _model(cell: Cell, key: str) -> ModelResult:
    users, tokens, ttft = PER_POD[key, cell.scheduler, cell.gpu_per_pod]
    users, tokens = users * cell.pods, tokens * cell.pods
    if len(cell.models) > 1:
        return ModelResult(key, users, point(users, tokens * 0.6, ttft * 3.0))
    if cell.gpu_per_pod < 1.0 and cell.pods >= 64:
        users, tokens = round(users * 0.9), tokens * 0.8
    verdict = Verdict(users, users - 2, users + 3, "mean", 1000.0, "bracket", (users - 3.0, users + 3.0))
    return ModelResult(key, users, point(users, tokens, ttft), verdict)


def carried_out(*, simulated: bool = False, without: tuple[str, ...] = (), folder: str = "runs/guide") -> PlanRun:
    """Every cell that fits, but those named in ``without``."""
    results = [result(cell, number) for number, cell in enumerate(CELLS) if not cell.why_not and cell.id not in without]
    environment = (("cluster", "bcm"), ("Kubernetes", "1.31.5"), ("GPU", "NVIDIA H100 NVL"), ("client", "8 cores"))
    return PlanRun(folder, PLAN, CELLS, tuple(results), (), (), environment, simulated, BEGAN)


def changed(run: PlanRun, cell: str, other: CellResult) -> PlanRun:
    """The same with one cell's result replaced."""
    return replace(run, results=tuple(other if one.cell.id == cell else one for one in run.results))


def found(run: PlanRun, cell: str) -> CellResult:
    return next(one for one in run.results if one.cell.id == cell)
