"""How many equal replicas one node holds, and on which of its GPUs they go. Arithmetic only; knows no snapshot.

``Space`` and its like are structs: one is made for every node on every key press.

A replica takes ``share`` of each of ``devices`` different GPUs. The most that fit is exact: R replicas can be laid on
GPUs that hold c1, c2, ... of them if and only if min(c1, R) + min(c2, R) + ... is at least R x devices (Gale,
Ryser).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

HAIR = 1e-6  # the store rounds shares to six digits
PLENTY = 1_000_000


@dataclass(frozen=True, slots=True)
class Demand:
    """``whole``: a device is its alone. Else a GPU that nobody shares yet costs a place for its reservation pod."""

    devices: int
    share: float = 1.0
    whole: bool = True


class Space(msgspec.Struct, frozen=True):
    """One node. ``shared`` holds (index, free 0 to 1) of GPUs that are shared already, ``empty`` the indexes of those
    that nobody holds, of which the node still offers ``offered``. ``places`` for pods and ``others`` (replicas that CPU
    and memory allow) are ``None`` where not known."""

    shared: tuple[tuple[int, float], ...] = ()
    empty: tuple[int, ...] = ()
    offered: int = 0
    places: int | None = None
    others: int | None = None


def most(space: Space, demand: Demand) -> int:
    """The most replicas that fit."""
    places = PLENTY if space.places is None else max(0, space.places)
    return min(_by_gpus(space, demand, places), PLENTY if space.others is None else space.others)


def most_by_gpus(space: Space, demand: Demand) -> int:
    """The most that its GPUs allow, whatever else is short."""
    return _by_gpus(space, demand, PLENTY)


def _by_gpus(space: Space, demand: Demand, places: int) -> int:
    if not demand.devices:
        return places
    if demand.whole:
        return min(max(0, space.offered) // demand.devices, places)
    fresh = pieces(1.0, demand.share)
    held = [pieces(free, demand.share) for _, free in space.shared]
    upper = (sum(held) + max(0, space.offered) * fresh) // demand.devices
    if demand.devices == 1 and places >= upper + space.offered:
        return upper

    def too_many(count: int) -> bool:
        opened = _opened(held, fresh, demand.devices, count)
        return opened > space.offered or count + opened > places

    return bisect_left(range(1, upper + 1), True, key=too_many)


def pieces(free: float, share: float) -> int:
    """How many such shares one GPU with so much free holds."""
    return int((free + HAIR) / share)


def _opened(held: Sequence[int], fresh: int, devices: int, count: int) -> int:
    """The fewest unshared GPUs that ``count`` replicas need beside the shared ones."""
    missing = devices * count - sum([min(each, count) for each in held])
    if missing <= 0:
        return 0
    return -(-missing // min(fresh, count)) if fresh else PLENTY


@dataclass(slots=True)
class Tray:
    """One node while replicas are laid on it, each as the scheduler would: ``pack`` the fullest GPU first, else the
    emptiest. ``taken`` counts replicas."""

    space: Space
    demand: Demand
    pack: bool
    taken: int = 0
    _free: dict[int, float] = field(default_factory=dict)
    _empty: list[int] = field(default_factory=list)
    _places: int = 0

    def __post_init__(self) -> None:
        self._free = dict(self.space.shared)
        self._empty = list(self.space.empty[: max(0, self.space.offered)])
        self._places = PLENTY if self.space.places is None else self.space.places

    def take(self) -> tuple[int, ...] | None:
        """Lay one more; its GPUs, or ``None`` if it finds no room."""
        if self.space.others is not None and self.taken >= self.space.others:
            return None
        for pack in (self.pack, True):  # where places for pods run out, GPUs that are shared already have to do
            chosen = self._choice(pack)
            cost = 1 + (0 if self.demand.whole else sum(gpu not in self._free for gpu in chosen))
            if len(chosen) == self.demand.devices and cost <= self._places:
                self._lay(chosen, cost)
                return chosen
        return None

    def _choice(self, pack: bool) -> tuple[int, ...]:
        wanted = self.demand.devices
        if self.demand.whole:
            return tuple(self._empty[:wanted])
        if not pieces(1.0, self.demand.share):
            return ()
        fitting = [gpu for gpu, free in self._free.items() if pieces(free, self.demand.share)]
        fitting.sort(key=lambda gpu: self._free[gpu] if pack else -self._free[gpu])
        order = [*fitting, *self._empty] if pack else [*self._empty, *fitting]
        return tuple(order[:wanted])

    def _lay(self, chosen: Sequence[int], cost: int) -> None:
        for gpu in chosen:
            if gpu in self._free:
                self._free[gpu] -= self.demand.share
                continue
            self._empty.remove(gpu)
            if not self.demand.whole:
                self._free[gpu] = 1.0 - self.demand.share
        self._places -= cost
        self.taken += 1


def lay(space: Space, demand: Demand, count: int) -> list[tuple[int, ...]]:
    """GPUs for each of ``count`` replicas, laid so that all fit; ``count`` may be ``most`` at the most."""
    if not demand.devices or demand.whole:
        empty, each = space.empty[: max(0, space.offered)], demand.devices
        return [tuple(empty[number * each : (number + 1) * each]) for number in range(count)]
    fresh = pieces(1.0, demand.share)
    left = {gpu: pieces(free, demand.share) for gpu, free in space.shared}
    opened = _opened(list(left.values()), fresh, demand.devices, count)
    left |= dict.fromkeys(space.empty[:opened], fresh)
    laid = []
    for _ in range(count):
        chosen = sorted(left, key=lambda gpu: -left[gpu])[: demand.devices]  # the roomiest first wastes none
        for gpu in chosen:
            left[gpu] -= 1
        laid.append(tuple(chosen))
    return laid
