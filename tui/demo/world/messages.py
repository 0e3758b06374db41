"""What the scheduler says when it can't place a pod: KAI's texts, word for word."""

from collections import Counter
from collections.abc import Iterable

GPUS = "node(s) didn't have enough resources: GPUs"
GPU_MEMORY = "node(s) didn't have enough resources: GPU memory"
CPU = "node(s) didn't have enough resources: CPU cores"
MEMORY = "node(s) didn't have enough resources: memory"
EPHEMERAL = "node(s) didn't have enough resources: ephemeral-storage"
PODS = "node(s) pod number exceeded"
AFFINITY = "node(s) didn't match pod affinity rules"
ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
VOLUME = "node(s) had volume node affinity conflict"
UNSCHEDULABLE = "node is unschedulable"
NOT_READY = "node has NotReady condition"
SELECTOR = "node(s) didn't match Pod's node affinity/selector"


def taint(key: str, value: str) -> str:
    return f"node(s) had untolerated taint {{{key}: {value}}}"


def mig(profile: str) -> str:
    return f"node(s) didn't have enough of mig profile: {profile}"


def histogram(reasons: Iterable[str]) -> str:
    counted = sorted(f"{count} {reason}" for reason, count in Counter(reasons).items())
    return f"no nodes with enough resources were found: {', '.join(counted)}."


def not_found(pod: str, inner: str) -> str:
    return f"Resources were not found for pod {pod} due to: {inner}"


def gang(found: int, wanted: int, inner: str) -> str:
    return (
        f"Resources were found for {found} pods while {wanted} are required for gang scheduling. "
        f"Additional pods cannot be scheduled due to: {inner}"
    )


def over_quota(queue: str, requested: float, quota: float, used: float) -> str:
    return (
        f"Non-preemptible workload is over quota. Workload requested {requested:g} GPUs, but {queue} quota is "
        f"{quota:g} GPUs, while {used:g} GPUs are already allocated for non-preemptible pods. "
        "Use a preemptible workload to go over quota."
    )


def over_limit(queue: str, requested: float, limit: float, used: float) -> str:
    return (
        f"{queue} quota has reached the allowable limit of GPUs. Limit is {limit:g} GPUs, currently {used:g} GPUs "
        f"allocated and workload requested {requested:g} GPUs"
    )


def too_big(pod: str, ask: tuple[float, float, float], resource: str, top: float, pool: str) -> str:
    """``ask`` is (GPUs, CPU cores, GB of memory); ``top`` what the best node has of ``resource``."""
    gpus, cpu, memory = ask
    return (
        f"The pod {pod} requires GPU: {gpus:g}, CPU: {cpu:g} (cores), memory: {memory:g} (GB). Max {resource} "
        f"resources available in a single node in the {pool} node-pool is topped at {top:g}"
    )


def conditions_not_met(pod: str, plugin: str, why: str) -> str:
    return f"Scheduling conditions were not met for pod {pod}:\n{plugin}: {why}. Reasons: {why}"


def no_queue(queue: str) -> str:
    return f"Queue '{queue}' does not exist"


def preempted(pod: str, by: str) -> str:
    return f"Pod {pod} was preempted by higher priority workload {by}."


def not_bound(pod: str, node: str, reservation: str) -> str:
    return f"Failed to bind pod {pod} to node {node}: failed waiting for GPU reservation pod to allocate: {reservation}"
