"""What exporters and Run:ai's API need to know of a pod or a node, taken out of its JSON once a version."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world.naming import parse_time
from tui.demo.world.quantity import quantity

RESERVATION_NAMESPACES = frozenset({"runai-reservation", "kai-resource-reservation"})
_MIG = re.compile(r"nvidia\.com/mig-(\d+)g\.")
_FINISHED = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """``requests`` and ``limits``: resource name -> cores, bytes or pieces; ``nim_port``: where a NIM listens."""

    name: str
    image: str
    requests: dict[str, float]
    limits: dict[str, float]
    waiting: str | None
    last_terminated: str | None
    restarts: int
    nim_port: int = 8000


@dataclass(frozen=True, slots=True)
class GpuAsk:
    """GPUs that a pod asks for: whole ones, MIG sevenths, or a share of each of ``devices``."""

    whole: int = 0
    share: float | None = None
    memory_mib: int | None = None
    devices: int = 1
    mig_sevenths: int = 0

    def gpus(self, memory_total_mib: float) -> float:
        """In GPUs; a memory request needs the memory of one GPU of its node."""
        if self.share is not None:
            return self.share * self.devices
        if self.memory_mib is not None:
            return self.memory_mib / memory_total_mib * self.devices if memory_total_mib else 0.0
        return self.whole + self.mig_sevenths / 7


@dataclass(frozen=True, slots=True)
class PodFacts:
    """One pod. ``workload`` is Run:ai's name for what it belongs to; times are unix seconds."""

    namespace: str
    name: str
    uid: str
    node: str
    host_ip: str
    pod_ip: str
    owner_kind: str
    owner_name: str
    priority_class: str
    phase: str
    reason: str
    conditions: dict[str, str]
    containers: tuple[ContainerFacts, ...]
    project: str
    workload: str
    workload_kind: str
    ask: GpuAsk
    created: float
    started: float | None
    message: str

    @property
    def reservation(self) -> bool:
        return self.namespace in RESERVATION_NAMESPACES

    @property
    def holds_gpus(self) -> bool:
        """On a node and not finished, and not a stand-in for others."""
        return bool(self.node) and self.phase not in _FINISHED and not self.reservation

    @property
    def ready(self) -> bool:
        return self.conditions.get("Ready") == "True"

    @property
    def requested(self) -> dict[str, float]:
        """What all containers request together."""
        total: dict[str, float] = {}
        for container in self.containers:
            for name, amount in container.requests.items():
                total[name] = total.get(name, 0.0) + amount
        return total


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """One node; ``gpu_memory_mib`` is what GPU Feature Discovery says of one GPU."""

    name: str
    uid: str
    pool: str
    gpu_model: str
    gpu_memory_mib: float
    unschedulable: bool
    conditions: dict[str, str]
    taints: tuple[tuple[str, str, str], ...]
    capacity: dict[str, float]
    allocatable: dict[str, float]
    info: dict[str, str]
    internal_ip: str
    created: float

    @property
    def ready(self) -> bool:
        return self.conditions.get("Ready") == "True"


def amounts(given: Json | None) -> dict[str, float]:
    """Quantities as numbers; what is no quantity is left out."""
    found: dict[str, float] = {}
    for name, text in (given or {}).items():
        try:
            found[name] = quantity(text)
        except ValueError:
            continue
    return found


def node_facts(node: Json) -> NodeFacts:
    metadata, spec, status = node["metadata"], node.get("spec", {}), node.get("status", {})
    labels = metadata.get("labels", {})
    addresses = {entry["type"]: entry["address"] for entry in status.get("addresses", [])}
    return NodeFacts(
        name=metadata["name"],
        uid=metadata["uid"],
        pool=labels.get("runai/node-pool", "default"),
        gpu_model=labels.get("nvidia.com/gpu.product", ""),
        gpu_memory_mib=float(labels.get("nvidia.com/gpu.memory", 0)),
        unschedulable=bool(spec.get("unschedulable", False)),
        conditions={entry["type"]: entry["status"] for entry in status.get("conditions", [])},
        taints=tuple((taint["key"], taint.get("value", ""), taint["effect"]) for taint in spec.get("taints", [])),
        capacity=amounts(status.get("capacity")),
        allocatable=amounts(status.get("allocatable")),
        info=status.get("nodeInfo", {}),
        internal_ip=addresses.get("InternalIP", ""),
        created=parse_time(metadata.get("creationTimestamp")) or 0.0,
    )


def pod_facts(pod: Json) -> PodFacts:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    labels = metadata.get("labels", {})
    owner: Json = next(iter(metadata.get("ownerReferences", [])), {})
    conditions = {entry["type"]: entry for entry in status.get("conditions", [])}
    statuses = {entry["name"]: entry for entry in status.get("containerStatuses", [])}
    workload, kind = _workload(metadata, owner)
    return PodFacts(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        node=spec.get("nodeName", ""),
        host_ip=status.get("hostIP", ""),
        pod_ip=status.get("podIP", ""),
        owner_kind=owner.get("kind", ""),
        owner_name=owner.get("name", ""),
        priority_class=spec.get("priorityClassName", ""),
        phase=status.get("phase", "Pending"),
        reason=status.get("reason", ""),
        conditions={kind: entry["status"] for kind, entry in conditions.items()},
        containers=tuple(_container(entry, statuses.get(entry["name"], {})) for entry in spec["containers"]),
        project=labels.get("runai/queue") or labels.get("project") or metadata["namespace"].removeprefix("runai-"),
        workload=workload,
        workload_kind=kind,
        ask=_ask(metadata.get("annotations", {}), spec["containers"]),
        created=parse_time(metadata.get("creationTimestamp")) or 0.0,
        started=parse_time(status.get("startTime")),
        message=conditions.get("PodScheduled", {}).get("message", ""),
    )


def _container(container: Json, status: Json) -> ContainerFacts:
    resources = container.get("resources", {})
    limits = amounts(resources.get("limits"))
    return ContainerFacts(
        name=container["name"],
        image=container.get("image", ""),
        requests={
            **{name: value for name, value in limits.items() if "/" in name},
            **amounts(resources.get("requests")),
        },
        limits=limits,
        waiting=status.get("state", {}).get("waiting", {}).get("reason"),
        last_terminated=status.get("lastState", {}).get("terminated", {}).get("reason"),
        restarts=int(status.get("restartCount", 0)),
        nim_port=_nim_port(container.get("env") or ()),
    )


def _nim_port(variables: Iterable[Json]) -> int:
    told = next((str(entry.get("value", "")) for entry in variables if entry.get("name") == "NIM_SERVER_PORT"), "")
    return int(told) if told.isdecimal() else 8000


def _workload(metadata: Json, owner: Json) -> tuple[str, str]:
    labels = metadata.get("labels", {})
    for label in ("workloadName", "serving.knative.dev/service"):
        if labels.get(label):
            return labels[label], labels.get("workloadKind", "InferenceWorkload")
    if owner.get("kind") == "ReplicaSet":
        digest = labels.get("pod-template-hash", "")
        return owner["name"].removesuffix(f"-{digest}"), "Deployment"
    if owner:
        return owner["name"], owner["kind"]
    return metadata["name"], "Pod"


def _ask(annotations: Json, containers: list[Json]) -> GpuAsk:
    try:
        devices = int(annotations.get("gpu-fraction-num-devices", 1))
        if "gpu-fraction" in annotations:
            return GpuAsk(share=float(annotations["gpu-fraction"]), devices=devices)
        if "gpu-memory" in annotations:
            return GpuAsk(memory_mib=int(annotations["gpu-memory"]), devices=devices)
    except ValueError:
        return GpuAsk()
    whole = sevenths = 0
    for container in containers:
        resources = container.get("resources", {})
        for name, text in {**resources.get("requests", {}), **resources.get("limits", {})}.items():
            if name == "nvidia.com/gpu":
                whole += int(text)
            elif match := _MIG.match(name):
                sevenths += int(match[1]) * int(text)
    return GpuAsk(whole=whole, mig_sevenths=sevenths)
