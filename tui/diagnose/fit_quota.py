"""What the queues of a project allow: quota and limit, of it and of its departments, for each node pool. Pure.

Work that can't be preempted must stay within what its queue and all queues above deserve; no work may pass a limit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui.diagnose.fit_ask import Ask
from tui.diagnose.fit_bounds import Bounds
from tui.diagnose.fit_pack import HAIR, PLENTY
from tui.model.launch_spec import LaunchSpec
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings
from tui.model.tenancy import Queue

PREEMPTIBLE_BELOW = 100
_KNOWN_CLASSES = {"train": 50, "build-preemptible": 75, "build": 100, "inference": 125}
_CLASS = "inference"  # what Run:ai gives to inference


@dataclass(frozen=True, slots=True)
class Tenancy:
    """The queues that a project's work counts against. ``leaves`` maps a pool to its queue, ``None`` every pool.

    ``gpus`` is what one replica counts for, 0 where that is not known; ``known`` is false where queues can't be read.
    """

    leaves: Mapping[str | None, Queue]
    queues: Mapping[str, Queue]
    gpus: float
    known: bool

    def leaf(self, pool: str) -> Queue | None:
        """The queue of the project in this pool."""
        return self.leaves.get(pool) or self.leaves.get(None)

    def chain(self, pool: str) -> list[Queue]:
        """The project's queue in this pool and all above it."""
        found: list[Queue] = []
        queue = self.leaf(pool)
        while queue is not None and queue not in found:
            found.append(queue)
            queue = self.queues.get(queue.parent or "")
        return found


def tenancy(spec: LaunchSpec, ask: Ask, snapshot: Snapshot) -> Tenancy:
    """The queues of the spec's project. What a replica counts for is not known before its nodes are."""
    status = snapshot.sources.get("kubernetes/queues.scheduling.run.ai")
    known = bool(snapshot.queues) or (status is not None and status.state in ("live", "stale"))
    parents = {queue.parent for queue in snapshot.queues.values()}
    own = [q for q in snapshot.queues.values() if (q.project or q.name) == spec.project and _is_leaf(q, parents)]
    return Tenancy({queue.node_pool: queue for queue in own}, snapshot.queues, 0.0, known and ask.by_runai)


def _is_leaf(queue: Queue, parents: set[str | None]) -> bool:
    return bool(queue.project) or (bool(queue.parent) and queue.name not in parents)


def is_preemptible(spec: LaunchSpec, around: Surroundings | None) -> bool:
    """Whether Run:ai may stop it: as the spec says, else by the value of its priority class."""
    if spec.preemptible is not None:
        return spec.preemptible
    name = spec.priority or _CLASS
    classes = (around.priority_classes if around is not None else None) or ()
    told = next((entry.value for entry in classes if entry.name == name and entry.value is not None), None)
    return (_KNOWN_CLASSES.get(name, PREEMPTIBLE_BELOW) if told is None else told) < PREEMPTIBLE_BELOW


def room(queue: Queue, preemptible: bool) -> tuple[float, float]:
    """GPUs that one queue still allows: (surely, possibly). Infinite where nothing bounds it."""
    held, firm = queue.gpu_allocated, queue.gpu_allocated_non_preemptible
    limit = float("inf") if queue.gpu_limit is None else queue.gpu_limit
    least, best = _left(limit, held)
    if preemptible or queue.gpu_quota is None:
        return least, best
    quota = _left(queue.gpu_quota, firm)
    if firm is None and held is not None:  # no more of it than all can be what is not preemptible
        quota = queue.gpu_quota - held, queue.gpu_quota
    return min(least, quota[0]), min(best, quota[1])


def _left(bound: float, held: float | None) -> tuple[float, float]:
    if bound == float("inf"):
        return bound, bound
    return (0.0, bound) if held is None else (bound - held, bound - held)


def allowed(tenants: Tenancy, counts: Mapping[str, Bounds], preemptible: bool) -> dict[str, Bounds]:
    """How many of each pool's replicas the queues allow, those above taken into account, the first pool first."""
    if not tenants.known or tenants.gpus <= 0:
        return dict(counts)
    sure = _capped(tenants, {pool: count.sure for pool, count in counts.items()}, preemptible, 0)
    possible = _capped(tenants, {pool: count.possible for pool, count in counts.items()}, preemptible, 1)
    return {pool: Bounds(sure[pool], possible[pool]) for pool in counts}


def _capped(tenants: Tenancy, counts: Mapping[str, int], preemptible: bool, end: int) -> dict[str, int]:
    left: dict[str, int] = {}
    capped = {}
    for pool, count in counts.items():
        chain = tenants.chain(pool)
        for queue in chain:
            if queue.name not in left:
                left[queue.name] = replicas(room(queue, preemptible)[end], tenants.gpus)
        capped[pool] = min([count, *(left[queue.name] for queue in chain)]) if chain else 0
        for queue in chain:
            left[queue.name] -= capped[pool]
    return capped


def replicas(gpus: float, each: float) -> int:
    """How many replicas of ``each`` GPUs so many GPUs are."""
    return PLENTY if gpus == float("inf") else max(0, int((gpus + HAIR) / each))


def total(bounds: Iterable[Bounds]) -> Bounds:
    """Their sum."""
    sure = possible = 0
    for each in bounds:
        sure, possible = sure + each.sure, possible + each.possible
    return Bounds(sure, possible)
