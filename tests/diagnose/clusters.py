"""Small clusters as snapshots, joined by the real store, and specs to try on them."""

from collections.abc import Sequence
from dataclasses import replace

from tests.store.builders import NOW, nodes, pod, reservation, store_of, uuid
from tui.model.changes import Change, Listed
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId
from tui.model.launch_spec import GpuAsk, LaunchSpec, Replicas
from tui.model.metrics import GpuIdentities
from tui.model.node import NodeObject
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.status import SourceState, SourceStatus
from tui.model.surroundings import (
    Claim,
    PriorityClass,
    SecretInfo,
    StorageClass,
    Surroundings,
)
from tui.model.tenancy import NodePool, Queue

INF = float("inf")
LIVE = tuple(
    SourceStatus(name, SourceState.LIVE, NOW)
    for name in (
        "kubernetes",
        "kubernetes/nodes",
        "kubernetes/pods",
        "kubernetes/queues.scheduling.run.ai",
        "prometheus",
    )
)


def spec(
    gpu: float | GpuAsk = 1.0, replicas: int = 1, devices: int = 1, name: str = "llama", **fields: object
) -> LaunchSpec:
    """A spec for project ``test``: ``gpu`` is the portion of each of ``devices``."""
    ask = gpu if isinstance(gpu, GpuAsk) else GpuAsk(devices, None if gpu == 1 else gpu)
    plain = LaunchSpec(name, "test", image="registry.example/some:1", gpu=ask, replicas=Replicas(replicas, replicas))
    return replace(plain, **fields)


def queue(name: str = "test", quota: float = INF, limit: float | None = None, **fields: object) -> Queue:
    plain = Queue(name, "dept", name, "dept", None, quota, limit, None, 0.0, 0.0, 0.0)
    return replace(plain, **fields)


DEPARTMENT = Queue("dept", None, None, None, None, INF, None, None, 0.0, 0.0, 0.0)


def pool(strategy: str | None = "binpack", name: str = "default") -> NodePool:
    return NodePool(name, "runai/node-pool", name, strategy)


def shared(name: str, node_name: str, index: int, portion: float, group: str | None = None) -> tuple[Pod, Pod]:
    """A pod on a part of one GPU, and the reservation pod that says which."""
    group = group or f"group-{node_name}-{index}"
    held = pod(name, GpuRequest(1, portion), node_name, "runai-other", gpu_groups=(group,))
    return held, reservation(f"res-{group}", group, uuid(node_name, index), node_name)


def whole(name: str, node_name: str) -> Pod:
    return pod(name, GpuRequest(1), node_name, "runai-other")


def identities(things: Sequence[NodeObject], where: dict[GpuId, Pod] | None = None) -> GpuIdentities:
    """DCGM's view: every GPU, and the whole pods that are said to lie on them."""
    items = [
        GpuIdentity(GpuId(n.name, i), uuid(n.name, i), "NVIDIA H100 NVL", held.key if held else None)
        for n in things
        for i in range(n.gpu_count or 0)
        for held in [(where or {}).get(GpuId(n.name, i))]
    ]
    return GpuIdentities("dcgm", NOW, tuple(items))


def snapshot(
    things: Sequence[NodeObject],
    pods: Sequence[Pod] = (),
    queues: Sequence[Queue] = (queue(), DEPARTMENT),
    pools: Sequence[NodePool] = (pool(),),
    where: dict[GpuId, Pod] | None = None,
    extra: Sequence[Change] = (),
) -> Snapshot:
    """What the store makes of it."""
    unique = {p.key: p for p in pods}
    return store_of(
        *LIVE,
        nodes(*things),
        Listed("pods", dict(unique)),
        Listed("queues.scheduling.run.ai", {q.name: q for q in queues}),
        Listed("nodepools.run.ai", {p.name: p for p in pools}),
        identities(things, where),
        *extra,
    ).snapshot


def surroundings(**fields: object) -> Surroundings:
    """Everything there, everything known."""
    plain = Surroundings(
        namespace="runai-test",
        namespace_exists=True,
        claims=(Claim("nfs-pvc-nim", "Bound", "nfs", ("ReadWriteMany",), 100 << 30),),
        secrets=(SecretInfo("ngc-api-key", "Opaque", ("NGC_API_KEY",)), SecretInfo("nvcr", None, None)),
        storage_classes=(
            StorageClass("nfs", "nfs.csi.k8s.io", True, False),
            StorageClass("local", "local", False, True),
        ),
        priority_classes=(PriorityClass("inference", 125), PriorityClass("train", 50)),
        spec_fields=frozenset(),
        has_inference_workloads=True,
        progress_deadline_seconds=1800.0,
    )
    return replace(plain, **fields)
