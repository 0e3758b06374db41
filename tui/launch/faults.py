"""From the server's faults to the form's fields: ``spec.gpu.value`` is what the spec file calls ``gpu``."""

import re

from tui.model.launch_spec import NGC_KEY, FieldError, LaunchSpec
from tui.sources.writing import Invalid

WHOLE = "spec"
_INDEX = re.compile(r"\[([^\]]*)\]")

# The first part of a path under ``spec`` of an InferenceWorkload or in a pod template, and the field it came from.
_FIELDS = {
    "gpu": "gpu",
    "gpuDevices": "gpu.devices",
    "gpuMemory": "gpu.memory",
    "gpuMemoryLimit": "gpu.memory_limit",
    "gpuLimit": "gpu.limit",
    "cpu": "cpu.cores",
    "cpuLimit": "cpu.cores_limit",
    "memory": "cpu.memory",
    "memoryLimit": "cpu.memory_limit",
    "image": "image",
    "minScale": "replicas.min",
    "maxScale": "replicas.max",
    "metric": "replicas.metric",
    "target": "replicas.target",
    "initialScale": "replicas.initial",
    "scaleToZeroRetentionSeconds": "replicas.idle",
    "replicas": "replicas.min",
    "ports": "port",
    "pvcs": "storage",
    "volumes": "storage",
    "volumeMounts": "storage.path",
    "nodePools": "node_pools",
    "priorityClass": "priority",
    "priorityClassName": "priority",
    "preemptibility": "preemptible",
    "ttlAfterFinish": "delete_after",
    "imagePullSecret": "ngc.registry_secret",
    "imagePullSecrets": "ngc.registry_secret",
    "labels": "labels",
    "annotations": "annotations",
    "resources": "gpu",
    "storageClassName": "storage.new.storage_class",
    "accessModes": "storage.new.access_mode",
    "capacity": "storage.new.size",
    "nfs": "storage.new.volume",
}
_NFS = {"server": "storage.new.volume.server", "path": "storage.new.volume.path"}
_STORAGE_KINDS = ("persistentvolumes", "persistentvolumeclaims")
_NAMES = {"persistentvolumes": "storage.new.volume.name", "persistentvolumeclaims": "storage.pvc"}


def field_errors(error: Invalid, spec: LaunchSpec, resource: str = "") -> tuple[FieldError, ...]:
    """The faults as errors of the form's fields; what belongs to none is an error of the whole spec.

    ``resource`` is the object that was refused. Empty where the server named no field.
    """
    return tuple(
        FieldError(field_of(path, spec, resource), "", f"{message} ({path})") for path, message in error.faults
    )


def field_of(path: str, spec: LaunchSpec, resource: str = "") -> str:
    """The field that a path in an object stands for, ``spec`` for none of them."""
    parts = [part for part in _INDEX.sub(r".\1", path).split(".") if part]
    if parts[:1] == ["metadata"] or parts == ["name"]:
        return _of_metadata(parts, resource)
    if parts[:1] == ["spec"]:
        parts = parts[1:]
    if resource in _STORAGE_KINDS:
        return _of_storage(parts)
    if "template" in parts[:1]:
        parts = [part for part in parts[1:] if part not in ("spec", "containers") and not part.isdecimal()]
    if parts[:1] in (["environment"], ["env"]):
        return _of_environment(parts, spec)
    if parts[:1] == ["resources"]:
        return _of_resources(parts)
    field = _FIELDS.get(parts[0], WHOLE) if parts else WHOLE
    return "model" if field == "image" and spec.image is None else field


def _of_metadata(parts: list[str], resource: str) -> str:
    if "name" in parts:
        return _NAMES.get(resource, "name")
    if "namespace" in parts:
        return "namespace"
    return next((part for part in parts if part in ("labels", "annotations")), WHOLE)


def _of_storage(parts: list[str]) -> str:
    if parts[:1] == ["resources"]:
        return "storage.new.size"
    if parts[:1] == ["nfs"]:
        return _NFS.get(parts[-1], "storage.new.volume")
    return _FIELDS.get(parts[0], "storage") if parts else "storage"


def _of_environment(parts: list[str], spec: LaunchSpec) -> str:
    """By the variable's name where the path has it; a list's index says nothing of where it came from."""
    if NGC_KEY in parts and spec.ngc is not None:
        return "ngc.secret"
    if "NIM_CACHE_PATH" in parts and spec.storage is not None:
        return "storage.path"
    if "NIM_MODEL_PROFILE" in parts and spec.profile:
        return "profile"
    return "environment"


def _of_resources(parts: list[str]) -> str:
    limit = "_limit" if "limits" in parts else ""
    if parts[-1] == "cpu":
        return f"cpu.cores{limit}"
    if parts[-1] == "memory":
        return f"cpu.memory{limit}"
    return "gpu"
