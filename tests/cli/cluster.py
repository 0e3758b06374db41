"""A small cluster as snapshots, and a session that shows them: what the commands see, without any source."""

import threading
from collections.abc import Callable
from dataclasses import replace

from config.settings import Settings
from tui.model.circumstances import Circumstances, Inquiry
from tui.model.event import Event
from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.installation import Installation
from tui.model.json_value import JsonObject
from tui.model.node import Node
from tui.model.reading import Reading
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff
from tui.model.status import SourceState, SourceStatus
from tui.model.tenancy import Project
from tui.model.workload import Workload

NOW = 1_760_000_000.0  # 2025-10-09T08:53:20Z


def reading(value: float, at: float = NOW - 2) -> Reading:
    return Reading(value, "dcgm", at)


def gpu(index: int, *slices: Slice, utilization: float | None = 0.71) -> Gpu:
    return Gpu(
        id=GpuId("node001", index),
        uuid=f"GPU-{index}",
        model="NVIDIA H100 NVL",
        allocated_fraction=round(sum(part.fraction or 0.0 for part in slices), 6),
        slices=slices,
        utilization_fraction=None if utilization is None else reading(utilization),
        memory_used_bytes=reading(40e9),
        memory_total_bytes=reading(94e9),
        power_watts=reading(310.5),
        temperature_celsius=reading(61),
    )


LLAMA = WorkloadKey("runai-test", "llama", "InferenceWorkload")
HALF = Slice(LLAMA, ObjectKey("runai-test", "llama-0"), 0.5, "reservation", reading(20e9))
TENTHS = (
    Slice(LLAMA, ObjectKey("runai-test", "llama-1"), 0.1, "annotation"),
    Slice(LLAMA, ObjectKey("runai-test", "llama-2"), 0.2, "annotation"),
)


def node(name: str = "node001", **changes: object) -> Node:
    plain = Node(
        name=name,
        ready=True,
        schedulable=True,
        pool="default",
        gpu_model="NVIDIA H100 NVL",
        gpu_allocatable=4.0,
        gpu_allocated=1.8,
        gpu_unplaced=1.0,
        utilization_fraction=reading(0.355),
        memory_used_bytes=reading(80e9),
        memory_total_bytes=reading(376e9),
        gpus=(gpu(0, HALF), gpu(1, *TENTHS, utilization=None), gpu(2), gpu(3)),
        pods=(),
        unplaced_pods=(),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def unknown_node(name: str = "node002") -> Node:
    return Node(name, None, None, None, None, None, None, None, None, None, None, (), (), ())


WORKLOAD = Workload(
    key=LLAMA,
    type="Inference",
    project="test",
    phase="Running",
    phase_since=NOW - 60,
    model="meta/llama-3.1-8b-instruct",
    image="registry.example/llama:1",
    running_pods=3,
    requested_pods=4,
    gpu_requested=1.1,
    gpu_allocated=0.8,
    gpu_memory_requested_bytes=None,
    gpu_memory_used_bytes=reading(20e9),
    idle_gpus=None,
    min_replicas=1,
    max_replicas=4,
    metric="concurrency",
    target=8.0,
    endpoint="http://llama.runai-test.svc.cluster.local",
    created_at=NOW - 14760,
    fraction=0.5,
)
OTHER = replace(WORKLOAD, key=WorkloadKey("runai-lab", "other", "Deployment"), project="lab", endpoint=None)

PROJECT = Project("test", "runai-test", "default", float("inf"), 64.0, 0.8, None, "kubernetes")
EVENT = Event(
    ObjectKey("runai-test", "e1"), NOW - 90, "Warning", "Pod", ObjectKey("runai-test", "llama-3"), "FailedScheduling",
    "0/16 nodes\nare available\x1b[31m", 3,
)  # fmt: skip

LIVE = {
    "kubernetes": SourceStatus("kubernetes", SourceState.LIVE, NOW - 1, "v1.32 at https://head"),
    "kubernetes/pods": SourceStatus("kubernetes/pods", SourceState.LIVE, NOW - 1),
    "prometheus": SourceStatus("prometheus", SourceState.LIVE, NOW - 2, "http://prom"),
}


def snapshot(**changes: object) -> Snapshot:
    plain = Snapshot(
        at=NOW,
        sequence=1,
        cluster=ClusterInfo("era"),
        sources=LIVE,
        nodes={"node001": node(), "node002": unknown_node()},
        workloads={LLAMA: WORKLOAD, OTHER.key: OTHER},
        projects={"test": PROJECT},
        events=(EVENT, replace(EVENT, object=ObjectKey("", "node001"), object_kind="Node", at=None, count=1)),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def status(name: str, state: SourceState, detail: str = "") -> SourceStatus:
    return SourceStatus(name, state, None, detail)


class FixedClock:
    def now(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return NOW


class FakeStore:
    def __init__(self, first: Snapshot) -> None:
        self.snapshot = first


class FakeSession:
    """Answers like ``tui.session.Session``, from the snapshot in ``shown``; remembers whether it was ended."""

    shown: Snapshot = snapshot()
    objects: "dict[tuple[str, ObjectKey], JsonObject]" = {}  # noqa: RUF012 - a test sets another
    kubernetes: object = None
    made: "list[FakeSession]" = []  # noqa: RUF012 - one list for all, emptied by the fixture

    def __init__(self, settings: Settings, clock: object = None) -> None:
        self.settings = settings
        self.clock = FixedClock()
        self.store = FakeStore(self.shown)
        self.listeners: list[Callable[[Snapshot, SnapshotDiff], None]] = []
        self.listening = threading.Event()
        self.running = False
        self.inquiries: list[Inquiry] = []
        self.around = Circumstances(NOW)
        self.installed: Installation | None = None
        self.made.append(self)

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False

    def wait_first(self, timeout_seconds: float) -> Snapshot:
        return self.store.snapshot

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        return self.objects.get((resource, key))

    def installation(self, project: str | None = None) -> Installation | None:
        return self.installed

    def circumstances(self, inquiry: Inquiry) -> Circumstances:
        self.inquiries.append(inquiry)
        return self.around

    def on_change(self, listener: Callable[[Snapshot, SnapshotDiff], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        self.listening.set()
        return lambda: self.listeners.remove(listener)

    def publish(self, new: Snapshot, diff: SnapshotDiff) -> None:
        self.store.snapshot = new
        for listener in self.listeners:
            listener(new, diff)
