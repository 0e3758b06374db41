"""What a pod asks for, in the figures that a fit reckons with, and which nodes it lets itself be put on. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tui.diagnose.fit_ask import Ask
from tui.model.node import Taint
from tui.model.pod import NodeRequirement, Pod

RUNAI_SCHEDULERS = ("runai-scheduler", "kai-scheduler")
POOL_LABELS = ("runai/node-pool", "kai.scheduler/node-pool")
NODE_NAME = "metadata.name"


class Shape(NamedTuple):
    """All that decides where a pod may go: pods of one shape get one answer."""

    ask: Ask
    mig: tuple[tuple[str, int], ...]
    selector: tuple[tuple[str, str], ...]
    terms: tuple[tuple[NodeRequirement, ...], ...]
    tolerations: tuple[tuple[str, str, str, str], ...]
    pools: tuple[str, ...]
    ephemeral_bytes: float
    others: tuple[tuple[str, float], ...]


def is_by_runai(pod: Pod) -> bool:
    """Whether Run:ai's (KAI's) scheduler has it to place."""
    return (pod.scheduler or "").startswith(RUNAI_SCHEDULERS)


def ask_of_pod(pod: Pod) -> Ask:
    """The figures of one pod; ``wanted`` is 1. MIG slices are not in it."""
    gpu = pod.gpu
    return Ask(
        devices=gpu.devices,
        portion=gpu.fraction,
        gpu_memory_bytes=gpu.memory_bytes,
        cores=pod.cpu_request_cores or 0.0,
        memory_bytes=pod.memory_request_bytes or 0.0,
        wanted=1,
        by_runai=is_by_runai(pod),
        nim=None,
    )


def shape_of(pod: Pod, pools: Iterable[str] = ()) -> Shape:
    """The pod's shape. ``pools`` are the node pools its workload names; the pod's own label comes first."""
    own = tuple(pod.labels[label] for label in POOL_LABELS if label in pod.labels)
    return Shape(
        ask=ask_of_pod(pod),
        mig=pod.gpu.mig,
        selector=tuple(sorted(pod.node_selector.items())),
        terms=pod.node_terms,
        tolerations=pod.tolerations,
        pools=own[:1] or tuple(pools),
        ephemeral_bytes=pod.ephemeral_request_bytes or 0.0,
        others=tuple(sorted(pod.other_requests.items())),
    )


def matches(requirement: NodeRequirement, labels: Mapping[str, str], name: str = "") -> bool:
    """One expression of an affinity, as Kubernetes reads it."""
    key, operator, values = requirement.key, requirement.operator, requirement.values
    found = name if key == NODE_NAME else labels.get(key)
    if operator == "In":
        return found in values
    if operator == "NotIn":
        return found not in values
    if operator == "Exists":
        return found is not None
    if operator == "DoesNotExist":
        return found is None
    return _compared(operator, found, values)


def _compared(operator: str, found: str | None, values: tuple[str, ...]) -> bool:
    try:
        have, bound = int(found or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return have > bound if operator == "Gt" else have < bound


def tolerates(tolerations: Iterable[tuple[str, str, str, str]], taint: Taint) -> bool:
    """Whether one of them lets the pod onto a node with this taint."""
    for key, operator, value, effect in tolerations:
        if effect and effect != taint.effect:
            continue
        if not key and operator == "Exists":
            return True
        if key == taint.key and (operator == "Exists" or value == taint.value):
            return True
    return False
