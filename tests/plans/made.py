"""A small plan, its cells and figures, for the tests of this room."""

from tui.bench.figures import ClientMeter, Distribution, PointResult
from tui.model.launch_spec import GpuAsk, LaunchSpec, Replicas
from tui.plans.values import Cell, PlanLoad, PlanModel, PlanTest, ScalePlan

LLAMA = PlanModel(
    "llama",
    "meta/llama-3.1-8b-instruct",
    "Meta Llama 3.1 8B Instruct",
    LaunchSpec("plan-llama", "inference", model="meta/llama-3.1-8b-instruct", gpu=GpuAsk(1), replicas=Replicas(1, 1)),
)
DEEPSEEK = PlanModel(
    "deepseek", "deepseek-ai/deepseek-r1-distill-llama-8b", "DeepSeek R1 Distill Llama 8B", workload="inference/r1"
)
PLAN = ScalePlan(
    name="small",
    title="A small plan",
    kind="scale",
    load=PlanLoad(cooldown_seconds=30.0),
    models=(LLAMA, DEEPSEEK),
    tests=(
        PlanTest("llama-whole", ("llama",), "runai", 1.0, (1, 2)),
        PlanTest("deepseek-whole", ("deepseek",), "runai", 1.0, (1, 2)),
        PlanTest(
            "mixed-half",
            ("llama", "deepseek"),
            "runai",
            0.5,
            (1, 2, 8),
            users_from={"llama": "llama-whole", "deepseek": "deepseek-whole"},
        ),
    ),
    cluster_gpus=4,
)


def _cell(test: PlanTest, pods: int, gpus: float, why_not: str = "") -> Cell:
    return Cell(f"{test.id}-x{pods}", test.id, test.models, test.scheduler, test.gpu_per_pod, pods, gpus, why_not)


CELLS = (
    _cell(PLAN.tests[0], 1, 1.0),
    _cell(PLAN.tests[0], 2, 2.0),
    _cell(PLAN.tests[1], 1, 1.0),
    _cell(PLAN.tests[1], 2, 2.0),
    _cell(PLAN.tests[2], 1, 1.0),
    _cell(PLAN.tests[2], 2, 2.0),
    _cell(PLAN.tests[2], 8, 8.0, "does not fit 4 GPUs"),
)


def point(users: int, ttft_ms: float = 900.0, ended: str = "steady") -> PointResult:
    """A finished point that held ``users``."""
    return PointResult(
        model="m",
        concurrency=users,
        rate=None,
        requests=100,
        failed=0,
        isl=2000.0,
        osl=200.0,
        seconds=20.0,
        ttft_ms=Distribution(mean=ttft_ms),
        itl_ms=Distribution(mean=20.0),
        e2e_ms=Distribution(mean=5000.0),
        output_tokens_per_second=users * 22.0,
        requests_per_second=users / 5.0,
        steady=True,
        valid=True,
        client=ClientMeter(),
        ended=ended,
    )
