"""What a fit stands on: the nodes of the pools that an ask may go to, and how those pools are filled. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_bounds import Bounds
from tui.diagnose.fit_nodes import Lens, Look
from tui.diagnose.fit_pools import DEFAULT_POOL, Pools
from tui.diagnose.fit_quota import Tenancy, total
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot

SPREAD, BINPACK = "spread", "binpack"


@dataclass(frozen=True, slots=True)
class Ground:
    """``pools`` are in the order in which they are tried; ``opened`` are the ``looks`` that nothing keeps the ask off;
    ``physical`` counts replicas by pool, quota aside. ``complete``: every node is known, as Kubernetes tells it.
    """

    ask: Ask
    pools: tuple[str, ...]
    looks: tuple[Look, ...]
    opened: tuple[Look, ...]
    physical: Mapping[str, Bounds]
    complete: bool

    @property
    def gpus_each(self) -> float:
        """GPUs of one replica as quota counts it, on the nodes with the smallest GPUs; 0 where not known."""
        memory = [each.gpu_memory_bytes for each in self.opened or self.looks if each.gpu_memory_bytes]
        return self.ask.gpus(min(memory, default=None)) or 0.0


def survey(spec: LaunchSpec, ask: Ask, snapshot: Snapshot, tenants: Tenancy) -> Ground:
    """Look at every node of the spec's pools; without pools named, of those in which its project has a queue."""
    named = Pools(snapshot.node_pools)
    pool_of = {name: named.of(node) for name, node in snapshot.nodes.items()}
    there = sorted({*pool_of.values(), *snapshot.node_pools}, key=lambda pool: (pool != DEFAULT_POOL, pool))
    theirs = [pool for pool in there if tenants.leaf(pool) is not None] if tenants.known else []
    pools = spec.node_pools or tuple(theirs or there)
    wanted = frozenset(pools)
    lens = Lens(ask, snapshot.pods, pool_of)
    looks = tuple([lens.look(node) for name, node in snapshot.nodes.items() if pool_of[name] in wanted])
    opened = tuple([each for each in looks if not each.closed])
    if total(each.count for each in opened).possible < ask.wanted:
        looks = tuple([lens.closer(each) for each in looks])
        opened = tuple([each for each in looks if not each.closed])
    physical = {pool: total(each.count for each in opened if each.pool == pool) for pool in pools}
    return Ground(ask, tuple(pools), looks, opened, physical, _complete(snapshot))


def _complete(snapshot: Snapshot) -> bool:
    status = snapshot.sources.get("kubernetes/nodes")
    if status is not None:
        return status.state in ("live", "stale")
    return any(node.object is not None for node in snapshot.nodes.values())


def strategies(ground: Ground, snapshot: Snapshot) -> dict[str, str | None]:
    """Pool -> spread or binpack, ``None`` where it is not known. Kubernetes' own scheduler spreads."""
    if not ground.ask.by_runai:
        return dict.fromkeys(ground.pools, SPREAD)
    found: dict[str, str | None] = {}
    for pool in ground.pools:
        known = snapshot.node_pools.get(pool)
        told = known.placement_strategy if known is not None else None
        found[pool] = told if told in (SPREAD, BINPACK) else None
    return found


def unknown_pools(spec: LaunchSpec, snapshot: Snapshot, looks: Sequence[Look]) -> tuple[str, ...]:
    """The pools that the spec names and the cluster does not have."""
    seen = {each.pool for each in looks} | snapshot.node_pools.keys()
    return tuple(pool for pool in spec.node_pools if pool not in seen)
