"""Each kind as servers send it, and with nonsense where the schema promises nothing."""

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources_kubernetes.items import decode, decode_pod
from tui.model.event import Event
from tui.model.gpu_request import GpuRequest
from tui.model.ids import OwnerRef, WorkloadKey
from tui.model.node import NodeObject
from tui.model.pod import ContainerPhase
from tui.model.tenancy import NodePool, PodGroup, ProjectObject, Queue
from tui.model.workload import WorkloadObject
from tui.sources.kinds.base import Loose
from tui.sources.kinds.model_name import model_of
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes.decode import collector_paused

IMAGE = "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"


def workload(kind_name: str, body: dict[str, Any]) -> WorkloadObject:
    (value,) = decode(kind_name, body)
    assert isinstance(value, WorkloadObject)
    return value


def test_inference_workload_of_the_guide() -> None:
    found = workload(
        "inferenceworkloads.run.ai",
        {
            "metadata": {"name": "llama", "namespace": "runai-team-a", "uid": "u", "resourceVersion": "7"},
            "spec": {
                "image": {"value": IMAGE},
                "gpu": {"value": "0.5"},
                "minScale": {"value": 1},
                "maxScale": {"value": "4"},
                "metric": {"value": "concurrency"},
                "target": {"value": 80},
                "environment": {"items": {"NGC_API_KEY": {"value": "SECRET:ngc,NGC_API_KEY"}}},
                "nodePools": {"value": "pool-a pool-b"},
            },
            "status": {"phase": "Running", "desiredPods": 2, "urls": {"serving": "http://llama.x"}},
        },
    )
    assert found.key == WorkloadKey("runai-team-a", "llama", "InferenceWorkload")
    assert (found.project, found.model, found.image) == ("team-a", "meta/llama-3.1-8b-instruct", IMAGE)
    assert found.gpu == GpuRequest(devices=1, fraction=0.5)
    assert (found.min_replicas, found.max_replicas, found.metric, found.target) == (1, 4, "concurrency", 80.0)
    assert (found.phase, found.desired_pods, found.endpoint) == ("Running", 2, "http://llama.x")
    assert found.node_pools == ("pool-a", "pool-b")


Nonsense = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1e9, 1e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["value", "items", "gpu", "environment", "conditions", "type", "resources", "quota", "limit", "template",
             "spec", "containers", "metadata", "annotations", "schedulingConditions", "reasons", "labels", "replicas",
             "status", "scale", "minScale", "nodePools", "image", "urls", "draResources", "hpa", "enabled"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(Nonsense, Nonsense)
def test_no_nonsense_in_spec_or_status_ever_raises(spec: object, status: object) -> None:
    for kind in all_kinds():
        if issubclass(kind.item, Loose):
            decode(kind.name, {"metadata": {"name": "x"}, "spec": spec, "status": status})


def test_knative_service() -> None:
    notes = {"autoscaling.knative.dev/min-scale": "1", "autoscaling.knative.dev/maxScale": "3"}
    container = {
        "name": "user-container",
        "image": "registry.local/x:1",
        "env": [{"name": "NIM_SERVED_MODEL_NAME", "value": "my/model"}],
        "resources": {"limits": {"nvidia.com/gpu": "2"}},
    }
    found = workload(
        "services.serving.knative.dev",
        {
            "metadata": {"name": "s", "namespace": "n"},
            "spec": {
                "template": {
                    "metadata": {"annotations": notes},
                    "spec": {"containers": [{"name": "queue-proxy", "image": "q"}, container]},
                }
            },
            "status": {"url": "http://s.n", "conditions": [{"type": "Ready", "status": "Unknown"}]},
        },
    )
    assert (found.image, found.model, found.gpu) == ("registry.local/x:1", "my/model", GpuRequest(devices=2))
    assert (found.min_replicas, found.max_replicas, found.endpoint) == (1, 3, "http://s.n")
    assert found.conditions[0].status == "Unknown"


def test_nim_service_of_the_operator() -> None:
    found = workload(
        "nimservices.apps.nvidia.com",
        {
            "metadata": {"name": "nim", "namespace": "n"},
            "spec": {
                "image": {"repository": "nvcr.io/nim/meta/llama-3.1-8b-instruct", "tag": "1.8.4"},
                "replicas": 2,
                "resources": {"limits": {"nvidia.com/gpu": 1}},
            },
            "status": {"state": "Ready", "model": {"clusterEndpoint": "nim.n:8000"}},
        },
    )
    assert found.key.kind == "NIMService"
    assert (found.image, found.gpu, found.desired_pods, found.phase) == (IMAGE, GpuRequest(devices=1), 2, "Ready")


@pytest.mark.parametrize(
    ("spec", "status", "desired"),
    [
        ({"parallelism": 2, "completions": 5}, {"succeeded": 4}, 1),
        ({"parallelism": 2, "completions": 5}, {}, 2),
        ({"parallelism": 2, "suspend": True}, {}, 0),
        ({"parallelism": 3}, {"succeeded": 1}, 3),
        ({}, {}, None),
    ],
)
def test_pods_that_a_job_wants(spec: Any, status: Any, desired: int | None) -> None:
    assert workload("jobs.batch", {"metadata": {"name": "j"}, "spec": spec, "status": status}).desired_pods == desired


def test_replica_set_carries_its_owner_only() -> None:
    owner = {"kind": "Deployment", "name": "d", "uid": "du", "controller": True}
    found = workload("replicasets.apps", {"metadata": {"name": "r", "uid": "ru", "ownerReferences": [owner]}})
    assert (found.key.kind, found.uid, found.owner) == ("ReplicaSet", "ru", OwnerRef("Deployment", "d", "du"))


def test_queue_with_unlimited_numbers() -> None:
    team, top = decode(
        "queues.scheduling.run.ai",
        {
            "metadata": {"name": "team-a", "labels": {"project": "a"}},
            "spec": {"parentQueue": "default", "resources": {"gpu": {"quota": 16, "limit": -1}}},
            "status": {"allocated": {"nvidia.com/gpu": "2500m"}, "requested": {"nvidia.com/gpu": 3}},
        },
        {"metadata": {"name": "default"}, "spec": {"resources": {"gpu": {"quota": -1, "limit": 8}}}},
    )
    assert isinstance(team, Queue)
    assert isinstance(top, Queue)
    assert (team.project, team.gpu_quota, team.gpu_limit, team.gpu_allocated, team.gpu_requested) == (
        "a", 16.0, None, 2.5, 3.0,
    )  # fmt: skip
    assert (top.project, top.gpu_quota, top.gpu_limit, top.gpu_allocated) == (None, float("inf"), 8.0, None)


def test_pod_group_prefers_structured_reasons() -> None:
    def condition(at: str, **more: Any) -> dict[str, Any]:
        return {"nodePool": "default", "lastTransitionTime": at, "reason": "Unschedulable", "message": "old", **more}

    reason = {"reason": "OverLimit", "message": "m", "details": {"queueDetails": {"name": "team-a"}}}
    (found,) = decode(
        "podgroups.scheduling.run.ai",
        {
            "metadata": {"name": "pg", "namespace": "n"},
            "spec": {"queue": "team-a", "minMember": 4},
            "status": {
                "schedulingConditions": [
                    condition("2026-11-24T06:00:00Z"),
                    condition("2026-11-24T07:00:00Z", reasons=[reason]),
                ]
            },
        },
    )
    assert isinstance(found, PodGroup)
    assert (found.queue, found.min_member) == ("team-a", 4)
    assert [(r.reason, r.queue, r.node_pool) for r in found.reasons] == [
        ("OverLimit", "team-a", "default"),
        ("Unschedulable", None, "default"),
    ]


def test_project_and_node_pool() -> None:
    (project,) = decode(
        "projects.run.ai",
        {"metadata": {"name": "a"}, "spec": {"deservedGpus": 4}, "status": {"namespace": "runai-a", "phase": "Ready"}},
    )
    assert isinstance(project, ProjectObject)
    assert (project.gpu_quota, project.namespace, project.phase) == (4.0, "runai-a", "Ready")
    (pool,) = decode(
        "nodepools.run.ai",
        {
            "metadata": {"name": "p"},
            "spec": {"labelKey": "k", "labelValue": "v", "placementStrategy": {"gpu": "Bin-Pack"}},
        },
    )
    assert isinstance(pool, NodePool)
    assert (pool.label_key, pool.label_value, pool.placement_strategy) == ("k", "v", "binpack")


def test_node_without_gpus_and_node_that_says_nothing() -> None:
    plain, silent = decode(
        "nodes",
        {
            "metadata": {"name": "cpu1"},
            "spec": {"unschedulable": True, "taints": [{"key": "k", "effect": "NoSchedule"}]},
            "status": {"allocatable": {"cpu": "4"}, "conditions": [{"type": "Ready", "status": "Unknown"}]},
        },
        {"metadata": {"name": "new"}},
    )
    assert isinstance(plain, NodeObject)
    assert isinstance(silent, NodeObject)
    assert (plain.gpu_allocatable, plain.ready, plain.schedulable) == (0, False, False)
    assert (silent.gpu_allocatable, silent.ready, silent.schedulable) == (None, None, True)


def test_pod_states_owner_and_what_it_mounts() -> None:
    waiting = {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}, "restartCount": 4}
    last = {"lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137}}}
    pod = decode_pod(
        "runai-team-a",
        "p",
        spec={
            "initContainers": [{"name": "init", "image": "i"}],
            "containers": [
                {
                    "name": "main",
                    "image": IMAGE,
                    "env": [{"name": "K", "valueFrom": {"secretKeyRef": {"name": "ngc"}}}],
                    "envFrom": [{"secretRef": {"name": "whole"}}],
                }
            ],
            "volumes": [{"persistentVolumeClaim": {"claimName": "c"}}, {"secret": {"secretName": "tls"}}],
        },
        status={"phase": "Running", "containerStatuses": [{"name": "main", **waiting, **last}]},
        ownerReferences=[
            {"kind": "Other", "name": "o", "uid": "1"},
            {"kind": "ReplicaSet", "name": "r", "uid": "2", "controller": True},
        ],
    )
    init, main = pod.containers
    assert (init.is_init, init.phase) == (True, ContainerPhase.UNKNOWN)
    assert (main.phase, main.reason, main.restarts) == (ContainerPhase.WAITING, "CrashLoopBackOff", 4)
    assert (main.last_reason, main.last_exit_code) == ("OOMKilled", 137)
    assert pod.owner == OwnerRef("ReplicaSet", "r", "2")
    assert (pod.claims, pod.secrets) == (("c",), ("tls", "ngc", "whole"))
    assert (pod.node, pod.project) == (None, "team-a")


def test_null_where_go_writes_null() -> None:
    pod = decode_pod("n", "p", spec={"containers": None, "volumes": None}, status={"conditions": None}, labels=None)
    assert (pod.phase, pod.containers, pod.labels) == ("Unknown", (), {})


def test_event_of_either_way_to_count() -> None:
    old, new = decode(
        "events",
        {
            "metadata": {"name": "a", "namespace": "n"},
            "lastTimestamp": "2026-11-24T06:00:00Z",
            "firstTimestamp": "2026-11-24T05:00:00Z",
            "count": 7,
            "type": "Warning",
            "involvedObject": {"kind": "Pod", "namespace": "n", "name": "p"},
            "source": {"component": "kubelet"},
        },
        {
            "metadata": {"name": "b", "namespace": "n"},
            "lastTimestamp": None,
            "eventTime": "2026-11-24T05:00:00.123456Z",
            "series": {"count": 3, "lastObservedTime": "2026-11-24T06:00:00.5Z"},
            "reportingComponent": "runai-scheduler",
        },
    )
    assert isinstance(old, Event)
    assert isinstance(new, Event)
    assert (old.count, old.severity, old.source, old.object.name) == (7, "Warning", "kubelet", "p")
    assert old.at is not None
    assert old.first_at == old.at - 3600
    assert (new.count, new.source, new.at) == (3, "runai-scheduler", old.at + 0.5)


@pytest.mark.parametrize(
    ("image", "environment", "expected"),
    [
        (IMAGE, {}, "meta/llama-3.1-8b-instruct"),
        ("mirror.local:5000/ngc/nim/nvidia/nemotron@sha256:ab", {}, "nvidia/nemotron"),
        (IMAGE, {"NIM_MODEL_NAME": "org/other"}, "org/other"),
        (IMAGE, {"NIM_MODEL_NAME": "/models/x"}, "meta/llama-3.1-8b-instruct"),
        ("docker.io/library/nginx:1", {}, None),
        (None, {}, None),
    ],
)
def test_model_names(image: str | None, environment: dict[str, str], expected: str | None) -> None:
    assert model_of(image, environment) == expected


def test_collector_runs_again_after_nested_pauses() -> None:
    assert gc.isenabled()
    with collector_paused():
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()
