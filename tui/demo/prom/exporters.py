"""The exporters of this cluster and how they are scraped: jobs, target labels, and what ``honorLabels`` does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2s

from tui.demo.nim.metrics import NimSheets, Process
from tui.demo.prom.dcgm import DcgmExporter
from tui.demo.prom.exposition import Family, Row, Sheet
from tui.demo.prom.facts import PodFacts
from tui.demo.prom.holdings import holdings
from tui.demo.prom.inventory import Inventory
from tui.demo.prom.kube_state import KubeStateExporter
from tui.demo.prom.labels import LabelSet
from tui.demo.prom.runai_metrics import RunaiExporter
from tui.demo.prom.shape import LabelShape
from tui.demo.prom.sources import Sources

_MOST_SCRAPED_PODS = 400  # a NIM has some 95 series: sites with thousands of them do not scrape them all
UP = Family("up", "1 if the target was scraped.")


@dataclass(frozen=True, slots=True)
class Exporter:
    """One exporter. ``path`` is where its text is served, ``target`` the labels that its scrape adds (by node)."""

    job: str
    path: str
    sheets: Callable[[float], list[Sheet]]
    target: Callable[[str], dict[str, str]]
    honor_labels: bool = True
    per_node: bool = False
    _up: dict[str, Row] = field(default_factory=dict)

    def labels(self, row: Row) -> LabelSet:
        """Labels as they lie in Prometheus, without the name."""
        target = self.target(row.node)
        if self.honor_labels:
            return LabelSet({**target, **row.labels})
        own = {f"exported_{name}" if name in target else name: value for name, value in row.labels.items() if value}
        return LabelSet({**own, **target})

    def scraped(self, at: float) -> list[Sheet]:
        """The sheets with ``up`` beside them."""
        sheets = self.sheets(at)
        nodes = {row.node for sheet in sheets for row in sheet.rows} if self.per_node else {""}
        rows = [self._up.setdefault(node, Row({}, node)) for node in sorted(nodes)]
        return [*sheets, Sheet((UP,), rows, [(1.0,)] * len(rows))]


def exporters(sources: Sources, shape: LabelShape) -> list[Exporter]:
    """Those that this site has."""
    inventory = Inventory(sources.store)
    found = []
    if shape.dcgm:
        dcgm = DcgmExporter(sources.telemetry, shape)
        target = _dcgm_target(inventory, shape.exported)
        found.append(
            Exporter(
                "nvidia-dcgm-exporter", "dcgm", dcgm.sheets, target, honor_labels=not shape.exported, per_node=True
            )
        )
    if shape.kube_state:
        pod = "kube-prometheus-stack-kube-state-metrics-6c7d8f9b5-x2m4q"
        target = _fixed_target("kube-state-metrics", "10.244.0.21:8080", shape.exported, "monitoring", pod)
        found.append(Exporter("kube-state-metrics", "kube-state-metrics", KubeStateExporter(inventory).sheets, target))
    if shape.runai:
        runai = RunaiExporter(lambda: holdings(inventory, sources.telemetry))
        target = _fixed_target("runai", "10.244.0.33:8080", shape.exported, "runai", "runai-metrics-exporter-0")
        found.append(Exporter("runai", "runai", runai.sheets, target, honor_labels=not shape.exported))
    nims = NimExporter(inventory, sources)
    found.append(Exporter("nim", "nim", nims.sheets, lambda _: {"job": "nim", "instance": "nim:8000"}))
    return found


def _fixed_target(job: str, instance: str, exported: bool, namespace: str, pod: str) -> Callable[[str], dict[str, str]]:
    labels = {"job": job, "instance": instance}
    if exported:
        labels |= {"namespace": namespace, "pod": pod, "container": job, "service": job, "endpoint": "http"}
    return lambda _: labels


def _dcgm_target(inventory: Inventory, exported: bool) -> Callable[[str], dict[str, str]]:
    """The exporter is a DaemonSet: each node has its own pod; the real one is named where the cluster has it."""
    job = "nvidia-dcgm-exporter"
    pods: dict[str, str] = {}

    def pod_on(node: str) -> str:
        if node not in pods:
            pods.update({pod.node: pod.name for pod in inventory.pods() if pod.name.startswith(job)})
        return pods.setdefault(node, f"{job}-{blake2s(node.encode(), digest_size=3).hexdigest()[:5]}")

    def target(node: str) -> dict[str, str]:
        labels = {"job": job, "instance": f"{node}:9400"}
        if exported:
            labels |= {
                "namespace": "gpu-operator",
                "pod": pod_on(node),
                "container": job,
                "service": job,
                "endpoint": "gpu-metrics",
            }
        return labels

    return target


def is_nim(pod: PodFacts) -> bool:
    """A pod of a NIM image that serves, by Run:ai or as a plain Deployment."""
    return pod.workload_kind in ("InferenceWorkload", "Deployment") and "/nim/" in pod.containers[0].image


def serving(pod: PodFacts) -> bool:
    """A NIM answers on it."""
    return pod.ready and is_nim(pod)


def model_name(image: str) -> str:
    """``meta/llama-3.1-8b-instruct`` of ``nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4``."""
    return image.partition("/nim/")[2].partition(":")[0] or image


class NimExporter:
    """All NIM pods as a PodMonitor would bring them: with the labels ``namespace``, ``pod`` and ``container``."""

    def __init__(self, inventory: Inventory, sources: Sources) -> None:
        self._inventory = inventory
        self._sources = sources
        self._sheets = NimSheets()

    def processes(self, at: float) -> list[Process]:
        """Every serving pod's labels and counters at ``at``; none where there are too many to be scraped."""
        busy: dict[tuple[str, str], list[float]] = {}
        for use in self._sources.telemetry.pod_uses():
            busy.setdefault((use.namespace, use.pod), []).append(use.utilization_percent / 100)
        pods = {(pod.namespace, pod.name): pod for pod in self._inventory.pods() if serving(pod)}
        if len(pods) > _MOST_SCRAPED_PODS:
            return []
        shares = {key: max(busy.get(key, [0.0])) for key in pods}
        loads = self._sources.nims.advanced(at, shares)
        return [(_nim_labels(pod), loads[key]) for key, pod in pods.items()]

    def sheets(self, at: float) -> list[Sheet]:
        return self._sheets.sheets(self.processes(at))


def _nim_labels(pod: PodFacts) -> dict[str, str]:
    container = pod.containers[0]
    return {
        "model_name": model_name(container.image),
        "namespace": pod.namespace,
        "pod": pod.name,
        "container": container.name,
    }
