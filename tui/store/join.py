"""One node's facts -> the node with its GPUs and slices, before figures are measured. Pure functions.

Invariant: the sum of ``gpus[].allocated_fraction`` plus ``gpu_unplaced`` is ``gpu_allocated``, and that is the sum over
the node's GPU pods, whatever the placement found out. Where one of them is not known, so are the node's two figures.
"""

from collections.abc import Iterable

from tui.model.gpu import Gpu, GpuIdentity, Slice
from tui.model.gpu_request import mig_fraction
from tui.model.ids import GpuId
from tui.model.node import Node
from tui.store.parts import Board, Held, NodeFacts, Part, WorkloadOf, single_mig_profile
from tui.store.placement import place_all

RESERVATION_NAMESPACES = ("runai-reservation", "kai-resource-reservation")
DIGITS = 6


def join_node(facts: NodeFacts, workload_of: WorkloadOf) -> Node:
    """The node with everything but measured figures; ``measure`` adds those."""
    return _from_prometheus(facts) if facts.pods_seen == "none" else _from_pods(facts, workload_of)


def _from_pods(facts: NodeFacts, workload_of: WorkloadOf) -> Node:
    board = place_all(facts)
    identities = _by_index(facts.identities)
    gpus = tuple(_gpu(facts, index, identities.get(index), held, workload_of) for index, held in board.gpus.items())
    open_parts = board.open_parts()
    unplaced = _sum_shares(open_parts)
    sums = [gpu.allocated_fraction for gpu in gpus]
    known = unplaced is not None and None not in sums
    allocated = round(sum(s or 0.0 for s in sums) + (unplaced or 0.0), DIGITS) if known else None
    approximate = facts.pods_seen == "some"
    if approximate:
        allocated, unplaced = _beyond_what_is_seen(facts, allocated, unplaced)
    if allocated is None:
        unplaced = None
    return Node(
        name=facts.name,
        ready=None,
        schedulable=None,
        pool=facts.object.pool if facts.object else None,
        gpu_model=(facts.object.gpu_model if facts.object else None) or _model(facts.identities),
        gpu_allocatable=allocatable_gpus(facts),
        gpu_allocated=allocated,
        gpu_unplaced=unplaced,
        utilization_fraction=None,
        memory_used_bytes=None,
        memory_total_bytes=None,
        gpus=gpus,
        pods=tuple(sorted(pod.key for pod in facts.pods)),
        unplaced_pods=tuple(sorted({part.pod.key for part in open_parts})),
        approximate=approximate,
        object=facts.object,
    )


def _from_prometheus(facts: NodeFacts) -> Node:
    """No pod may be read: allocation is Prometheus's, and a GPU shows the pod that DCGM names, its share unknown."""
    identities = _by_index(facts.identities)
    gpus = tuple(_labelled_gpu(facts, index, identities.get(index)) for index in Board(facts).gpus)
    on_gpus = round(sum(gpu.allocated_fraction or 0.0 for gpu in gpus), DIGITS)
    every_gpu = bool(gpus) and all(gpu.allocated_fraction is not None for gpu in gpus)
    allocated = on_gpus if every_gpu else facts.reported_allocated
    if allocated is not None:
        allocated = round(max(allocated, on_gpus), DIGITS)
    return Node(
        name=facts.name,
        ready=None,
        schedulable=None,
        pool=facts.object.pool if facts.object else None,
        gpu_model=(facts.object.gpu_model if facts.object else None) or _model(facts.identities),
        gpu_allocatable=allocatable_gpus(facts),
        gpu_allocated=allocated,
        gpu_unplaced=None if allocated is None else round(allocated - on_gpus, DIGITS),
        utilization_fraction=None,
        memory_used_bytes=None,
        memory_total_bytes=None,
        gpus=gpus,
        pods=tuple(sorted({part.pod for gpu in gpus for part in gpu.slices})),
        unplaced_pods=(),
        approximate=True,
        object=facts.object,
    )


def allocatable_gpus(facts: NodeFacts) -> float | None:
    """GPUs that may be given away: whole devices and MIG slices by their compute part. A node without any has 0."""
    node = facts.object
    if node is None:
        return facts.reported_allocatable
    profile = single_mig_profile(node)
    devices = (node.gpu_allocatable or 0) * (mig_fraction(profile) if profile else 1.0)
    return round(devices + sum(mig_fraction(name) * count for name, count in node.mig_allocatable), DIGITS)


def _beyond_what_is_seen(
    facts: NodeFacts, seen: float | None, unplaced: float | None
) -> tuple[float | None, float | None]:
    """Some namespaces are closed: what Prometheus counts beyond the pods seen lies on GPUs unknown."""
    reported = facts.reported_allocated
    if reported is None or seen is None or unplaced is None:
        return None, None
    beyond = max(0.0, reported - seen)
    return round(seen + beyond, DIGITS), round(unplaced + beyond, DIGITS)


def _gpu(facts: NodeFacts, index: int, identity: GpuIdentity | None, held: list[Held], workload_of: WorkloadOf) -> Gpu:
    held = sorted(held, key=lambda h: (h.part.pod.key, h.part.mig_profile or ""))
    slices = tuple(
        Slice(workload_of(h.part.pod.key), h.part.pod.key, _rounded(h.part.share), h.source, None, h.part.mig_profile)
        for h in held
    )
    return Gpu(
        GpuId(facts.name, index),
        _uuid(facts, index, identity),
        _gpu_model(facts, identity),
        _sum_shares([h.part for h in held]),
        slices,
    )


def _labelled_gpu(facts: NodeFacts, index: int, identity: GpuIdentity | None) -> Gpu:
    said = facts.runai_allocated.get(index)
    pods = {i.pod: i.mig_profile for i in facts.identities if i.gpu.gpu == index and i.pod is not None}
    slices = tuple(
        Slice(None, pod, None, "dcgm", None, profile)
        for pod, profile in sorted(pods.items(), key=lambda item: item[0])
        if pod.namespace not in RESERVATION_NAMESPACES
    )
    return Gpu(
        GpuId(facts.name, index), _uuid(facts, index, identity), _gpu_model(facts, identity), _rounded(said), slices
    )


def _sum_shares(parts: Iterable[Part]) -> float | None:
    """Their sum. A request that can't be read counts nothing: no scheduler counts it. An unknown size spoils it."""
    total = 0.0
    for part in parts:
        if part.share is not None:
            total += part.share
        elif part.pod.gpu.invalid is None:
            return None
    return round(total, DIGITS)


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, DIGITS)


def _by_index(identities: Iterable[GpuIdentity]) -> dict[int, GpuIdentity]:
    """One identity a GPU: that of the whole GPU before those of its MIG instances."""
    found: dict[int, GpuIdentity] = {}
    for identity in identities:
        if identity.gpu.gpu not in found or identity.mig_profile is None:
            found[identity.gpu.gpu] = identity
    return found


def _uuid(facts: NodeFacts, index: int, identity: GpuIdentity | None) -> str | None:
    """The UUID reported now, or the one last reported for a GPU that fell off the exporter."""
    if identity is not None and identity.uuid is not None:
        return identity.uuid
    return next((uuid for uuid, where in facts.uuid_index.items() if where == index), None)


def _gpu_model(facts: NodeFacts, identity: GpuIdentity | None) -> str | None:
    if identity is not None and identity.model is not None:
        return identity.model
    return facts.object.gpu_model if facts.object else None


def _model(identities: Iterable[GpuIdentity]) -> str | None:
    return next((identity.model for identity in identities if identity.model), None)
