"""Short ways to say model values in the tests of the store."""

from dataclasses import dataclass, replace

from tui.model.changes import Batch, Change, Listed
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey, OwnerRef, WorkloadKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.node import NodeObject
from tui.model.pod import Pod
from tui.model.workload import WorkloadObject
from tui.store import Store

GPU_MEMORY = 95830 * 2**20
NOW = 1_800_000_000.0
WHOLE = GpuRequest(devices=1)
HALF = GpuRequest(devices=1, fraction=0.5)


@dataclass
class HeldClock:
    """A clock that a test moves."""

    at: float = NOW

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def node(name: str = "n1", gpus: int | None = 4, **fields: object) -> NodeObject:
    thing = NodeObject(
        name=name,
        uid=f"uid-{name}",
        resource_version="1",
        created_at=NOW - 1000,
        ready=True,
        schedulable=True,
        pool="default",
        gpu_model="NVIDIA-H100-NVL",
        gpu_count=gpus,
        gpu_allocatable=gpus,
        gpu_memory_bytes=float(GPU_MEMORY),
        mig_allocatable=(),
        cpu_allocatable_cores=128.0,
        memory_allocatable_bytes=2.0**40,
        pods_allocatable=110,
        ephemeral_allocatable_bytes=2.0**40,
        taints=(),
        conditions=(),
    )
    return replace(thing, **fields)


def pod(name: str, gpu: GpuRequest = WHOLE, node: str | None = "n1", namespace: str = "team", **fields: object) -> Pod:
    thing = Pod(
        key=ObjectKey(namespace, name),
        uid=f"uid-{namespace}-{name}",
        resource_version="1",
        phase="Running",
        node=node,
        owner=None,
        gpu=gpu,
    )
    return replace(thing, **fields)


def reservation(name: str, group: str, reserved: str | None, node: str = "n1", **fields: object) -> Pod:
    return pod(
        name,
        WHOLE,
        node,
        "runai-reservation",
        is_reservation=True,
        gpu_groups=(group,),
        reserved_gpu=reserved,
        **fields,
    )


def thing(name: str, kind: str, namespace: str = "team", **fields: object) -> WorkloadObject:
    key = WorkloadKey(namespace, name, kind)
    return replace(WorkloadObject(key=key, uid=f"uid-{kind}-{name}", resource_version="1"), **fields)


def owner(kind: str, name: str) -> OwnerRef:
    return OwnerRef(kind, name, f"uid-{kind}-{name}")


def uuid(name: str, index: int) -> str:
    return f"GPU-{name}-{index}"


def dcgm(labels: dict[int, Pod | None], name: str = "n1") -> GpuIdentities:
    """One node's GPUs and the pods that DCGM puts on them."""
    items = (
        GpuIdentity(GpuId(name, i), uuid(name, i), "NVIDIA H100 NVL", p.key if p else None) for i, p in labels.items()
    )
    return GpuIdentities("dcgm", NOW, tuple(items))


def column(
    metric: str, values: dict[int, float], at: float = NOW, name: str = "n1", source: str = "dcgm"
) -> MetricColumn:
    return MetricColumn(metric, source, at, {GpuId(name, i): v for i, v in values.items()})


def nodes(*things: NodeObject) -> Listed:
    return Listed("nodes", {ObjectKey("", n.name): n for n in things})


def pods(*things: Pod, namespace: str | None = None) -> Listed:
    return Listed("pods", {p.key: p for p in things}, namespace)


def objects(plural: str, *things: WorkloadObject) -> Listed:
    return Listed(plural, {ObjectKey(t.key.namespace, t.key.name): t for t in things})


def batch(kind: str, *items: Pod | WorkloadObject) -> Batch:
    return Batch(kind, tuple((ObjectKey(item.key.namespace, item.key.name), item) for item in items))


def store_of(*changes: Change, clock: HeldClock | None = None) -> Store:
    """A store that has taken these in."""
    store = Store(clock or HeldClock())
    for change in changes:
        store.put(change)
    store.drain()
    return store


def placed(store: Store, name: str = "n1") -> dict[int, list[tuple[str, float | None, str]]]:
    """GPU -> (pod, fraction, source) of its slices, GPUs with none left out."""
    gpus = store.snapshot.nodes[name].gpus
    return {gpu.id.gpu: [(s.pod.name, s.fraction, s.source) for s in gpu.slices] for gpu in gpus if gpu.slices}
