"""Manifests as users write them: the spec of an InferenceWorkload after the guide, pod templates of everything else."""

from tui.demo.objects import Json
from tui.demo.world.catalogue import Kind, WorkloadPlan
from tui.demo.world.pods import RUNAI_SCHEDULER

_COMMANDS = {
    Kind.JOB: ["torchrun", "--nproc-per-node=4", "finetune.py"],
    Kind.NOTEBOOK: ["start-notebook.sh"],
    Kind.POD: ["sleep", "infinity"],
}
_PRIORITIES = {Kind.JOB: "train", Kind.NOTEBOOK: "build", Kind.POD: "build", Kind.DEPLOYMENT: "inference"}


def inference_spec(plan: WorkloadPlan, replicas: int) -> Json:
    gpu: Json = (
        {"gpuMemory": {"value": f"{plan.memory_mib}Mi"}} if plan.memory_mib else {"gpu": {"value": f"{plan.gpu:g}"}}
    )
    cache = {"claimName": "nfs-pvc-nim", "existingPvc": True, "path": "/opt/nim/.cache", "readOnly": False}
    return {
        "cpu": {"value": "4"},
        "environment": {
            "items": {
                "NGC_API_KEY": {"value": "SECRET:ngc-api-key,NGC_API_KEY"},
                "NIM_CACHE_PATH": {"value": "/opt/nim/.cache"},
            }
        },
        **gpu,
        "image": {"value": plan.image},
        "imagePullPolicy": {"value": "IfNotPresent"},
        "maxScale": {"value": max(replicas, plan.max_replicas)},
        "memory": {"value": "32Gi"},
        "metric": {"value": "concurrency"},
        "minScale": {"value": replicas},
        "ports": {"items": {"port1": {"value": {"container": 8000, "protocol": "http", "serviceType": "ServingPort"}}}},
        "pvcs": {"items": {"pvc": {"value": cache}}},
        "target": {"value": plan.target},
        "username": {"value": "lab-user"},
    }


def container_template(plan: WorkloadPlan) -> Json:
    """The pod template of a workload that is no inference: whole GPUs as a resource, shares as annotations."""
    annotations: dict[str, str] = {}
    limits = {"cpu": "8", "memory": "64Gi"}
    if 0 < plan.gpu < 1:
        annotations["gpu-fraction"] = f"{plan.gpu:g}"
        if plan.devices > 1:
            annotations["gpu-fraction-num-devices"] = str(plan.devices)
    else:
        limits["nvidia.com/gpu"] = f"{plan.gpu:g}"
    container: Json = {
        "name": "main",
        "image": plan.image,
        "resources": {"limits": limits, "requests": dict(limits)},
    }
    if command := _COMMANDS.get(plan.kind):
        container["command"] = command
    metadata: Json = {"labels": {"project": plan.project, "runai/queue": plan.project, "workloadName": plan.name}}
    if annotations:
        metadata["annotations"] = annotations
    spec: Json = {
        "containers": [container],
        "schedulerName": RUNAI_SCHEDULER,
        "priorityClassName": _PRIORITIES.get(plan.kind, "inference"),
    }
    if plan.pool:
        spec["nodeSelector"] = {"runai/node-pool": plan.pool}
    return {"metadata": metadata, "spec": spec}
