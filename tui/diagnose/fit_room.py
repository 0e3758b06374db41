"""Why there is no room: what the nodes lack, or what keeps the ask off those that have it. Pure."""

from collections.abc import Sequence

from tui.diagnose.causes import cause
from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_moves import move_remedies
from tui.diagnose.fit_nodes import Look
from tui.diagnose.fit_pack import HAIR
from tui.diagnose.fit_pools import Pools
from tui.diagnose.fit_quota import total
from tui.model.cause import Cause, Evidence, Remedy
from tui.model.snapshot import Snapshot

_NAMED = 3
_ALWAYS_TOLD = ("gpu_operator_not_ready", "gpu_memory_too_large", "model_exceeds_memory", "node_uses_mig")
_SPARE = "suits it otherwise"
_SHORT = {"cpu": "insufficient_cpu", "memory": "insufficient_memory", "pods": "insufficient_pods"}


def no_room(ask: Ask, snapshot: Snapshot, looks: Sequence[Look], pools: Sequence[str]) -> list[Cause]:
    """The causes, of which there is at least one; ``looks`` are the nodes of the pools that it may go to."""
    never = _never(ask, snapshot, looks, pools)
    if never:
        return never
    opened = [look for look in looks if not look.closed]
    found = [*_short_resources(ask, opened), *_closed_nodes(ask, looks, opened)]
    if total(look.by_gpus for look in opened).possible < ask.wanted and (opened or not found) and ask.devices:
        found.insert(0, _no_gpus(ask, snapshot, opened))
    if not found:
        found.append(cause("insufficient_pods", evidence=[Evidence("snapshot", "no node has a place for it")]))
    fitting = total(look.count for look in opened).possible
    if ask.by_runai and fitting:
        fact = Evidence("snapshot", f"{fitting} of {ask.wanted} replicas fit; they start together or not at all")
        found.insert(0, cause("gang_incomplete", evidence=[fact]))
    return found


def _never(ask: Ask, snapshot: Snapshot, looks: Sequence[Look], pools: Sequence[str]) -> list[Cause]:
    """What no waiting mends: no such nodes, or more asked than any one of them has."""
    with_gpus = [look for look in looks if _devices(look)]
    if ask.devices and not any(node.gpu_allocatable or node.gpus for node in snapshot.nodes.values()):
        return [cause("no_gpu_nodes", evidence=[Evidence("snapshot", f"{len(snapshot.nodes)} nodes, no GPU")])]
    if not looks or (ask.devices and not with_gpus):
        return [cause("node_selector", evidence=[_pool_fact(pool, snapshot) for pool in pools])]
    found = [_too_much("devices", ask.devices, [_devices(look) for look in with_gpus])] if ask.devices else []
    objects = [look.node.object for look in looks if look.node.object is not None]
    cores = [thing.cpu_allocatable_cores for thing in objects]
    memory = [thing.memory_allocatable_bytes for thing in objects]
    found.append(_too_much("CPU cores", ask.cores, [each for each in cores if each is not None]))
    found.append(_too_much("GiB of memory", ask.memory_bytes / 2**30, [m / 2**30 for m in memory if m is not None]))
    facts = [fact for fact in found if fact is not None]
    return [cause("request_exceeds_node", evidence=facts)] if facts else []


def _too_much(what: str, asked: float, offered: Sequence[float]) -> Evidence | None:
    if not asked or not offered or asked <= max(offered) + HAIR:
        return None
    return Evidence("snapshot", f"{asked:g} {what} asked, no node has more than {max(offered):.4g}")


def _devices(look: Look) -> int:
    thing = look.node.object
    if thing is not None:
        return max(thing.gpu_allocatable or 0, thing.gpu_count or 0)
    return len(look.node.gpus)


def _pool_fact(pool: str, snapshot: Snapshot) -> Evidence:
    name = f"nodepool/{pool}"
    named = Pools(snapshot.node_pools)
    there = sorted({*snapshot.node_pools, *map(named.of, snapshot.nodes.values())})
    if pool not in there:
        return Evidence(name, f"no such node pool; there are {', '.join(there) or 'none'}")
    return Evidence(name, "the node pool has no node that suits it")


def _closed_nodes(ask: Ask, looks: Sequence[Look], opened: Sequence[Look]) -> list[Cause]:
    """The nodes that would have room, by what keeps the ask off them."""
    by_code: dict[str, list[Look]] = {}
    for look in looks:
        if look.closed and (look.count.possible or (look.closed in _ALWAYS_TOLD and not opened)):
            by_code.setdefault(look.closed, []).append(look)
    return [_closed_cause(ask, code, group) for code, group in by_code.items()]


def _closed_cause(ask: Ask, code: str, looks: Sequence[Look]) -> Cause:
    by_fact: dict[str, list[str]] = {}
    for look in looks:
        by_fact.setdefault(look.why, []).append(look.node.name)
    facts = [Evidence(f"node/{names[0]}", why + _and_more(names)) for why, names in list(by_fact.items())[:_NAMED]]
    if code == "model_exceeds_memory" and ask.nim is not None:
        nim = ask.nim
        facts.insert(0, Evidence(f"model/{nim.name}", f"{nim.weights_bytes / 1e9:g} GB of weights in {nim.precision}"))
        return cause(code, evidence=facts, source="catalogue", confidence="likely")
    return cause(code, evidence=facts, node=looks[0].node.name)


def _and_more(names: Sequence[str]) -> str:
    return "" if len(names) == 1 else f", as on {len(names) - 1} more"


def _short_resources(ask: Ask, opened: Sequence[Look]) -> list[Cause]:
    """CPU, memory and places for pods where GPUs would do: what alone is too little, else all that is scarce."""
    enough = min(ask.wanted, total(look.by_gpus for look in opened).possible)
    if total(look.count for look in opened).possible >= enough:
        return []
    scarce = {name: [look for look in opened if name in look.short] for name in _SHORT}
    alone = [name for name in _SHORT if sum(look.short.get(name, look.by_gpus.possible) for look in opened) < enough]
    return [
        cause(_SHORT[name], evidence=[Evidence(f"node/{look.node.name}", _SPARE) for look in scarce[name][:_NAMED]])
        for name in alone or [name for name in _SHORT if scarce[name]]
    ]


def _no_gpus(ask: Ask, snapshot: Snapshot, opened: Sequence[Look]) -> Cause:
    """Too few GPUs: scattered in parts, or simply held."""
    whole = max((look.space.offered for look in opened), default=0)
    most = 1.0 if whole else max((free for look in opened for _, free in look.space.shared), default=0.0)
    figures = f"{sum(map(_free, opened)):.4g} GPUs are free, at most {most:g} of one GPU"
    fact = Evidence("snapshot", f"{figures}, at most {whole} whole ones on one node; {_asked(opened, ask)}")
    if _scattered(opened):
        return cause("gpu_fragmentation", evidence=[fact], remedies=move_remedies(opened))
    return cause("no_free_gpu", evidence=[fact], remedies=idle_remedies(snapshot))


def _free(look: Look) -> float:
    """GPUs of the node that are surely free, parts added up."""
    return sum([free for _, free in look.space.shared]) + look.space.offered


def _asked(opened: Sequence[Look], ask: Ask) -> str:
    demand = opened[0].demand if opened else None
    each = "" if demand is None or demand.whole else f"{demand.share:.4g} of "
    times = f", {ask.wanted} times" if ask.wanted > 1 else ""
    return f"asked is {each}{ask.devices} GPU{'s' if ask.devices > 1 else ''}{times}"


def _scattered(opened: Sequence[Look]) -> bool:
    """Whether the free parts add up to one more replica than the GPUs can take, wherever they lie."""
    each = [look.demand.devices * look.demand.share for look in opened]
    left = sum(_free(look) - look.by_gpus.possible * size for look, size in zip(opened, each, strict=True))
    return bool(each) and left >= min(each) - HAIR


def idle_remedies(snapshot: Snapshot) -> list[Remedy]:
    """The workloads that hold most GPUs without using them."""
    idle = sorted((row for row in snapshot.workloads.values() if row.idle_gpus), key=lambda row: -(row.idle_gpus or 0))
    return [
        Remedy(f"Scale down {row.key}: {row.idle_gpus:g} of its GPUs are idle.", "workload.scale", str(row.key))
        for row in idle[:2]
    ]
