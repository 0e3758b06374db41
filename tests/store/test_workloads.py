"""Rows of Workloads and Projects: who owns what, phases, figures, idleness."""

from dataclasses import replace

import pytest

from tests.store.builders import (
    GPU_MEMORY,
    HALF,
    NOW,
    WHOLE,
    HeldClock,
    batch,
    column,
    dcgm,
    node,
    nodes,
    objects,
    owner,
    pod,
    pods,
    reservation,
    store_of,
    thing,
)
from tui.model.changes import Batch, Listed
from tui.model.condition import Condition
from tui.model.gpu_request import GpuRequest
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.reading import Reading
from tui.model.runai import RunaiWorkload
from tui.model.tenancy import ProjectObject, Queue
from tui.model.workload import Workload
from tui.store import Store

READY = (Condition("Ready", "True"),)


def _served(name: str = "llama", replica: str = "a", **fields: object) -> Pod:
    """A pod as Knative makes it: owned by a ReplicaSet, labelled with its service."""
    values: dict[str, object] = {
        "owner": owner("ReplicaSet", f"{name}-00001-deployment-abc"),
        "knative_service": name,
        "conditions": READY,
    }
    return pod(f"{name}-00001-deployment-{replica}", **{"gpu": HALF, **values, **fields})  # type: ignore[arg-type]


def _rows(store: Store) -> dict[str, Workload]:
    return {f"{key.kind}/{key.name}": row for key, row in store.snapshot.workloads.items()}


def test_an_inference_workload_owns_its_service_and_pods_and_is_one_row() -> None:
    inference = thing("llama", "InferenceWorkload", phase="Running", min_replicas=1, max_replicas=4, project="team-a")
    service = thing("llama", "Service", owner=owner("InferenceWorkload", "llama"), endpoint="http://llama.team")
    revision = thing("llama-00001-deployment", "Deployment", owner=owner("Revision", "llama-00001"), gpu=HALF)
    store = store_of(
        objects("deployments.apps", replace(revision, labels={"serving.knative.dev/service": "llama"})),
        pods(_served(), _served(replica="b")),
        objects("services.serving.knative.dev", service),
        objects("inferenceworkloads.run.ai", inference),
        nodes(node()),
    )
    rows = _rows(store)
    assert list(rows) == ["InferenceWorkload/llama"]
    row = rows["InferenceWorkload/llama"]
    assert (row.type, row.phase, row.running_pods, row.requested_pods) == ("Inference", "Running", 2, 2)
    assert (row.gpu_requested, row.gpu_allocated, row.fraction) == (1.0, 1.0, 0.5)
    assert (row.endpoint, row.project, row.max_replicas) == ("http://llama.team", "team-a", 4)
    assert row.gpu_memory_requested_bytes is None


def test_when_the_workloads_crd_goes_the_service_is_the_row() -> None:
    service = thing("llama", "Service", owner=owner("InferenceWorkload", "llama"))
    inference = thing("llama", "InferenceWorkload")
    store = store_of(
        nodes(node()),
        pods(_served()),
        objects("services.serving.knative.dev", service),
        objects("inferenceworkloads.run.ai", inference),
    )
    assert list(_rows(store)) == ["InferenceWorkload/llama"]
    store.put(Batch("inferenceworkloads.run.ai", ((ObjectKey("team", "llama"), None),)))
    diff = store.drain()
    assert list(_rows(store)) == ["Service/llama"]
    assert diff.workloads == {WorkloadKey("team", "llama", k) for k in ("InferenceWorkload", "Service")}
    assert _rows(store)["Service/llama"].running_pods == 1


def test_slices_name_the_workload_even_if_it_is_learned_later() -> None:
    served = _served(gpu_groups=("g",))
    store = store_of(nodes(node()), pods(served, reservation("r", "g", "1")))
    assert store.snapshot.nodes["n1"].gpus[1].slices[0].workload == WorkloadKey("team", "llama", "Service")
    store.put(objects("inferenceworkloads.run.ai", thing("llama", "InferenceWorkload")))
    assert "n1" in store.drain().nodes
    key = WorkloadKey("team", "llama", "InferenceWorkload")
    assert store.snapshot.nodes["n1"].gpus[1].slices[0].workload == key


@pytest.mark.parametrize("listed", [True, False])
def test_a_deployment_is_found_through_its_replica_set_or_by_the_hash(listed: bool) -> None:
    deployment = thing("chat", "Deployment", gpu=WHOLE, desired_pods=3)
    replica_set = thing("chat-5d9f", "ReplicaSet", owner=owner("Deployment", "chat"))
    mine = pod("chat-5d9f-x", owner=owner("ReplicaSet", "chat-5d9f"), labels={"pod-template-hash": "5d9f"})
    changes = [nodes(node()), pods(mine), objects("deployments.apps", deployment)]
    if listed:
        changes.append(objects("replicasets.apps", replica_set))
    row = _rows(store_of(*changes))["Deployment/chat"]
    assert (row.running_pods, row.requested_pods, row.gpu_requested, row.gpu_allocated) == (1, 3, 3.0, 1.0)


def test_gpu_work_of_every_kind_is_a_row_and_nothing_else_is() -> None:
    store = store_of(
        nodes(node()),
        pods(
            pod("bare"),
            pod("web-1-a", GpuRequest(), owner=owner("ReplicaSet", "web-1")),
            pod("set-0", owner=owner("StatefulSet", "set")),
            pod("train-x", owner=owner("PyTorchJob", "train")),
            reservation("r", "g", "0"),
        ),
        objects("deployments.apps", thing("idle", "Deployment", gpu=WHOLE, desired_pods=0), thing("web", "Deployment")),
        objects("nimservices.apps.nvidia.com", thing("nim", "NIMService", min_replicas=1)),
        objects("jobs.batch", thing("job", "Job", gpu=WHOLE)),
    )
    assert sorted(_rows(store)) == [
        "Deployment/idle",
        "Job/job",
        "NIMService/nim",
        "Pod/bare",
        "PyTorchJob/train",
        "StatefulSet/set",
    ]
    assert _rows(store)["Deployment/idle"].phase == "Stopped"
    assert _rows(store)["NIMService/nim"].phase == "Pending"


def _waiting(reason: str) -> tuple[Container, ...]:
    return (Container("main", "img", phase=ContainerPhase.WAITING, reason=reason),)


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({"conditions": READY}, "Running"),
        ({"conditions": ()}, "Initializing"),
        ({"phase": "Pending", "node": None}, "Pending"),
        ({"phase": "Pending"}, "Initializing"),
        ({"containers": _waiting("CrashLoopBackOff")}, "Degraded"),
        ({"phase": "Pending", "containers": _waiting("ImagePullBackOff")}, "Degraded"),
        ({"phase": "Succeeded"}, "Completed"),
        ({"phase": "Failed", "reason": "Evicted"}, "Failed"),
        ({"conditions": READY, "deleting_at": NOW}, "Terminating"),
    ],
)
def test_phase_of_a_bare_pod(fields: dict[str, object], phase: str) -> None:
    store = store_of(nodes(node()), pods(pod("p", **{"node": "n1", **fields})))  # type: ignore[arg-type]
    assert _rows(store)["Pod/p"].phase == phase


@pytest.mark.parametrize(
    ("status", "phase"),
    [("Unknown", "Pending"), ("False", "Failed"), ("True", "Pending")],
)
def test_only_a_false_condition_is_a_fault_while_a_service_starts(status: str, phase: str) -> None:
    condition = Condition("Ready", status, "RevisionMissing", "no ready Revision")
    service = thing("s", "Service", conditions=(condition,), min_replicas=1)
    assert _rows(store_of(objects("services.serving.knative.dev", service), pods()))["Service/s"].phase == phase


def test_memory_is_requested_only_where_memory_was_asked() -> None:
    asks = GpuRequest(devices=1, memory_bytes=GPU_MEMORY // 2)
    deployment = thing("chat", "Deployment", gpu=asks, desired_pods=2)
    row = _rows(store_of(nodes(node()), pods(), objects("deployments.apps", deployment)))["Deployment/chat"]
    assert row.gpu_memory_requested_bytes == 2 * (GPU_MEMORY // 2)
    assert row.gpu_requested == pytest.approx(1.0)
    assert row.gpu_allocated == 0.0


def test_idle_is_known_only_after_three_hundred_seconds_at_zero() -> None:
    whole = pod("w")
    store = store_of(nodes(node()), pods(whole), dcgm({0: whole, 1: None, 2: None, 3: None}))

    def idle_at(seconds: float, fraction: float) -> float | None:
        store.put(column("gpu_utilization_fraction", {0: fraction, 1: 0.0, 2: 0.0, 3: 0.0}, NOW + seconds))
        store.drain()
        return _rows(store)["Pod/w"].idle_gpus

    assert _rows(store)["Pod/w"].idle_gpus is None
    assert idle_at(0, 0.0) is None
    assert idle_at(290, 0.0) is None
    assert idle_at(301, 0.0) == 1.0
    assert store.snapshot.nodes["n1"].gpus[0].idle_seconds == pytest.approx(301)
    assert store.snapshot.nodes["n1"].gpus[1].idle_seconds is None, "a free GPU is not idle, it is free"
    assert idle_at(310, 0.4) == 0.0
    assert idle_at(320, 0.0) == 0.0, "it was busy ten seconds ago"
    assert idle_at(630, 0.0) == 1.0


def test_a_gpu_at_zero_before_the_pods_were_heard_was_not_seen_free() -> None:
    whole = pod("w")
    store = store_of(nodes(node()), column("gpu_utilization_fraction", {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.0}))
    store.put(pods(whole))
    store.put(dcgm({0: whole, 1: None, 2: None, 3: None}))
    store.drain()
    assert _rows(store)["Pod/w"].idle_gpus is None, "how long it has been idle is not known"
    store.put(column("gpu_utilization_fraction", {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.0}, NOW + 1))
    store.drain()
    assert _rows(store)["Pod/w"].idle_gpus is None


def test_a_gpu_at_zero_was_not_seen_free_while_a_pod_of_its_node_has_no_place() -> None:
    whole, at_zero = pod("w"), {0: 0.0, 1: 0.0, 2: 0.0, 3: 0.0}
    store = store_of(nodes(node()), pods(whole))
    for seconds in (0.0, 1.0):
        store.put(column("gpu_utilization_fraction", at_zero, NOW + seconds))
        store.drain()
    assert store.snapshot.nodes["n1"].gpu_unplaced == 1.0
    store.put(dcgm({0: whole, 1: None, 2: None, 3: None}))
    store.drain()
    assert _rows(store)["Pod/w"].idle_gpus is None


def test_memory_used_needs_every_pod() -> None:
    a, b = pod("s-0", owner=owner("StatefulSet", "s")), pod("s-1", owner=owner("StatefulSet", "s"))
    used = {0: 5e9, 1: 6e9, 2: 0.0, 3: 0.0}
    store = store_of(nodes(node()), pods(a, b), column("gpu_memory_used_bytes", used))
    assert _rows(store)["StatefulSet/s"].gpu_memory_used_bytes is None
    store.put(dcgm({0: a, 1: b, 2: None, 3: None}))
    store.drain()
    assert _rows(store)["StatefulSet/s"].gpu_memory_used_bytes == Reading(11e9, "dcgm", NOW)


def test_runai_fills_gaps_and_overrules_nothing() -> None:
    told = RunaiWorkload(
        ObjectKey("team", "llama"), "id", "Inference", "Failed", project="a", running_pods=9, urls=("https://x",)
    )
    store = store_of(
        nodes(node()),
        pods(_served()),
        objects("inferenceworkloads.run.ai", thing("llama", "InferenceWorkload", min_replicas=1)),
        Listed("runai/workloads", {told.key: told}),
    )
    row = _rows(store)["InferenceWorkload/llama"]
    assert (row.phase, row.running_pods, row.project, row.endpoint) == ("Running", 1, "a", "https://x")
    alone = store_of(Listed("runai/workloads", {told.key: told}))
    row = _rows(alone)["InferenceWorkload/llama"]
    assert (row.phase, row.running_pods, row.gpu_allocated) == ("Failed", 9, None)


def test_projects_from_queues_objects_and_pods() -> None:
    def queue(name: str, **fields: object) -> Queue:
        values = dict.fromkeys(Queue.__dataclass_fields__) | {"name": name} | fields
        return Queue(**values)  # type: ignore[arg-type]

    listed = {
        ObjectKey("", q.name): q
        for q in (queue("dept"), queue("a", parent="dept", gpu_quota=8.0), queue("b", parent="dept", gpu_limit=4.0))
    }
    told = ProjectObject("c", "runai-c", "dept", 2.0, float("inf"), "Ready", "runai", gpu_allocated=1.5)
    store = store_of(
        nodes(node()),
        pods(pod("p", project="a", namespace="runai-a")),
        Listed("queues.scheduling.run.ai", listed),
        Listed("runai/projects", {ObjectKey("", "c"): told}),
    )
    rows = store.snapshot.projects
    assert list(rows) == ["a", "b", "c"]
    assert (rows["a"].gpu_quota, rows["a"].gpu_limit, rows["a"].department) == (8.0, float("inf"), "dept")
    assert (rows["a"].gpu_allocated, rows["a"].namespace) == (1.0, "runai-a")
    assert (rows["b"].gpu_quota, rows["b"].gpu_limit, rows["b"].gpu_allocated) == (None, 4.0, 0.0)
    assert (rows["c"].gpu_allocated, rows["c"].source) == (1.5, "runai")


def test_a_status_change_touches_only_its_row() -> None:
    a, b = pod("a"), pod("b")
    store = store_of(nodes(node()), pods(a, b), clock=HeldClock())
    store.put(batch("pods", replace(a, conditions=READY, resource_version="2")))
    diff = store.drain()
    assert {key.name for key in diff.workloads} == {"a"}
    assert (diff.pods, diff.nodes) == ({a.key}, frozenset())


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ((), "0/16 nodes are available"),
        ((Condition("Ready", "False", "NotReady"),), "0/16 nodes are available"),
        ((Condition("Ready", "False", "NotReady", "no quota"),), "no quota"),
    ],
)
def test_a_pending_workload_that_says_no_reason_has_that_of_its_pods(own: tuple[Condition, ...], message: str) -> None:
    waits = Condition("PodScheduled", "False", "Unschedulable", "0/16 nodes are available")
    store = store_of(
        objects("inferenceworkloads.run.ai", thing("llama", "InferenceWorkload", phase="Pending", conditions=own)),
        pods(_served(workload_name="llama", node=None, phase="Pending", conditions=(waits,))),
    )
    assert [(row.phase, row.message) for row in _rows(store).values()] == [("Pending", message)]


def test_a_distributed_inference_owns_its_pods() -> None:
    name = "DistributedInferenceWorkload"
    store = store_of(
        objects("distributedinferenceworkloads.run.ai", thing("big", name, phase="Running")),
        pods(pod("big-0-0", gpu=WHOLE, workload_name="big")),
    )
    row = _rows(store)[f"{name}/big"]
    assert (row.type, [key.name for key in row.pods]) == ("Distributed inference", ["big-0-0"])
