"""What Run:ai's operator makes of an InferenceWorkload: the Knative Service, and the pod template inside it.

The schema of InferenceWorkload here is ours: the guide's listing and what the vendor's examples show.
"""

from typing import Any

from tui.demo.objects import Json
from tui.demo.world.naming import Names
from tui.demo.world.pods import PREEMPTIBILITY, RUNAI_SCHEDULER, meta

CREATOR = "system:serviceaccount:runai:workload-controller"
_MIB = 2**20
_BYTES = {"G": 10**9, "GB": 10**9, "Gi": 2**30, "GiB": 2**30, "M": 10**6, "MB": 10**6, "Mi": 2**20, "MiB": 2**20}


def value(spec: Json, field: str, default: Any = None) -> Any:
    """``spec.<field>.value``; every field of a Run:ai workload is such an object."""
    found = spec.get(field)
    return found.get("value", default) if isinstance(found, dict) else default


def project_of(namespace: str) -> str:
    return namespace.removeprefix("runai-")


def inference_workload(
    names: Names, namespace: str, name: str, spec: Json, created: float, labels: dict[str, str] | None = None
) -> Json:
    return {
        "apiVersion": "run.ai/v2alpha1",
        "kind": "InferenceWorkload",
        "metadata": meta(
            name,
            namespace,
            names.uuid("inferenceworkload", namespace, name, int(created)),
            created,
            labels={"project": project_of(namespace), **(labels or {})},
            generation=1,
        ),
        "spec": {"name": {"value": name}, **spec},
        "status": {},
    }


def gpu_terms(spec: Json) -> tuple[dict[str, str], dict[str, str]]:
    """(pod annotations, resource limits) for the GPU part of a workload's spec."""
    devices = int(value(spec, "gpuDevices", 1) or 1)
    several = {"gpu-fraction-num-devices": str(devices)} if devices > 1 else {}
    memory = value(spec, "gpuMemory")
    if memory is not None:
        return {"gpu-memory": str(_mebibytes(str(memory))), **several}, {}
    asked = float(value(spec, "gpu", "0") or 0)
    if asked <= 0:
        return {}, {}
    if asked < 1:
        return {"gpu-fraction": f"{asked:g}", **several}, {}
    return {}, {"nvidia.com/gpu": str(int(asked))}


def _mebibytes(text: str) -> int:
    digits = text.rstrip("GMiB")
    return int(float(digits) * _BYTES.get(text[len(digits) :], _MIB) / _MIB)


def scale_of(spec: Json) -> tuple[int, int]:
    """(min, max) replicas."""
    low = int(value(spec, "minScale", 1))
    return low, max(low, int(value(spec, "maxScale", max(1, low))))  # 0 and 0: suspended


def knative_service(names: Names, workload: Json, now: float) -> Json:
    """The ksvc of a workload, without its status."""
    metadata, spec = workload["metadata"], workload["spec"]
    name, namespace = metadata["name"], metadata["namespace"]
    return {
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": meta(
            name,
            namespace,
            names.uuid("ksvc", metadata["uid"]),
            now,
            labels={"project": project_of(namespace), "workloadName": name},
            annotations={"serving.knative.dev/creator": CREATOR, "serving.knative.dev/lastModifier": CREATOR},
            owner=workload,
            generation=1,
        ),
        "spec": {
            "template": service_template(workload, spec),
            "traffic": [{"latestRevision": True, "percent": 100}],
        },
        "status": {},
    }


def service_template(workload: Json, spec: Json) -> Json:
    """``spec.template`` of the ksvc: what a new Revision is made of."""
    name = workload["metadata"]["name"]
    low, high = scale_of(spec)
    gpu_annotations, limits = gpu_terms(spec)
    scaling = {
        "autoscaling.knative.dev/min-scale": str(low),
        "autoscaling.knative.dev/max-scale": str(high),
        "autoscaling.knative.dev/metric": str(value(spec, "metric", "concurrency")),
        "autoscaling.knative.dev/target": str(value(spec, "target", 100)),
    }
    if (initial := value(spec, "initialScale")) is not None:
        scaling["autoscaling.knative.dev/initial-scale"] = str(initial)
    project = project_of(workload["metadata"]["namespace"])
    template: Json = {
        "metadata": {
            "labels": {
                "project": project,
                "release": name,
                "runai/queue": project,
                "user": str(value(spec, "username", "lab-user")),
                "workloadKind": "InferenceWorkload",
                "workloadName": name,
                **({PREEMPTIBILITY: str(told)} if (told := value(spec, "preemptibility")) else {}),
                **_texts(spec, "labels"),
            },
            "annotations": {**scaling, **gpu_annotations, "workloadName": name, **_texts(spec, "annotations")},
        },
        "spec": {
            "containerConcurrency": 0,
            "containers": [_user_container(spec, limits)],
            "imagePullSecrets": [{"name": str(value(spec, "imagePullSecret", "ngc-registry"))}],
            "priorityClassName": str(value(spec, "priorityClass", "inference")),
            "schedulerName": RUNAI_SCHEDULER,
            "timeoutSeconds": 300,
        },
    }
    if pool := value(spec, "nodePools"):
        template["spec"]["nodeSelector"] = {"runai/node-pool": str(pool)}
    if volumes := _volumes(spec):
        template["spec"]["volumes"] = volumes
    if tolerations := [entry["value"] for entry in _items(spec, "tolerations").values()]:
        template["spec"]["tolerations"] = tolerations
    return template


def _user_container(spec: Json, limits: dict[str, str]) -> Json:
    cpu, memory = str(value(spec, "cpu", "4")), str(value(spec, "memory", "32Gi"))
    cores = {"cpu": str(most)} if (most := value(spec, "cpuLimit")) else {}
    container: Json = {
        "name": "user-container",
        "image": str(value(spec, "image", "")),
        "imagePullPolicy": str(value(spec, "imagePullPolicy", "IfNotPresent")),
        "env": [_variable(key, entry.get("value")) for key, entry in _items(spec, "environment").items()],
        "ports": [
            {"name": "user-port", "containerPort": int(entry["value"]["container"]), "protocol": "TCP"}
            for entry in _items(spec, "ports").values()
        ][:1],
        "resources": {
            "limits": {"memory": str(value(spec, "memoryLimit", memory)), **cores, **limits},
            "requests": {"cpu": cpu, "memory": memory, **limits},
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    if mounts := [
        {"name": "nim-cache", "mountPath": entry["value"]["path"], "readOnly": bool(entry["value"].get("readOnly"))}
        for entry in _items(spec, "pvcs").values()
    ]:
        container["volumeMounts"] = mounts
    for field in ("command", "arguments"):
        if text := value(spec, field):
            container["command" if field == "command" else "args"] = str(text).split()
    return container


def _variable(name: str, text: Any) -> Json:
    """``SECRET:<secret>,<key>`` becomes a reference; anything else is a plain value."""
    if isinstance(text, str) and text.startswith("SECRET:") and "," in text:
        secret, key = text.removeprefix("SECRET:").split(",", 1)
        return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}
    return {"name": name, "value": "" if text is None else str(text)}


def _volumes(spec: Json) -> list[Json]:
    return [
        {"name": "nim-cache", "persistentVolumeClaim": {"claimName": entry["value"]["claimName"]}}
        for entry in _items(spec, "pvcs").values()
    ]


def _texts(spec: Json, field: str) -> dict[str, str]:
    """Labels or annotations that the user gives to the pods."""
    return {key: str(entry.get("value", "")) for key, entry in _items(spec, field).items()}


def _items(spec: Json, field: str) -> dict[str, Json]:
    found = spec.get(field, {})
    return found.get("items", {}) if isinstance(found, dict) else {}
