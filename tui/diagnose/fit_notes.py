"""What only warns: room that is not known, memory that is tight, work that may be stopped or may stop others. Pure."""

from collections.abc import Collection, Iterator, Mapping

from tui.diagnose.causes import cause
from tui.diagnose.fit_around import not_checked
from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_bounds import Bounds
from tui.diagnose.fit_ground import Ground, unknown_pools
from tui.diagnose.fit_pack import HAIR
from tui.diagnose.fit_quota import Tenancy, replicas, room, total
from tui.model.cause import Cause, Evidence
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot

SERVED_FRACTION = 0.9  # of the memory it sees, what a NIM takes for weights and cache
CACHE_FRACTION = 0.35  # below this share of its memory for the cache it is tight
_HELD_BY_OTHERS = frozenset({"no_free_gpu", "gpu_fragmentation", "gang_incomplete"})
_NAMED = 3


def room_notes(
    ground: Ground, strategy: Mapping[str, str | None], permitted: Mapping[str, Bounds], with_care: bool
) -> Iterator[Cause]:
    """About the GPUs that it would get."""
    ask = ground.ask
    vague = [look.node.name for look in ground.opened if look.vague]
    if vague and ask.devices:
        facts = [Evidence(f"node/{name}", "which GPU holds what is not known") for name in vague[:_NAMED]]
        count = total(permitted.values())
        said = f"on {len(vague)} nodes; {count.sure} replicas surely fit, {count.possible} may"
        yield cause("unplaced_slices", evidence=[*facts, Evidence("snapshot", said)])
    if with_care:
        yield cause("placement_order")
    blind = [pool for pool, count in permitted.items() if strategy[pool] is None and count.possible]
    if blind and ask.devices:
        yield cause("placement_unknown", evidence=[Evidence(f"nodepool/{pool}", "not told") for pool in blind])
    yield from _memory(ground)


def _memory(ground: Ground) -> Iterator[Cause]:
    """Weights and cache against what a replica gets, on the smallest GPUs that it may get."""
    nim, ask = ground.ask.nim, ground.ask
    known = [look.gpu_memory_bytes for look in ground.opened if look.gpu_memory_bytes]
    granted = ask.granted_bytes(min(known, default=None))
    if nim is None or not ask.devices:
        return
    name = f"model/{nim.name}"
    if granted is None:
        if ground.opened:
            yield not_checked(name, "whether it fits the GPU memory: no node tells how much a GPU has")
        return
    cache = SERVED_FRACTION * granted - nim.weights_bytes
    if cache < CACHE_FRACTION * granted:
        said = f"{nim.weights_bytes / 1e9:g} GB of weights in {granted / 1e9:.3g} GB"
        left = f"about {max(cache, 0.0) / 1e9:.2g} GB are left for the KV cache"
        yield cause("model_memory_tight", evidence=[Evidence(name, f"{said}; {left}")], source="catalogue")


def tenant_notes(
    ask: Ask, snapshot: Snapshot, tenants: Tenancy, pools: Collection[str], preemptible: bool, blocked: Collection[str]
) -> Iterator[Cause]:
    """About who may stop whom."""
    if not ask.by_runai or not ask.devices:
        return
    if not tenants.known:
        yield not_checked("quota", "the scheduler's queues could not be read")
        return
    if not tenants.gpus:
        yield not_checked("quota", "what GPU memory counts for is not known: no node tells how much a GPU has")
        return
    chains = [chain for pool in pools if (chain := tenants.chain(pool))]
    if not chains:
        return
    deserved = max(min(replicas(room(queue, False)[1], tenants.gpus) for queue in chain) for chain in chains)
    if preemptible and deserved < ask.wanted and not blocked:
        fact = Evidence(f"queue/{chains[0][0].name}", f"the quota has room for {deserved} of {ask.wanted} replicas")
        yield cause("may_be_reclaimed", evidence=[fact])
    if blocked and set(blocked) <= _HELD_BY_OTHERS and deserved >= ask.wanted:
        own = {queue.name for chain in chains for queue in chain}
        over = [q.name for q in snapshot.queues.values() if q.name not in own and _over(q.gpu_allocated, q.gpu_quota)]
        if over:
            yield cause("may_reclaim", evidence=[Evidence(f"queue/{name}", "over its quota") for name in over[:_NAMED]])


def _over(held: float | None, quota: float | None) -> bool:
    return held is not None and quota is not None and held > quota + HAIR


def unknown_notes(spec: LaunchSpec, snapshot: Snapshot, ground: Ground) -> Iterator[Cause]:
    """What of the cluster can't be seen."""
    if not ground.complete:
        status = snapshot.sources.get("kubernetes/nodes") or snapshot.sources.get("kubernetes")
        why = "" if status is None else f"{status.state}: {status.detail}" if status.detail else str(status.state)
        yield not_checked("nodes", why or "no source tells them")
    elif any(look.node.approximate for look in ground.opened):
        yield not_checked("pods", "not all of them may be read: room for CPU, memory and pods is not known")
    missing = unknown_pools(spec, snapshot, ground.looks)
    if missing and ground.looks:
        yield cause("node_selector", evidence=[Evidence(f"nodepool/{pool}", "no such node pool") for pool in missing])
