"""Nodes set aside for the scenario ``pending``, each in a node pool of its own and in a state that keeps pods away."""

from collections.abc import Callable

from tui.demo.objects import Json
from tui.demo.world import api, podstatus
from tui.demo.world.context import Context
from tui.demo.world.images import Trouble
from tui.demo.world.nodes import set_not_ready
from tui.demo.world.pods import meta, pod_object
from tui.demo.world.seed import Seeder

_POOL = "runai/node-pool"
_LEAST_NODES = 4  # of a cluster that gives some away, at most every second one
# Taken from the last node backwards, the most telling first.
_CORNERS = ("full", "fragments", "cordoned", "silent", "tainted", "driverless", "spare", "crowded")
FRACTIONS = {"key": "dedicated", "value": "fractions", "effect": "NoSchedule"}
_PLUGIN = "nvidia-device-plugin-daemonset"
_NO_DRIVER = "nvcr.io/nvidia/k8s-device-plugin:v0.16.2-ubi8"
_NVML = (
    "I1124 main.go:279] Retrieving plugins.",
    "E1124 factory.go:115] Incompatible strategy detected auto",
    "error starting plugins: failed to initialize NVML: ERROR_LIBRARY_NOT_FOUND: could not load NVML library",
)


def make_corners(seeder: Seeder) -> None:
    """Sets nodes aside before anything is placed."""
    if len(seeder.hosts) < _LEAST_NODES:
        return
    for corner in _CORNERS[: len(seeder.hosts) // 2]:
        seeder.corners[corner] = seeder.hosts.pop()


def node_of(context: Context, corner: str) -> str | None:
    """The node of a corner, ``None`` where the cluster is too small to have it."""
    nodes = context.inventory.nodes.values()
    return next((node.name for node in nodes if node.labels.get(_POOL) == corner), None)


def fill_corners(context: Context, now: float) -> dict[str, str]:
    """Brings the nodes into their states; returns the pods that this keeps from being ready, with their causes."""
    edits: dict[str, Callable[[Json], None]] = {
        "cordoned": _cordon,
        "tainted": lambda node: _taint(node, {"key": "maintenance", "value": "planned", "effect": "NoSchedule"}),
        "silent": lambda node: set_not_ready(node, now),
        "driverless": _no_driver,
        "spare": lambda node: _taint(node, FRACTIONS),
        "crowded": lambda node: _crowd(context, node),
    }
    for corner, edit in edits.items():
        if name := node_of(context, corner):
            context.api.change(api.NODE, None, name, edit)
    if spare := node_of(context, "spare"):
        context.outside.broken_nodes.add(spare)
    planted = {**_fall_silent(context, now), **_break_plugin(context, now)}
    _tell_daemon_sets(context)
    return planted


def _cordon(node: Json) -> None:
    node["spec"]["unschedulable"] = True
    node["spec"]["taints"] = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]


def _taint(node: Json, taint: Json) -> None:
    node["spec"]["taints"] = [dict(taint)]


def _no_driver(node: Json) -> None:
    """The labels still tell of the GPUs; the device plugin offers none."""
    node["status"]["allocatable"]["nvidia.com/gpu"] = "0"


def _crowd(context: Context, node: Json) -> None:
    """No more pods than it has already."""
    for part in ("allocatable", "capacity"):
        node["status"][part]["pods"] = str(context.inventory.usage(node["metadata"]["name"]).pods)


def _fall_silent(context: Context, now: float) -> dict[str, str]:
    """The node controller marks the pods of a node that it does not hear from; daemons stay on it."""
    name, planted = node_of(context, "silent"), {}
    found = context.api.get(api.NODE, None, name or "")
    if name is None or found is None:
        return {}
    text = f"Node {name} status is now: NodeNotReady"
    context.recorder.event(found, "Normal", "NodeNotReady", text, "node-controller", now)
    for record in list(context.inventory.on_node(name)):
        pod = context.api.change(
            api.POD, *record.key, lambda obj: podstatus.set_condition(obj["status"], "Ready", "False", now)
        )
        if pod is not None:
            context.recorder.event(pod, "Warning", "NodeNotReady", "Node is not ready", "node-controller", now)
            planted["/".join(record.key)] = "node_not_ready"
    return planted


def _tell_daemon_sets(context: Context) -> None:
    """The DaemonSets count which of their pods are ready."""
    for daemons in context.api.list(api.DAEMON_SET):
        metadata = daemons["metadata"]
        ready = sum(pod.ready for pod in context.inventory.owned(metadata["uid"]))
        lacking = daemons["status"]["desiredNumberScheduled"] - ready
        counts = {"numberReady": ready, "numberAvailable": ready}
        counts |= {"numberUnavailable": lacking} if lacking else {}
        context.api.change(
            api.DAEMON_SET,
            metadata["namespace"],
            metadata["name"],
            lambda obj, counts=counts: obj["status"].update(counts),  # type: ignore[misc]
        )


def _break_plugin(context: Context, now: float) -> dict[str, str]:
    """A new version of the device plugin on the node without a driver: it ends each time it is started."""
    node = node_of(context, "driverless")
    daemons = [record for record in context.inventory.on_node(node or "") if record.key[1].startswith(_PLUGIN)]
    for record in daemons:
        old = context.api.get(api.POD, *record.key) or {}
        container = {**old["spec"]["containers"][0], "image": _NO_DRIVER}
        name = f"{_PLUGIN}-{context.names.suffix(_PLUGIN, node, 'again')}"
        uid = context.names.uuid("pod", record.key[0], name)
        made = meta(name, record.key[0], uid, now, labels=old["metadata"]["labels"], generation=1)
        made["ownerReferences"] = old["metadata"]["ownerReferences"]
        context.outside.ends[_NO_DRIVER] = Trouble("Error", "", 1, _NVML)
        context.api.delete(api.POD, *record.key)
        pod = pod_object({"metadata": {}, "spec": {"containers": [container]}}, made)
        podstatus.scheduled(pod, str(node), now)
        context.api.create(pod)
        return {f"{record.key[0]}/{name}": "container_crash"}
    return {}
