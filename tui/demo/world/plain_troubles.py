"""Deployments, Jobs and bare pods of the scenario ``pending`` that wait, and what they need to do so."""

from typing import Any

from tui.demo.objects import Json
from tui.demo.world import api, podstatus, workloads
from tui.demo.world.catalogue import LLAMA
from tui.demo.world.context import Context
from tui.demo.world.corners import node_of
from tui.demo.world.pods import RUNAI_SCHEDULER, meta, pod_object
from tui.demo.world.troubles import NO_COMMAND

_SPACE = "runai-lab"
_BUSYBOX = "docker.io/library/busybox:1.36"
_POOL = "runai/node-pool"
_QUOTA_SPACE = "runai-guests"
_LOGIN = {"imagePullSecrets": [{"name": "ngc-registry"}]}
_KEY = {"name": "NGC_API_KEY", "valueFrom": {"secretKeyRef": {"name": "ngc-api-key", "key": "NGC_API_KEY"}}}


def template(name: str, project: str, image: str, **container: Any) -> Json:
    """A pod template of the default pool that asks for no GPU; ``container`` is laid over its only one."""
    asked = {"cpu": "1", "memory": "2Gi"}
    main = {"name": "main", "image": image, "resources": {"limits": dict(asked), "requests": asked}, **container}
    return {
        "metadata": {"labels": {"project": project, "runai/queue": project, "workloadName": name}},
        "spec": {
            "containers": [main],
            "nodeSelector": {_POOL: "default"},
            "priorityClassName": "inference",
            "schedulerName": RUNAI_SCHEDULER,
        },
    }


def hold(context: Context, now: float) -> None:
    """Workloads that are well, and in the way of others: all of a scratch disk, GPUs over a quota."""
    if node_of(context, "fragments"):
        holder = template("fills-the-disk", "lab", _BUSYBOX, command=["sleep", "infinity"])
        holder["spec"]["nodeSelector"] = {_POOL: "fragments"}
        _ask(holder, {"ephemeral-storage": "3000Gi"})
        _deploy(context, "fills-the-disk", holder, now)
    borrowed = template("borrows-one", "small", _BUSYBOX, command=["sleep", "infinity"])
    borrowed["spec"]["priorityClassName"] = "train"
    _ask(borrowed, {"nvidia.com/gpu": "1"})
    _deploy(context, "borrows-one", borrowed, now)


def plant_all(context: Context, now: float) -> dict[str, str]:
    """Creates them; returns their names with their causes."""
    context.api.create(_quota(context, now))
    context.api.create(_leftover(context, now))
    planted: dict[str, str] = {}
    for name, code, made in _templates(context):
        namespace = f"runai-{made['metadata']['labels']['project']}"
        _deploy(context, name, made, now, namespace)
        planted[f"{namespace}/{name}"] = code
    return planted | _held_by_finalizer(context, now)


def _templates(context: Context) -> list[tuple[str, str, Json]]:
    """(name, cause, pod template)."""
    whole = template("half-and-whole", "lab", LLAMA)
    whole["metadata"]["annotations"] = {"gpu-fraction": "0.5"}
    _ask(whole, {"nvidia.com/gpu": "1"})
    over = template("over-namespace", "guests", LLAMA)
    _ask(over, {"nvidia.com/gpu": "1"})
    lonely = template("far-from-cache", "lab", _BUSYBOX, command=["sleep", "infinity"])
    rule = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "vector-cache"}}}
    lonely["spec"]["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [rule]}}
    sliced = template("sliced", "lab", LLAMA)
    _ask(sliced, {"nvidia.com/mig-1g.12gb": "1"})
    tuning = {"configMapKeyRef": {"name": "nim-tuning", "key": "max-model-len"}}
    tuned = template("no-such-config", "lab", LLAMA, env=[{"name": "NIM_MAX_MODEL_LEN", "valueFrom": tuning}])
    hung = template("wrong-probe", "lab", LLAMA, env=[_KEY], readinessProbe=_probe("/healthz"))
    hung["metadata"]["annotations"] = {"gpu-fraction": "0.3"}
    hung["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "4", "memory": "32Gi"}}
    orphan = template("orphaned", "lab", _BUSYBOX, command=["sleep", "infinity"])
    orphan["spec"]["schedulerName"] = "runai-scheduler-b"
    crash = ["sh", "-c", "echo 'the index is corrupt'; exit 3"]
    found = [
        ("half-and-whole", "admission_refused", whole),
        ("over-namespace", "admission_refused", over),
        ("far-from-cache", "pod_affinity", lonely),
        ("sliced", "insufficient_mig", sliced),
        ("no-such-config", "config_map_missing", tuned),
        ("wrong-probe", "readiness_failing", hung),
        ("orphaned", "scheduler_not_running", orphan),
        ("crashes", "container_crash", template("crashes", "lab", _BUSYBOX, command=crash)),
        ("no-program", "container_create_failed", template("no-program", "lab", NO_COMMAND)),
    ]
    if node_of(context, "fragments"):
        scratch = template("no-scratch", "lab", _BUSYBOX, command=["sleep", "infinity"])
        scratch["spec"]["nodeSelector"] = {_POOL: "fragments"}
        _ask(scratch, {"ephemeral-storage": "500Gi"})
        found.append(("no-scratch", "insufficient_storage", scratch))
    for _, _, made in found:
        made["spec"] |= _LOGIN
    return found


def _ask(made: Json, amounts: dict[str, str]) -> None:
    for part in made["spec"]["containers"][0]["resources"].values():
        part |= amounts


def _probe(path: str) -> Json:
    get = {"path": path, "port": 8000, "scheme": "HTTP"}
    return {"httpGet": get, "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3}


def _deploy(context: Context, name: str, made: Json, now: float, namespace: str | None = None) -> None:
    space = namespace or f"runai-{made['metadata']['labels']['project']}"
    context.api.create(workloads.plain_deployment(context.names, space, name, made, 1, now))


def _quota(context: Context, now: float) -> Json:
    """No whole GPU in this namespace, whatever the queue would give. Its GPUs in use are none."""
    hard = {"requests.nvidia.com/gpu": "0", "pods": "50"}
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": meta("no-whole-gpus", _QUOTA_SPACE, context.names.uuid("quota", _QUOTA_SPACE), now),
        "spec": {"hard": hard},
        "status": {"hard": hard, "used": dict.fromkeys(hard, "0")},
    }


def _leftover(context: Context, now: float) -> Json:
    """A Deployment restored from a backup, with the name that a Revision's must have and without its owner."""
    made = template("not-owned-old", "lab", LLAMA)
    return workloads.plain_deployment(context.names, _SPACE, "not-owned-00001-deployment", made, 0, now)


def _held_by_finalizer(context: Context, now: float) -> dict[str, str]:
    """A bare pod without GPUs whose deletion a finalizer holds back."""
    spec = {"containers": [{"name": "main", "image": _BUSYBOX}], "schedulerName": RUNAI_SCHEDULER}
    metadata = meta("stuck-deleting", _SPACE, context.names.uuid("stuck-deleting"), now, generation=1)
    pod = pod_object({"metadata": {}, "spec": spec}, metadata)
    pod["metadata"]["finalizers"] = ["example.com/never-removed"]
    podstatus.scheduled(pod, next(iter(context.inventory.nodes)), now)
    podstatus.starting(pod, "10.141.0.1", now)
    podstatus.running(context.names, pod, "10.244.1.250", now)
    context.api.create(pod)
    context.api.delete(api.POD, _SPACE, "stuck-deleting")
    return {f"{_SPACE}/stuck-deleting": "finalizer_holds"}
