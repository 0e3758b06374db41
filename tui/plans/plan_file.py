"""Plans in files: read with every fault and its place, checked as a whole. No cluster.

A name without a folder or an ending is one of the plans that are shipped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import config
from tui.launch.spec_text import TextError, read_documents
from tui.model.launch_spec import FieldError
from tui.plans.folder import PlanError
from tui.plans.plan_fields import read_plan_fields
from tui.plans.values import PlanTest, ScalePlan

SHIPPED = Path(config.__file__).parent / "plans"
_MOST_BYTES = 256 * 1024


class PlanFileError(PlanError):
    """What is wrong with a plan file. ``str`` is one line; ``lines`` has one for each fault."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        more = f" (and {len(self.lines) - 1} more)" if len(self.lines) > 1 else ""
        super().__init__(self.lines[0] + more)


def shipped_plans() -> tuple[str, ...]:
    """The names of the plans that come with nimdeck."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def load_plan(path_or_name: str | Path) -> ScalePlan:
    """The plan of a file, or a shipped one by its name. Raises ``PlanFileError``."""
    path = _found(path_or_name)
    try:
        text = _text(path)
        return parse_plan(text, str(path))
    except TextError as error:
        raise PlanFileError(_told(str(path), error.errors)) from None


def parse_plan(text: str, source: str = "plan") -> ScalePlan:
    """The plan of a TOML text. Raises ``PlanFileError``, whose lines begin with ``source``."""
    errors: list[FieldError] = []
    try:
        documents = read_documents(text, "toml")
    except TextError as error:
        raise PlanFileError(_told(source, error.errors)) from None
    if not documents:
        raise PlanFileError([f"{source}: the file: is empty; write at least name, models and tests"])
    plan = read_plan_fields(documents[0], errors)
    errors = errors or list(check_plan(plan))
    if errors:
        raise PlanFileError(_told(source, sorted(errors, key=lambda error: error.line or 0)))
    return plan


def check_plan(plan: ScalePlan) -> Iterator[FieldError]:
    """What does not go together."""
    if not plan.models:
        yield FieldError("models", "", "is missing; write [[models]] with key, name and spec")
    if not plan.tests:
        yield FieldError("tests", "", "is missing; write [[tests]] with id, models, scheduler, gpu_per_pod and pods")
    yield from _twice("models", "key", (model.key for model in plan.models))
    yield from _twice("tests", "id", (test.id for test in plan.tests))
    before: dict[str, PlanTest] = {}
    for place, test in enumerate(plan.tests, 1):
        yield from _check_test(f"tests[{place}]", test, plan, before)
        before[test.id] = test
    yield from _check_ramps(plan)


def _check_test(where: str, test: PlanTest, plan: ScalePlan, before: dict[str, PlanTest]) -> Iterator[FieldError]:
    keys = [model.key for model in plan.models]
    for model in test.models:
        if model not in keys:
            yield FieldError(f"{where}.models", model, f"is no model of this plan; its keys: {', '.join(keys)}")
    yield from _twice(where, "models", test.models)
    if test.scheduler == "none" and test.gpu_per_pod < 1:
        message = "plain Kubernetes gives whole GPUs only; write 1, or scheduler runai"
        yield FieldError(f"{where}.gpu_per_pod", f"{test.gpu_per_pod:g}", message)
    yield from _twice(where, "pods", (str(pods) for pods in test.pods))
    for model, source in test.users_from.items():
        earlier = before.get(source)
        if model not in test.models:
            yield FieldError(f"{where}.users_from", model, f"is no model of this test: {', '.join(test.models)}")
        elif earlier is None:
            told = ", ".join(before) or "there is none"
            yield FieldError(f"{where}.users_from", source, f"is no test before this one; those are: {told}")
        elif model not in earlier.models:
            yield FieldError(f"{where}.users_from", source, f"has no users of {model}: it does not load it")


def _check_ramps(plan: ScalePlan) -> Iterator[FieldError]:
    ids = [test.id for test in plan.tests]
    if plan.kind == "autoscale" and not plan.ramps:
        yield FieldError("ramps", "", "is missing; a plan of kind autoscale says users over time in [[ramps]]")
    if plan.kind == "scale" and plan.ramps:
        yield FieldError("ramps", "", "are of plans of kind autoscale; write kind, or leave them out")
    for place, ramp in enumerate(plan.ramps, 1):
        if ramp.test not in ids:
            yield FieldError(f"ramps[{place}].test", ramp.test, f"is no test of this plan: {', '.join(ids)}")
        seconds = [step[0] for step in ramp.steps]
        if any(later <= earlier for earlier, later in pairwise(seconds)):
            yield FieldError(f"ramps[{place}].steps", "", "do not go forward in time; order them by seconds")


def _twice(where: str, field: str, names: Iterable[str]) -> Iterator[FieldError]:
    for name, count in Counter(names).items():
        if count > 1:
            yield FieldError(f"{where}.{field}", name, "stands twice; give each its own")


def _found(path_or_name: str | Path) -> Path:
    path = Path(path_or_name)
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    shipped = SHIPPED / f"{path.name}.toml"
    if not shipped.is_file():
        raise PlanFileError([f"{path_or_name}: no file and no plan of nimdeck; it has {', '.join(shipped_plans())}"])
    return shipped


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        reason, names = (error.strerror or "no reason is told").lower(), ", ".join(shipped_plans())
        raise PlanFileError([f"{path}: can't be read: {reason}; name a file or one of {names}"]) from None
    if len(content) > _MOST_BYTES:
        raise PlanFileError([f"{path}: is larger than {_MOST_BYTES // 1024} KiB; is it a plan?"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PlanFileError([f"{path}: is not UTF-8 text; save it as UTF-8"]) from None


def _told(source: str, errors: Iterable[FieldError]) -> tuple[str, ...]:
    return tuple(" ".join(f"{source}: {error}".split()) for error in errors)
