"""What every source has said, by kind, with the indexes that keep a change small; and the marks of what it touches.

Values are replaced, never changed. Nothing is joined here.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from tui.model.changes import Batch, Listed
from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.node import NodeObject
from tui.model.pod import Pod
from tui.model.runai import RunaiWorkload
from tui.model.tenancy import NodePool, PodGroup, ProjectObject, Queue
from tui.model.workload import WorkloadObject
from tui.store.owners import WORKLOAD_KINDS, Owners
from tui.store.told import told_key

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class Marks:
    """What has to be joined again, and what the next diff names."""

    nodes: set[str] = field(default_factory=set)  # place their pods again
    measured: set[str] = field(default_factory=set)  # only figures are new
    refreshed: set[str] = field(default_factory=set)  # only the age of figures is new: no row changes
    namespaces: set[str] = field(default_factory=set)  # owners of their pods may have changed
    named: set[ObjectKey] = field(default_factory=set)  # workloads of this name, of whatever kind
    workloads: set[WorkloadKey] = field(default_factory=set)
    pods: set[ObjectKey] = field(default_factory=set)
    projects: bool = False
    events: bool = False
    sources: bool = False
    others: bool = False  # pod groups, queues, node pools: in the snapshot, in no diff of their own


class Tables:
    """The newest value of everything. One writer: the store."""

    def __init__(self) -> None:
        self.marks = Marks()
        self.nodes: dict[str, NodeObject] = {}
        self.pods: dict[ObjectKey, Pod] = {}
        self.gpu_pods: dict[
            str, dict[ObjectKey, Pod]
        ] = {}  # node -> pods that hold GPUs there, reservations among them
        self.events: dict[ObjectKey, Event] = {}
        self.objects: dict[str, dict[ObjectKey, WorkloadObject]] = {plural: {} for plural in WORKLOAD_KINDS}
        self.by_uid: dict[str, WorkloadObject] = {}
        self.pod_groups: dict[ObjectKey, PodGroup] = {}
        self.queues: dict[str, Queue] = {}
        self.node_pools: dict[str, NodePool] = {}
        self.projects: dict[tuple[str, str], ProjectObject] = {}  # (source, name)
        self.told: dict[ObjectKey, RunaiWorkload] = {}
        self.seen: dict[str, set[str | None]] = {}  # kind -> the namespaces it was listed in; None is all of them
        self.owners = Owners(self.objects, self.by_uid)
        self.workload_of: dict[ObjectKey, WorkloadKey] = {}
        self.pods_of: dict[WorkloadKey, dict[ObjectKey, None]] = {}
        self.top_of: dict[WorkloadKey, WorkloadKey] = {}
        self.made_by: dict[WorkloadKey, dict[WorkloadKey, WorkloadObject]] = {}  # workload -> its objects, itself too
        self.by_namespace: dict[str, dict[ObjectKey, None]] = {}
        self._handlers: dict[str, Handler] = {
            "nodes": Handler(self._node, lambda: map(_cluster_key, self.nodes)),
            "pods": Handler(self._pod, lambda: self.pods),
            "events": Handler(self._event, lambda: self.events),
            "podgroups.scheduling.run.ai": Handler(self._pod_group, lambda: self.pod_groups),
            "queues.scheduling.run.ai": Handler(self._queue, lambda: map(_cluster_key, self.queues)),
            "nodepools.run.ai": Handler(self._node_pool, lambda: map(_cluster_key, self.node_pools)),
            "runai/node_pools": Handler(self._node_pool, lambda: map(_cluster_key, self.node_pools)),
            "runai/workloads": Handler(self._told, lambda: self.told),
            "projects.run.ai": self._project_handler("kubernetes"),
            "runai/projects": self._project_handler("runai"),
            **{plural: self._object_handler(plural) for plural in WORKLOAD_KINDS},
        }

    @property
    def pods_seen(self) -> str:
        """``all``, ``some`` (certain namespaces only) or ``none``."""
        seen = self.seen.get("pods", ())
        return "all" if None in seen else "some" if seen else "none"

    def rows(self) -> set[WorkloadKey]:
        """Keys that may have a row of Workloads."""
        return self.made_by.keys() | self.pods_of.keys() | {told_key(told) for told in self.told.values()}

    def apply(self, change: Listed | Batch) -> None:
        """Take in a list or some events; kinds that nothing here reads are passed over."""
        handler = self._handlers.get(change.kind)
        if handler is None:
            return
        if isinstance(change, Batch):
            for key, value in change.items:
                handler.put(_object_key(key), value)
            return
        self._seen(change)
        wanted = {_object_key(key) for key in change.items}
        gone = [
            key
            for key in handler.kept()
            if key not in wanted and (change.namespace is None or key.namespace == change.namespace)
        ]
        for key in gone:
            handler.put(key, None)
        for key, value in change.items.items():
            handler.put(_object_key(key), value)

    def resolve_owners(self) -> None:
        """Find the workloads anew of all pods in namespaces where an owner came, went or changed hands."""
        for table in self.objects.values():
            for thing in table.values() if self.marks.namespaces else ():
                if thing.key.namespace in self.marks.namespaces:
                    self._link(thing)
        for namespace in self.marks.namespaces:
            for key in self.by_namespace.get(namespace, ()):
                self._set_owner(key, self.pods[key])
        self.marks.namespaces.clear()
        if self.marks.named:
            self.marks.workloads.update(
                key for key in self.rows() if ObjectKey(key.namespace, key.name) in self.marks.named
            )

    def _seen(self, change: Listed) -> None:
        seen = self.seen.setdefault(change.kind, set())
        if change.kind in ("pods", "nodes") and change.namespace not in seen:
            self.marks.nodes.update(self.nodes, self.gpu_pods)
        if change.namespace is None:
            seen.clear()
        seen.add(change.namespace)

    def _node(self, key: ObjectKey, value: object | None) -> None:
        if value is None:
            self.nodes.pop(key.name, None)
        elif isinstance(value, NodeObject):
            if self.nodes.get(key.name) == value:
                return
            self.nodes[key.name] = value
        self.marks.nodes.add(key.name)

    def _pod(self, key: ObjectKey, value: object | None) -> None:
        old = self.pods.get(key)
        if value is None:
            if old is not None:
                self._drop_pod(key, old)
            return
        if not isinstance(value, Pod) or (old is not None and _same_version(old, value)):
            return
        self.pods[key] = value
        self.marks.pods.add(key)
        self.by_namespace.setdefault(key.namespace, {})[key] = None
        self._set_owner(key, value)
        self._index_gpu_pod(key, old, value)

    def _drop_pod(self, key: ObjectKey, old: Pod) -> None:
        del self.pods[key]
        self.marks.pods.add(key)
        self.by_namespace[key.namespace].pop(key, None)
        self._index_gpu_pod(key, old, None)
        workload = self.workload_of.pop(key, None)
        if workload is not None:
            self._leave(key, workload)

    def _index_gpu_pod(self, key: ObjectKey, old: Pod | None, new: Pod | None) -> None:
        was = old.node if old is not None and old.holds_gpu else None
        now = new.node if new is not None and new.holds_gpu else None
        if was is not None and was != now:
            self.gpu_pods[was].pop(key, None)
            self.marks.nodes.add(was)
        if now is not None and new is not None:
            self.gpu_pods.setdefault(now, {})[key] = new
            if was != now or old is None or _placing(old) != _placing(new):
                self.marks.nodes.add(now)

    def _set_owner(self, key: ObjectKey, pod: Pod) -> None:
        if pod.is_reservation:
            return
        workload, old = self.owners.of_pod(pod), self.workload_of.get(key)
        self.marks.workloads.add(workload)
        if workload == old:
            return
        if old is not None:
            self._leave(key, old)
        self.workload_of[key] = workload
        self.pods_of.setdefault(workload, {})[key] = None
        if pod.holds_gpu and pod.node is not None:
            self.marks.nodes.add(pod.node)

    def _leave(self, key: ObjectKey, workload: WorkloadKey) -> None:
        self.marks.workloads.add(workload)
        mates = self.pods_of[workload]
        mates.pop(key, None)
        if not mates:
            del self.pods_of[workload]

    def _object_handler(self, plural: str) -> "Handler":
        table = self.objects[plural]

        def put(key: ObjectKey, value: object | None) -> None:
            old = table.pop(key, None) if value is None else table.get(key)
            new = value if isinstance(value, WorkloadObject) else None
            if new is not None:
                table[key] = new
            if old is not None:
                self._unlink(old)
            if new is not None:
                self.by_uid[new.uid] = new
                self._link(new)
            if (old is None) != (new is None) or (old and new and _links(old) != _links(new)):
                self.marks.namespaces.add(key.namespace)

        return Handler(put, lambda: table)

    def _link(self, thing: WorkloadObject) -> None:
        top, old = self.owners.of_object(thing), self.top_of.get(thing.key)
        if old is not None and old != top:
            self._forget(thing, old)
        self.top_of[thing.key] = top
        self.made_by.setdefault(top, {})[thing.key] = thing
        self.marks.workloads.update((thing.key, top))

    def _unlink(self, thing: WorkloadObject) -> None:
        if self.by_uid.get(thing.uid) is thing:
            del self.by_uid[thing.uid]
        top = self.top_of.pop(thing.key, None)
        if top is not None:
            self._forget(thing, top)
        self.marks.workloads.add(thing.key)

    def _forget(self, thing: WorkloadObject, top: WorkloadKey) -> None:
        self.marks.workloads.add(top)
        made = self.made_by.get(top, {})
        made.pop(thing.key, None)
        if not made:
            self.made_by.pop(top, None)

    def _project_handler(self, source: str) -> "Handler":
        def put(key: ObjectKey, value: object | None) -> None:
            self.marks.projects = True
            if isinstance(value, ProjectObject):
                self.projects[source, key.name] = value
            elif value is None:
                self.projects.pop((source, key.name), None)

        return Handler(put, lambda: [_cluster_key(name) for kind, name in self.projects if kind == source])

    def _event(self, key: ObjectKey, value: object | None) -> None:
        self.marks.events = True
        _replace(self.events, key, value, Event)

    def _told(self, key: ObjectKey, value: object | None) -> None:
        old = self.told.get(key)
        if old == value:
            return
        _replace(self.told, key, value, RunaiWorkload)
        self.marks.named.add(key)

    def _pod_group(self, key: ObjectKey, value: object | None) -> None:
        self.marks.others = True
        _replace(self.pod_groups, key, value, PodGroup)

    def _queue(self, key: ObjectKey, value: object | None) -> None:
        self.marks.projects = True
        _replace(self.queues, key.name, value, Queue)

    def _node_pool(self, key: ObjectKey, value: object | None) -> None:
        self.marks.others = True
        _replace(self.node_pools, key.name, value, NodePool)


@dataclass(frozen=True, slots=True)
class Handler:
    """How one kind is kept: take one value (``None`` is a deletion), and name those kept."""

    put: Callable[[ObjectKey, object | None], None]
    kept: Callable[[], Iterable[ObjectKey]]


def _replace(table: dict[K, V], key: K, value: object | None, kind: type[V]) -> None:
    if isinstance(value, kind):
        table[key] = value
    elif value is None:
        table.pop(key, None)


def _object_key(key: Hashable) -> ObjectKey:
    """Cluster-scoped things may be keyed by their bare name."""
    return key if isinstance(key, ObjectKey) else ObjectKey("", str(key))


def _cluster_key(name: str) -> ObjectKey:
    return ObjectKey("", name)


def _same_version(old: Pod, new: Pod) -> bool:
    return old.resource_version == new.resource_version != "" and old.uid == new.uid


def _placing(pod: Pod) -> tuple[object, ...]:
    """What of a pod the placement on GPUs depends on."""
    return (
        pod.uid,
        pod.node,
        pod.gpu,
        pod.is_reservation,
        pod.gpu_groups,
        pod.reserved_gpu,
        pod.gpu_index_hints,
        pod.phase == "Running",
        pod.created_at,
    )


def _links(thing: WorkloadObject) -> Mapping[str, object]:
    """What of an object decides which workload it and its children belong to."""
    return {"uid": thing.uid, "owner": thing.owner, "labels": thing.labels}
