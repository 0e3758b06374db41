"""What a pod needs before it can start, where it must go, and what holds it back, as servers send it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources_kubernetes.items import decode, decode_pod
from tui.model.node import NodeObject
from tui.model.pod import NeighbourRule, NodeRequirement, Pod
from tui.model.workload import WorkloadObject


def made(spec: Any = None, status: Any = None, **metadata: Any) -> Pod:
    return decode_pod("n", "p", spec, status, **metadata)


def with_env(*variables: Any, whole: tuple[Any, ...] = ()) -> Any:
    return {"containers": [{"name": "c", "env": list(variables), "envFrom": list(whole)}]}


@pytest.mark.parametrize(
    ("spec", "secrets", "config_maps"),
    [
        (with_env({"valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}), ("s",), ()),
        (with_env({"valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": True}}}), (), ()),
        (with_env({"valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}}), ("s",), ()),
        (with_env({"valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}), (), ("m",)),
        (with_env({"valueFrom": {"configMapKeyRef": {"name": "m", "key": "k", "optional": True}}}), (), ()),
        (with_env({"valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}), (), ()),
        (with_env(whole=({"secretRef": {"name": "s"}}, {"configMapRef": {"name": "m"}})), ("s",), ("m",)),
        (with_env(whole=({"secretRef": {"name": "s", "optional": True}},)), (), ()),
        ({"volumes": [{"secret": {"secretName": "s", "optional": True}}]}, (), ()),
        ({"volumes": [{"secret": {"secretName": "s"}}, {"configMap": {"name": "m"}}]}, ("s",), ("m",)),
        ({"volumes": [{"configMap": {"name": "m", "optional": True}}, {"emptyDir": {}}]}, (), ()),
        (
            {
                "volumes": [
                    {
                        "projected": {
                            "sources": [
                                {"serviceAccountToken": {"path": "token"}},
                                {"configMap": {"name": "kube-root-ca.crt"}},
                                {"secret": {"name": "s"}},
                                {"secret": {"name": "t", "optional": True}},
                            ]
                        }
                    }
                ]
            },
            ("s",),
            ("kube-root-ca.crt",),
        ),
    ],
)
def test_only_what_is_not_optional_is_needed(spec: Any, secrets: Any, config_maps: Any) -> None:
    pod = made(spec)
    assert (pod.secrets, pod.config_maps) == (secrets, config_maps)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([True, False, None])), max_size=8))
def test_a_name_is_needed_once_anything_names_it_without_optional(named: list[tuple[str, bool | None]]) -> None:
    def reference(name: str, optional: bool | None) -> dict[str, Any]:
        return {"name": name} | ({} if optional is None else {"optional": optional})

    variables = [{"valueFrom": {"secretKeyRef": reference(*one)}} for one in named]
    pod = made(with_env(*variables))
    assert pod.secrets == tuple(dict.fromkeys(name for name, optional in named if not optional))


def test_pull_secrets_are_told_apart_and_are_secrets_too() -> None:
    pod = made(
        {"imagePullSecrets": [{"name": "ngc"}, {}, {"name": "ngc"}], "volumes": [{"secret": {"secretName": "s"}}]}
    )
    assert pod.pull_secrets == ("ngc",)
    assert pod.secrets == ("s", "ngc")


def required(terms: Any) -> Any:
    return {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms},
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 1, "preference": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}}
                ],
            }
        }
    }


POOL = {"key": "runai/node-pool", "operator": "In", "values": ["a100", "h100"]}
BY_NAME = {"key": "metadata.name", "operator": "In", "values": ["node001"]}
IN_POOL = NodeRequirement("runai/node-pool", "In", ("a100", "h100"))
ON_NODE = NodeRequirement("metadata.name", "In", ("node001",))
EXISTS = NodeRequirement("gpu", "Exists")
IMPOSSIBLE = ((NodeRequirement("metadata.name", "In", ()),),)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([{"matchExpressions": [POOL]}], ((IN_POOL,),)),
        ([{"matchFields": [BY_NAME]}], ((ON_NODE,),)),
        ([{"matchExpressions": [POOL, {"key": "gpu", "operator": "Exists"}]}], ((IN_POOL, EXISTS),)),
        ([{"matchExpressions": [POOL], "matchFields": [BY_NAME]}], ((IN_POOL, ON_NODE),)),
        ([{"matchExpressions": [POOL]}, {"matchFields": [BY_NAME]}], ((IN_POOL,), (ON_NODE,))),
        ([{}, {"matchExpressions": [POOL]}], ((IN_POOL,),)),  # an empty term holds for no node
        ([{}], IMPOSSIBLE),
        ([{"matchExpressions": None}], IMPOSSIBLE),
    ],
)
def test_required_node_affinity(terms: Any, expected: Any) -> None:
    assert made(required(terms)).node_terms == expected


def test_what_is_preferred_is_no_requirement() -> None:
    rule = {"weight": 1, "podAffinityTerm": {"topologyKey": "zone", "labelSelector": {"matchLabels": {"a": "b"}}}}
    preferred = {"preferredDuringSchedulingIgnoredDuringExecution": [rule]}
    pod = made({"affinity": {"nodeAffinity": {}, "podAffinity": preferred, "podAntiAffinity": preferred}})
    assert (pod.node_terms, pod.neighbours) == ((), ())
    assert made({"affinity": {}}).node_terms == ()


def test_rules_about_pods_nearby() -> None:
    host = "kubernetes.io/hostname"
    apart = {"topologyKey": host, "labelSelector": {"matchLabels": {"app": "nim"}}, "namespaces": ["x", "y"]}
    expression = {"key": "app", "operator": "NotIn", "values": ["db"]}
    near = {"topologyKey": "zone", "labelSelector": {"matchExpressions": [expression]}, "namespaceSelector": {}}
    nobody = {"topologyKey": "zone"}
    rules = "requiredDuringSchedulingIgnoredDuringExecution"
    pod = made({"affinity": {"podAntiAffinity": {rules: [apart, nobody]}, "podAffinity": {rules: [near, nobody]}}})
    assert pod.neighbours == (
        NeighbourRule(
            anti=False,
            topology_key="zone",
            expressions=(NodeRequirement("app", "NotIn", ("db",)),),
            any_namespace=True,
        ),
        NeighbourRule(anti=False, topology_key="zone", expressions=IMPOSSIBLE[0]),
        NeighbourRule(anti=True, topology_key=host, labels=(("app", "nim"),), namespaces=("x", "y")),
    )


def test_requests_beside_gpus_cpu_and_memory() -> None:
    main = {
        "name": "c",
        "resources": {
            "limits": {"nvidia.com/gpu": "1", "nvidia.com/mig-1g.10gb": "1", "rdma/ib": "2", "hugepages-2Mi": "4Mi"},
            "requests": {"ephemeral-storage": "10Gi", "example.com/none": "0"},
        },
    }
    pod = made({"containers": [main, {"name": "d", "resources": {"limits": {"rdma/ib": "1"}}}]})
    assert pod.other_requests == {"rdma/ib": 3.0, "hugepages-2Mi": 4 * 2**20}
    assert pod.ephemeral_request_bytes == 10 * 2**30
    assert made({"containers": [{"name": "c"}]}).other_requests == {}
    assert made().ephemeral_request_bytes is None


def test_what_holds_a_pod_back() -> None:
    pod = made(
        {"priority": 0, "schedulingGates": [{"name": "kueue.x-k8s.io/admission"}]},
        {"nominatedNodeName": "node002"},
        finalizers=["foregroundDeletion"],
    )
    assert (pod.priority, pod.gates, pod.nominated_node) == (0, ("kueue.x-k8s.io/admission",), "node002")
    assert pod.finalizers == ("foregroundDeletion",)
    plain = made()
    assert (plain.priority, plain.gates, plain.nominated_node, plain.finalizers) == (None, (), None, ())


def test_containers_tell_whether_they_started_and_when_they_last_ended() -> None:
    ended = {"terminated": {"exitCode": 1, "finishedAt": "2026-11-24T06:00:00Z"}}
    statuses = [
        {"name": "a", "started": False, "lastState": ended},
        {"name": "b", "started": True},
        {"name": "c"},
    ]
    pod = made({"containers": [{"name": name} for name in "abcd"]}, {"containerStatuses": statuses})
    assert [container.started for container in pod.containers] == [False, True, None, None]
    assert [container.last_finished_at for container in pod.containers] == [1795500000.0, None, None, None]


def test_equal_needs_of_many_pods_are_one_value() -> None:
    spec = {**required([{"matchExpressions": [POOL]}]), "volumes": [{"persistentVolumeClaim": {"claimName": "c"}}]}
    first, second = made(spec), made(spec)
    assert first.node_terms is second.node_terms
    assert first.claims is second.claims


def test_what_else_a_node_offers() -> None:
    offered = {
        "cpu": "4", "memory": "1Gi", "pods": "110", "ephemeral-storage": "1Gi", "hugepages-1Gi": "0",
        "nvidia.com/gpu": "8", "nvidia.com/mig-1g.10gb": "7", "rdma/ib": "0", "nvidia.com/gpu.shared": "16",
    }  # fmt: skip
    (node,) = decode("nodes", {"metadata": {"name": "n"}, "status": {"allocatable": offered}})
    assert isinstance(node, NodeObject)
    assert node.other_allocatable == {"hugepages-1Gi": 0.0, "rdma/ib": 0.0, "nvidia.com/gpu.shared": 16.0}


@pytest.mark.parametrize(
    "kind",
    ["services.serving.knative.dev", "inferenceworkloads.run.ai", "deployments.apps", "nimservices.apps.nvidia.com"],
)
@pytest.mark.parametrize(("status", "expected"), [(None, False), ({}, False), ({"observedGeneration": 1}, True)])
def test_whether_a_controller_has_looked_at_it(kind: str, status: Any, expected: bool) -> None:
    (found,) = decode(kind, {"metadata": {"name": "x", "namespace": "n"}, "spec": {}, "status": status})
    assert isinstance(found, WorkloadObject)
    assert found.has_status is expected


def test_revisions_of_a_knative_service() -> None:
    status = {"latestCreatedRevisionName": "llama-00002", "latestReadyRevisionName": "llama-00001"}
    (found,) = decode(
        "services.serving.knative.dev", {"metadata": {"name": "llama", "namespace": "n"}, "status": status}
    )
    assert isinstance(found, WorkloadObject)
    assert (found.latest_revision, found.ready_revision) == ("llama-00002", "llama-00001")
