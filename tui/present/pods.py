"""Pods as rows: of one node, or of one workload."""

from tui.model.node import Node
from tui.model.pod import ContainerPhase, Pod
from tui.present import format as fmt
from tui.present.workloads import brief
from widgets.rows import Cell, Column, Row, Tone

COLUMNS = (
    Column("pod", "POD", 42, flexible=True, max_width=64),
    Column("ready", "READY", 5, "right"),
    Column("status", "STATUS", 17),
    Column("gpu", "GPU ASK", 7, "right"),
    Column("node", "NODE", 9, priority=1),
    Column("restarts", "RESTARTS", 8, "right", priority=3),
    Column("age", "AGE", 5, "right", priority=2),
    Column("ip", "IP", 15, priority=5),
    Column("namespace", "NAMESPACE", 16, priority=6),
)

_BAD = frozenset(
    {"CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "Error", "OOMKilled", "CreateContainerConfigError",
     "CreateContainerError", "RunContainerError", "InvalidImageName", "Failed", "Evicted"}
)  # fmt: skip


def pod_row(pod: Pod, now: float) -> Row:
    """The pod's line, with the message of what holds it as a second line."""
    status = pod_status(pod)
    tone = Tone.BAD if status in _BAD else Tone.GOOD if pod.ready else Tone.WARN
    cells = (
        Cell(pod.key.name, Tone.STRONG),
        Cell(ready_text(pod)),
        Cell(status, Tone.DIM if pod.phase == "Succeeded" else tone),
        Cell(gpu_ask(pod)),
        Cell(pod.node or fmt.UNKNOWN),
        Cell(str(sum(container.restarts for container in pod.containers))),
        Cell(fmt.short_age(None if pod.created_at is None else max(0.0, now - pod.created_at))),
        Cell(pod.ip or fmt.UNKNOWN, Tone.DIM),
        Cell(pod.key.namespace, Tone.DIM),
    )
    message = pod_message(pod)
    return Row(str(pod.key), cells, sub=(Cell(message, Tone.WARN),) if message else ())


def pod_status(pod: Pod) -> str:
    """One word or two, as kubectl says it: the first container's trouble before the phase."""
    if pod.deleting_at is not None:
        return "Terminating"
    for container in pod.containers:
        if container.phase is ContainerPhase.WAITING and container.reason not in ("", "PodInitializing"):
            return container.reason
        if container.phase is ContainerPhase.TERMINATED and pod.phase not in ("Succeeded",) and not container.is_init:
            return container.reason or f"Exit {container.exit_code}"
    if pod.reason:
        return pod.reason
    if pod.phase == "Running" and not pod.ready:
        return "Not ready"
    return pod.phase


def pod_message(pod: Pod) -> str:
    """What holds the pod, in the words of whoever said it; empty when it is ready."""
    if pod.ready or pod.phase == "Succeeded":
        return ""
    for container in pod.containers:
        if container.message and container.phase is not ContainerPhase.RUNNING:
            return " ".join(container.message.split())
    for condition in pod.conditions:
        if condition.type == "PodScheduled" and condition.status == "False" and condition.message:
            return brief(condition.message)
    return " ".join(pod.message.split())


def ready_text(pod: Pod) -> str:
    """``1/2`` containers ready, init containers left out."""
    own = [container for container in pod.containers if not container.is_init]
    return f"{sum(1 for container in own if container.ready)}/{len(own)}"


def gpu_ask(pod: Pod) -> str:
    """What the pod asks: ``2``, ``0.5``, ``2x0.5``, ``40 GB``, ``1g.12gb``, or the text that can't be read."""
    request = pod.gpu
    if request.invalid is not None:
        return f"{request.invalid}?"
    if request.mig:
        return " ".join(f"{count}×{profile}" if count > 1 else profile for profile, count in request.mig)
    if not request.asks_gpu:
        return fmt.UNKNOWN
    times = f"{request.devices}×" if request.devices > 1 and request.is_shared else ""
    if request.fraction is not None:
        return times + fmt.gpus(request.fraction)
    if request.memory_bytes is not None:
        return times + fmt.size(request.memory_bytes)
    return str(request.devices)


def node_facts(node: Node, now: float) -> list[tuple[str, str]]:
    """What is known of a node as (what, value) lines."""
    found = node.object
    facts = [
        (
            "Ready",
            {True: "yes", False: "no", None: "unknown"}[node.ready]
            + (f" ({node.status_note})" if node.status_note else ""),
        ),
        ("Takes new pods", {True: "yes", False: "no: cordoned", None: "unknown"}[node.schedulable]),
        ("Node pool", node.pool or fmt.UNKNOWN),
        ("GPU", node.gpu_model or fmt.UNKNOWN),
        ("GPUs given / allocatable", f"{fmt.gpus(node.gpu_allocated)} / {fmt.gpus(node.gpu_allocatable)}"),
        ("Given, GPU not known", fmt.gpus(node.gpu_unplaced)),
    ]
    if node.approximate:
        facts.append(("Allocation", "approximate: from Prometheus, Kubernetes is not readable"))
    if found is not None:
        facts += [
            ("CPU allocatable", f"{fmt.gpus(found.cpu_allocatable_cores)} cores"),
            ("Memory allocatable", fmt.size(found.memory_allocatable_bytes)),
            ("Pods allocatable", fmt.number(found.pods_allocatable)),
            ("Kubelet", found.kubelet_version or fmt.UNKNOWN),
            ("Age", fmt.age(None if found.created_at is None else max(0.0, now - found.created_at))),
        ]
        facts += [("Taint", f"{taint.key}={taint.value}:{taint.effect}") for taint in found.taints]
    return facts
