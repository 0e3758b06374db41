"""What the folder of a scale plan shows at a glance, without its map: how far it came, and its best cell. Pure."""

from dataclasses import dataclass

from tui.plans.values import CellResult, PlanRun

SIMULATED = "SIM"


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """``cells`` are those that fit, ``done`` of them measured. ``users`` and ``rate`` (output tokens a second) are of
    the measured cell with the most users, of all its models together. ``seconds`` go from its begin to the end of its
    last cell, on the plan's own time. What is not known is ``None``."""

    state: str
    done: int
    cells: int
    users: int | None
    rate: float | None
    seconds: float | None


def plan_facts(plan: PlanRun) -> PlanFacts:
    """``plan`` may be read without its map."""
    fit = [cell.id for cell in plan.cells if not cell.why_not]
    results = [result for result in plan.results if result.cell.id in set(fit)]
    done = [result for result in results if result.state == "done"]
    known = [(users, _rate(result)) for result in done if (users := _users(result)) is not None]
    users, rate = max(known, key=lambda one: one[0], default=(None, None))
    ended = max((result.finished_at for result in results), default=None)
    seconds = None if ended is None else ended - plan.started_at
    return PlanFacts(_state(len(fit), results), len(done), len(fit), users, rate, seconds)


def models_words(plan: PlanRun) -> str:
    """``meta/llama-3.1-8b-instruct``; of several without their makers: ``llama-3.1-8b-instruct, phi-3-mini``."""
    names = [model.name for model in plan.plan.models]
    return names[0] if len(names) == 1 else ", ".join(name.rpartition("/")[2] for name in names)


def title_words(name: str, plan: PlanRun) -> str:
    """The name of its folder, and what plan it is where that does not say it."""
    return name if plan.plan.name in name else f"{name} ({plan.plan.name})"


def _state(cells: int, results: list[CellResult]) -> str:
    """``finished``; ``2 failed`` of which nothing is left to do; ``broken off`` where ``--resume`` has cells to run."""
    if not results:
        return "no cells" if cells else "nothing fits"
    ended = [result.state for result in results if result.state != "interrupted"]
    if len(ended) < cells:
        return "broken off"
    for state in ("failed", "skipped"):
        if state in ended:
            return f"{ended.count(state)} {state}"
    points = [one.point for result in results for one in result.models if one.point is not None]
    return "finished" if any(point.valid for point in points) else "INVALID"


def _users(result: CellResult) -> int | None:
    """Of all its models; ``None`` where one of them can't be believed, for the mix was measured as a whole."""
    users = [one.users for one in result.models if one.point is not None and one.point.valid]
    known = [number for number in users if number is not None]
    return sum(known) if known and len(known) == len(result.models) else None


def _rate(result: CellResult) -> float | None:
    rates = [one.point.output_tokens_per_second for one in result.models if one.point is not None]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known and len(known) == len(result.models) else None
