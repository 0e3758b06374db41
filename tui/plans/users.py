"""How many users a cell holds for each of its models. Pure."""

from collections.abc import Mapping

from tui.plans.stage import StageError
from tui.plans.values import Cell, CellResult, Ramp, ScalePlan


def users_of(plan: ScalePlan, cell: Cell, results: Mapping[str, CellResult]) -> dict[str, int | None]:
    """By model; ``None``: the plan's own load decides (its search, or its list of users a pod).

    Raises ``StageError`` where another test was to give them and has none at this number of pods.
    """
    test = next(test for test in plan.tests if test.id == cell.test)
    found: dict[str, int | None] = {}
    for model in cell.models:
        source = test.users_from.get(model)
        if source is not None:
            found[model] = _found(model, source, cell.pods, results)
        else:
            each = plan.load.users_per_pod
            found[model] = max(1, round(each[0] * cell.pods)) if len(each) == 1 else None
    return found


def ramp_of(plan: ScalePlan, cell: Cell) -> Ramp:
    """Along which the users of an autoscaling cell come and go. ``StageError`` where the plan has none for its test."""
    ramp = next((ramp for ramp in plan.ramps if ramp.test == cell.test), None)
    if ramp is None or not ramp.steps:
        raise StageError(f"no ramp for test {cell.test}: give it one in [[ramps]]")
    return ramp


def _found(model: str, test: str, pods: int, results: Mapping[str, CellResult]) -> int:
    source = f"{test}-x{pods}"
    result = results.get(source)
    users = next((one.users for one in result.models if one.model == model), None) if result is not None else None
    if users is None:
        why = "was not measured" if result is None else f"found none ({result.state}{_because(result)})"
        raise StageError(f"no users to hold for {model}: {source} {why}; go on with --resume once it is done")
    return users


def _because(result: CellResult) -> str:
    return f": {result.note}" if result.note else ""
