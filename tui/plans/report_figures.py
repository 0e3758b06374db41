"""Figures 17 to 21 of the guide as curves: measured, published where a number exists, and derived where words do. Pure.

The guide prints these five as pictures. Its numbers are those of one pod (tables 5 to 7); beyond, only drops of 10 and
20 % and factors of 2 and 3 are stated, and what follows from them is called derived.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.guide_tables import GuideTables
from tui.plans.report_tables import best, pooled
from tui.plans.report_values import Derived, Figure, Quantity, Row, Series, Side, Spot

_WORDS: dict[Quantity, str] = {
    "users": "Concurrent users",
    "output_tokens_per_second": "Throughput",
    "ttft_ms": "TTFT",
}


@dataclass(frozen=True, slots=True)
class Curve:
    """What a line through several numbers of pods has in common. ``model`` is ``None`` for all models together."""

    model: str | None
    title: str
    scheduler: str
    gpu_per_pod: float
    alone: bool

    @property
    def name(self) -> str:
        with_runai = "Run:ai" if self.scheduler == "runai" else "no Run:ai"
        given = f"{self.gpu_per_pod:g} GPU a pod"
        return f"{self.title}{'' if self.alone or self.model is None else ' in the mix'}, {with_runai}, {given}"


def figures(sides: Sequence[Side], guide: GuideTables) -> tuple[Figure, ...]:
    """Figures 17 and 18 for every model that was measured alone (at least the guide's first), then 19 to 21."""
    known = curves(sides)
    first = guide.models[0]
    alone = {curve.model: curve.title for curve in known if curve.alone and curve.model is not None}
    return (
        *_single({first.name: first.title} | alone, known, sides, guide),
        *_across(known, sides, guide),
    )


def curves(sides: Sequence[Side]) -> tuple[Curve, ...]:
    """Every curve that any side planned: each model alone, each in the mix, all of a mix together."""
    found: dict[Curve, None] = {}
    for row in (row for side in sides for row in side.rows):
        if row.answer and row.scheduler is not None and row.gpu_per_pod is not None and row.pods is not None:
            found[Curve(row.model, row.title, row.scheduler, row.gpu_per_pod, row.alone)] = None
            if not row.alone:
                found[Curve(None, "all models together", row.scheduler, row.gpu_per_pod, False)] = None
    return tuple(sorted(found, key=lambda curve: (not curve.alone, curve.scheduler != "none", -curve.gpu_per_pod)))


def spots(curve: Curve, quantity: Quantity, side: Side, guide: GuideTables) -> tuple[Spot, ...]:
    """The curve's places, ascending by pods; a cell without a figure stands with ``None``."""
    by_pods: dict[int, list[Row]] = {}
    for row in side.rows:
        same = (row.scheduler, row.gpu_per_pod, row.alone) == (curve.scheduler, curve.gpu_per_pod, curve.alone)
        if same and row.answer and row.pods is not None and curve.model in (None, row.model):
            by_pods.setdefault(row.pods, []).append(row)
    return tuple(_spot(curve, quantity, pods, by_pods[pods], guide) for pods in sorted(by_pods))


def _spot(curve: Curve, quantity: Quantity, pods: int, found: Sequence[Row], guide: GuideTables) -> Spot:
    rows = _one_cell(found) if curve.model is None else [row for row in (best(found),) if row is not None]
    measured = all(row.state == "done" and row.point is not None for row in rows)
    return Spot(
        pods=pods,
        value=_together(rows, quantity) if measured else None,
        interval=rows[0].interval(quantity) if measured and len(rows) == 1 else None,
        requests=sum(row.requests or 0 for row in rows) if measured else None,
        valid=all(row.valid for row in rows),
        published=_published(curve, quantity, pods, guide),
    )


def _one_cell(found: Sequence[Row]) -> list[Row]:
    """All models of the first cell that is whole; of the first one otherwise."""
    cells: dict[str, list[Row]] = {}
    for row in found:
        cells.setdefault(row.cell, []).append(row)
    return min(cells.values(), key=lambda rows: not all(row.valid for row in rows))


def _together(rows: Sequence[Row], quantity: Quantity) -> float | None:
    if quantity == "ttft_ms":
        return pooled(rows, lambda row: row.ttft_ms)
    values = [value for row in rows if (value := row.figure(quantity)) is not None]
    return sum(values) if values and len(values) == len(rows) else None


def _published(curve: Curve, quantity: Quantity, pods: int, guide: GuideTables) -> float | None:
    if curve.model is None or not curve.alone:
        return None
    return _of(guide, curve.scheduler, curve.gpu_per_pod, curve.model, quantity) if pods == 1 else None


def _of(guide: GuideTables, scheduler: str, gpu: float, model: str, quantity: Quantity) -> float | None:
    row = guide.row(scheduler, gpu, model)
    if row is None:
        return None
    return {"users": row.ccu, "output_tokens_per_second": row.output_tokens_per_second, "ttft_ms": row.ttft_ms}[
        quantity
    ]


def _single(
    titles: dict[str, str], known: Sequence[Curve], sides: Sequence[Side], guide: GuideTables
) -> Iterator[Figure]:
    drop = guide.observations.half_gpu_at_64_gpus
    lost: dict[Quantity, float] = {
        "users": drop.ccu_drop_fraction,
        "output_tokens_per_second": drop.throughput_drop_fraction,
    }
    first = next(iter(titles))
    for model, title in titles.items():
        own = [curve for curve in known if curve.alone and curve.model == model]
        for number, (quantity, share) in zip((17, 18), lost.items(), strict=True):
            derived = _half_gpu(guide, model, quantity, share) if guide.row("runai", 1.0, model) else ()
            note = "" if model == first else f"The guide draws {titles[first]} only and calls the others similar."
            yield _figure(number, f"{_WORDS[quantity]} by pods, {title}", quantity, own, sides, guide, derived, note)


def _half_gpu(guide: GuideTables, model: str, quantity: Quantity, lost: float) -> tuple[Derived, ...]:
    one = _of(guide, "runai", 1.0, model, quantity)
    if one is None:
        return ()
    gpus = guide.cluster.gpus
    words = f"half a GPU at {gpus} GPUs: the published one-pod figure x {gpus}, less the stated {lost * 100:.0f} %"
    return (Derived(gpus, one * gpus * (1.0 - lost), words),)


def _across(known: Sequence[Curve], sides: Sequence[Side], guide: GuideTables) -> Iterator[Figure]:
    """Across the system: each model alone on whole GPUs against both in the mix."""
    own = [
        curve for curve in known
        if not curve.alone or (curve.scheduler == "runai" and curve.gpu_per_pod == 1.0)
    ]  # fmt: skip
    model, mixed, pods = guide.models[0], guide.observations.mixed_at_128_half_pods, guide.cluster.gpus
    row = guide.row("runai", 1.0, model.name)
    if row is None:
        return
    total = f"{model.title} alone (published one-pod figure x {pods})"
    users = Derived(pods, row.ccu * pods * mixed.ccu_factor, f"both models: {mixed.ccu_factor:g}x the users of {total}")
    tokens = row.output_tokens_per_second * pods
    readings = (
        Derived(pods, tokens * 0.8, f"'around 0.8X drop', read as 0.8 of {total}"),
        Derived(pods, tokens * 0.6, f"'dropped by 0.4X', read as 0.4 less than {total}"),
    )
    slow = f"both models: {mixed.ttft_factor:g}x the published one-pod TTFT of {model.title}"
    late = Derived(pods, row.ttft_ms * mixed.ttft_factor, slow)
    told: tuple[tuple[int, Quantity, tuple[Derived, ...], str], ...] = (
        (19, "users", (users,), ""),
        (20, "output_tokens_per_second", readings, "The guide says both of its throughput; neither is taken as exact."),
        (21, "ttft_ms", (late,), ""),
    )
    for number, quantity, derived, note in told:
        mine = [curve for curve in own if quantity != "ttft_ms" or curve.model is not None]
        yield _figure(number, f"{_WORDS[quantity]} across the system", quantity, mine, sides, guide, derived, note)


def _figure(
    number: int, title: str, quantity: Quantity, own: Sequence[Curve], sides: Sequence[Side], guide: GuideTables,
    derived: tuple[Derived, ...], note: str,
) -> Figure:  # fmt: skip
    series = tuple(
        Series(curve.name, side.label, side.simulated, found)
        for curve in own
        for side in sides
        if (found := spots(curve, quantity, side, guide))
    )
    ideal = next(((one, value) for one in series if (value := _one_pod(one)) is not None), None)
    straight = ideal if quantity != "ttft_ms" else None
    return Figure(
        number=number, title=f"Figure {number}. {title}", quantity=quantity, series=series, derived=derived,
        ideal_of=straight[0].name if straight else "", ideal_per_pod=straight[1] if straight else None, note=note,
    )  # fmt: skip


def _one_pod(series: Series) -> float | None:
    return next((spot.value for spot in series.spots if spot.pods == 1 and spot.valid), None)
