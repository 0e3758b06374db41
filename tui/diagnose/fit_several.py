"""Several specs that are launched together: each is judged with those before it in place. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from tui.diagnose.fit import fit
from tui.diagnose.fit_ask import Ask, ask_of
from tui.diagnose.fit_pools import Pools
from tui.diagnose.fit_quota import is_preemptible, tenancy
from tui.model.fit import Fit, Placement
from tui.model.gpu import Gpu, Slice
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey
from tui.model.launch_spec import LaunchSpec
from tui.model.node import Node
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Claim, Surroundings
from tui.model.tenancy import Queue

_PLANNED = "fit"  # the namespace of pods that are only thought of; no real one holds a slash in its name


def fit_several(
    specs: Sequence[LaunchSpec], snapshot: Snapshot, surroundings_of: Callable[[LaunchSpec], Surroundings | None]
) -> tuple[Fit, ...]:
    """One answer for each spec, in their order. What an earlier one takes or makes, a later one finds."""
    answers: list[Fit] = []
    made: dict[str, tuple[Claim, ...]] = {}
    for number, spec in enumerate(specs):
        around = surroundings_of(spec)
        if around is not None and around.claims is not None:
            around = replace(around, claims=(*around.claims, *made.get(around.namespace, ())))
        answers.append(fit(spec, snapshot, around))
        snapshot = _with_placed(snapshot, spec, answers[-1], is_preemptible(spec, around), number)
        if around is not None:
            made[around.namespace] = (*made.get(around.namespace, ()), *_new_claim(spec))
    return tuple(answers)


def _new_claim(spec: LaunchSpec) -> tuple[Claim, ...]:
    storage = spec.storage
    if storage is None or storage.new is None:
        return ()
    new = storage.new
    return (Claim(storage.pvc, "Bound", new.storage_class, (new.access_mode,), new.size_bytes),)


def _with_placed(snapshot: Snapshot, spec: LaunchSpec, answer: Fit, preemptible: bool, turn: int) -> Snapshot:
    """The cluster as it would be with the spec's replicas where they would go."""
    ask, pools = ask_of(spec), Pools(snapshot.node_pools)
    tenants = tenancy(spec, ask, snapshot)
    nodes, pods, queues = dict(snapshot.nodes), dict(snapshot.pods), dict(snapshot.queues)
    for number, placement in enumerate(answer.placements):
        node = nodes[placement.node]
        for pod in _pods(node, placement, ask, f"{turn}/{number}"):
            pods[pod.key] = pod
        nodes[node.name] = _filled(node, placement, f"{turn}/{number}")
        held = sum(share.fraction for share in placement.shares)
        for queue in tenants.chain(pools.of(node)) if tenants.known else ():
            queues[queue.name] = _charged(queues[queue.name], held, preemptible)
    return replace(snapshot, nodes=nodes, pods=pods, queues=queues)


def _pods(node: Node, placement: Placement, ask: Ask, name: str) -> list[Pod]:
    """The replica's pod, and the reservation pods of GPUs that nobody shares yet."""
    request = GpuRequest(ask.devices, ask.portion, ask.gpu_memory_bytes)
    plain = Pod(ObjectKey(_PLANNED, name), "", "", "Pending", node.name, None, request)
    replica = replace(plain, cpu_request_cores=ask.cores, memory_request_bytes=ask.memory_bytes)
    if not ask.is_shared:
        return [replica]
    shared = {gpu.id for gpu in node.gpus if gpu.allocated_fraction}
    opened = [share.gpu for share in placement.shares if share.gpu not in shared]
    keys = (ObjectKey(_PLANNED, f"{name}/{place}") for place in range(len(opened)))
    return [replica, *(replace(plain, key=key, gpu=GpuRequest(), is_reservation=True) for key in keys)]


def _filled(node: Node, placement: Placement, name: str) -> Node:
    key = ObjectKey(_PLANNED, name)
    taken = {share.gpu: share.fraction for share in placement.shares if share.gpu.gpu >= 0}
    somewhere = sum(share.fraction for share in placement.shares if share.gpu.gpu < 0)
    unplaced = None if node.gpu_unplaced is None else round(node.gpu_unplaced + somewhere, 6)
    held = sum(share.fraction for share in placement.shares)
    return replace(
        node,
        gpus=tuple(_held(gpu, key, taken[gpu.id]) if gpu.id in taken else gpu for gpu in node.gpus),
        gpu_allocated=None if node.gpu_allocated is None else round(node.gpu_allocated + held, 6),
        gpu_unplaced=unplaced,
        unplaced_pods=(*node.unplaced_pods, key) if somewhere else node.unplaced_pods,
    )


def _held(gpu: Gpu, key: ObjectKey, fraction: float) -> Gpu:
    part = Slice(None, key, fraction, _PLANNED)
    held = round((gpu.allocated_fraction or 0.0) + fraction, 6)
    return msgspec.structs.replace(gpu, allocated_fraction=held, slices=(*gpu.slices, part))


def _charged(queue: Queue, gpus: float, preemptible: bool) -> Queue:
    held, firm = queue.gpu_allocated, queue.gpu_allocated_non_preemptible
    return replace(
        queue,
        gpu_allocated=None if held is None else round(held + gpus, 6),
        gpu_allocated_non_preemptible=None if firm is None else round(firm + (0.0 if preemptible else gpus), 6),
    )
