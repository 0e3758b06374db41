"""What the controllers know without asking: pods and nodes in a few fields each, kept up by the store's events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tui.demo.objects import Json
from tui.demo.world.ledger import Ask, PodKey
from tui.demo.world.naming import parse_time
from tui.demo.world.platform import RESERVATION_NAMESPACE
from tui.demo.world.pods import PREEMPTIBILITY, ask_of, requests_of
from tui.demo.world.quantity import quantity


@dataclass(frozen=True, slots=True)
class PodRecord:
    """A pod as the controllers see it. ``owner`` is the UID of its controller (``""`` for none)."""

    key: PodKey
    uid: str
    node: str | None
    phase: str
    ready: bool
    ask: Ask
    cpu: float
    memory: float
    scheduler: str
    group: str | None
    queue: str
    owner: str
    workload: str
    priority_class: str
    image: str
    container: str
    created: float
    ready_at: float | None
    deleting: bool
    preemptibility: str = ""  # as it is told; else its priority class says
    ephemeral: float = 0.0  # bytes
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return self.phase in ("Succeeded", "Failed")

    @property
    def reservation(self) -> bool:
        return self.key[0] == RESERVATION_NAMESPACE


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node as the scheduler sees it; CPU in cores, memory in bytes."""

    name: str
    ready: bool
    unschedulable: bool
    taints: tuple[tuple[str, str, str], ...]  # key, value, effect
    labels: dict[str, str]
    cpu: float
    memory: float
    pods: int
    gpus: int
    mig: dict[str, int]
    ephemeral: float = 0.0  # bytes


@dataclass(slots=True)
class Used:
    """What the pods of one node request together."""

    cpu: float = 0.0
    memory: float = 0.0
    pods: int = 0
    ephemeral: float = 0.0
    mig: dict[str, int] = field(default_factory=dict)


def pod_record(pod: Json) -> PodRecord:
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status", {})
    labels, annotations = metadata.get("labels", {}), metadata.get("annotations", {})
    requests = requests_of(spec)
    owners = metadata.get("ownerReferences", [])
    ready = next((entry for entry in status.get("conditions", []) if entry["type"] == "Ready"), None)
    is_ready = bool(ready and ready["status"] == "True")
    namespace, name = metadata["namespace"], metadata["name"]
    return PodRecord(
        key=(namespace, name),
        uid=metadata["uid"],
        node=spec.get("nodeName"),
        phase=status.get("phase", "Pending"),
        ready=is_ready,
        ask=ask_of(pod),
        cpu=requests["cpu"],
        memory=requests["memory"],
        scheduler=spec.get("schedulerName", "default-scheduler"),
        group=annotations.get("pod-group-name"),
        queue=labels.get("runai/queue", namespace.removeprefix("runai-")),
        owner=owners[0]["uid"] if owners else "",
        workload=labels.get("workloadName") or labels.get("app") or name,
        priority_class=spec.get("priorityClassName", ""),
        image=spec["containers"][0].get("image", ""),
        container=spec["containers"][0]["name"],
        created=parse_time(metadata.get("creationTimestamp")) or 0.0,
        ready_at=parse_time(ready["lastTransitionTime"]) if ready and is_ready else None,
        deleting="deletionTimestamp" in metadata,
        preemptibility=labels.get(PREEMPTIBILITY, ""),
        ephemeral=requests["ephemeral-storage"],
        labels=labels,
    )


def node_record(node: Json) -> NodeRecord:
    spec, status = node.get("spec", {}), node.get("status", {})
    can: dict[str, Any] = status.get("allocatable", {})
    conditions = {entry["type"]: entry["status"] for entry in status.get("conditions", [])}
    return NodeRecord(
        name=node["metadata"]["name"],
        ready=conditions.get("Ready") == "True",
        unschedulable=bool(spec.get("unschedulable")),
        taints=tuple((taint["key"], taint.get("value", ""), taint["effect"]) for taint in spec.get("taints", [])),
        labels=node["metadata"].get("labels", {}),
        cpu=quantity(can.get("cpu", "0")),
        memory=quantity(can.get("memory", "0")),
        pods=int(can.get("pods", 110)),
        gpus=int(can.get("nvidia.com/gpu", 0)),
        mig={
            key.removeprefix("nvidia.com/mig-"): int(count)
            for key, count in can.items()
            if key.startswith("nvidia.com/mig-")
        },
        ephemeral=quantity(can.get("ephemeral-storage", "0")),
    )


class Inventory:
    """All pods and nodes; what is on each node; which pods an owner has."""

    def __init__(self) -> None:
        self.pods: dict[PodKey, PodRecord] = {}
        self.nodes: dict[str, NodeRecord] = {}
        self.used: dict[str, Used] = {}
        self._owned: dict[str, dict[PodKey, PodRecord]] = {}
        self._grouped: dict[tuple[str, str], dict[PodKey, PodRecord]] = {}
        self._running: dict[tuple[str, str], dict[PodKey, PodRecord]] = {}

    def put_pod(self, pod: Json) -> tuple[PodRecord | None, PodRecord]:
        """(what was known before, what is known now)."""
        record = pod_record(pod)
        before = self.drop_pod(record.key)
        self.pods[record.key] = record
        if record.owner:
            self._owned.setdefault(record.owner, {})[record.key] = record
        if record.group:
            self._grouped.setdefault((record.key[0], record.group), {})[record.key] = record
        if record.ready:
            self._running.setdefault((record.key[0], record.workload), {})[record.key] = record
        self._count(record, 1)
        return before, record

    def drop_pod(self, key: PodKey) -> PodRecord | None:
        record = self.pods.pop(key, None)
        if record is None:
            return None
        self._owned.get(record.owner, {}).pop(key, None)
        self._grouped.get((key[0], record.group or ""), {}).pop(key, None)
        self._running.get((key[0], record.workload), {}).pop(key, None)
        self._count(record, -1)
        return record

    def put_node(self, node: Json) -> None:
        record = node_record(node)
        self.nodes[record.name] = record

    def owned(self, uid: str) -> list[PodRecord]:
        """The pods of an owner that are not finished, in the order of their names."""
        found = self._owned.get(uid, {})
        return [found[key] for key in sorted(found) if not found[key].finished]

    def grouped(self, namespace: str, group: str) -> list[PodRecord]:
        found = self._grouped.get((namespace, group), {})
        return [found[key] for key in sorted(found) if not found[key].finished]

    def ready_replicas(self, namespace: str, workload: str) -> int:
        return len(self._running.get((namespace, workload), ()))

    def usage(self, node: str) -> Used:
        return self.used.setdefault(node, Used())

    def on_node(self, node: str) -> Iterable[PodRecord]:
        return (record for record in self.pods.values() if record.node == node and not record.finished)

    def bound(self) -> Iterable[PodRecord]:
        return (record for record in self.pods.values() if record.node and not record.finished)

    def _count(self, record: PodRecord, sign: int) -> None:
        if record.node is None or record.finished:
            return
        used = self.usage(record.node)
        used.cpu += sign * record.cpu
        used.memory += sign * record.memory
        used.ephemeral += sign * record.ephemeral
        used.pods += sign
        for profile, count in record.ask.mig:
            used.mig[profile] = used.mig.get(profile, 0) + sign * count
