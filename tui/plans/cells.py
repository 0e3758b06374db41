"""From a plan to its matrix: which cells there are, and which of them can't run. Pure."""

import math

from tui.plans.values import Cell, PlanTest, ScalePlan

_NEAR = 1e-9


def cells_of(plan: ScalePlan, gpus: float | None) -> tuple[Cell, ...]:
    """Test by test, the fewest pods first as written. ``gpus`` of the cluster; ``None``: what the plan says of it."""
    bound = plan.cluster_gpus if gpus is None else gpus
    return tuple(_cell(test, pods, bound) for test in plan.tests for pods in test.pods)


def gpus_of(test: PlanTest, pods: int) -> float:
    """GPUs that all models together need at ``pods`` pods each; parts of one GPU are packed, model by model or not."""
    return round(len(test.models) * pods * test.gpu_per_pod, 6)


def letters(plan: ScalePlan) -> dict[str, str]:
    """A letter for each model of the plan, as the GPU map shows it: of its key, where that is still free."""
    found: dict[str, str] = {}
    for model in plan.models:
        free = (sign for sign in (*model.key.upper(), *"ABCDEFGHIJKLMNOPQRSTUVWXYZ") if sign.isalpha())
        found[model.key] = next((sign for sign in free if sign not in found.values()), "*")
    return found


def _cell(test: PlanTest, pods: int, bound: float | None) -> Cell:
    gpus = gpus_of(test, pods)
    why_not = ""
    if bound is not None and _needed(test, pods) > bound + _NEAR:
        why_not = f"does not fit {bound:g} GPU{'' if bound == 1 else 's'}"
    return Cell(f"{test.id}-x{pods}", test.id, test.models, test.scheduler, test.gpu_per_pod, pods, gpus, why_not)


def _needed(test: PlanTest, pods: int) -> int:
    """Whole GPUs that hold them, packed as tightly as can be: two pods of 0.6 do not share one."""
    if test.gpu_per_pod >= 1:
        return math.ceil(gpus_of(test, pods) - _NEAR)
    a_gpu = max(1, int(1 / test.gpu_per_pod + _NEAR))
    return math.ceil(len(test.models) * pods / a_gpu)
