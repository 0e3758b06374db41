"""A small cluster of model values, pushed through the real store: six nodes, five workloads, events, every source."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.store.builders import (
    HALF,
    NOW,
    batch,
    node,
    nodes,
    objects,
    owner,
    pod,
    pods,
    reservation,
    thing,
    uuid,
)
from tui.model.changes import Change, Listed
from tui.model.condition import Condition
from tui.model.event import Event
from tui.model.gpu import GpuIdentity
from tui.model.gpu_request import GpuRequest
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.status import SourceState, SourceStatus

__all__ = ["NOW", "batch", "cluster", "event", "live", "utilization"]

TEAM = "runai-team"
MAIN = ("kubernetes", "prometheus", "runai")
UNPLACED = (
    f"Resources were not found for pod {TEAM}/too-big-0 due to: "
    "no nodes with enough resources were found: 6 node(s) didn't have enough resources: GPUs"
)
READY = Condition("Ready", "True", "", "", NOW - 600)


def running(name: str, where: str, gpu: GpuRequest, maker: str, **fields: object) -> Pod:
    container = Container("user-container", "registry.example/nim:1", True, 0, ContainerPhase.RUNNING, since=NOW - 600)
    return pod(
        name,
        gpu,
        where,
        TEAM,
        owner=owner("InferenceWorkload", maker),
        conditions=(READY,),
        containers=(container,),
        created_at=NOW - 7200,
        started_at=NOW - 7100,
        ip="10.1.0.7",
        **fields,
    )


def waiting(name: str) -> Pod:
    return replace(
        running(name, "node001", GpuRequest(devices=8), "too-big"),
        node=None,
        phase="Pending",
        started_at=None,
        containers=(),
        conditions=(Condition("PodScheduled", "False", "Unschedulable", UNPLACED, NOW - 360),),
    )


def inference(name: str, gpu: GpuRequest, low: int, high: int, phase: str = "Running", **fields: object):
    return thing(
        name,
        "InferenceWorkload",
        TEAM,
        project="team",
        created_at=NOW - 7200,
        image="registry.example/nim:1",
        model="meta/llama-3.1-8b-instruct",
        gpu=gpu,
        min_replicas=low,
        max_replicas=high,
        phase=phase,
        endpoint=f"http://{name}.{TEAM}.svc.cluster.local",
        conditions=(
            READY if phase == "Running" else Condition("Ready", "False", "Unschedulable", UNPLACED, NOW - 360),
        ),
        **fields,
    )


def event(name: str, about: str, reason: str, message: str, *, warning: bool = True, ago: float = 60.0) -> Event:
    return Event(
        ObjectKey(TEAM, name),
        NOW - ago,
        "Warning" if warning else "Normal",
        "Pod",
        ObjectKey(TEAM, about),
        reason,
        message,
        count=3 if warning else 1,
        source="runai-scheduler",
        first_at=NOW - 3600,
    )


MEASURED = tuple(GpuId(f"node{place:03}", gpu) for place in range(1, 6) for gpu in range(4))


def share(gpu: GpuId) -> float:
    """How busy a GPU is: something else on each."""
    return 0.2 * gpu.gpu + 0.05 * int(gpu.node[-3:])


def measured(metric: str, value: Callable[[GpuId], float]) -> MetricColumn:
    return MetricColumn(metric, "dcgm", NOW - 2, {gpu: value(gpu) for gpu in MEASURED})


def utilization(name: str, *values: float) -> Change:
    """Other figures for one node."""
    return measured("gpu_utilization_fraction", lambda gpu: values[gpu.gpu] if gpu.node == name else share(gpu))


def live(name: str, detail: str = "", state: SourceState = SourceState.LIVE, ago: float = 1.0) -> SourceStatus:
    return SourceStatus(name, state, NOW - ago, detail)


def statuses() -> Iterable[SourceStatus]:
    details = {"prometheus": "http://prometheus.example:9090, Prometheus 2.45.0"}
    kinds = (f"kubernetes/{kind}" for kind in ("events", "inferenceworkloads.run.ai", "nodes", "pods"))
    return [live(name, details.get(name, "")) for name in (*MAIN, *kinds)]


def metrics() -> list[Change]:
    identities = tuple(GpuIdentity(gpu, uuid(*gpu), "NVIDIA H100 NVL") for gpu in MEASURED)
    return [
        GpuIdentities("dcgm", NOW - 2, identities),
        measured("gpu_utilization_fraction", share),
        measured("gpu_memory_total_bytes", lambda _: 1e11),
        measured("gpu_memory_used_bytes", lambda gpu: 9e10 * share(gpu)),
        measured("gpu_power_watts", lambda gpu: 60 + 300 * share(gpu)),
        measured("gpu_temperature_celsius", lambda gpu: 30 + 40 * share(gpu)),
    ]


def cluster() -> list[Change]:
    """Everything, in the order in which sources might tell it."""
    silent = Condition("Ready", "Unknown", "NodeStatusUnknown", "kubelet stopped posting node status", NOW - 240)
    machines = [node(f"node{place:03}") for place in range(1, 5)]
    machines += [node("node005", schedulable=False), node("node006", ready=False, conditions=(silent,))]
    whole, half = GpuRequest(devices=1), HALF
    shared = [running(f"half-{place}", "node003", half, "llama-half", gpu_groups=("g",)) for place in (1, 2)]
    held = [running(f"llama-{place}", f"node{place:03}", GpuRequest(devices=4), "llama") for place in (1, 2)]
    notebook = running("notebook-0", "node004", whole, "notebook")
    made = [
        inference("llama", GpuRequest(devices=4), 2, 4),
        inference("llama-half", half, 2, 8),
        inference("notebook", whole, 1, 1),
        inference("too-big", GpuRequest(devices=8), 1, 1, "Pending"),
    ]
    lone = replace(running("cuda-debug", "node004", whole, "none"), owner=None)
    return [
        nodes(*machines),
        pods(
            *held, *shared, notebook, lone, waiting("too-big-0"), reservation("r", "g", uuid("node003", 0), "node003")
        ),
        objects("inferenceworkloads.run.ai", *made),
        Listed(
            "events",
            {
                found.key: found
                for found in (
                    event("e1", "too-big-0", "Unschedulable", "0/6 nodes are available: GPUs", ago=20),
                    event("e2", "llama-1", "Started", "Started container user-container", warning=False, ago=7100),
                    event("e3", "half-1", "BackOff", "Back-off pulling image", ago=300),
                )
            },
        ),
        *metrics(),
        *statuses(),
    ]
