"""Why no node takes a pod: what the nodes lack, or what keeps the pod off those that have it. Pure."""

from collections.abc import Iterable, Sequence

from tui.diagnose.causes import cause
from tui.diagnose.fit_bounds import Bounds
from tui.diagnose.fit_moves import move_remedies
from tui.diagnose.fit_nodes import Look
from tui.diagnose.fit_pack import HAIR
from tui.diagnose.fit_room import idle_remedies
from tui.diagnose.pod_fit import PodFit, Seat, closed_by
from tui.diagnose.site import Room
from tui.diagnose.words import count_words
from tui.model.cause import Cause, Evidence
from tui.model.snapshot import Snapshot

_NAMED = 3
_MOVED = 48  # nodes with most free that are looked at for what would have to move
_SHORT = {
    "cpu": "insufficient_cpu",
    "memory": "insufficient_memory",
    "pods": "insufficient_pods",
    "ephemeral-storage": "insufficient_storage",
}


def room_causes(fit: PodFit, snapshot: Snapshot, wanted: int = 1) -> list[Cause]:
    """Why ``wanted`` such pods, that start together, find no place; empty where they may. What to mend comes first."""
    if not fit.site.known or fit.possible >= wanted:
        return []
    never = never_causes(fit, snapshot)
    if never:
        return never
    if fit.possible:
        fact = Evidence("snapshot", f"{fit.possible} of {wanted} fit now; they start together or not at all")
        rest = _lacking(fit, snapshot, beyond_one=True)
        return [cause("gang_incomplete", evidence=[fact], detail=f"{fit.possible} of {wanted} fit"), *rest]
    return _lacking(fit, snapshot)


def _lacking(fit: PodFit, snapshot: Snapshot, beyond_one: bool = False) -> list[Cause]:
    lack = [*_no_gpus(fit, snapshot, beyond_one), *_short(fit)]
    shut = closed_by(fit.seats, full_too=not lack)
    closed = [_closed_cause(fit, code, seats, snapshot) for code, seats in shut.items()]
    roomy = sum(len(seats) for seats in shut.values())
    is_most = 2 * roomy >= len([seat for seat in fit.seats if seat.room.devices or not fit.wants_gpu])
    return [*closed, *lack] if not (fit.opened and lack) or is_most else [*lack, *closed]


def never_causes(fit: PodFit, snapshot: Snapshot) -> list[Cause]:
    """What no waiting mends: no such nodes, or more asked than any of them has."""
    devices = fit.shape.ask.devices
    if devices and not any(room.devices for room in fit.site.rooms):
        return [cause("no_gpu_nodes", evidence=[Evidence("snapshot", f"{len(fit.site.rooms)} nodes, no GPU")])]
    with_gpus = [room for room in fit.suitable if room.devices]
    if not fit.suitable or (devices and not with_gpus):
        return [cause("node_selector", evidence=_unsuitable(fit), detail=_place_words(fit))]
    too_much = list(_too_much(fit, with_gpus))
    if too_much:
        return [cause("request_exceeds_node", evidence=too_much, detail=too_much[0].text)]
    seats = [seat for seat in fit.seats if seat.room.devices]
    for code in ("gpu_memory_too_large", "node_uses_mig"):
        if devices and seats and all(seat.verdict.closed == code for seat in seats):
            return [_closed_cause(fit, code, seats, snapshot)]
    return []


def _unsuitable(fit: PodFit) -> list[Evidence]:
    """Which of its wishes no node meets."""
    shape, rooms = fit.shape, fit.site.rooms
    facts = []
    for pool in shape.pools:
        if pool not in fit.site.pools:
            there = ", ".join(sorted(fit.site.pools)[:8]) or "none"
            facts.append(Evidence(f"nodepool/{pool}", f"no such node pool; there are {there}"))
        elif not any(room.pool == pool and room.devices for room in rooms) and shape.ask.devices:
            facts.append(Evidence(f"nodepool/{pool}", "no node of the pool has GPUs"))
    for key, value in shape.selector:
        if (key, value) not in fit.site.labels:
            facts.append(Evidence("snapshot", f"no node has the label {key}={value}", "nodeSelector"))
    for term in shape.terms:
        said = " and ".join(f"{part.key} {part.operator} {', '.join(part.values)}".rstrip() for part in term)
        facts.append(Evidence("snapshot", f"asked is a node with {said}", "nodeAffinity"))
    return facts or [Evidence("snapshot", f"none of {len(rooms)} nodes suits its selector, affinity and node pool")]


def _place_words(fit: PodFit) -> str:
    shape = fit.shape
    if shape.pools:
        return f"node pool {', '.join(shape.pools)}"
    if shape.selector:
        return ", ".join(f"{key}={value}" for key, value in shape.selector)
    return ""


def _too_much(fit: PodFit, with_gpus: Sequence[Room]) -> Iterable[Evidence]:
    ask = fit.shape.ask
    rooms = with_gpus if ask.devices else fit.suitable
    things = [room.node.object for room in rooms if room.node.object is not None]
    for what, asked, offered in (
        ("GPUs", ask.devices, [float(room.devices) for room in with_gpus]),
        ("CPU cores", ask.cores, [thing.cpu_allocatable_cores for thing in things]),
        ("GiB of memory", ask.memory_bytes / 2**30, [_gib(thing.memory_allocatable_bytes) for thing in things]),
        (
            "GiB of ephemeral storage",
            fit.shape.ephemeral_bytes / 2**30,
            [_gib(thing.ephemeral_allocatable_bytes) for thing in things],
        ),
    ):
        known = [each for each in offered if each is not None]
        if asked and known and asked > max(known) + HAIR:
            yield Evidence("snapshot", f"{asked:g} {what} asked, no node has more than {max(known):.4g}")


def _gib(value: float | None) -> float | None:
    return None if value is None else value / 2**30


def _closed_cause(fit: PodFit, code: str, seats: Sequence[Seat], snapshot: Snapshot) -> Cause:
    by_fact: dict[str, list[str]] = {}
    for seat in seats:
        by_fact.setdefault(seat.verdict.why, []).append(seat.room.node.name)
    facts = [Evidence(f"node/{names[0]}", why + _and_more(names)) for why, names in list(by_fact.items())[:_NAMED]]
    names = [seat.room.node.name for seat in seats]
    detail = names[0] if len(names) == 1 else f"{len(names)} nodes"
    return cause(code, evidence=facts, node=names[0], detail=detail)


def _and_more(names: Sequence[str]) -> str:
    return "" if len(names) == 1 else f", as on {len(names) - 1} more"


def _short(fit: PodFit) -> list[Cause]:
    """CPU, memory, storage and places for pods, on open nodes whose GPUs would do."""
    able = [seat for seat in fit.opened if seat.verdict.gpus and not seat.verdict.possible]
    if not able and all(seat.verdict.short for seat in fit.opened):
        able = list(fit.opened)  # GPUs lack there as well, but not they alone
    found = []
    for name in dict.fromkeys(name for seat in able for name in seat.verdict.short):
        seats = [seat for seat in able if name in seat.verdict.short]
        alone = [seat for seat in seats if len(seat.verdict.short) == 1]
        if not alone and len(seats) < len(able):
            continue  # nowhere what keeps it off by itself
        facts = [Evidence(f"node/{seat.room.node.name}", _left(fit, seat, name)) for seat in seats[:_NAMED]]
        if len(seats) > _NAMED:
            facts.append(Evidence("snapshot", f"so on {len(seats)} nodes"))
        code = _SHORT.get(name, "insufficient_mig" if name.startswith("mig-") else "insufficient_resource")
        found.append(cause(code, evidence=facts, detail="" if name in _SHORT else name.removeprefix("mig-")))
    return found


def _left(fit: PodFit, seat: Seat, name: str) -> str:
    room, ask = seat.room, fit.shape.ask
    if name == "cpu":
        return f"{max(0.0, room.free_cores or 0.0):.4g} cores free, {ask.cores:g} asked"
    if name == "memory":
        free, asked = max(0.0, room.free_memory_bytes or 0.0), ask.memory_bytes
        return f"{free / 2**30:.4g} GiB free, {asked / 2**30:.4g} asked"
    if name == "ephemeral-storage":
        free, asked = max(0.0, room.free_ephemeral_bytes or 0.0), fit.shape.ephemeral_bytes
        return f"{free / 2**30:.4g} GiB free, {asked / 2**30:.4g} asked"
    if name == "pods":
        needed = 1 + ask.devices if ask.is_shared else 1
        return f"{max(0, room.seen.places or 0)} places for pods free, up to {needed} needed"
    if name.startswith("mig-"):
        return f"{max(0, room.free_mig.get(name.removeprefix('mig-'), 0))} free of {name.removeprefix('mig-')}"
    return f"{max(0.0, room.free_others.get(name, 0.0)):g} of {name} free, {dict(fit.shape.others)[name]:g} asked"


def _no_gpus(fit: PodFit, snapshot: Snapshot, beyond_one: bool) -> list[Cause]:
    """Too few GPUs on the open nodes: scattered in parts, or simply held."""
    lacking = list(fit.opened) if beyond_one else [seat for seat in fit.opened if not seat.verdict.gpus]
    if not fit.wants_gpu or not fit.opened or not (beyond_one or lacking):
        return []
    if not beyond_one and not any(not seat.verdict.short for seat in lacking):
        return []  # wherever GPUs lack, something else does too
    demand = fit.demand(fit.opened[0].room.gpu_memory_bytes)
    free = sum([seat.room.free_gpus for seat in lacking])
    whole = max((seat.room.seen.offered for seat in lacking), default=0)
    parts = [part for seat in lacking for _, part in seat.room.seen.shared]
    most_of_one = 1.0 if whole else max(parts, default=0.0)
    figures = f"{free:.4g} GPUs are free on {count_words(len(lacking), 'node')}: at most {most_of_one:g} of one GPU"
    fact = Evidence(
        "snapshot", f"{figures}, at most {whole} whole ones on one node; asked is {_asked(demand.share, fit)}"
    )
    detail = _headline(fit, demand.share)
    if free >= demand.devices * min(demand.share, 1.0) - HAIR and not beyond_one:
        remedies = [*move_remedies(_looks(fit)), *idle_remedies(snapshot)]
        return [cause("gpu_fragmentation", evidence=[fact, *_crumbs(fit)], remedies=remedies, detail=detail)]
    return [cause("no_free_gpu", evidence=[fact], remedies=idle_remedies(snapshot), detail=detail)]


def _asked(share: float, fit: PodFit) -> str:
    devices = fit.shape.ask.devices
    each = "" if not fit.shape.ask.is_shared else f"{share:.4g} of "
    return f"{each}{devices} GPU{'s' if devices > 1 else ''}"


def _headline(fit: PodFit, share: float) -> str:
    pools = sorted({seat.room.pool for seat in fit.opened})
    where = f" in pool {pools[0]}" if len(pools) == 1 else ""
    return f"{_asked(share, fit)}{where}"


def _crumbs(fit: PodFit) -> list[Evidence]:
    """The nodes with most in parts."""
    seats = sorted(fit.opened, key=lambda seat: -seat.room.free_gpus)[:_NAMED]
    return [
        Evidence(
            f"node/{seat.room.node.name}", "free in parts: " + ", ".join(f"{p:g} of GPU {gpu}" for gpu, p in shared)
        )
        for seat in seats
        if (shared := [(gpu, part) for gpu, part in seat.room.seen.shared if gpu >= 0 and part > HAIR])
    ]


def _looks(fit: PodFit) -> list[Look]:
    """The open nodes as the moves of ``fit_moves`` want them."""
    none = Bounds(0, 0)
    return [
        Look(seat.room.node, seat.room.pool, fit.demand(seat.room.gpu_memory_bytes), seat.room.seen, none, none)
        for seat in sorted(fit.opened, key=lambda seat: -seat.room.free_gpus)[:_MOVED]
    ]
