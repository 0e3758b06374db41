"""Metrics arriving: which nodes they touch, since when each GPU idles, and what goes into history."""

from collections.abc import Iterable, Mapping, Set
from typing import TypedDict

from tui.model.gpu import GpuIdentity
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.metrics import GpuIdentities, MetricColumn, MetricKey
from tui.model.reading import value_of
from tui.store.history import History
from tui.store.measure import GPU_METRICS, Measures
from tui.store.tables import Tables

FRESH_SECONDS = 10.0  # unchanged figures get their new sample time at least this often


class ReportedFacts(TypedDict):
    """The part of ``NodeFacts`` that metrics give."""

    identities: tuple[GpuIdentity, ...]
    uuid_index: Mapping[str, int]
    reported_gpus: frozenset[int]
    reported_allocatable: float | None
    reported_allocated: float | None
    runai_allocated: Mapping[int, float]


class Intake:
    """The metrics' side of the store: newest columns, identities and idleness."""

    def __init__(self, tables: Tables, history: History) -> None:
        self.measures = Measures()
        self.watched: set[MetricKey] = set()  # GPUs seen busy or free: how long they idle is known
        self._tables = tables
        self._history = history
        self._identities: dict[str, tuple[GpuIdentity, ...]] = {}
        self._uuids: dict[str, dict[str, int]] = {}
        self._gpus: dict[str, set[int]] = {}  # node -> GPUs that the newest columns speak of
        self._column_keys: dict[str, Set[MetricKey]] = {}
        self._said: dict[str, dict[int, float]] = {}  # node -> what Run:ai says is held of each GPU
        self._held: set[MetricKey] = set()
        self._free: set[MetricKey] = set()  # not held, and the pods were heard: else nothing is known of it
        self._stamped_at: dict[str, float] = {}

    def column(self, column: MetricColumn) -> None:
        """A metric's newest figures: only what differs from the last ones marks a node as changed."""
        old = self.measures.columns.get(column.metric)
        self.measures.columns[column.metric] = column
        self.measures.fresh.add(column.metric)
        marks = self._tables.marks
        if column.metric in GPU_METRICS:
            self._gpu_column(column, _changed_nodes(old.values if old else {}, column.values))
            return
        changed = _changed(old.values if old else {}, column.values)
        if column.metric == "gpu_allocated_fraction":
            self._said = _by_node(column.values)
            marks.nodes.update(_nodes_of(changed))
        elif column.metric in ("node_gpu_allocated", "node_gpu_allocatable"):
            marks.nodes.update(key for key in changed if isinstance(key, str))
        elif column.metric in ("node_ready", "node_unschedulable"):
            marks.nodes.update(key for key in changed if isinstance(key, str) and key not in self._tables.nodes)
        elif column.metric == "pod_gpu_memory_used_bytes":
            pods = (self._tables.pods.get(key) for key in changed if isinstance(key, ObjectKey))
            marks.measured.update(pod.node for pod in pods if pod is not None and pod.node is not None)
        elif column.metric.startswith("workload_"):
            marks.workloads.update(self._named(changed))

    def identities(self, found: GpuIdentities) -> None:
        """The GPUs a source reports now. A UUID keeps its index after its GPU fell silent."""
        by_node: dict[str, list[GpuIdentity]] = {}
        for identity in found.items:
            by_node.setdefault(identity.gpu.node, []).append(identity)
        for name in by_node.keys() | self._identities.keys():
            new = tuple(sorted(by_node.get(name, ()), key=lambda i: (i.gpu, i.mig_instance or "")))
            if new == self._identities.get(name, ()):
                continue
            self._identities[name] = new
            self._remember(name, new)
            self._tables.marks.nodes.add(name)

    def facts_of(self, name: str) -> ReportedFacts:
        """What metrics say of one node."""
        indexes = self._gpus.get(name, set())
        return {
            "identities": self._identities.get(name, ()),
            "uuid_index": self._uuids.get(name, {}),
            "reported_gpus": frozenset(indexes),
            "reported_allocatable": value_of(self.measures.reading("node_gpu_allocatable", name)),
            "reported_allocated": value_of(self.measures.reading("node_gpu_allocated", name)),
            "runai_allocated": self._said.get(name, {}),
        }

    def knows(self, name: str) -> bool:
        """True when metrics speak of a node of this name now."""
        columns = ("node_gpu_allocatable", "node_gpu_allocated", "node_ready")
        return bool(
            self._gpus.get(name)
            or self._said.get(name)
            or self._identities.get(name)
            or any(name in self.measures.column(metric).values for metric in columns)
        )

    def measured_memory(self, name: str) -> float | None:
        """The memory of one GPU of the node as measured: the smallest, should they differ."""
        values = self.measures.column("gpu_memory_total_bytes").values
        sizes = [size for index in self._gpus.get(name, ()) if (size := values.get(GpuId(name, index)))]
        return min(sizes, default=None)

    def hold(self, held: set[GpuId], free: set[GpuId], gone: set[GpuId]) -> None:
        """Say which GPUs are held now, which are free as far as pods are known, and of which neither is known any more:
        a free one is not idle, it is free."""
        self._held = (self._held | held) - free - gone
        self._free = (self._free | free) - held - gone
        for gpu in free | gone:
            self.measures.idle_since.pop(gpu, None)

    def _gpu_column(self, column: MetricColumn, touched: set[str]) -> None:
        marks = self._tables.marks
        marks.measured |= touched
        if column.at - self._stamped_at.get(column.metric, 0.0) >= FRESH_SECONDS:
            self._stamped_at[column.metric] = column.at
            marks.refreshed |= self._gpus.keys()
        if touched:
            self._note_gpus(column.metric, touched)
        if column.metric == "gpu_utilization_fraction":
            self._watch_idle(column)
        if column.metric == "gpu_memory_total_bytes":
            marks.nodes.update(name for name in touched if self._needs_measured_memory(name))
        self._history.add_gpus(column.metric, column.at, column.values)

    def _note_gpus(self, metric: str, touched: set[str]) -> None:
        """Keep which GPUs of each node the columns speak of; one that comes or goes has its node placed again."""
        keys = self.measures.columns[metric].values.keys()
        if keys == self._column_keys.get(metric):
            return
        self._column_keys[metric] = keys
        found: dict[str, set[int]] = {}
        for column_keys in self._column_keys.values():
            for key in column_keys:
                if isinstance(key, GpuId):
                    found.setdefault(key.node, set()).add(key.gpu)
        for name in touched:
            if found.get(name) != self._gpus.get(name):
                self._tables.marks.nodes.add(name)
        self._gpus = found

    def _watch_idle(self, column: MetricColumn) -> None:
        since, held, watched, at = self.measures.idle_since, self._held, self.watched, column.at
        for key, value in column.values.items():
            if value > 0.0 or key in self._free:
                watched.add(key)
                since.pop(key, None)
            elif key in held and key not in since:
                since[key] = at

    def _needs_measured_memory(self, name: str) -> bool:
        node = self._tables.nodes.get(name)
        return node is None or not node.gpu_memory_bytes

    def _remember(self, name: str, identities: Iterable[GpuIdentity]) -> None:
        known = self._uuids.setdefault(name, {})
        for identity in identities:
            if identity.uuid is not None:
                for uuid in [u for u, index in known.items() if index == identity.gpu.gpu]:
                    del known[uuid]
                known[identity.uuid] = identity.gpu.gpu

    def _named(self, changed: set[MetricKey]) -> set[WorkloadKey]:
        names = {key.name for key in changed if isinstance(key, ObjectKey)}
        return {key for key in self._tables.rows() if key.name in names}


def _changed(old: Mapping[MetricKey, float], new: Mapping[MetricKey, float]) -> set[MetricKey]:
    """Keys whose figure is new, different or gone."""
    get = old.get
    changed = {key for key, value in new.items() if get(key) != value}
    changed.update([key for key in old if key not in new])
    return changed


def _changed_nodes(old: Mapping[MetricKey, float], new: Mapping[MetricKey, float]) -> set[str]:
    """Nodes with a GPU whose figure is new, different or gone."""
    get = old.get
    changed = {key[0] for key, value in new.items() if get(key) != value}
    return changed.union([key[0] for key in old.keys() - new.keys()])


def _nodes_of(keys: Iterable[MetricKey]) -> set[str]:
    return {key.node for key in keys if isinstance(key, GpuId)}


def _by_node(values: Mapping[MetricKey, float]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for key, value in values.items():
        if isinstance(key, GpuId):
            found.setdefault(key.node, {})[key.gpu] = value
    return found
