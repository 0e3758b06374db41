"""Which fields this cluster can take: by the InferenceWorkload's served schema, else by the control plane's REST API.

A field that neither has is there all the same, disabled, with the reason. A name that Run:ai has not published
([unconfirmed] in ``serving.py``) counts only where the served schema has it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tui.launch.asked import SHARED_DEVICES, asked
from tui.launch.spec_fields import PATHS
from tui.model.launch_spec import LaunchSpec
from tui.model.surroundings import Surroundings

RUNAI_SCHEDULER = "scheduler.runai"
NEEDS_REST = "needs the Run:ai control plane: set [runai] url"


class Served(NamedTuple):
    """A field's name under ``spec``, whether Run:ai's own documents have it, and whether the REST API takes it."""

    name: str
    published: bool = True
    rest: bool = True


FIELDS: Mapping[str, Served] = {
    "image": Served("image"),
    "gpu": Served("gpu"),
    "gpu.portion": Served("gpu"),
    "gpu.limit": Served("gpuLimit"),
    "gpu.memory": Served("gpuMemory"),
    "gpu.memory_limit": Served("gpuMemoryLimit", published=False),
    SHARED_DEVICES: Served("gpuDevices", published=False),
    "cpu": Served("cpu"),
    "cpu.cores": Served("cpu"),
    "cpu.cores_limit": Served("cpuLimit"),
    "cpu.memory": Served("memory"),
    "cpu.memory_limit": Served("memoryLimit"),
    "replicas.min": Served("minScale"),
    "replicas.max": Served("maxScale"),
    "replicas.metric": Served("metric"),
    "replicas.target": Served("target"),
    "replicas.initial": Served("initialScale", published=False),
    "replicas.idle": Served("scaleToZeroRetentionSeconds", published=False),
    "storage": Served("pvcs"),
    "ngc.registry_secret": Served("imagePullSecret", published=False),
    "port": Served("ports"),
    "environment": Served("environment"),
    "node_pools": Served("nodePools"),
    "priority": Served("priorityClass", published=False),
    "preemptible": Served("preemptibility", published=False),
    "delete_after": Served("ttlAfterFinish", published=False, rest=False),
    "labels": Served("labels"),
    "annotations": Served("annotations"),
}


def offered(surroundings: Surroundings | None, has_rest: bool) -> Mapping[str, str]:
    """Each field's path -> ``""`` where it is offered, else why it is not.

    Beside the file's fields: ``gpu.shared_devices`` (more than one device of which a part is asked) and
    ``scheduler.runai``. ``surroundings`` None: no cluster was asked, and everything is offered.
    """
    reasons = dict.fromkeys((*PATHS, SHARED_DEVICES, RUNAI_SCHEDULER), "")
    if surroundings is None:
        return reasons
    if surroundings.has_inference_workloads is False and not has_rest:
        reasons[RUNAI_SCHEDULER] = "this cluster serves no InferenceWorkload; use scheduler: kubernetes"
        return reasons
    for path, field in FIELDS.items():
        if not (_in_schema(field, surroundings) or (has_rest and field.rest)):
            reasons[path] = _reason(field, surroundings)
    return reasons


def needs_rest(spec: LaunchSpec, surroundings: Surroundings | None) -> tuple[str, ...]:
    """The fields that only the control plane could take; empty: the Kubernetes API will do."""
    if surroundings is None or spec.scheduler == "kubernetes":
        return ()
    if surroundings.has_inference_workloads is False:
        return (RUNAI_SCHEDULER,)
    return tuple(path for path in asked(spec) if not _in_schema(FIELDS[path], surroundings))


def _in_schema(field: Served, surroundings: Surroundings) -> bool:
    fields = surroundings.spec_fields
    return field.published if fields is None else field.name in fields


def _reason(field: Served, surroundings: Surroundings) -> str:
    if field.rest:
        return NEEDS_REST
    if surroundings.spec_fields is None:
        return f"can't be known: the schema of InferenceWorkload could not be read, and {field.name} is not in all"
    return f"this cluster's InferenceWorkload has no {field.name}, and the control plane's inference has none either"
