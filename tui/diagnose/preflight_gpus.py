"""Preflight, section GPUs: the operators, the nodes, what Kubernetes gives away and what DCGM sees."""

import shlex
from collections.abc import Sequence

from tui.diagnose.preflight_rule import (
    API,
    Finding,
    Ground,
    Rule,
    counted,
    failed,
    named,
    not_ready,
    passed,
    ready_count,
    running,
    unknown,
    warned,
)
from tui.model.gpu import Gpu
from tui.model.installation import Policy, hidden
from tui.model.node import Node
from tui.model.reading import Reading
from tui.model.status import SourceState

SECTION = "GPUs"
GUIDE = "Pre-requisites for installing Run:ai and NIM LLM"
GPU_SPACES = ("gpu-operator", "nvidia-gpu-operator")
NETWORK_SPACES = ("nvidia-network-operator", "network-operator")
# XIDs that an application causes by itself; all others are the GPU's, its memory's or its link's.
APPLICATION_XIDS = frozenset({13, 31, 43, 45, 68, 69})


def gpu_nodes(ground: Ground) -> tuple[Node, ...]:
    """The nodes that have GPUs, or say that they have."""
    return tuple(node for node in ground.snapshot.nodes.values() if _physical(node) or node.gpu_allocatable)


def allocatable_gpus(ground: Ground) -> float:
    """What Kubernetes can give away in all."""
    return sum(node.gpu_allocatable or 0.0 for node in gpu_nodes(ground))


def _physical(node: Node) -> int:
    """How many GPUs the node has by its label, else by what it can give away."""
    known = node.object
    if known is None:
        return int(node.gpu_allocatable or 0)
    return known.gpu_count or known.gpu_allocatable or 0


def _no_nodes(ground: Ground) -> Finding | None:
    if ground.snapshot.nodes:
        return None
    status = ground.snapshot.sources.get("kubernetes/nodes")
    if status is not None and status.state == SourceState.DENIED:
        return unknown(hidden("list", "nodes"))
    if status is not None and status.state == SourceState.LIVE:
        return failed("the cluster has no nodes")
    return unknown(status.detail if status is not None and status.detail else "no node was read")


def _policy(policies: Sequence[Policy], kind: str) -> Finding:
    ready = [one for one in policies if (one.state or "").lower() == "ready"]
    if ready:
        return passed(f"{kind} {ready[0].name} is ready")
    one = policies[0]
    return failed(
        f"{kind} {one.name} is {one.state or 'without a state'}" + (f": {one.message}" if one.message else "")
    )


def _gpu_operator(ground: Ground) -> Finding:
    policies = ground.facts.cluster_policies
    if policies is None:
        return unknown(ground.facts.why("cluster_policies"))
    return _policy(policies, "ClusterPolicy") if policies else failed("there is no ClusterPolicy: it is not installed")


def _network_operator(ground: Ground) -> Finding:
    policies = ground.facts.nic_policies
    if policies is None:
        return unknown(ground.facts.why("nic_policies"))
    if policies:
        return _policy(policies, "NicClusterPolicy")
    found = ground.deployments(*NETWORK_SPACES)
    if found and not not_ready(found):
        return warned(f"it runs ({ready_count(found)}), but there is no NicClusterPolicy")
    return failed("there is no NicClusterPolicy: it is not installed")


def _operators_run(ground: Ground) -> Finding:
    return running(ground, (*GPU_SPACES, *NETWORK_SPACES))


def _nodes_ready(ground: Ground) -> Finding:
    if (nothing := _no_nodes(ground)) is not None:
        return nothing
    nodes = gpu_nodes(ground)
    if not nodes:
        return failed(f"none of {len(ground.snapshot.nodes)} nodes has a GPU")
    bad = [node.name for node in nodes if node.ready is False]
    unheard = [node.name for node in nodes if node.ready is None]
    if bad:
        return failed(f"{len(bad)} of {len(nodes)} GPU nodes not ready: {named(bad)}")
    if unheard:
        return unknown(f"not known of {len(unheard)} of {len(nodes)} GPU nodes: {named(unheard)}")
    cordoned = [node.name for node in nodes if node.schedulable is False]
    if cordoned:
        commands = tuple(f"kubectl uncordon {shlex.quote(name)}" for name in cordoned)
        return warned(f"{len(cordoned)} of {len(nodes)} GPU nodes cordoned: {named(cordoned)}", None, commands)
    return passed(f"{len(nodes)} of {len(nodes)} GPU nodes ready")


def _allocatable(ground: Ground) -> Finding:
    if (nothing := _no_nodes(ground)) is not None:
        return nothing
    nodes = gpu_nodes(ground)
    short = [
        f"{node.name} {node.gpu_allocatable or 0:g} of {_physical(node)}"
        for node in nodes
        if (node.gpu_allocatable or 0) < _physical(node) and not (node.object and node.object.mig_allocatable)
    ]
    total = allocatable_gpus(ground)
    if not total:
        return failed(f"no GPU is allocatable on {len(nodes)} GPU nodes")
    if short:
        return failed(f"{total:g} GPUs allocatable; fewer than there are on {named(short)}")
    return passed(f"{total:g} GPUs allocatable on {counted(len(nodes), 'node')}")


def _dcgm(ground: Ground) -> Finding:
    nodes = gpu_nodes(ground)
    seen = {node.name: sum(1 for gpu in node.gpus if _by_dcgm(gpu)) for node in nodes}
    wrong = [
        f"{node.name} {seen[node.name]} of {_physical(node)}" for node in nodes if seen[node.name] < _physical(node)
    ]
    total, all_seen = sum(map(_physical, nodes)), sum(seen.values())
    if wrong:
        return failed(f"DCGM sees {all_seen} of {total} GPUs; fewer than there are on {named(wrong)}")
    return passed(f"DCGM sees {all_seen} of {total} GPUs")


def _by_dcgm(gpu: Gpu) -> bool:
    return any(one is not None and one.source == "dcgm" for one in _readings(gpu))


def _readings(gpu: Gpu) -> tuple[Reading | None, ...]:
    return (gpu.utilization_fraction, gpu.memory_used_bytes, gpu.memory_total_bytes, gpu.temperature_celsius, gpu.xid)


def _xid(ground: Ground) -> Finding:
    told = [gpu for node in gpu_nodes(ground) for gpu in node.gpus if gpu.xid is not None]
    if not told:
        return unknown("no GPU tells its XID: the exporter does not print DCGM_FI_DEV_XID_ERRORS")
    bad = [(gpu.id, int(gpu.xid.value)) for gpu in told if gpu.xid is not None and gpu.xid.value > 0]
    if not bad:
        return passed(f"{len(told)} GPUs, none with an XID")
    evidence = f"{len(bad)} of {len(told)} GPUs: " + named(f"{id_.node} GPU {id_.gpu} XID {xid}" for id_, xid in bad)
    nodes = dict.fromkeys(id_.node for id_, _ in bad)
    commands = tuple(f"kubectl cordon {shlex.quote(name)}" for name in nodes)
    if all(xid in APPLICATION_XIDS for _, xid in bad):
        return warned(f"{evidence} (an application's fault)", "Look at the pods that ran there; the GPU is sound.", ())
    return failed(evidence, None, commands)


RULES: tuple[Rule, ...] = (
    Rule(
        "gpus.gpu_operator",
        SECTION,
        "The GPU Operator is ready",
        "its ClusterPolicy is ready",
        "there is none, or it is not ready",
        "Install NVIDIA's GPU Operator, or see what its pods in gpu-operator wait for.",
        _gpu_operator,
        GUIDE,
        ("kubectl get clusterpolicies.nvidia.com", "kubectl get pods -n gpu-operator"),
    ),
    Rule(
        "gpus.network_operator",
        SECTION,
        "The Network Operator is ready",
        "its NicClusterPolicy is ready; warns where it runs without one",
        "there is none, or it is not ready",
        "Install NVIDIA's Network Operator, or see what its pods wait for.",
        _network_operator,
        GUIDE,
        ("kubectl get nicclusterpolicies.mellanox.com", "kubectl get pods -n nvidia-network-operator"),
    ),
    Rule(
        "gpus.operators_running",
        SECTION,
        "The operators' Deployments run",
        "all Deployments in the operators' namespaces are ready",
        "one is not, or there are none",
        "See what the pods wait for.",
        _operators_run,
        GUIDE,
        ("kubectl get deployments -n gpu-operator", "kubectl get deployments -n nvidia-network-operator"),
    ),
    Rule(
        "gpus.nodes",
        SECTION,
        "All GPU nodes are ready",
        "all are; warns of cordoned ones",
        "one is not ready, or no node has a GPU",
        "See the node's conditions; a cordoned one is given back with kubectl uncordon.",
        _nodes_ready,
        GUIDE,
        ("kubectl get nodes", "kubectl describe nodes"),
    ),
    Rule(
        "gpus.allocatable",
        SECTION,
        "Kubernetes can give away all GPUs",
        "each node offers as many GPUs as its label counts",
        "a node offers fewer, or none at all",
        "See the device plugin's pods on that node: a GPU that it calls unhealthy is not offered.",
        _allocatable,
        GUIDE,
        ("kubectl get pods -n gpu-operator -l app=nvidia-device-plugin-daemonset -o wide",),
    ),
    Rule(
        "gpus.dcgm",
        SECTION,
        "DCGM sees every GPU",
        "as many GPUs have figures of DCGM as the nodes have",
        "a node has GPUs without figures",
        "See the DCGM exporter's pod on that node.",
        _dcgm,
        GUIDE,
        ("kubectl get pods -n gpu-operator -l app=nvidia-dcgm-exporter -o wide",),
        rests_on=(API, "gpus.nodes", "gpus.allocatable", "prometheus.dcgm"),
    ),
    Rule(
        "gpus.xid",
        SECTION,
        "No GPU reports an error",
        "no GPU has an XID; warns of those that applications cause",
        "one has an XID of the hardware",
        "Keep the node out of use, look the XID up at NVIDIA, and reset the GPU or have it replaced.",
        _xid,
        GUIDE,
        rests_on=(API, "prometheus.dcgm"),
    ),
)
