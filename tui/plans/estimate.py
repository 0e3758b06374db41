"""What a plan will take: seconds and GPU-hours, and what that assumes. Pure; nothing here is measured."""

from collections.abc import Sequence

from tui.plans.values import Cell, Estimate, PlanTest, ScalePlan

READY_SECONDS = 240.0
"""Until new pods serve: image and model lie in caches; a first start that downloads them takes longer."""
POINT_SECONDS = 180.0
"""A held load that has neither requests nor a duration ends when it is steady, at the latest after so long."""
SEARCH_SECONDS = 900.0
"""Of a search without a budget."""


def cell_seconds(plan: ScalePlan, cell: Cell) -> tuple[float, float]:
    """(until its pods serve, the measurement) in seconds, without the cool-down."""
    load = plan.load
    test = next(test for test in plan.tests if test.id == cell.test)
    if plan.kind == "autoscale":
        return READY_SECONDS, max((step[0] for ramp in plan.ramps for step in ramp.steps), default=POINT_SECONDS)
    if held_all(test):
        return READY_SECONDS, load.duration_seconds or POINT_SECONDS
    if load.users_per_pod:
        return READY_SECONDS, len(load.users_per_pod) * (load.duration_seconds or POINT_SECONDS)
    return READY_SECONDS, load.budget_seconds or SEARCH_SECONDS


def held_all(test: PlanTest) -> bool:
    """Whether the users of each model of it are given by another test."""
    return bool(test.users_from) and all(model in test.users_from for model in test.models)


def estimate(plan: ScalePlan, cells: Sequence[Cell]) -> Estimate:
    """Of the cells that can run. GPU-hours count each cell's GPUs from its scaling to the end of its cool-down."""
    chosen = [cell for cell in cells if not cell.why_not]
    ready = measure = gpu_seconds = 0.0
    for cell in chosen:
        until_ready, measuring = cell_seconds(plan, cell)
        measuring += plan.load.cooldown_seconds
        ready, measure = ready + until_ready, measure + measuring
        gpu_seconds += cell.gpus * (until_ready + measuring)
    return Estimate(len(chosen), ready + measure, gpu_seconds / 3600.0, ready, measure, _assumes(plan))


def _assumes(plan: ScalePlan) -> tuple[str, ...]:
    load = plan.load
    lines = [f"pods serve {READY_SECONDS:g} s after they were asked for, at every scale (model and image cached)"]
    if plan.kind == "autoscale":
        return (
            *lines,
            "the autoscaler holds all GPUs that it may hold all the time, and none after the load",
        )
    if not load.users_per_pod:
        lines.append(f"each search takes its whole budget of {load.budget_seconds or SEARCH_SECONDS:g} s")
    lines.append(f"a held load takes {load.duration_seconds or POINT_SECONDS:g} s a point, for all models at once")
    lines.append("a cell's GPUs are held from its scaling to the end of its cool-down")
    return tuple(lines)
