"""How straight the curves are, and what fractions, Run:ai and mixing change. Invalid figures take no part. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from config.guide_tables import GuideTables
from tui.plans.report_figures import Curve, curves, spots
from tui.plans.report_tables import percent
from tui.plans.report_values import QUANTITIES, Effect, Linearity, Quantity, Side, Spot

_GROWING: tuple[Quantity, ...] = ("users", "output_tokens_per_second")
Interval = tuple[float, float | None] | None


def linearity(sides: Sequence[Side], guide: GuideTables) -> tuple[Linearity, ...]:
    """Of every curve with two valid places or more, users and throughput."""
    return tuple(
        replace(straight(side.label, curve.name, quantity, side.simulated, known), searched=_searched(side, curve))
        for side in sides
        for curve in curves([side])
        for quantity in _GROWING
        if len(known := _valid(spots(curve, quantity, side, guide))) > 1
    )


def straight(
    side: str, curve: str, quantity: Quantity, simulated: bool, known: Sequence[tuple[int, float]]
) -> Linearity:
    """The line through the origin by least squares; efficiency against the one-pod figure, where there is one."""
    slope = sum(x * y for x, y in known) / sum(x * x for x, _ in known)
    off = sum((y - slope * x) ** 2 for x, y in known)
    mean = sum(y for _, y in known) / len(known)
    squares, about = sum(y * y for _, y in known), sum((y - mean) ** 2 for _, y in known)
    one = dict(known).get(1)
    efficiency = tuple((x, y / (x * one)) for x, y in known) if one else ()
    return Linearity(
        side=side, curve=curve, quantity=quantity, simulated=simulated, n=len(known), slope=slope,
        r_squared=1.0 - off / squares if squares else None,
        r_squared_about_mean=1.0 - off / about if about else None,
        efficiency=efficiency,
        drop_fraction=1.0 - efficiency[-1][1] if efficiency else None,
    )  # fmt: skip


def _searched(side: Side, curve: Curve) -> bool:
    """Whether the users of this curve were found by a search in every cell that was measured."""
    return all(
        row.verdict is not None
        for row in side.rows
        if (row.scheduler, row.gpu_per_pod, row.alone) == (curve.scheduler, curve.gpu_per_pod, curve.alone)
        and curve.model in (None, row.model)
        and row.valid
    )


def effects(sides: Sequence[Side], guide: GuideTables) -> tuple[Effect, ...]:
    """Half GPUs against whole ones, Run:ai against none, the mix against a model alone, at equal numbers of pods."""
    found = [effect for side in sides for effect in (*_singles(side, guide), *_mixing(side, guide))]
    order = {"runai": 0, "fraction": 1, "mixing": 2}
    return tuple(sorted(found, key=lambda effect: (order[effect.kind], effect.side)))


def _singles(side: Side, guide: GuideTables) -> Iterator[Effect]:
    alone = [curve for curve in curves([side]) if curve.alone]
    for curve in alone:
        whole = _other(alone, curve, "runai", 1.0)
        if curve.scheduler == "runai" and curve.gpu_per_pod < 1.0 and whole is not None:
            yield from _against("fraction", side, whole, curve, guide)
        bare = _other(alone, curve, "none", curve.gpu_per_pod)
        if curve.scheduler == "runai" and bare is not None:
            yield from _against("runai", side, bare, curve, guide)


def _other(known: Sequence[Curve], curve: Curve, scheduler: str, gpu: float) -> Curve | None:
    wanted = curve.model, scheduler, gpu
    return next((one for one in known if (one.model, one.scheduler, one.gpu_per_pod) == wanted), None)


def _mixing(side: Side, guide: GuideTables) -> Iterator[Effect]:
    """The mix of n pods of each model against one model's n whole GPUs: the same GPUs where parts add up to one."""
    known = curves([side])
    together = [curve for curve in known if curve.model is None]
    for whole in (curve for curve in known if curve.alone and (curve.scheduler, curve.gpu_per_pod) == ("runai", 1.0)):
        for mix in together:
            if _same_gpus(side, mix):
                yield from _against("mixing", side, whole, mix, guide, _GROWING)
        for part in known:
            if not part.alone and part.model == whole.model and _same_gpus(side, part):
                yield from _against("mixing", side, whole, part, guide, ("ttft_ms",))


def _same_gpus(side: Side, mix: Curve) -> bool:
    return any(
        row.gpus == row.pods for row in side.rows if not row.alone and row.gpu_per_pod == mix.gpu_per_pod and row.pods
    )


def _against(
    kind: str, side: Side, base: Curve, other: Curve, guide: GuideTables, quantities: Sequence[Quantity] = QUANTITIES
) -> Iterator[Effect]:
    for quantity in quantities:
        before = {spot.pods: spot for spot in spots(base, quantity, side, guide)}
        for spot in spots(other, quantity, side, guide):
            first = before.get(spot.pods)
            if first is None or not (first.valid and spot.valid) or not first.value or spot.value is None:
                continue
            yield Effect(
                kind=kind, side=side.label, model=base.model or "", title=base.title, pods=spot.pods,
                quantity=quantity, base_name=base.name, base=first.value, other_name=other.name, other=spot.value,
                change_percent=percent(first.value, spot.value) or 0.0,
                intervals=overlap(first.interval, spot.interval), simulated=side.simulated,
                stated=_stated(kind, quantity, spot.pods, other.gpu_per_pod, guide),
            )  # fmt: skip


def overlap(a: Interval, b: Interval) -> str | None:
    """Whether two 95 % intervals overlap; ``None`` where an end is not known."""
    if a is None or b is None or a[1] is None or b[1] is None:
        return None
    return "overlap" if a[0] <= b[1] and b[0] <= a[1] else "apart"


def _stated(kind: str, quantity: Quantity, pods: int, gpu_per_pod: float, guide: GuideTables) -> str:
    """What the guide says of this change, in its terms."""
    if kind == "runai":
        return "no overhead" if gpu_per_pod == 1.0 else ""
    if gpu_per_pod != 0.5:
        return ""
    full = pods == guide.cluster.gpus
    drop, mixed = guide.observations.half_gpu_at_64_gpus, guide.observations.mixed_at_128_half_pods
    if kind == "fraction":
        said = {
            "users": f"about {drop.ccu_drop_fraction * 100:.0f} % drop",
            "output_tokens_per_second": f"about {drop.throughput_drop_fraction * 100:.0f} % drop",
            "ttft_ms": "",
        }
        return said[quantity] if full else ("comparable" if pods < guide.cluster.gpus else "")
    said = {
        "users": f"{mixed.ccu_factor:g}x",
        "output_tokens_per_second": "both 'around 0.8X drop' and 'dropped by 0.4X'",
        "ttft_ms": f"{mixed.ttft_factor:g}x",
    }
    return said[quantity] if full else ""


def _valid(found: Sequence[Spot]) -> list[tuple[int, float]]:
    return [(spot.pods, spot.value) for spot in found if spot.valid and spot.value is not None]
