"""Replicas onto GPUs: the fewest GPUs for parts of them, and which GPU of which server each part lies on. Pure.

Fractions are counted in hundredths, as schedulers take them, so that 0.1 ten times is one GPU. The least number of
GPUs is exact for up to ``MOST_EXACT`` parts that are no whole GPUs, or where the packing found meets the lower bound;
beyond that first-fit decreasing is used, which is never more than 11/9 of the least and one more, and said.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tui.plans.sizing_values import PackedGpu, Part

MOST_EXACT = 14
_WHOLE = 100  # hundredths of a GPU
Bins = list[list[Part]]
Rule = Literal["any", "apart", "own"]


@dataclass(frozen=True, slots=True)
class Packing:
    """``gpus`` lie on servers in order; ``exact``: there is no packing on fewer."""

    gpus: tuple[PackedGpu, ...]
    exact: bool


def hundredths(fraction: float) -> int:
    """Rounded up: a part is never made smaller than it is."""
    return math.ceil(fraction * _WHOLE - 1e-6)


def pack(parts: Sequence[Part], gpus_per_server: int, rule: Rule = "any") -> Packing:
    """The parts on as few GPUs as can be. A part above 1 takes whole GPUs of one server. ``rule``: ``apart`` lets no
    two of one model onto a GPU, ``own`` only those of one model. ``ValueError`` for a part that goes onto no server:
    not above 0, or more GPUs than one has."""
    for part in parts:
        if part.fraction <= 0 or math.ceil(part.fraction - 1e-9) > gpus_per_server:
            raise ValueError(f"{part.model}: {part.fraction:g} GPUs a replica do not go onto {gpus_per_server}")
    large = [part for part in parts if hundredths(part.fraction) >= _WHOLE]
    small = [part for part in parts if hundredths(part.fraction) < _WHOLE]
    groups = _by_model(small) if rule == "own" else [small]
    packed = [_fewest(group, rule == "apart") for group in groups]
    bins = [inside for found, _ in packed for inside in found]
    return Packing(_on_servers(large, bins, gpus_per_server), all(exact for _, exact in packed))


def per_gpu(fraction: float) -> int:
    """How many replicas of a part go onto one GPU: 1 at least."""
    return max(1, _WHOLE // hundredths(fraction))


def _by_model(parts: Sequence[Part]) -> list[list[Part]]:
    groups: dict[str, list[Part]] = {}
    for part in parts:
        groups.setdefault(part.model, []).append(part)
    return list(groups.values())


def _fewest(parts: Sequence[Part], apart: bool) -> tuple[Bins, bool]:
    ordered = sorted(parts, key=lambda part: (-hundredths(part.fraction), part.model, part.replica))
    bins = _first_fit(ordered, apart)
    if len(bins) == _bound(ordered, apart):
        return bins, True
    if len(ordered) > MOST_EXACT:
        return bins, False
    return _Search(ordered, apart, bins).best(), True


def _bound(parts: Sequence[Part], apart: bool) -> int:
    """No packing has fewer: by the sum, by how many of the least (or of those over half a GPU) go onto one, and by the
    replicas that must lie apart."""
    if not parts:
        return 0
    sizes = [hundredths(part.fraction) for part in parts]
    of_sum = math.ceil(sum(sizes) / _WHOLE)
    of_number = math.ceil(len(sizes) / (_WHOLE // min(sizes)))
    over_half = sum(size > _WHOLE // 2 for size in sizes)
    models = [part.model for part in parts] if apart else []
    return max(of_sum, of_number, over_half, max((models.count(model) for model in set(models)), default=0))


def _first_fit(ordered: Sequence[Part], apart: bool) -> Bins:
    bins: Bins = []
    rooms: list[int] = []
    first: dict[tuple[str, int], int] = {}  # where a part of this kind went last: none of its like fits before
    for part in ordered:
        size = hundredths(part.fraction)
        kind = (part.model if apart else "", size)
        place = next((at for at in range(first.get(kind, 0), len(bins)) if _fits(part, bins[at], rooms[at], apart)), -1)
        if place < 0:
            bins.append([])
            rooms.append(_WHOLE)
            place = len(bins) - 1
        bins[place].append(part)
        rooms[place] -= size
        first[kind] = place
    return bins


def _fits(part: Part, inside: Sequence[Part], room: int, apart: bool) -> bool:
    return hundredths(part.fraction) <= room and not (apart and any(other.model == part.model for other in inside))


class _Search:
    """Depth first: each part into every bin that differs in what it holds, or into a new one; fewer than the best."""

    def __init__(self, ordered: Sequence[Part], apart: bool, found: Bins) -> None:
        self._parts, self._apart, self._best = ordered, apart, found
        self._least = _bound(ordered, apart)

    def best(self) -> Bins:
        self._place(0, [], [])
        return self._best

    def _place(self, at: int, bins: Bins, rooms: list[int]) -> None:
        if len(self._best) == self._least or len(bins) >= len(self._best):
            return
        if at == len(self._parts):
            self._best = [list(inside) for inside in bins]
            return
        part = self._parts[at]
        size = hundredths(part.fraction)
        seen = set()
        for place, inside in enumerate(bins):
            like = (rooms[place], frozenset(other.model for other in inside) if self._apart else None)
            if like in seen or not _fits(part, inside, rooms[place], self._apart):
                continue
            seen.add(like)
            inside.append(part)
            rooms[place] -= size
            self._place(at + 1, bins, rooms)
            rooms[place] += size
            inside.pop()
        if len(bins) + 1 < len(self._best):
            self._place(at + 1, [*bins, [part]], [*rooms, _WHOLE - size])


def _on_servers(large: Sequence[Part], bins: Bins, gpus_per_server: int) -> tuple[PackedGpu, ...]:
    """Replicas of several GPUs first, each whole on one server; what stays free there is filled with the others."""
    used: list[int] = []  # GPUs taken of each server
    open_from = 0  # servers before are full
    packed: list[PackedGpu] = []

    def take(parts: Sequence[tuple[Part, ...]]) -> None:
        nonlocal open_from
        server = next((at for at in range(open_from, len(used)) if used[at] + len(parts) <= gpus_per_server), -1)
        if server < 0:
            used.append(0)
            server = len(used) - 1
        packed.extend(PackedGpu(server + 1, used[server] + at, inside) for at, inside in enumerate(parts))
        used[server] += len(parts)
        while open_from < len(used) and used[open_from] == gpus_per_server:
            open_from += 1

    for part in sorted(large, key=lambda part: -part.fraction):
        take([(Part(part.model, part.replica, share),) for share in _shares(part.fraction)])
    for inside in bins:
        take([tuple(inside)])
    return tuple(sorted(packed, key=lambda gpu: (gpu.server, gpu.gpu)))


def _shares(fraction: float) -> list[float]:
    """Of a replica of one or more GPUs: each whole."""
    return [1.0] * math.ceil(fraction - 1e-9)
