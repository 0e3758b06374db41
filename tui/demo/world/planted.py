"""The scenario ``pending``: workloads that wait, each for one cause, made to wait by the controllers themselves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.demo.objects import Json
from tui.demo.world import api, podstatus, workloads
from tui.demo.world.catalogue import LLAMA, Kind, WorkloadPlan
from tui.demo.world.context import Context
from tui.demo.world.inference import inference_workload
from tui.demo.world.manifests import container_template, inference_spec
from tui.demo.world.nodes import set_not_ready
from tui.demo.world.pods import meta, pod_object
from tui.demo.world.seed import Seeder
from tui.demo.world.tenancy import ProjectPlan

TROUBLE_PROJECTS = (
    ProjectPlan("small", 0.5),
    ProjectPlan("capped", 8.0, gpu_limit=1.0),
    ProjectPlan("lab", 100000.0),
)
# Nodes set aside, from the last one backwards, if the cluster has more than twice as many.
_CORNERS = ("full", "fragments", "cordoned", "silent", "tainted")


def make_corners(seeder: Seeder) -> None:
    """Sets nodes aside in node pools of their own, for the causes that need a node in a certain state."""
    if len(seeder.hosts) <= 2 * len(_CORNERS):
        return
    for corner in _CORNERS:
        seeder.corners[corner] = seeder.hosts.pop()


@dataclass(frozen=True, slots=True)
class Trouble:
    """An InferenceWorkload that waits. ``spec`` is laid over a healthy one; ``corner`` is the node pool it needs."""

    name: str
    code: str
    spec: dict[str, Any] = field(default_factory=dict)
    project: str = "lab"
    gpu: float = 0.1
    replicas: int = 1
    corner: str | None = None


def _value(found: object) -> Json:
    return {"value": found}


def _environment(**variables: str) -> Json:
    return {"environment": {"items": {name: {"value": text} for name, text in variables.items()}}}


def _claim(name: str) -> Json:
    claim = {"claimName": name, "existingPvc": True, "path": "/opt/nim/.cache", "readOnly": False}
    return {"pvcs": {"items": {"pvc": {"value": claim}}}}


_NIM = "nvcr.io/nim/meta"
TROUBLES: tuple[Trouble, ...] = (
    Trouble("over-quota", "over_quota_non_preemptible", project="small", gpu=1),
    Trouble("over-limit", "queue_limit", project="capped", gpu=2),
    Trouble("no-free-gpu", "no_free_gpu", gpu=1, corner="full"),
    Trouble("fragmented", "gpu_fragmentation", gpu=1, corner="fragments"),
    Trouble("on-cordoned", "node_cordoned", corner="cordoned"),
    Trouble("on-silent-node", "node_not_ready", corner="silent"),
    Trouble("on-tainted", "node_taint", corner="tainted"),
    Trouble("wrong-pool", "node_selector", {"nodePools": _value("a100")}),
    Trouble("memory-too-large", "gpu_memory_too_large", {"gpuMemory": _value("204800Mi")}),
    Trouble("too-many-gpus", "request_exceeds_node", gpu=32),
    Trouble("too-much-cpu", "insufficient_cpu", {"cpu": _value("126")}, replicas=1),
    Trouble("no-such-claim", "pvc_missing", _claim("nim-cache-typo")),
    Trouble("unbound-claim", "pvc_unbound", _claim("pvc-unbound")),
    Trouble("no-such-tag", "image_not_found", {"image": _value(f"{_NIM}/llama-3.1-8b-instruct:does-not-exist")}),
    Trouble("pull-refused", "image_unauthorized", {"imagePullSecret": _value("no-such-secret")}),
    Trouble("no-such-secret", "secret_missing", _environment(NGC_API_KEY="SECRET:ngc-key-typo,NGC_API_KEY")),
    Trouble("key-refused", "ngc_key_refused", _environment(NGC_API_KEY="nvapi-")),
    Trouble("no-profile", "nim_no_profile", _environment(NIM_MODEL_PROFILE="bogus-h200-profile")),
    Trouble(
        "out-of-memory",
        "nim_out_of_memory",
        {"image": _value(f"{_NIM}/llama-3.1-70b-instruct:1.3.3")},
        gpu=0.3,
    ),
)


def stage_pending(context: Context) -> dict[str, str]:
    """Creates the troubles; returns ``namespace/pod`` or ``namespace/workload`` -> first cause code."""
    now = context.clock.now()
    _corner_nodes(context, now)
    context.api.create(_unbound_claim(context, "runai-lab", now))
    planted: dict[str, str] = {}
    for trouble in TROUBLES:
        if trouble.corner is None or _has_corner(context, trouble.corner):
            planted |= _plant(context, trouble, now)
    free = sum(context.ledger.whole_free(node) for node in context.ledger.nodes)
    planted |= _plant(context, Trouble("gang-too-wide", "gang_incomplete", gpu=1, replicas=free + 2), now)
    planted |= _refused_by_webhook(context, now)
    planted |= _held_by_finalizer(context, now)
    return planted


def _has_corner(context: Context, corner: str) -> bool:
    return any(node.labels.get("runai/node-pool") == corner for node in context.inventory.nodes.values())


def _plant(context: Context, trouble: Trouble, now: float) -> dict[str, str]:
    plan = WorkloadPlan(trouble.name, trouble.project, Kind.INFERENCE, LLAMA, trouble.gpu, trouble.replicas, 0.0, 0)
    spec = inference_spec(plan, trouble.replicas) | trouble.spec
    if "gpuMemory" in trouble.spec:
        spec.pop("gpu", None)
    if trouble.corner is not None:
        spec["nodePools"] = _value(trouble.corner)
    namespace = f"runai-{trouble.project}"
    context.api.create(inference_workload(context.names, namespace, trouble.name, spec, now))
    return {f"{namespace}/{trouble.name}": trouble.code}


def _corner_nodes(context: Context, now: float) -> None:
    edits: dict[str, Callable[[Json], None]] = {
        "cordoned": _cordon,
        "tainted": _taint,
        "silent": lambda node: set_not_ready(node, now),
    }
    for node in list(context.inventory.nodes.values()):
        edit = edits.get(node.labels.get("runai/node-pool", ""))
        if edit is not None:
            context.api.change(api.NODE, None, node.name, edit)


def _cordon(node: Json) -> None:
    node["spec"]["unschedulable"] = True
    node["spec"]["taints"] = [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]


def _taint(node: Json) -> None:
    node["spec"]["taints"] = [{"key": "maintenance", "value": "planned", "effect": "NoSchedule"}]


def _unbound_claim(context: Context, namespace: str, now: float) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": meta("pvc-unbound", namespace, context.names.uuid("pvc-unbound"), now),
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "resources": {"requests": {"storage": "500Gi"}},
            "storageClassName": "no-such-class",
            "volumeMode": "Filesystem",
        },
        "status": {"phase": "Pending"},
    }


def _refused_by_webhook(context: Context, now: float) -> dict[str, str]:
    """A Deployment that asks for half a GPU and a whole one at once: it never gets a pod."""
    plan = WorkloadPlan("half-and-whole", "lab", Kind.DEPLOYMENT, LLAMA, 1, 1, 0.0)
    template = container_template(plan)
    template["metadata"]["annotations"] = {"gpu-fraction": "0.5"}
    context.api.create(workloads.plain_deployment(context.names, "runai-lab", plan.name, template, 1, now))
    return {"runai-lab/half-and-whole": "admission_refused"}


def _held_by_finalizer(context: Context, now: float) -> dict[str, str]:
    """A bare pod without GPUs whose deletion a finalizer holds back."""
    spec = {"containers": [{"name": "main", "image": "busybox:1.36"}], "schedulerName": "runai-scheduler"}
    metadata = meta("stuck-deleting", "runai-lab", context.names.uuid("stuck-deleting"), now, generation=1)
    pod = pod_object({"metadata": {}, "spec": spec}, metadata)
    pod["metadata"]["finalizers"] = ["example.com/never-removed"]
    podstatus.scheduled(pod, next(iter(context.inventory.nodes)), now)
    podstatus.starting(pod, "10.141.0.1", now)
    podstatus.running(context.names, pod, "10.244.1.250", now)
    context.api.create(pod)
    context.api.delete(api.POD, "runai-lab", "stuck-deleting")
    return {"runai-lab/stuck-deleting": "finalizer_holds"}


def pods_of(context: Context, planted: dict[str, str]) -> dict[str, str]:
    """``planted`` with each workload that has pods replaced by its first pod."""
    found: dict[str, str] = {}
    for name, code in planted.items():
        namespace, workload = name.split("/", 1)
        pods: Sequence[str] = sorted(
            key[1]
            for key, record in context.inventory.pods.items()
            if key[0] == namespace and record.workload == workload
        )
        found[f"{namespace}/{pods[0]}" if pods else name] = code
    return found
