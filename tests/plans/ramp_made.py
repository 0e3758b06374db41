"""A ramp that was never driven: no pod at first, one after a cold start, four under 60 users, none at the end."""

from tests.screens_bench.made import point
from tui.plans.values import (
    Autoscaled,
    Cell,
    CellResult,
    MapFrame,
    ModelResult,
    PlanLoad,
    PlanMark,
    PlanModel,
    PlanRun,
    PlanTest,
    Ramp,
    ScalePlan,
    Second,
)

BEGAN = 1_800_000_000.0
LOAD_AT = 20.0  # of the plan
PLAN = ScalePlan(
    "autoscale",
    "Users come and go",
    "autoscale",
    PlanLoad(through="route", start="staggered"),
    (PlanModel("llama", "meta/llama-3.1-8b-instruct", "Llama 3.1 8B", workload="team/llama"),),
    (PlanTest("auto", ("llama",), "runai", 0.5, (4,)),),
    (Ramp("auto", ((0, 4), (60, 4), (80, 60), (140, 60), (150, 4), (180, 4))),),
    cluster_gpus=64,
)
CELL = Cell("auto-x4", "auto", ("llama",), "runai", 0.5, 4, 2.0)


def _second(at: int) -> Second:
    users = 4 if at < 60 else 4 + (at - 60) * 56 // 20 if at < 80 else 60 if at < 140 else 4 if at < 180 else 0
    wanted = 0 if at < 2 else 1 if at < 66 else 4 if at < 150 else 1 if at < 240 else 0
    ready = 0 if at < 32 else 1 if at < 90 else min(wanted, 4)
    ttft = None if not users else (32.0 - at) * 1000.0 if at < 32 else 80.0 + users * (30.0 if ready == 1 else 4.0)
    return Second(
        seconds=float(at), at=BEGAN + LOAD_AT + at, users=users, requests=0 if ttft is None else users, ttft_ms=ttft,
        output_tokens_per_second=users * 21.0 * (ready > 0), failed=0, wanted=wanted, ready=ready, gpus=wanted * 0.5,
    )  # fmt: skip


SECONDS = tuple(_second(at) for at in range(250))


def frame(second: Second) -> MapFrame:
    """Half a GPU a pod, in one server of four."""
    pods = second.wanted or 0
    gpus = tuple(tuple(("L", 0.5) for place in range(2) if gpu * 2 + place < pods) for gpu in range(4))
    return MapFrame(LOAD_AT + second.seconds, (("gpu-node-01", gpus),), second.ready, second.users)


def run(seconds: tuple[Second, ...] = SECONDS) -> PlanRun:
    """The one cell, done; or under way, where not all ``seconds`` are given."""
    found = point(60, 900.0, 1260.0)
    end = BEGAN + LOAD_AT + 250.0
    result = CellResult(CELL, "done", BEGAN, end, 12.0, (ModelResult("llama", 60, found),), note="0 to 1 pods at 2 s")
    return PlanRun(
        folder="plan", plan=PLAN, cells=(CELL,), results=(result,) if len(seconds) == len(SECONDS) else (),
        marks=(PlanMark(LOAD_AT, CELL.id, "measuring", "users along the ramp"),),
        frames=tuple(frame(second) for second in seconds[::5]), environment=(("cluster", "ops@era"),),
        simulated=False, started_at=BEGAN, autoscaled=(Autoscaled(CELL.id, "llama", seconds),),
    )  # fmt: skip
