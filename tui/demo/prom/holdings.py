"""Sums over pods and GPUs that both Run:ai's metrics and its API tell: what is given, asked and used, by whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, uuid5

from tui.demo.objects import Json
from tui.demo.prom.facts import NodeFacts, PodFacts
from tui.demo.prom.inventory import Inventory
from tui.demo.telemetry import GpuSample, PodUse, Telemetry


@dataclass(slots=True)
class WorkloadHoldings:
    """One workload: its pods with their GPUs. ``inference`` is its InferenceWorkload, if it is one."""

    namespace: str
    name: str
    kind: str
    id: str
    project: str
    inference: Json | None = None
    pods: list[PodFacts] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Run:ai's word for the kind."""
        types = {"InferenceWorkload": "Inference", "InteractiveWorkload": "Workspace", "TrainingWorkload": "Training"}
        return types.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class Holdings:
    """One moment of the cluster. Memory of a GPU by node, GPUs and uses as the telemetry reads them."""

    nodes: dict[str, NodeFacts]
    pods: list[PodFacts]
    workloads: dict[tuple[str, str], WorkloadHoldings]
    gpus: list[GpuSample]
    uses: list[PodUse]
    queues: list[Json]
    uses_by_pod: dict[tuple[str, str], list[PodUse]]

    def gpus_of(self, pod: PodFacts) -> float:
        """GPUs that a pod asks for; fractions counted."""
        node = self.nodes.get(pod.node)
        return pod.ask.gpus(node.gpu_memory_mib if node is not None else _any_memory(self.nodes.values()))

    def allocated(self, pods: Iterable[PodFacts]) -> float:
        return round(sum(self.gpus_of(pod) for pod in pods if pod.holds_gpus), 6)

    def requested(self, pods: Iterable[PodFacts]) -> float:
        asking = (pod for pod in pods if pod.phase not in ("Succeeded", "Failed") and not pod.reservation)
        return round(sum(self.gpus_of(pod) for pod in asking), 6)

    def leaf_queues(self) -> list[Json]:
        """Projects: queues that have a parent, or that no other names as its parent."""
        parents = {queue["spec"].get("parentQueue") for queue in self.queues}
        return [queue for queue in self.queues if queue["metadata"]["name"] not in parents]


def _any_memory(nodes: Iterable[NodeFacts]) -> float:
    return next((node.gpu_memory_mib for node in nodes if node.gpu_memory_mib), 0.0)


def holdings(inventory: Inventory, telemetry: Telemetry) -> Holdings:
    """Reads the whole cluster once."""
    pods, uses = inventory.pods(), list(telemetry.pod_uses())
    by_pod: dict[tuple[str, str], list[PodUse]] = {}
    for use in uses:
        by_pod.setdefault((use.namespace, use.pod), []).append(use)
    return Holdings(
        nodes={node.name: node for node in inventory.nodes()},
        pods=pods,
        workloads=_workloads(inventory.inferences(), pods),
        gpus=list(telemetry.gpus()),
        uses=uses,
        queues=inventory.queues(),
        uses_by_pod=by_pod,
    )


def _workloads(inferences: list[Json], pods: list[PodFacts]) -> dict[tuple[str, str], WorkloadHoldings]:
    found: dict[tuple[str, str], WorkloadHoldings] = {}
    for obj in inferences:
        metadata = obj["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        project = metadata.get("labels", {}).get("project") or namespace.removeprefix("runai-")
        found[namespace, name] = WorkloadHoldings(
            namespace, name, "InferenceWorkload", metadata["uid"], project, inference=obj
        )
    for pod in pods:
        known = found.get((pod.namespace, pod.workload))
        if known is None:
            if pod.reservation or not (pod.ask.whole or pod.ask.share or pod.ask.memory_mib or pod.ask.mig_sevenths):
                continue
            known = found[pod.namespace, pod.workload] = WorkloadHoldings(
                pod.namespace, pod.workload, pod.workload_kind, _id(pod), pod.project
            )
        known.pods.append(pod)
    return found


def _id(pod: PodFacts) -> str:
    """Stable over the lives of the workload's pods."""
    return str(uuid5(NAMESPACE_OID, f"{pod.workload_kind}/{pod.namespace}/{pod.workload}"))
