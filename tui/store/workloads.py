"""One row of Workloads out of its objects, its pods, the nodes they lie on and Run:ai's API. Pure functions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.model.gpu_request import GpuRequest
from tui.model.ids import WorkloadKey
from tui.model.pod import Pod
from tui.model.workload import Workload, WorkloadObject
from tui.store.measure import Measures
from tui.store.phases import phase_of
from tui.store.usage import by_name

T = TypeVar("T")
TYPES = {
    "InferenceWorkload": "Inference",
    "DistributedInferenceWorkload": "Distributed inference",
    "TrainingWorkload": "Training",
    "InteractiveWorkload": "Workspace",
    "DistributedWorkload": "Distributed",
    "Service": "Knative service",
    "NIMService": "NIM service",
}
DECLARED = frozenset(TYPES)
BUILDERS = frozenset(("Deployment", "StatefulSet", "Job"))
PROXIES = frozenset(("queue-proxy", "istio-proxy", "linkerd-proxy"))


@dataclass(frozen=True, slots=True)
class WorkloadFacts:
    """All of one workload. ``made`` are the objects that belong to it, its own among them."""

    key: WorkloadKey
    made: Sequence[WorkloadObject]
    pods: Sequence[Pod]
    memory_of: Callable[[str | None], float | None]  # of one GPU of the node; of any node for None
    measures: Measures
    pods_known: bool = True


def join_workload(facts: WorkloadFacts) -> Workload | None:
    """The row, or ``None`` where there is none: nothing of it declares a workload or asks for a GPU."""
    own = next((thing for thing in facts.made if thing.key == facts.key), None)
    if not _is_row(facts, own):
        return None
    chain = [own] if own is not None else []
    chain += [thing for thing in facts.made if thing is not own]
    pods = sorted(facts.pods, key=lambda pod: pod.key)
    active = [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]
    minimum = _first(thing.min_replicas for thing in chain)
    requested = _requested_pods(own, chain, active, minimum, facts.pods_known)
    request = _request(chain, active or pods)
    phase, message = phase_of(own, pods, requested, minimum, facts.pods_known)
    return Workload(
        key=facts.key,
        type=TYPES.get(facts.key.kind, facts.key.kind),
        project=_first([*(thing.project for thing in chain), *(pod.project for pod in pods)]),
        phase=phase,
        phase_since=_phase_since(own, active),
        model=_first(thing.model for thing in chain) or _model_of_image(_image(chain, pods)),
        image=_image(chain, pods),
        running_pods=_running(pods) if facts.pods_known else None,
        requested_pods=requested,
        gpu_requested=_gpu_requested(facts, active, requested, request),
        gpu_allocated=_gpu_allocated(facts, active),
        gpu_memory_requested_bytes=_memory_requested(active, requested, request),
        gpu_memory_used_bytes=None,
        idle_gpus=None,
        min_replicas=minimum,
        max_replicas=_first(thing.max_replicas for thing in chain),
        metric=_first(thing.metric for thing in chain),
        target=_first(thing.target for thing in chain),
        endpoint=_first(thing.endpoint for thing in chain),
        created_at=own.created_at
        if own is not None
        else min((p.created_at for p in pods if p.created_at), default=None),
        fraction=_fraction(request, facts),
        pods=tuple(pod.key for pod in pods),
        conditions=_first(thing.conditions for thing in chain) or (),
        message=message,
        object=own,
    )


def _running(pods: Sequence[Pod]) -> int:
    return sum(pod.phase == "Running" and pod.deleting_at is None for pod in pods)


def _is_row(facts: WorkloadFacts, own: WorkloadObject | None) -> bool:
    if facts.key.kind in DECLARED and own is not None:
        return True
    asks = own is not None and facts.key.kind in BUILDERS and own.gpu is not None and own.gpu.asks_gpu
    return asks or any(pod.gpu.asks_gpu for pod in facts.pods)


def _requested_pods(
    own: WorkloadObject | None,
    chain: Sequence[WorkloadObject],
    active: Sequence[Pod],
    minimum: int | None,
    pods_known: bool,
) -> int | None:
    if own is not None and own.desired_pods is not None:
        return own.desired_pods
    below = [t.desired_pods for t in chain if t.desired_pods is not None and t.key.kind in BUILDERS]
    if below:
        return sum(below)
    if own is None and not pods_known:
        return None
    return max(len(active), minimum or 0) if pods_known else minimum


def _request(chain: Sequence[WorkloadObject], pods: Sequence[Pod]) -> GpuRequest | None:
    """What one replica asks for: of a live pod that asks for GPUs, else of the first object that says."""
    asking = next((pod.gpu for pod in pods if pod.gpu.asks_gpu), None)
    return asking or _first(thing.gpu for thing in chain)


def _gpu_requested(
    facts: WorkloadFacts, active: Sequence[Pod], requested: int | None, request: GpuRequest | None
) -> float | None:
    asking = [pod for pod in active if pod.gpu.asks_gpu]
    shares = [pod.gpu.gpus(facts.memory_of(pod.node)) for pod in asking]
    missing = max(0, (requested or 0) - len(active))
    if missing and request is not None:
        one = request.gpus(facts.memory_of(None))
        shares.append(None if one is None else one * missing)
    if request is None and not facts.pods_known:
        return None
    return _sum(shares)


def _gpu_allocated(facts: WorkloadFacts, active: Sequence[Pod]) -> float | None:
    if not facts.pods_known:
        reading = by_name(facts.measures, facts.key, "workload_gpu_allocated")
        return None if reading is None else reading.value
    return _sum([pod.gpu.gpus(facts.memory_of(pod.node)) for pod in active if pod.holds_gpu])


def _memory_requested(active: Sequence[Pod], requested: int | None, request: GpuRequest | None) -> float | None:
    if request is None or request.memory_bytes is None:
        return None
    asked = [float(p.gpu.memory_bytes * p.gpu.devices) for p in active if p.gpu.memory_bytes is not None]
    missing = max(0, (requested or 0) - len(active))
    return sum(asked) + missing * float(request.memory_bytes * request.devices)


def _fraction(request: GpuRequest | None, facts: WorkloadFacts) -> float | None:
    if request is None or not request.is_shared:
        return None
    share = request.per_device_fraction(facts.memory_of(None))
    return None if share is None else round(share, 6)


def _phase_since(own: WorkloadObject | None, active: Sequence[Pod]) -> float | None:
    conditions = own.conditions if own is not None else tuple(c for pod in active for c in pod.conditions)
    ready = [c.changed_at for c in conditions if c.type == "Ready" and c.changed_at is not None]
    return max(ready, default=None)


def _image(chain: Sequence[WorkloadObject], pods: Sequence[Pod]) -> str | None:
    stated = _first(thing.image for thing in chain)
    if stated is not None:
        return stated
    containers = (c for pod in pods for c in pod.containers if not c.is_init and c.name not in PROXIES)
    return next((c.image for c in containers), None)


def _model_of_image(image: str | None) -> str | None:
    """``nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4`` serves ``meta/llama-3.1-8b-instruct``."""
    _, mark, path = (image or "").partition("/nim/")
    return path.partition("@")[0].partition(":")[0] if mark else None


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None and value != ()), None)


def _sum(shares: Sequence[float | None]) -> float | None:
    return None if None in shares else round(sum((s for s in shares if s is not None), 0.0), 6)
