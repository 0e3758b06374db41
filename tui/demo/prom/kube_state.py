"""kube-state-metrics: what it would print for the objects of the simulated cluster, of 2.13's names and labels."""

import re
from collections.abc import Iterable

from tui.demo.objects import Json
from tui.demo.prom.exposition import Family, Row, Sheet
from tui.demo.prom.facts import NodeFacts, PodFacts
from tui.demo.prom.inventory import Inventory

_PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
_STATUSES = ("true", "false", "unknown")
_UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte"}

FAMILIES = {
    family.name: family
    for family in (
        Family("kube_pod_info", "[STABLE] Information about pod."),
        Family("kube_pod_created", "[STABLE] Unix creation timestamp"),
        Family("kube_pod_status_phase", "[STABLE] The pods current phase."),
        Family("kube_pod_status_ready", "[STABLE] Describes whether the pod is ready to serve requests."),
        Family("kube_pod_status_scheduled", "[STABLE] Describes the status of the scheduling process for the pod."),
        Family("kube_pod_status_reason", "The pod status reasons"),
        Family(
            "kube_pod_container_status_waiting_reason",
            "[STABLE] Describes the reason the container is currently in waiting state.",
        ),
        Family(
            "kube_pod_container_status_last_terminated_reason",
            "Describes the last reason the container was in terminated state.",
        ),
        Family(
            "kube_pod_container_status_restarts_total",
            "[STABLE] The number of container restarts per container.",
            "counter",
        ),
        Family("kube_pod_container_resource_requests", "The number of requested request resource by a container."),
        Family("kube_pod_container_resource_limits", "The number of requested limit resource by a container."),
        Family("kube_node_info", "[STABLE] Information about a cluster node."),
        Family("kube_node_created", "[STABLE] Unix creation timestamp"),
        Family("kube_node_spec_unschedulable", "[STABLE] Whether a node can schedule new pods."),
        Family("kube_node_spec_taint", "[STABLE] The taint of a cluster node."),
        Family("kube_node_status_condition", "[STABLE] The condition of a cluster node."),
        Family("kube_node_status_capacity", "[STABLE] The total amount of resources available for a node."),
        Family(
            "kube_node_status_allocatable",
            "[STABLE] The amount of resources allocatable for pods (after reserving some for system daemons).",
        ),
        Family(
            "kube_deployment_status_replicas_available",
            "[STABLE] The number of available replicas per deployment.",
        ),
        Family(
            "kube_persistentvolumeclaim_status_phase", "[STABLE] The phase the persistent volume claim is currently in."
        ),
    )
}

_Line = tuple[str, Row, tuple[float]]  # family name, labels, value


class KubeStateExporter:
    """Lines of an object are made once for each version of it."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._lines: dict[str, tuple[object, list[_Line]]] = {}

    def sheets(self, at: float) -> list[Sheet]:
        """All objects; ``at`` is not needed, nothing here moves with time."""
        del at
        known: dict[str, tuple[object, list[_Line]]] = {}
        for pod in self._inventory.pods():
            known[pod.uid] = self._kept(pod.uid, pod) or (pod, _pod_lines(pod))
        for node in self._inventory.nodes():
            known[node.uid] = self._kept(node.uid, node) or (node, _node_lines(node))
        for claim in self._inventory.claims():
            uid = claim["metadata"]["uid"]
            known[uid] = self._kept(uid, claim) or (claim, list(_claim_lines(claim)))
        for deployment in self._inventory.deployments():
            uid = deployment["metadata"]["uid"]
            known[uid] = self._kept(uid, deployment) or (deployment, [_deployment_line(deployment)])
        self._lines = known
        rows: dict[str, list[Row]] = {name: [] for name in FAMILIES}
        values: dict[str, list[tuple[float]]] = {name: [] for name in FAMILIES}
        for _, lines in known.values():
            for name, row, value in lines:
                rows[name].append(row)
                values[name].append(value)
        return [Sheet((family,), rows[name], values[name]) for name, family in FAMILIES.items() if rows[name]]

    def _kept(self, uid: str, fact: object) -> tuple[object, list[_Line]] | None:
        before = self._lines.get(uid)
        return before if before is not None and before[0] is fact else None


def _line(family: str, labels: dict[str, str], value: float) -> _Line:
    return family, Row(labels), (float(value),)


def _resource(name: str) -> dict[str, str]:
    """Labels ``resource`` and ``unit`` as kube-state-metrics writes them."""
    unit = _UNITS.get(name) or ("byte" if name.startswith("hugepages-") else "integer")
    return {"resource": re.sub(r"[^a-zA-Z0-9_]", "_", name), "unit": unit}


def _pod_lines(pod: PodFacts) -> list[_Line]:
    identity = {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}
    info = {
        "host_ip": pod.host_ip,
        "pod_ip": pod.pod_ip,
        "node": pod.node,
        "created_by_kind": pod.owner_kind,
        "created_by_name": pod.owner_name,
        "priority_class": pod.priority_class,
        "host_network": "false",
    }
    lines = [
        _line("kube_pod_info", {**identity, **info}, 1),
        _line("kube_pod_created", identity, pod.created),
        *(_line("kube_pod_status_phase", {**identity, "phase": phase}, phase == pod.phase) for phase in _PHASES),
    ]
    for family, condition in (("kube_pod_status_ready", "Ready"), ("kube_pod_status_scheduled", "PodScheduled")):
        if condition in pod.conditions:
            actual = pod.conditions[condition].lower()
            lines += [_line(family, {**identity, "condition": status}, status == actual) for status in _STATUSES]
    if pod.reason:
        lines.append(_line("kube_pod_status_reason", {**identity, "reason": pod.reason}, 1))
    lines.extend(_container_lines(pod, identity))
    return lines


def _container_lines(pod: PodFacts, identity: dict[str, str]) -> Iterable[_Line]:
    for container in pod.containers:
        labels = {**identity, "container": container.name}
        if pod.node:
            yield _line("kube_pod_container_status_restarts_total", labels, container.restarts)
        if container.waiting:
            yield _line("kube_pod_container_status_waiting_reason", {**labels, "reason": container.waiting}, 1)
        if container.last_terminated:
            family = "kube_pod_container_status_last_terminated_reason"
            yield _line(family, {**labels, "reason": container.last_terminated}, 1)
        for family, amounts in (("requests", container.requests), ("limits", container.limits)):
            for name, amount in amounts.items():
                asked = {**labels, "node": pod.node, **_resource(name)}
                yield _line(f"kube_pod_container_resource_{family}", asked, amount)


def _node_lines(node: NodeFacts) -> list[_Line]:
    identity = {"node": node.name}
    info = {
        "kernel_version": node.info.get("kernelVersion", ""),
        "os_image": node.info.get("osImage", ""),
        "container_runtime_version": node.info.get("containerRuntimeVersion", ""),
        "kubelet_version": node.info.get("kubeletVersion", ""),
        "kubeproxy_version": node.info.get("kubeProxyVersion", ""),
        "internal_ip": node.internal_ip,
        "system_uuid": node.info.get("systemUUID", ""),
    }
    lines = [
        _line("kube_node_info", {**identity, **info}, 1),
        _line("kube_node_created", identity, node.created),
        _line("kube_node_spec_unschedulable", identity, node.unschedulable),
    ]
    for key, value, effect in node.taints:
        lines.append(_line("kube_node_spec_taint", {**identity, "key": key, "value": value, "effect": effect}, 1))
    for condition, actual in node.conditions.items():
        for status in _STATUSES:
            labels = {**identity, "condition": condition, "status": status}
            lines.append(_line("kube_node_status_condition", labels, status == actual.lower()))
    for family, amounts in (("capacity", node.capacity), ("allocatable", node.allocatable)):
        for name, amount in amounts.items():
            lines.append(_line(f"kube_node_status_{family}", {**identity, **_resource(name)}, amount))
    return lines


def _claim_lines(claim: Json) -> Iterable[_Line]:
    metadata = claim["metadata"]
    actual = claim.get("status", {}).get("phase", "Pending")
    for phase in ("Lost", "Bound", "Pending"):
        labels = {"namespace": metadata["namespace"], "persistentvolumeclaim": metadata["name"], "phase": phase}
        yield _line("kube_persistentvolumeclaim_status_phase", labels, phase == actual)


def _deployment_line(deployment: Json) -> _Line:
    metadata = deployment["metadata"]
    labels = {"namespace": metadata["namespace"], "deployment": metadata["name"]}
    available = float(deployment.get("status", {}).get("availableReplicas", 0))
    return _line("kube_deployment_status_replicas_available", labels, available)
