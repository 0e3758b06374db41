"""Changes in, snapshot and diff out: joins again only what a change touched. One thread at a time; no locks here."""

from collections.abc import Iterable
from dataclasses import replace

from tui.model.changes import Batch, Change, Listed
from tui.model.clock import Clock
from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.node import Node
from tui.model.runai import RunaiWorkload
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff
from tui.model.status import SourceStatus
from tui.model.workload import Workload
from tui.store.history import History
from tui.store.intake import Intake
from tui.store.join import join_node
from tui.store.measure import measure
from tui.store.notes import ages_with_time
from tui.store.parts import NodeFacts
from tui.store.projects import join_projects
from tui.store.tables import Marks, Tables
from tui.store.told import enrich, told_key, told_row
from tui.store.totals import add_totals
from tui.store.usage import Holders, holders_of, measure_workload
from tui.store.workloads import WorkloadFacts, join_workload

NOTE_SECONDS = 30.0  # how often ages inside notes are brought up to date


class Engine:
    """Everything known of one cluster, and its newest snapshot."""

    def __init__(self, clock: Clock, cluster: ClusterInfo) -> None:
        self.history = History()
        self.snapshot = Snapshot(clock.now(), 0, cluster)
        self._clock = clock
        self._tables = Tables()
        self._intake = Intake(self._tables, self.history)
        self._sources: dict[str, SourceStatus] = {}
        self._nodes: dict[str, Node] = {}
        self._workloads: dict[WorkloadKey, Workload] = {}
        self._noted_at = clock.monotonic()
        self._seen = (False, "none")
        self._places: dict[ObjectKey, list[tuple[int, int]]] = {}  # pod -> (place of the GPU, of the slice) on its node
        self._holders: dict[WorkloadKey, Holders] = {}
        self._memory: float | None = None  # of one GPU, where all nodes agree

    def apply(self, change: Change) -> None:
        """Take in one change; ``build`` joins."""
        if isinstance(change, Listed | Batch):
            self._tables.apply(change)
        elif isinstance(change, MetricColumn):
            self._intake.column(change)
        elif isinstance(change, GpuIdentities):
            self._intake.identities(change)
        elif isinstance(change, SourceStatus):
            self._tables.marks.sources |= self._sources.get(change.name) != change
            self._sources[change.name] = change

    def set_cluster(self, cluster: ClusterInfo) -> None:
        self.snapshot = replace(self.snapshot, cluster=cluster)
        self._tables.marks.sources = True

    @property
    def wants_build(self) -> bool:
        """True when a note's age has to be brought up to date though nothing arrived."""
        due = self._clock.monotonic() - self._noted_at >= NOTE_SECONDS
        return due and any(ages_with_time(node) for node in self._nodes.values())

    def build(self) -> SnapshotDiff:
        """Join what was touched and publish the next snapshot."""
        tables = self._tables
        tables.resolve_owners()
        self._mark_aged()
        marks, tables.marks = tables.marks, Marks()
        nodes, placed = self._build_nodes(marks)
        joined, measured = self._build_workloads(marks)
        workloads = joined | measured
        marks.projects |= bool(joined)
        self._publish(marks, nodes, workloads)
        return SnapshotDiff(
            nodes=frozenset(nodes),
            workloads=frozenset(workloads),
            pods=frozenset(marks.pods),
            projects=marks.projects,
            events=marks.events,
            sources=marks.sources,
            placed=frozenset(placed),
        )

    def _mark_aged(self) -> None:
        marks, tables = self._tables.marks, self._tables
        if self._clock.monotonic() - self._noted_at >= NOTE_SECONDS:
            self._noted_at = self._clock.monotonic()
            marks.measured.update(name for name, node in self._nodes.items() if ages_with_time(node))
        seen = (bool(tables.seen.get("nodes")), tables.pods_seen)
        if seen != self._seen:
            self._seen = seen
            marks.nodes.update(self._nodes, tables.nodes, tables.gpu_pods)
            marks.workloads.update(self._workloads, tables.rows())

    def _build_nodes(self, marks: Marks) -> tuple[set[str], set[str]]:
        """(all that changed, those of them that changed in more than their figures)."""
        now, before, changed = self._clock.now(), len(self._nodes), set()
        if marks.nodes and (memory := self._common_memory()) != self._memory:
            self._memory = memory
            marks.workloads.update(self._workloads)  # what waiting pods ask in memory is measured against it
        joined = {name: (self._nodes.get(name), self._join(name, now)) for name in marks.nodes}
        for name, (old, new) in joined.items():
            if new is None:
                self._nodes.pop(name, None)
            else:
                self._nodes[name] = new
            if new != old:
                changed.add(name)
        self._follow(marks, [old for old, _ in joined.values()], [new for _, new in joined.values()])
        placed = changed.copy()
        fresh, self._intake.measures.fresh = self._intake.measures.fresh, set()
        for name in (marks.measured | marks.refreshed) - marks.nodes:
            node = self._nodes.get(name)
            if node is not None:
                self._nodes[name] = measure(node, self._intake.measures, now, fresh)
        changed |= marks.measured & self._nodes.keys()
        if len(self._nodes) != before or any(name not in self.snapshot.nodes for name in changed):
            self._nodes = dict(sorted(self._nodes.items()))
        return changed, placed

    def _join(self, name: str, now: float) -> Node | None:
        tables = self._tables
        if name not in tables.nodes and tables.seen.get("nodes"):
            return None
        pods = tables.gpu_pods.get(name, {})
        facts = NodeFacts(
            name=name,
            object=tables.nodes.get(name),
            pods=tuple(pod for pod in pods.values() if not pod.is_reservation),
            reservations=tuple(pod for pod in pods.values() if pod.is_reservation),
            gpu_memory_bytes=self._memory_of(name),
            pods_seen=tables.pods_seen,
            **self._intake.facts_of(name),
        )
        if facts.object is None and not pods and not self._intake.knows(name):
            return None
        return measure(join_node(facts, tables.workload_of.get), self._intake.measures, now)

    def _follow(self, marks: Marks, old: Iterable[Node | None], new: Iterable[Node | None]) -> None:
        """Nodes were placed again: note where their pods lie, which GPUs are held, whose workloads to join again."""
        before = [node for node in old if node is not None]
        after = [node for node in new if node is not None]
        held = {gpu.id for node in after for gpu in node.gpus if gpu.slices or gpu.allocated_fraction}
        # Of a node whose pods were not heard, or not all placed, nobody knows which of its GPUs are free.
        free = {gpu.id for node in after if node.gpu_unplaced == 0.0 for gpu in node.gpus} - held
        self._intake.hold(held, free, {gpu.id for node in before for gpu in node.gpus} - held - free)
        for key in [key for node in before for key in node.pods]:
            self._places.pop(key, None)
            self._mark_workload(marks, key)
        for node in after:
            for gpu_at, gpu in enumerate(node.gpus):
                for slice_at, part in enumerate(gpu.slices):
                    self._places.setdefault(part.pod, []).append((gpu_at, slice_at))
            for key in node.pods:
                self._mark_workload(marks, key)

    def _mark_workload(self, marks: Marks, pod: ObjectKey) -> None:
        workload = self._tables.workload_of.get(pod)
        if workload is not None:
            marks.workloads.add(workload)

    def _build_workloads(self, marks: Marks) -> tuple[set[WorkloadKey], set[WorkloadKey]]:
        """(rows that came, went or changed but for figures, rows with new figures)."""
        joined, measured = set(), set()
        before = len(self._workloads)
        for key in marks.workloads:
            old, new = self._workloads.get(key), self._joined_workload(key)
            if new is None:
                self._workloads.pop(key, None)
            else:
                self._workloads[key] = new
            if new != old:
                joined.add(key)
        for key in self._measured_workloads(marks) - marks.workloads:
            row = self._workloads.get(key)
            if row is not None and (newer := self._measured(row)) is not row:
                self._workloads[key] = newer
                measured.add(key)
        if len(self._workloads) != before or any(key not in self.snapshot.workloads for key in joined):
            self._workloads = dict(sorted(self._workloads.items()))
        return joined, measured

    def _measured_workloads(self, marks: Marks) -> set[WorkloadKey]:
        nodes = [node for name in marks.measured | marks.refreshed if (node := self._nodes.get(name)) is not None]
        slices = (part for node in nodes for gpu in node.gpus for part in gpu.slices)
        return {part.workload for part in slices if part.workload is not None}

    def _joined_workload(self, key: WorkloadKey) -> Workload | None:
        tables = self._tables
        pods = [tables.pods[pod] for pod in tables.pods_of.get(key, ())]
        facts = WorkloadFacts(
            key=key,
            made=tuple(tables.made_by.get(key, {}).values()),
            pods=pods,
            memory_of=self._memory_of,
            measures=self._intake.measures,
            pods_known=tables.pods_seen != "none",
        )
        row = join_workload(facts)
        told = tables.told.get(ObjectKey(key.namespace, key.name))
        if told is not None:
            row = self._with_told(row, told, key, facts.pods_known)
        self._holders[key] = holders_of(pods)
        if row is None:
            del self._holders[key]
            return None
        return self._measured(row)

    def _with_told(self, row: Workload | None, told: RunaiWorkload, key: WorkloadKey, known: bool) -> Workload | None:
        """A row of the control plane's alone is shown only while Kubernetes shows no row of that name, nor its pods."""
        if row is not None:
            return enrich(row, told, known)
        if known or key != told_key(told):
            return None
        others = (made for made in self._tables.made_by if (made.namespace, made.name) == told.key and made != key)
        return told_row(told) if next(others, None) is None else None

    def _measured(self, row: Workload) -> Workload:
        holders, held = self._holders[row.key], []
        for pod, node in zip(holders.keys, holders.nodes, strict=True):
            for gpu_at, slice_at in self._places.get(pod, ()):
                gpu = self._nodes[node].gpus[gpu_at]
                held.append((gpu, gpu.slices[slice_at]))
        return measure_workload(row, holders, held, self._intake.measures, self._intake.watched)

    def _memory_of(self, name: str | None) -> float | None:
        """Memory of one GPU: the node's label, else what is measured there; for no node, where all nodes agree."""
        if name is None:
            return self._memory
        node = self._tables.nodes.get(name)
        if node is not None and node.gpu_memory_bytes:
            return node.gpu_memory_bytes
        return self._intake.measured_memory(name)

    def _common_memory(self) -> float | None:
        sizes = {node.gpu_memory_bytes for node in self._tables.nodes.values() if node.gpu_memory_bytes}
        return sizes.pop() if len(sizes) == 1 else None

    def _publish(self, marks: Marks, nodes: set[str], workloads: set[WorkloadKey]) -> None:
        old, tables = self.snapshot, self._tables
        touched_nodes = nodes or marks.refreshed
        projects = (
            join_projects(tables.queues, tables.projects.values(), self._workloads.values())
            if marks.projects
            else old.projects
        )
        self.snapshot = Snapshot(
            at=self._clock.now(),
            sequence=old.sequence + 1,
            cluster=old.cluster,
            sources=dict(self._sources) if marks.sources else old.sources,
            nodes=self._nodes.copy() if touched_nodes else old.nodes,
            pods=tables.pods.copy() if marks.pods else old.pods,
            workloads=self._workloads.copy() if workloads else old.workloads,
            projects=projects,
            queues=tables.queues.copy() if marks.projects else old.queues,
            node_pools=tables.node_pools.copy() if marks.others else old.node_pools,
            pod_groups=tables.pod_groups.copy() if marks.others else old.pod_groups,
            events=newest_first(tables.events.values()) if marks.events else old.events,
        )
        if marks.measured or nodes:
            add_totals(self.history, self.snapshot)


def newest_first(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events by their last time; those without one last."""
    return tuple(sorted(events, key=lambda event: (-(event.at or 0.0), event.key)))
