"""What stands in the form of a scale test, and the plan that comes of it. Pure: it asks no file, no cluster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tui.plans.cells import cells_of
from tui.plans.estimate import estimate
from tui.plans.values import Cell as PlanCell
from tui.plans.values import Kind, PlanLoad, Ramp, ScalePlan
from tui.present import format as fmt
from widgets.rows import Cell, Tone

SIMULATE, REAL = "simulate", "real"
SEARCH, HOLD = "search", "hold"
_MOST_PODS = 4096
_MOST_GPUS = 65_536
_SHOWN = 12

HELP = {
    "plan": "A plan that comes with nimdeck, or a file of this folder. The guide's is guide-table-4.",
    "models": "Keys of the plan's models, with commas; empty: all. A test of a model that is off is off.",
    "tests": "Ids of the plan's tests, with commas; empty: all of the models that are on.",
    "pods": "Numbers of pods of each model, with commas; empty: as the plan says.",
    "load": "search: the most users that hold the target. hold: the same users for each pod.",
    "users_per_pod": "Users for each pod, one point each, such as 64,128.",
    "duration": "Seconds of a held point; empty: until it is steady.",
    "budget": "Seconds after which a search ends with what it has; empty: as the plan says.",
    "mode": "simulate touches nothing: a model of the engine answers, and every figure says so.",
    "gpus": "GPUs of the simulated cluster; empty: as the plan says.",
    "workers": "Who loads: local:8 processes here, job:16 pods in the cluster; empty: as the plan says.",
    "folder": "A new folder for what is found; empty: a name with the time, among the runs.",
}
LABELS = {"users_per_pod": "users a pod", "load": "do", "mode": "on"}


@dataclass(frozen=True, slots=True)
class ScaleValues:
    """As text, in the form's order."""

    plan: str = ""
    models: str = ""
    tests: str = ""
    pods: str = ""
    load: str = SEARCH
    users_per_pod: str = ""
    duration: str = ""
    budget: str = ""
    mode: str = SIMULATE
    gpus: str = ""
    workers: str = ""
    folder: str = ""


@dataclass(frozen=True, slots=True)
class ScaleParsed:
    """``plan`` with everything of the form laid over it, ``None`` while ``errors`` (field -> sentence) holds any."""

    plan: ScalePlan | None
    cells: tuple[PlanCell, ...] = ()
    folder: Path | None = None
    simulate: bool = True
    gpus: int | None = None
    errors: tuple[tuple[str, str], ...] = ()


class _WrongError(ValueError):
    """What is wrong with one field."""


def parse_scale(values: ScaleValues, plan: ScalePlan | None, cluster_gpus: float | None) -> ScaleParsed:
    """``plan`` as its file has it; ``cluster_gpus`` allocatable, ``None`` where not known. Never raises."""
    if plan is None:
        return ScaleParsed(None, errors=(("plan", "is missing: choose one"),))
    errors: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], object]) -> object:
        text = getattr(values, name).strip()
        try:
            return reader(text) if text else None
        except _WrongError as error:
            errors[name] = str(error)
            return None

    models = read("models", lambda text: _among(text, [model.key for model in plan.models], "model"))
    tests = read("tests", lambda text: _among(text, [test.id for test in plan.tests], "test"))
    pods = read("pods", lambda text: _numbers(text, _MOST_PODS))
    gpus = read("gpus", lambda text: _numbers(text, _MOST_GPUS)[0])
    if plan.kind == "scale" and values.load == HOLD and not values.users_per_pod.strip():
        errors["users_per_pod"] = "is missing: users for each pod, such as 64,128"
    load = _load(values, plan.kind, plan.load, read)
    chosen = replace(plan, load=load)
    if isinstance(models, tuple) or isinstance(tests, tuple) or isinstance(pods, tuple):
        chosen = _narrowed(chosen, models, tests, pods)
    if not errors:
        _check(chosen, errors)
    folder = Path(values.folder.strip()).expanduser() if values.folder.strip() else None
    if folder is not None and folder.exists():
        errors["folder"] = f"{folder} exists already: name a new one"
    if errors:
        return ScaleParsed(None, errors=tuple(errors.items()))
    simulate = values.mode == SIMULATE
    bound = float(gpus) if isinstance(gpus, int) else None
    cells = cells_of(chosen, bound if simulate else cluster_gpus)
    return ScaleParsed(chosen, cells, folder, simulate, gpus if isinstance(gpus, int) else None)


def _load(
    values: ScaleValues, kind: Kind, load: PlanLoad, read: Callable[[str, Callable[[str], object]], object]
) -> PlanLoad:
    duration, budget = read("duration", _seconds), read("budget", _seconds)
    if isinstance(duration, float):
        load = replace(load, duration_seconds=duration)
    if isinstance(budget, float):
        load = replace(load, budget_seconds=budget)
    if workers := values.workers.strip():
        load = replace(load, workers=workers)
        read("workers", _workers)
    if kind == "autoscale":
        return load  # its users are those of the ramp
    if values.load == HOLD:
        users = read("users_per_pod", lambda text: _numbers(text, load.max_users))
        return replace(load, users_per_pod=tuple(float(n) for n in users)) if isinstance(users, tuple) else load
    return replace(load, users_per_pod=())


def _narrowed(plan: ScalePlan, models: object, tests: object, pods: object) -> ScalePlan:
    on = models if isinstance(models, tuple) else tuple(model.key for model in plan.models)
    kept = [
        replace(test, pods=pods) if isinstance(pods, tuple) else test
        for test in plan.tests
        if set(test.models) <= set(on) and (not isinstance(tests, tuple) or test.id in tests)
    ]
    ids = {test.id for test in kept}
    return replace(
        plan,
        models=tuple(model for model in plan.models if model.key in on),
        tests=tuple(kept),
        ramps=tuple(ramp for ramp in plan.ramps if ramp.test in ids),
    )


def _check(plan: ScalePlan, errors: dict[str, str]) -> None:
    if not plan.tests:
        errors["tests"] = "leaves nothing to do: no test has only models that are on"
    ids = {test.id for test in plan.tests}
    for test in plan.tests:
        for source in test.users_from.values():
            if source not in ids:
                errors["tests"] = f"{test.id} takes its users from {source}, which is off: have both or none"


def what_words(parsed: ScaleParsed) -> list[tuple[Cell, ...]]:
    """The cells, what does not fit, time and GPU-hours: what stands beside the form."""
    if parsed.plan is None:
        return [(Cell(f"{LABELS.get(name, name)} {text}", Tone.WARN),) for name, text in parsed.errors]
    plan, cost = parsed.plan, estimate(parsed.plan, parsed.cells)
    where = "SIMULATED, nothing is touched" if parsed.simulate else "on this cluster"
    number = f"{cost.cells} cell{'' if cost.cells == 1 else 's'}"
    takes = f"{number}, about {fmt.age(cost.seconds)}, {fmt.gpus(cost.gpu_hours, 1)} GPU-hours"
    lines: list[tuple[Cell, ...]] = [(Cell(takes, Tone.STRONG), Cell(where, Tone.WARN))]
    if parsed.simulate:
        lines[0] = (lines[0][0], Cell("if it were real", Tone.DIM), lines[0][1])
    left = [cell for cell in parsed.cells if cell.why_not]
    lines += [(Cell(f"{cell.id}: {cell.why_not}", Tone.WARN),) for cell in left[:_SHOWN]]
    for test in plan.tests:
        cells = [cell for cell in parsed.cells if cell.test == test.id]
        fits = ", ".join(str(cell.pods) for cell in cells if not cell.why_not)
        pods = f"pods {fits or 'none'}"
        if plan.kind == "autoscale":
            pods = f"{fits or 'no'} pods at most, as its autoscaler wants"
        lines.append((Cell(test.id), Cell(_test_words(test.models, test.gpu_per_pod, test.scheduler), Tone.DIM),
                      Cell(pods)))  # fmt: skip
        lines += [(Cell(f"  {_ramp_words(ramp)}", Tone.DIM),) for ramp in plan.ramps if ramp.test == test.id]
    return lines


def confirm_words(parsed: ScaleParsed) -> list[str]:
    """What a plan on the real cluster does to it, before anybody says yes."""
    if parsed.plan is None:
        return []
    cost = estimate(parsed.plan, parsed.cells)
    most = max((cell.gpus for cell in parsed.cells if not cell.why_not), default=0.0)
    names = ", ".join(
        model.workload or (model.spec.name if model.spec is not None else model.key) for model in parsed.plan.models
    )
    does = f"Scales {names}: minimum = maximum, up to {fmt.gpus(most)} GPUs at once, {cost.cells} cells in turn."
    if parsed.plan.kind == "autoscale":
        does = f"Loads {names}: its autoscaler stays on and may take up to {fmt.gpus(most)} GPUs at once."
    return [
        does,
        f"About {fmt.age(cost.seconds)} and {fmt.gpus(cost.gpu_hours, 1)} GPU-hours; what else needs these GPUs waits.",
        "At the end, or when it is stopped, everything is put back as it was.",
        *(f"Assumes: {line}." for line in cost.assumes),
    ]


def _test_words(models: Sequence[str], gpu_per_pod: float, scheduler: str) -> str:
    how = "Run:ai" if scheduler == "runai" else "no Run:ai"
    return f"{' and '.join(models)}, {fmt.gpus(gpu_per_pod)} GPU a pod, {how}"


def _ramp_words(ramp: Ramp) -> str:
    """``users 20 > 350 > 20 over 20 min``."""
    users = [count for _, count in ramp.steps]
    told = [count for place, count in enumerate(users) if not place or count != users[place - 1]]
    return f"users {' > '.join(str(count) for count in told)} over {fmt.age(ramp.steps[-1][0])}"


def _among(text: str, known: Sequence[str], what: str) -> tuple[str, ...]:
    asked = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [part for part in asked if part not in known]
    if wrong:
        raise _WrongError(f"{wrong[0]!r} is no {what} of this plan: {', '.join(known)}")
    return tuple(one for one in known if one in asked)


def _numbers(text: str, most: int) -> tuple[int, ...]:
    found: list[int] = []
    for part in text.split(","):
        if not part.strip().isdecimal() or not 1 <= int(part) <= most:
            raise _WrongError(f"{part.strip()!r} is not a whole number from 1 to {most:,}")
        found.append(int(part))
    return tuple(sorted(set(found)))


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise _WrongError(f"{text!r} is not a number of seconds above 0")
    return value


def _workers(text: str) -> str:
    kind, _, count = text.partition(":")
    if kind not in ("local", "job") or not count.isdecimal():
        raise _WrongError(f"{text!r} is not such as local:8 or job:16")
    return text
