"""The columns that ``kubectl get`` shows for each kind, beside its name and age."""

from collections.abc import Callable
from typing import Any, NamedTuple

from tui.demo.objects import Json

Cell = Callable[[Json], Any]


class Column(NamedTuple):
    """One column. ``priority`` 1 is shown only with ``-o wide``."""

    name: str
    type: str
    cell: Cell
    priority: int = 0
    form: str = ""

    def definition(self) -> Json:
        return {
            "name": self.name,
            "type": self.type,
            "format": self.form,
            "description": self.name,
            "priority": self.priority,
        }


def at(*path: str, default: Any = "<none>") -> Cell:
    """The value at a path, or what stands for its absence."""

    def cell(obj: Json) -> Any:
        value: Any = obj
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        return default if value in (None, "", [], {}) else value

    return cell


def condition(kind: str, part: str = "status") -> Cell:
    """A part of the condition of that type."""

    def cell(obj: Json) -> Any:
        for found in obj.get("status", {}).get("conditions", ()):
            if found.get("type") == kind:
                return found.get(part, "")
        return ""

    return cell


def pod_status(pod: Json) -> str:
    """The one word that kubectl shows for a pod: the worst thing that its containers say."""
    status = pod.get("status", {})
    word: str = status.get("reason") or status.get("phase", "Unknown")
    for container in _statuses(pod):
        state = container.get("state", {})
        waiting, ended = state.get("waiting"), state.get("terminated")
        if waiting and waiting.get("reason"):
            word = waiting["reason"]
        elif ended:
            word = ended.get("reason") or f"ExitCode:{ended.get('exitCode', 0)}"
    return "Terminating" if pod["metadata"].get("deletionTimestamp") else word


def _statuses(pod: Json) -> list[Json]:
    return pod.get("status", {}).get("containerStatuses") or []


def _pod_ready(pod: Json) -> str:
    ready = sum(bool(container.get("ready")) for container in _statuses(pod))
    return f"{ready}/{len(pod.get('spec', {}).get('containers', ()))}"


def _node_status(node: Json) -> str:
    word = {"True": "Ready", "False": "NotReady"}.get(condition("Ready")(node), "Unknown")
    return f"{word},SchedulingDisabled" if node.get("spec", {}).get("unschedulable") else word


def _node_roles(node: Json) -> str:
    prefix = "node-role.kubernetes.io/"
    roles = sorted(key.removeprefix(prefix) for key in node["metadata"].get("labels", {}) if key.startswith(prefix))
    return ",".join(roles) or "<none>"


def _node_address(node: Json) -> str:
    for address in node.get("status", {}).get("addresses", ()):
        if address["type"] == "InternalIP":
            return str(address["address"])
    return "<none>"


def _event_object(event: Json) -> str:
    involved = event.get("involvedObject", {})
    return f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"


def _replicas(obj: Json) -> str:
    return f"{obj.get('status', {}).get('readyReplicas', 0)}/{obj.get('spec', {}).get('replicas', 1)}"


def _completions(job: Json) -> str:
    return f"{job.get('status', {}).get('succeeded', 0)}/{job.get('spec', {}).get('completions', 1)}"


def _ports(service: Json) -> str:
    ports = service.get("spec", {}).get("ports", ())
    return ",".join(f"{port['port']}/{port.get('protocol', 'TCP')}" for port in ports) or "<none>"


def _size(key: str) -> Cell:
    return lambda obj: str(len(obj.get(key) or ()))


_KNATIVE = (Column("Ready", "string", condition("Ready")), Column("Reason", "string", condition("Ready", "reason")))
COLUMNS: dict[str, tuple[Column, ...]] = {
    "pods": (
        Column("Ready", "string", _pod_ready),
        Column("Status", "string", pod_status),
        Column("Restarts", "string", lambda pod: str(sum(c.get("restartCount", 0) for c in _statuses(pod)))),
        Column("IP", "string", at("status", "podIP"), 1),
        Column("Node", "string", at("spec", "nodeName"), 1),
    ),
    "nodes": (
        Column("Status", "string", _node_status),
        Column("Roles", "string", _node_roles),
        Column("Version", "string", at("status", "nodeInfo", "kubeletVersion", default="")),
        Column("Internal-IP", "string", _node_address, 1),
    ),
    "namespaces": (Column("Status", "string", at("status", "phase", default="Active")),),
    "events": (
        Column("Type", "string", at("type")),
        Column("Reason", "string", at("reason")),
        Column("Object", "string", _event_object),
        Column("Message", "string", at("message", default="")),
    ),
    "services": (
        Column("Type", "string", at("spec", "type")),
        Column("Cluster-IP", "string", at("spec", "clusterIP")),
        Column("Port(s)", "string", _ports),
    ),
    "configmaps": (Column("Data", "string", _size("data")),),
    "secrets": (Column("Type", "string", at("type")), Column("Data", "string", _size("data"))),
    "persistentvolumeclaims": (
        Column("Status", "string", at("status", "phase")),
        Column("Volume", "string", at("spec", "volumeName", default="")),
        Column("Capacity", "string", at("status", "capacity", "storage", default="")),
        Column("StorageClass", "string", at("spec", "storageClassName", default="")),
    ),
    "deployments.apps": (Column("Ready", "string", _replicas),),
    "statefulsets.apps": (Column("Ready", "string", _replicas),),
    "replicasets.apps": (Column("Ready", "string", _replicas),),
    "jobs.batch": (Column("Completions", "string", _completions),),
    "storageclasses.storage.k8s.io": (Column("Provisioner", "string", at("provisioner")),),
    "priorityclasses.scheduling.k8s.io": (Column("Value", "integer", at("value", default=0)),),
    "inferenceworkloads.run.ai": (
        Column("Phase", "string", at("status", "phase", default="")),
        Column("GPU", "string", at("spec", "gpu", "value", default="")),
        Column("Image", "string", at("spec", "image", "value", default=""), 1),
    ),
    "queues.scheduling.run.ai": (Column("Parent", "string", at("spec", "parentQueue", default="")),),
    "podgroups.scheduling.run.ai": (
        Column("Queue", "string", at("spec", "queue", default="")),
        Column("Min-Member", "integer", at("spec", "minMember", default=0)),
    ),
    "services.serving.knative.dev": (Column("URL", "string", at("status", "url", default="")), *_KNATIVE),
    "revisions.serving.knative.dev": _KNATIVE,
    "configurations.serving.knative.dev": _KNATIVE,
    "routes.serving.knative.dev": _KNATIVE,
}
