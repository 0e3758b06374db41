"""A launch at a moment of one's choosing, as the snapshot shows it."""

from dataclasses import replace

from tests.store.builders import HALF, NOW, pod
from tui.model.condition import Condition
from tui.model.event import Event
from tui.model.gpu import Gpu, Slice
from tui.model.ids import GpuId, ObjectKey, WorkloadKey
from tui.model.node import Node
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import ClusterInfo, Snapshot
from tui.model.surroundings import Surroundings
from tui.model.workload import Workload

KEY = WorkloadKey("team", "llama", "InferenceWorkload")
IMAGE = "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"
DEADLINE = Surroundings("team", progress_deadline_seconds=600.0)
GUIDE = Surroundings("team", progress_deadline_seconds=1800.0)


def workload(pods=(), **fields) -> Workload:
    plain = Workload(
        key=KEY,
        type="Inference",
        project="test",
        phase="Pending",
        phase_since=None,
        model=None,
        image=IMAGE,
        running_pods=len(pods),
        requested_pods=1,
        gpu_requested=0.5,
        gpu_allocated=None,
        gpu_memory_requested_bytes=None,
        gpu_memory_used_bytes=None,
        idle_gpus=None,
        min_replicas=1,
        max_replicas=1,
        metric=None,
        target=None,
        endpoint=None,
        created_at=NOW - 100,
        pods=tuple(one.key for one in pods),
    )
    return replace(plain, **fields)


def snapshot(pods=(), work: Workload | None = None, **fields) -> Snapshot:
    held = work if work is not None else workload(pods)
    others = fields.pop("others", ())
    plain = Snapshot(
        at=NOW,
        sequence=1,
        cluster=ClusterInfo(),
        workloads={held.key: held},
        pods={one.key: one for one in (*pods, *others)},
    )
    return replace(plain, **fields)


def waiting(name="llama-1", message="", **fields) -> Pod:
    """A pod without a node."""
    told = (Condition("PodScheduled", "False", "Unschedulable", message, NOW - 90),) if message else ()
    return pod(name, HALF, None, phase="Pending", created_at=NOW - 95, conditions=told, **fields)


def placed(name="llama-1", container: Container | None = None, conditions=(), **fields) -> Pod:
    """A pod on node n1 since 80 s ago."""
    main = container or Container("user-container", IMAGE, phase=ContainerPhase.WAITING, reason="ContainerCreating")
    told = (Condition("PodScheduled", "True", changed_at=NOW - 80), *conditions)
    fields = {"phase": "Pending", "created_at": NOW - 95, **fields}
    return pod(name, HALF, "n1", containers=(main,), conditions=told, **fields)


def running(name="llama-1", **fields) -> Pod:
    main = Container("user-container", IMAGE, phase=ContainerPhase.RUNNING, since=NOW - 50)
    return placed(name, replace(main, **fields.pop("container_fields", {})), phase="Running", **fields)


def ready(name="llama-1", at=NOW - 10, **fields) -> Pod:
    return running(
        name,
        container_fields={"ready": True},
        conditions=(Condition("Ready", "True", changed_at=at),),
        **fields,
    )


def node_with(name: str, held: Pod) -> Node:
    part = Slice(KEY, held.key, 0.5, "reservation")
    gpu = Gpu(GpuId(name, 1), None, None, 0.5, (part,))
    return _node(name, gpu)


def _node(name: str, gpu: Gpu) -> Node:
    from dataclasses import MISSING, fields

    required = {one.name: None for one in fields(Node) if one.default is MISSING and one.default_factory is MISSING}
    return Node(**{**required, "name": name, "gpus": (gpu,)})


def event(of: Pod, reason: str, message: str, at=NOW - 70, severity="Warning", source="") -> Event:
    return Event(
        ObjectKey("team", f"e-{reason}"), at, severity, "Pod", of.key, reason, message, 1, source=source, first_at=at
    )
