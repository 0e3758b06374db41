"""What in a snapshot would be an alert if it lasts: findings with a key each. Remembers only what was well before.

What is not known now is told apart from what is well: an alert is not cleared because its source is silent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from config.settings import AlertSettings
from tui.model.alert import AlertKind
from tui.model.gpu import Gpu
from tui.model.ids import GpuId, WorkloadKey
from tui.model.node import Node
from tui.model.pending import PendingItem
from tui.model.reading import value_of
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState
from tui.model.workload import Workload

SERVING = ("InferenceWorkload", "DistributedInferenceWorkload", "NIMService", "Service")
_AT_REST = ("Stopped", "Stopping", "Completed", "Deleting", "Terminating")
_XIDS = {
    13: "a program used the GPU wrongly",
    31: "a program touched memory that is not its own",
    43: "a program on it hung",
    48: "a memory error that could not be corrected",
    63: "a memory row is replaced",
    64: "a memory row could not be replaced",
    74: "NVLink error",
    79: "it has fallen off the bus",
    94: "a memory error that was contained",
    95: "a memory error that was not contained",
    119: "its firmware does not answer",
    120: "its firmware failed",
}
_GRAVE_XIDS = frozenset({48, 64, 74, 79, 95, 119, 120})


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not well now. ``ripe_at``: not an alert before that; ``hold_seconds``: nor before it has been
    seen for so long. ``old``: it was so before anybody looked."""

    kind: AlertKind
    key: str
    name: str
    text: str
    target: str
    hold_seconds: float
    severity: str = "warning"
    ripe_at: float = 0.0
    old: bool = False


@dataclass(frozen=True, slots=True)
class Silent:
    """Nothing is known now of what this key is about."""

    key: str


Seen = Finding | Silent


class Findings:
    """Reads snapshots in their order of time. Of nodes only those are read again that are other objects than before."""

    def __init__(self, rules: AlertSettings) -> None:
        self._rules = rules
        self._began_at: float | None = None
        self._live: set[str] = set()
        self._served: set[WorkloadKey] = set()
        self._nodes: dict[str, tuple[Node, tuple[Seen, ...]]] = {}
        self._nodes_read: Mapping[str, Node] | None = None
        self._of_nodes: list[Seen] = []
        self._was_ready: set[str] = set()
        self._hot: set[GpuId] = set()
        self._last_xid: dict[GpuId, int] = {}
        self._first_xid: dict[GpuId, int] = {}  # what stood there when it was first seen, until that changed

    def of(self, snapshot: Snapshot, items: Iterable[PendingItem]) -> list[Seen]:
        """All that is not well, and all of which nothing is known."""
        if self._began_at is None:
            self._began_at = snapshot.at
        silent = list(self._workloads(snapshot))
        gone = {finding.key for finding in silent}
        waiting = [one for one in self._pending(items, self._began_at) if f"not-ready/{one.name}" not in gone]
        return [*self._sources(snapshot), *silent, *waiting, *self._all_nodes(snapshot)]

    # -- workloads -------------------------------------------------------------------------------------------------

    def _pending(self, items: Iterable[PendingItem], began_at: float) -> Iterator[Finding]:
        """One for each workload, since its longest wait; pods of no workload for themselves."""
        first: dict[str, PendingItem] = {}
        for item in items:
            name = str(item.workload) if item.workload is not None else item.name
            known = first.get(name)
            if known is None or (item.since or 0.0) < (known.since or 0.0):
                first[name] = item
        for name, item in first.items():
            ripe_at = (item.since or 0.0) + self._rules.pending_seconds
            pod = item.pod is not None and item.workload is None
            yield Finding(
                AlertKind.PENDING,
                f"pending/{name}",
                name,
                f"{name} waits: {item.causes[0].title}",
                f"{'pod' if pod else 'workload'}/{name}",
                self._rules.hold_seconds,
                ripe_at=ripe_at,
                old=ripe_at <= began_at,
            )

    def _workloads(self, snapshot: Snapshot) -> Iterator[Finding]:
        """A NIM that served and has no ready pod any more, though it ought to have one."""
        self._served &= snapshot.workloads.keys()
        for key, workload in snapshot.workloads.items():
            if key.kind not in SERVING and workload.model is None:
                continue
            if any((pod := snapshot.pods.get(one)) is not None and pod.ready for one in workload.pods):
                self._served.add(key)
            elif key in self._served and _ought_to_serve(workload):
                text = f"{key} served and has no ready pod any more" + (
                    f": {workload.message}" if workload.message else ""
                )
                yield Finding(
                    AlertKind.NOT_READY,
                    f"not-ready/{key}",
                    str(key),
                    text,
                    f"workload/{key}",
                    self._rules.hold_seconds,
                    "critical",
                )

    # -- sources ---------------------------------------------------------------------------------------------------

    def _sources(self, snapshot: Snapshot) -> Iterator[Finding]:
        """A source that answered and has gone quiet; its kinds only while it answers itself."""
        for name, status in snapshot.sources.items():
            if status.state is SourceState.LIVE:
                self._live.add(name)
                continue
            above, slash, _ = name.partition("/")
            main = snapshot.sources.get(above)
            if name not in self._live or (slash and (main is None or main.state is not SourceState.LIVE)):
                continue
            detail = f": {status.detail}" if status.detail else ""
            yield Finding(
                AlertKind.SOURCE,
                f"source/{name}",
                name,
                f"{name} answered and is {status.state} now{detail}",
                f"source/{name}",
                self._rules.source_seconds,
            )

    # -- nodes and GPUs --------------------------------------------------------------------------------------------

    def _all_nodes(self, snapshot: Snapshot) -> list[Seen]:
        if snapshot.nodes is self._nodes_read:
            return self._of_nodes
        for name in self._nodes.keys() - snapshot.nodes.keys():
            del self._nodes[name]
            self._was_ready.discard(name)
        found: list[Seen] = []
        for name, node in snapshot.nodes.items():
            known = self._nodes.get(name)
            if known is None or known[0] is not node:
                known = self._nodes[name] = (node, tuple(self._node(node)))
            found += known[1]
        self._nodes_read, self._of_nodes = snapshot.nodes, found
        return found

    def _node(self, node: Node) -> Iterator[Seen]:
        key = f"node/{node.name}"
        if node.ready:
            self._was_ready.add(node.name)
        elif node.ready is None:
            yield Silent(key)
        elif node.gpus or node.gpu_allocatable or (node.object is not None and node.object.gpu_count):
            note = f": {node.status_note}" if node.status_note else ""
            yield Finding(
                AlertKind.NODE,
                key,
                node.name,
                f"{node.name} is not ready{note}",
                key,
                self._rules.hold_seconds,
                "critical",
                old=node.name not in self._was_ready,
            )
        for gpu in node.gpus:
            if not self._is_well(gpu):  # a round of figures makes every node another one: the many are passed quickly
                yield from self._heat(gpu)
                yield from self._xid(gpu)

    def _is_well(self, gpu: Gpu) -> bool:
        """Cool and without error, as it was before; or never known to be otherwise."""
        heat, xid, last = gpu.temperature_celsius, gpu.xid, self._last_xid.get(gpu.id)
        if gpu.id in self._hot or (heat is not None and heat.value >= self._rules.temperature_celsius):
            return False
        return not last if xid is None else last == 0 and xid.value == 0

    def _heat(self, gpu: Gpu) -> Iterator[Seen]:
        key, celsius = f"thermal/{gpu.id.node}/{gpu.id.gpu}", value_of(gpu.temperature_celsius)
        if celsius is None:
            if gpu.id in self._hot:
                yield Silent(key)
        elif celsius < self._rules.temperature_celsius:
            self._hot.discard(gpu.id)
        else:
            self._hot.add(gpu.id)
            name = _gpu_name(gpu.id)
            text = f"{name} is at {celsius:.0f} °C, over {self._rules.temperature_celsius:g} °C"
            yield Finding(
                AlertKind.THERMAL, key, name, text, f"node/{gpu.id.node}", self._rules.hold_seconds, "critical"
            )

    def _xid(self, gpu: Gpu) -> Iterator[Seen]:
        """The metric holds the last error, for as long as the driver runs: only a change to another one is news."""
        value, last = value_of(gpu.xid), self._last_xid.get(gpu.id)
        if value is None:
            if last:
                yield Silent(_xid_key(gpu.id, last))
            return
        code = self._last_xid[gpu.id] = int(value)
        if last is None:
            self._first_xid[gpu.id] = code
        elif last != code:
            self._first_xid.pop(gpu.id, None)
        if code == 0:
            return
        name, meaning = _gpu_name(gpu.id), _XIDS.get(code)
        yield Finding(
            AlertKind.XID,
            _xid_key(gpu.id, code),
            name,
            f"{name} reported XID {code}" + (f": {meaning}" if meaning else ""),
            f"node/{gpu.id.node}",
            0.0,
            "critical" if code in _GRAVE_XIDS else "warning",
            old=gpu.id in self._first_xid,
        )


def _ought_to_serve(workload: Workload) -> bool:
    """Not one that was stopped, is being deleted or was scaled to zero."""
    deleting = workload.object is not None and workload.object.deleting_at is not None
    return bool(workload.requested_pods) and workload.phase not in _AT_REST and not deleting


def _gpu_name(gpu: GpuId) -> str:
    return f"{gpu.node} GPU {gpu.gpu}"


def _xid_key(gpu: GpuId, code: int) -> str:
    """Another error of the same GPU is another thing to tell."""
    return f"xid/{gpu.node}/{gpu.gpu}/{code}"
