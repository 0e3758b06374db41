"""The fields of a plan file and how each is read: the one place that says what the file may hold.

Reading collects all faults with their lines; whether values go together is ``plan_checks.py``.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeVar

from tui.bench.spec import Start, Statistic
from tui.launch import spec_values as values
from tui.launch.checks import check
from tui.launch.spec_fields import read_spec
from tui.launch.spec_text import Item
from tui.launch.spec_values import Bad, shown
from tui.model.launch_spec import FieldError, LaunchSpec
from tui.plans.values import Kind, PlanLoad, PlanModel, PlanTest, Ramp, ScalePlan, Scheduler, Through

T = TypeVar("T")

KINDS: Mapping[str, Kind] = {"scale": "scale", "autoscale": "autoscale"}
SCHEDULERS: Mapping[str, Scheduler] = {"runai": "runai", "none": "none"}
THROUGH: Mapping[str, Through] = {"service": "service", "pods": "pods", "route": "route"}
STARTS: Mapping[str, Start] = {"staggered": "staggered", "burst": "burst"}
STATISTICS: Mapping[str, Statistic] = {"mean": "mean", "p50": "p50", "p90": "p90", "p99": "p99"}
# Each table with its fields, "" is the file itself.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "": ("name", "title", "kind", "project", "gpus_per_server", "cluster_gpus", "load", "models", "tests", "ramps"),
    "load": (
        *("isl", "osl", "isl_stddev", "osl_stddev", "start", "ttft_ms", "statistic", "users_per_pod", "requests"),
        *("duration_seconds", "budget_seconds", "max_users", "through", "workers", "cooldown_seconds"),
        *("ready_timeout_seconds", "seed"),
    ),
    "models": ("key", "name", "title", "spec", "workload"),
    "tests": ("id", "models", "scheduler", "gpu_per_pod", "pods", "users_from", "table"),
    "ramps": ("test", "steps"),
}
_LAID_OVER = ("gpu", "replicas", "scheduler")
_WORKERS = ("local:", "job:")


class Fields:
    """One table: gives typed fields, notes every fault in ``errors`` and goes on."""

    def __init__(self, item: Item, where: str, known: tuple[str, ...], errors: list[FieldError]) -> None:
        self.where = where
        self.errors = errors
        self._line = item.line
        self._items: Mapping[str, Item] = item.value if isinstance(item.value, Mapping) else {}
        if not isinstance(item.value, Mapping):
            errors.append(FieldError(where or "the file", shown(item), "is no table; write fields", item.line))
        for name, entry in self._items.items():
            if name not in known:
                self._fault(name, "", f"unknown field; {_suggestion(name, known)}", entry.line)

    def get(self, name: str, convert: Callable[[Item], T], default: T) -> T:
        item = self._items.get(name)
        if item is None:
            return default
        try:
            return convert(item)
        except Bad as error:
            self._fault(name, shown(item), str(error), item.line)
            return default

    def need(self, name: str, convert: Callable[[Item], T], default: T) -> T:
        if name not in self._items:
            self._fault(name, "", "is missing; write it", self._line)
        return self.get(name, convert, default)

    def item(self, name: str) -> Item | None:
        return self._items.get(name)

    def listed(self, name: str) -> tuple["Fields", ...]:
        """The tables of a list of tables, ``[[name]]``."""
        item = self._items.get(name)
        if item is None:
            return ()
        if not isinstance(item.value, tuple):
            self._fault(name, shown(item), f"is no list of tables; write [[{name}]]", item.line)
            return ()
        return tuple(Fields(one, f"{name}[{at}]", FIELDS[name], self.errors) for at, one in enumerate(item.value, 1))

    def _fault(self, name: str, value: str, message: str, line: int | None) -> None:
        self.errors.append(FieldError(f"{self.where}.{name}" if self.where else name, value, message, line))


def read_plan_fields(item: Item, errors: list[FieldError]) -> ScalePlan:
    """The plan of a document. Look at ``errors`` before using it."""
    top = Fields(item, "", FIELDS[""], errors)
    project = top.get("project", values.text, None)
    load_item = top.item("load")
    load = Fields(load_item, "load", FIELDS["load"], errors) if load_item is not None else None
    name = top.need("name", values.text, "")
    kind: Kind = top.get("kind", values.choice(KINDS), "scale")
    return ScalePlan(
        name=name,
        title=top.get("title", values.text, name),
        kind=kind,
        load=_load(load) if load is not None else PlanLoad(),
        models=tuple(_model(table, project, kind) for table in top.listed("models")),
        tests=tuple(_test(table) for table in top.listed("tests")),
        ramps=tuple(_ramp(table) for table in top.listed("ramps")),
        gpus_per_server=top.get("gpus_per_server", _at_least(1), 4),
        cluster_gpus=top.get("cluster_gpus", _at_least(1), None),
        project=project,
    )


def _load(table: Fields) -> PlanLoad:
    usual = PlanLoad()
    return PlanLoad(
        isl=table.get("isl", _at_least(1), usual.isl),
        osl=table.get("osl", _at_least(1), usual.osl),
        isl_stddev=table.get("isl_stddev", _from_zero, usual.isl_stddev),
        osl_stddev=table.get("osl_stddev", _from_zero, usual.osl_stddev),
        start=table.get("start", values.choice(STARTS), usual.start),
        ttft_ms=table.get("ttft_ms", _above_zero, usual.ttft_ms),
        statistic=table.get("statistic", values.choice(STATISTICS), usual.statistic),
        users_per_pod=table.get("users_per_pod", _several(_above_zero), ()),
        requests=table.get("requests", _at_least(1), None),
        duration_seconds=table.get("duration_seconds", _above_zero, None),
        budget_seconds=table.get("budget_seconds", _above_zero, usual.budget_seconds),
        max_users=table.get("max_users", _at_least(1), usual.max_users),
        through=table.get("through", values.choice(THROUGH), usual.through),
        workers=table.get("workers", workers, usual.workers),
        cooldown_seconds=table.get("cooldown_seconds", _from_zero, usual.cooldown_seconds),
        ready_timeout_seconds=table.get("ready_timeout_seconds", _above_zero, usual.ready_timeout_seconds),
        seed=table.get("seed", _at_least(0), usual.seed),
    )


def _model(table: Fields, project: str | None, kind: Kind) -> PlanModel:
    key = table.need("key", _key, "")
    name = table.need("name", values.text, "")
    spec, workload = table.item("spec"), table.get("workload", _workload, None)
    if (spec is None) == (workload is None):
        message = "give either spec (what is launched) or workload (what is there)"
        table.errors.append(FieldError(table.where, key, message, None))
    return PlanModel(
        key=key,
        name=name,
        title=table.get("title", values.text, name),
        spec=_spec(spec, f"{table.where}.spec", project, kind, table.errors) if spec is not None else None,
        workload=workload,
    )


def _spec(item: Item, where: str, project: str | None, kind: Kind, errors: list[FieldError]) -> LaunchSpec:
    given = dict(item.value) if isinstance(item.value, Mapping) else {}
    for name in _LAID_OVER:
        if name in given and (name, kind) != ("replicas", "autoscale"):  # an autoscaler's bounds and target are its own
            message = "is what each test says; leave it out"
            errors.append(FieldError(f"{where}.{name}", shown(given.pop(name)), message, item.line))
    if project is not None:
        given.setdefault("project", Item(project, item.line, project))
    found: list[FieldError] = []
    spec = read_spec(Item(given, item.line), found)
    found = found or list(check(spec))
    errors += [FieldError(f"{where}.{one.field}", one.value, one.message, one.line) for one in found]
    return spec


def _test(table: Fields) -> PlanTest:
    return PlanTest(
        id=table.need("id", _key, ""),
        models=table.need("models", values.names, ()),
        scheduler=table.need("scheduler", values.choice(SCHEDULERS), "runai"),
        gpu_per_pod=table.need("gpu_per_pod", _gpus, 1.0),
        pods=table.need("pods", _several(_at_least(1)), ()),
        users_from=table.get("users_from", _pairs, {}),
        table=table.get("table", _at_least(1), None),
    )


def _ramp(table: Fields) -> Ramp:
    return Ramp(table.need("test", values.text, ""), table.need("steps", _several(_step), ()))


# -- values ------------------------------------------------------------------------------------------------------------


def workers(item: Item) -> str:
    try:
        return workers_text(values.text(item))
    except ValueError as error:
        raise Bad(str(error)) from None


def workers_text(text: str) -> str:
    """``local:N`` or ``job:N``. ``ValueError`` with the mend."""
    kind, colon, number = text.partition(":")
    if f"{kind}{colon}" not in _WORKERS or not number.isdecimal() or (kind == "job" and int(number) < 1):
        raise ValueError("is neither local:N nor job:N; write local:8, or local:0 for as many as are needed")
    return text


def _key(item: Item) -> str:
    """A short name that can be a folder's."""
    found = values.text(item)
    if not all(letter.isascii() and (letter.isalnum() or letter in "-._") for letter in found) or found[0] in "-.":
        raise Bad("is no short name; use letters, digits, dots and dashes, such as llama-half")
    return found


def _pairs(item: Item) -> dict[str, str]:
    return dict(values.texts(item))


def _workload(item: Item) -> str:
    found = values.text(item)
    if found.count("/") != 1 or found.startswith("/") or found.endswith("/"):
        raise Bad("is no workload; write NAMESPACE/NAME")
    return found


def _gpus(item: Item) -> float:
    found = values.number(item)
    if found <= 0 or (found > 1 and found != int(found)):
        raise Bad("is no part of a GPU and no number of GPUs; write 0.5, 1 or 2")
    return found


def _at_least(least: int) -> Callable[[Item], int]:
    def read(item: Item) -> int:
        found = values.whole(item)
        if found < least:
            raise Bad(f"is below {least}; write {least} or more")
        return found

    return read


def _above_zero(item: Item) -> float:
    found = values.number(item)
    if found <= 0:
        raise Bad("is not above 0; write more than 0")
    return found


def _from_zero(item: Item) -> float:
    found = values.number(item)
    if found < 0:
        raise Bad("is below 0; write 0 or more")
    return found


def _several(convert: Callable[[Item], T]) -> Callable[[Item], tuple[T, ...]]:
    def read(item: Item) -> tuple[T, ...]:
        if not isinstance(item.value, tuple) or not item.value:
            raise Bad("is no list; write one in brackets, such as [1, 16]")
        return tuple(convert(one) for one in item.value)

    return read


def _step(item: Item) -> tuple[float, int]:
    if not isinstance(item.value, tuple) or len(item.value) != 2:
        raise Bad("is no step; write [SECONDS, USERS], such as [60, 200]")
    return _from_zero(item.value[0]), _at_least(0)(item.value[1])


def _suggestion(name: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
