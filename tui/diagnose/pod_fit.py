"""One shape of pod on every node: what keeps it off each, and how many would fit there. Pure.

This is the scheduler's own question, asked of the snapshot: the answer does not depend on what any scheduler wrote.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from tui.diagnose.fit_bounds import UNKNOWN_SHARE, single_mig_part
from tui.diagnose.fit_pack import HAIR, PLENTY, Demand, Space, most, most_by_gpus
from tui.diagnose.pod_ask import Shape, matches, tolerates
from tui.diagnose.site import Room, Site
from tui.model.node import Taint

_NAMED = 3
_CORDON = "node.kubernetes.io/unschedulable"
_LOST = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")


class Verdict(msgspec.Struct, frozen=True):
    """What rooms of one kind are to the pod. ``closed`` is the code of what keeps it off whatever is free there
    (``""``: open), ``why`` its fact; ``sure`` and ``possible`` how many would fit if it were open; ``gpus`` what its
    GPUs alone would take; ``short`` how many each other resource allows, where that is none."""

    closed: str
    why: str
    sure: int
    possible: int
    gpus: int
    short: Mapping[str, int]


class Seat(NamedTuple):
    """One node that the pod lets itself be put on."""

    room: Room
    verdict: Verdict

    @property
    def closed(self) -> str:
        return self.verdict.closed

    @property
    def sure(self) -> int:
        return self.verdict.sure

    @property
    def possible(self) -> int:
        return self.verdict.possible


class PodFit:
    """One shape on a site. ``suitable`` are the nodes that its selector, affinity and pools allow."""

    def __init__(self, shape: Shape, site: Site) -> None:
        self.shape = shape
        self.site = site
        self._sizes: dict[float | None, Demand] = {}
        wishes = (shape.pools, shape.selector, shape.terms)
        self.suitable = site.suitable(wishes, self._suits) if any(wishes) else site.rooms
        self._verdicts: dict[int, Verdict] = {}
        self.seats = tuple([Seat(room, self._verdict(room)) for room in self.suitable])
        self.opened = tuple([seat for seat in self.seats if not seat.verdict.closed])

    @cached_property
    def sure(self) -> int:
        """How many such pods surely fit now."""
        return sum([seat.verdict.sure for seat in self.opened])

    @cached_property
    def possible(self) -> int:
        """How many may fit if what is not known lies as well as can be."""
        return sum([seat.verdict.possible for seat in self.opened])

    @cached_property
    def roomy(self) -> tuple[str, ...]:
        """The first few nodes that surely have room for it."""
        return tuple(islice((seat.room.node.name for seat in self.opened if seat.verdict.sure), _NAMED))

    @property
    def wants_gpu(self) -> bool:
        return self.shape.ask.devices > 0

    def demand(self, memory: float | None) -> Demand:
        """What is asked of GPUs of this size; a share above 1 is more than one of them has."""
        known = self._sizes.get(memory)
        if known is None:
            ask = self.shape.ask
            share = ask.share(memory)
            known = Demand(ask.devices, UNKNOWN_SHARE if share is None else share, not ask.is_shared)
            self._sizes[memory] = known
        return known

    def _suits(self, room: Room) -> bool:
        shape, labels = self.shape, room.labels
        if shape.pools and room.pool not in shape.pools:
            return False
        if any(labels.get(key) != value for key, value in shape.selector):
            return False
        name = room.node.name
        return not shape.terms or any(all(matches(part, labels, name) for part in term) for term in shape.terms if term)

    def _verdict(self, room: Room) -> Verdict:
        known = self._verdicts.get(room.kind)
        if known is None:
            known = self._verdicts[room.kind] = self._judge(room)
        return known

    def _judge(self, room: Room) -> Verdict:
        demand = self.demand(room.gpu_memory_bytes)
        closed, why = self._closed(room, demand)
        limits = self._limits(room)
        others = min(limits.values(), default=None)
        possible = _at_best(room, demand, others) if room.unclear else _fitting(room.seen, demand, others)
        sure = possible if not room.unclear else _fitting(room.sure, demand, others)
        if self.shape.ask.is_shared and demand.share == UNKNOWN_SHARE:
            sure = 0  # what is asked can't be known, so nothing is promised
        gpus = most_by_gpus(room.seen, demand) if demand.devices else PLENTY
        short = {name: limit for name, limit in limits.items() if limit < 1}
        is_full = room.seen.places is not None and room.seen.places < 1
        if is_full or (gpus and not possible and not short):
            short = {**short, "pods": 0}
        return Verdict(closed, why, sure, possible, gpus, short)

    def _limits(self, room: Room) -> dict[str, int]:
        """How many such pods each resource but GPUs allows, where both ends are known."""
        shape, ask = self.shape, self.shape.ask
        limits: dict[str, int] = {}
        for name, asked, free in (
            ("cpu", ask.cores, room.free_cores),
            ("memory", ask.memory_bytes, room.free_memory_bytes),
            ("ephemeral-storage", shape.ephemeral_bytes, room.free_ephemeral_bytes),
        ):
            if asked and free is not None:
                limits[name] = max(0, int(free / asked))
        for name, asked in shape.others:
            if room.node.object is not None:
                limits[name] = max(0, int((room.free_others.get(name, 0.0) + HAIR) / asked))
        for profile, count in shape.mig:
            if room.node.object is not None:
                limits[f"mig-{profile}"] = max(0, room.free_mig.get(profile, 0) // count)
        return limits

    def _closed(self, room: Room, demand: Demand) -> tuple[str, str]:
        """(code, fact) of what keeps it off this node whatever is free there; what lasts longest comes first."""
        node, thing = room.node, room.node.object
        is_mig = bool((thing is not None and thing.mig_allocatable) or single_mig_part(node))
        if is_mig and demand.devices and (self.shape.ask.is_shared or not single_mig_part(node)):
            return "node_uses_mig", "cut into MIG slices"
        if demand.devices and demand.share > 1 + HAIR and room.devices:
            return "gpu_memory_too_large", f"{(room.gpu_memory_bytes or 0) / 2**30:.0f} GiB a GPU"
        if node.ready is False:
            return "node_not_ready", node.status_note or "not ready"
        for taint in thing.taints if thing is not None else ():
            if taint.effect != "PreferNoSchedule" and not tolerates(self.shape.tolerations, taint):
                return _tainted(taint, node.status_note)
        if node.schedulable is False and not tolerates(self.shape.tolerations, Taint(_CORDON, "", "NoSchedule")):
            return "node_cordoned", "cordoned"
        if demand.devices and thing is not None and not thing.gpu_allocatable and (thing.gpu_count or node.gpus):
            return "gpu_operator_not_ready", f"{thing.gpu_count or len(node.gpus)} GPUs, none offered"
        return "", ""


def _tainted(taint: Taint, note: str) -> tuple[str, str]:
    if taint.key == _CORDON:
        return "node_cordoned", "cordoned"
    if taint.key in _LOST:
        return "node_not_ready", note or "not ready"
    return "node_taint", f"taint {taint.key}={taint.value}:{taint.effect}".replace("=:", ":")


def _fitting(space: Space, demand: Demand, others: int | None) -> int:
    if others is not None:
        if not others:
            return 0
        space = replace(space, others=others)
    return min(most(space, demand), PLENTY)


def _at_best(room: Room, demand: Demand, others: int | None) -> int:
    """How many fit if what is held lies as well as can be: a GPU that looks empty may be shared already, and then takes
    a pod without a place for its reservation."""
    places = PLENTY if room.seen.places is None else max(0, room.seen.places)
    return min(places, _fitting(replace(room.seen, places=None), demand, others))


def closed_by(seats: Sequence[Seat], full_too: bool = False) -> dict[str, list[Seat]]:
    """The closed ones that would take it (``full_too``: or not), by what closes them; a node whose operator is
    not ready counts in any case."""
    found: dict[str, list[Seat]] = {}
    for seat in seats:
        verdict = seat.verdict
        if verdict.closed and (
            full_too or verdict.possible or verdict.closed in ("gpu_operator_not_ready", "node_uses_mig")
        ):
            found.setdefault(verdict.closed, []).append(seat)
    return found
