"""A plan's figures against what the guide published: rows of tables 5 to 8 and the drops that its text states. Pure.

Every row of the guide is there, found in the plan or not; what differs is stated, with its sign, and nothing is left
out. The guide's "0.4X" and "0.8X" of throughput contradict each other: they are told as a note and not compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from config.guide_tables import MIXED, GuideTables, guide_tables
from tui.plans.values import CellResult, ModelResult, PlanRun

NOT_MEASURED = "not in this plan's results"


@dataclass(frozen=True, slots=True)
class Compared:
    """``difference_fraction`` is (ours - published) / published; ``None`` where one of them is not known."""

    what: str
    published: float
    ours: float | None
    difference_fraction: float | None
    note: str = ""


def compare_guide(run: PlanRun, tables: GuideTables | None = None) -> tuple[Compared, ...]:
    """All rows, table by table; ``simulated`` stands in the note of those that no server gave."""
    return tuple(_all(_Found(run), tables or guide_tables()))


class _Found:
    """Results by what the guide calls them."""

    def __init__(self, run: PlanRun) -> None:
        self.names = {model.key: model.name for model in run.plan.models}
        self.mixed = [result for result in run.results if len(result.cell.models) > 1 and result.models]
        self._single = [result for result in run.results if len(result.cell.models) == 1 and result.models]

    def one(self, scheduler: str, each: float, pods: int, model: str) -> ModelResult | None:
        for result in self._single:
            cell = result.cell
            if (cell.scheduler, cell.gpu_per_pod, cell.pods) == (scheduler, each, pods):
                found = next((one for one in result.models if self.names.get(one.model) == model), None)
                if found is not None:
                    return found
        return None

    def both(self, each: float, pods: int) -> CellResult | None:
        return next((x for x in self.mixed if x.cell.gpu_per_pod == each and x.cell.pods == pods), None)


def _all(found: _Found, tables: GuideTables) -> Iterator[Compared]:
    for row in tables.single_gpu:
        ours = found.one(row.scheduler, row.gpu_per_pod, row.pods, row.model)
        yield from _three(f"table {row.table}, {row.model}", row.ccu, row.output_tokens_per_second, row.ttft_ms, ours)
    for size in tables.sizing:
        published = (size.ccu, size.output_tokens_per_second, size.ttft_ms)
        if size.model == MIXED:
            yield from _mixed_row(f"table 8, {MIXED}", *published, found.both(0.5, 1))
        else:
            yield from _three(f"table 8, {size.model}", *published, found.one("runai", 1.0, 1, size.model))
    for model in tables.models:
        yield from _half_drops(found, tables, model.name)
        yield _ttft_factor(found, tables, model.name)
    yield _users_factor(found, tables)


def _three(
    what: str, users: float, tokens_per_second: float, ttft_ms: float, ours: ModelResult | None
) -> Iterator[Compared]:
    note = _note(ours)
    yield _row(f"{what}: users", users, None if ours is None else ours.users, note)
    yield _row(f"{what}: output tokens/s", tokens_per_second, _tokens(ours), note)
    yield _row(f"{what}: mean TTFT ms", ttft_ms, _ttft(ours), note)


def _mixed_row(
    what: str, users: float, tokens_per_second: float, ttft_ms: float, result: CellResult | None
) -> Iterator[Compared]:
    """Both models as one: users and tokens add, TTFT is the mean over their requests."""
    models = result.models if result is not None else ()
    note = _note(models[0] if models else None)
    if result is not None and result.placed is not None and result.placed.gpus is not None:
        where = "a GPU of its own each" if result.placed.gpus > 1 else "one GPU shared"
        note = "; ".join(part for part in (note, f"ours: {where}") if part)
    yield _row(f"{what}: users", users, _sum([one.users for one in models]), note)
    yield _row(f"{what}: output tokens/s", tokens_per_second, _sum([_tokens(one) for one in models]), note)
    yield _row(f"{what}: mean TTFT ms", ttft_ms, _mean_ttft(models), note)


def _half_drops(found: _Found, tables: GuideTables, model: str) -> Iterator[Compared]:
    """On all GPUs, a pod each: what is lost with half a GPU a pod against a whole one."""
    gpus, drop = tables.cluster.gpus, tables.observations.half_gpu_at_64_gpus
    whole, half = found.one("runai", 1.0, gpus, model), found.one("runai", 0.5, gpus, model)
    what, note = f"half against whole GPUs at {gpus} pods, {model}", _note(half)
    users = _ratio(None if half is None else half.users, None if whole is None else whole.users)
    tokens = _ratio(_tokens(half), _tokens(whole))
    yield _row(f"{what}: users, ratio", 1 - drop.ccu_drop_fraction, users, note)
    yield _row(f"{what}: output tokens/s, ratio", 1 - drop.throughput_drop_fraction, tokens, note)


def _ttft_factor(found: _Found, tables: GuideTables, model: str) -> Compared:
    gpus = tables.cluster.gpus
    both = found.both(0.5, gpus)
    mine = next((one for one in both.models if found.names.get(one.model) == model), None) if both else None
    factor = _ratio(_ttft(mine), _ttft(found.one("runai", 0.5, gpus, model)))
    what = f"mixed against alone at {gpus} pods each, {model}: mean TTFT, factor"
    return _row(what, tables.observations.mixed_at_128_half_pods.ttft_factor, factor, _note(mine))


def _users_factor(found: _Found, tables: GuideTables) -> Compared:
    """Users of both models together over what one model alone had on as many GPUs (the mean of the two)."""
    gpus, said = tables.cluster.gpus, tables.observations.mixed_at_128_half_pods
    both = found.both(0.5, gpus)
    together = _sum([one.users for one in both.models]) if both is not None else None
    singles = [found.one("runai", 0.5, gpus, model.name) for model in tables.models]
    alone = _sum([None if one is None else one.users for one in singles])
    factor = _ratio(together, None if alone is None else alone / len(singles))
    note = "; ".join(part for part in (_note(both.models[0] if both else None), said.throughput_note) if part)
    return _row(f"mixed against alone at {gpus} pods each: users, factor", said.ccu_factor, factor, note)


def _row(what: str, published: float, ours: float | None, note: str) -> Compared:
    return Compared(what, published, ours, None if ours is None else (ours - published) / published, note)


def _note(ours: ModelResult | None) -> str:
    if ours is None:
        return NOT_MEASURED
    words = ["simulated"] if ours.simulated else []
    return "; ".join([*words, *(["INVALID"] if ours.point is not None and not ours.point.valid else [])])


def _tokens(ours: ModelResult | None) -> float | None:
    return ours.point.output_tokens_per_second if ours is not None and ours.point is not None else None


def _ttft(ours: ModelResult | None) -> float | None:
    return ours.point.ttft_ms.mean if ours is not None and ours.point is not None else None


def _mean_ttft(models: tuple[ModelResult, ...]) -> float | None:
    points = [one.point for one in models if one.point is not None]
    weights = [point.requests - point.failed for point in points]
    means = [point.ttft_ms.mean for point in points]
    if len(points) < len(models) or not sum(weights) or None in means:
        return None
    return sum((mean or 0.0) * weight for mean, weight in zip(means, weights, strict=True)) / sum(weights)


def _sum(values: list[int | None] | list[float | None]) -> float | None:
    """``None`` where one of them is not known, or none is there."""
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def _ratio(value: float | None, base: float | None) -> float | None:
    return None if value is None or not base else value / base
