"""The InferenceWorkload of a spec, in the guide's form: every field is ``{value: X}``, collections ``{items: {...}}``.

Names beyond the guide's are those of Run:ai's published ``kubectl explain inferenceworkload.spec``; the ones marked
[unconfirmed] are not in it, and ``offered.py`` lets them be used only where the cluster's own schema has them.
"""

from collections.abc import Iterator, Mapping

from tui.launch.environment import reference_text, variables
from tui.launch.image import image_of
from tui.launch.marks import metadata, workload_notes
from tui.launch.sizes import go_duration, number_text, size_text
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.launch_spec import CpuAsk, GpuAsk, LaunchSpec, Replicas, SecretRef, Storage
from tui.model.manifest import Manifest

RESOURCE = "inferenceworkloads.run.ai"
API_VERSION = "run.ai/v2alpha1"
KIND = "InferenceWorkload"
PREEMPTIBLE, NON_PREEMPTIBLE = "preemptible", "non-preemptible"

Named = Iterator[tuple[str, JsonValue]]


def inference_workload(spec: LaunchSpec, namespace: str, author: str = "") -> Manifest:
    """The manifest of a checked spec."""
    body: JsonObject = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": metadata(spec.name, namespace, author, workload_notes(spec, namespace)),
        "spec": workload_spec(spec),
    }
    return Manifest(RESOURCE, ObjectKey(namespace, spec.name), body)


def workload_spec(spec: LaunchSpec) -> dict[str, JsonValue]:
    """The ``spec`` alone."""
    found: dict[str, JsonValue] = {}
    if environment := variables(spec):
        found["environment"] = _items({v.name: _plain(v.value) for v in environment})
    found |= {name: _value(value) for name, value in _gpu(spec.gpu)}
    found |= {name: _value(value) for name, value in _cpu(spec.cpu)}
    found["image"] = _value(image_of(spec))
    found |= {name: _value(value) for name, value in _replicas(spec.replicas)}
    port = {"container": spec.port, "protocol": spec.protocol, "serviceType": "ServingPort"}
    found["ports"] = _items({"port1": port})
    if spec.storage is not None:
        found["pvcs"] = _items({"pvc": _claim(spec.storage)})
    found |= {name: _value(value) for name, value in _placement(spec)}
    if spec.labels:
        found["labels"] = _items(dict(spec.labels))
    if spec.annotations:
        found["annotations"] = _items(dict(spec.annotations))
    return found


def _gpu(gpu: GpuAsk) -> Named:
    if gpu.memory_bytes is not None:
        yield "gpuMemory", size_text(gpu.memory_bytes)
        if gpu.memory_limit_bytes is not None:
            yield "gpuMemoryLimit", size_text(gpu.memory_limit_bytes)  # [unconfirmed]
    elif gpu.portion is not None and gpu.portion < 1:
        yield "gpu", number_text(gpu.portion)
        if gpu.portion_limit is not None:
            yield "gpuLimit", number_text(gpu.portion_limit)
    else:
        yield "gpu", str(gpu.devices)
    if gpu.is_shared and gpu.devices > 1:
        yield "gpuDevices", gpu.devices  # [unconfirmed]: seen on TrainingWorkloads in the wild


def _cpu(cpu: CpuAsk) -> Named:
    if cpu.cores is not None:
        yield "cpu", number_text(cpu.cores)
    if cpu.cores_limit is not None:
        yield "cpuLimit", number_text(cpu.cores_limit)
    if cpu.memory_bytes is not None:
        yield "memory", size_text(cpu.memory_bytes)
    if cpu.memory_limit_bytes is not None:
        yield "memoryLimit", size_text(cpu.memory_limit_bytes)


def _replicas(replicas: Replicas) -> Named:
    yield "minScale", replicas.min
    yield "maxScale", replicas.max
    if replicas.metric is not None:
        yield "metric", replicas.metric
    if replicas.target is not None:
        yield "target", replicas.target
    if replicas.initial is not None:
        yield "initialScale", replicas.initial  # [unconfirmed]
    if replicas.idle_seconds is not None:
        yield "scaleToZeroRetentionSeconds", replicas.idle_seconds  # [unconfirmed]


def _placement(spec: LaunchSpec) -> Named:
    if spec.node_pools:
        yield "nodePools", " ".join(spec.node_pools)  # in order of preference
    if spec.priority is not None:
        yield "priorityClass", spec.priority  # [unconfirmed]
    if spec.preemptible is not None:
        yield "preemptibility", PREEMPTIBLE if spec.preemptible else NON_PREEMPTIBLE  # [unconfirmed]
    if spec.delete_after_seconds is not None:
        yield "ttlAfterFinish", go_duration(spec.delete_after_seconds)  # [unconfirmed]: TrainingWorkloads have it
    if spec.ngc is not None and spec.ngc.registry_secret:
        yield "imagePullSecret", spec.ngc.registry_secret  # [unconfirmed]


def _claim(storage: Storage) -> JsonObject:
    """A new claim is made before the workload, so it always exists."""
    return {
        "claimName": storage.pvc,
        "existingPvc": True,
        "path": storage.path,
        "readOnly": storage.read_only,
    }


def _plain(value: str | SecretRef) -> str:
    return reference_text(value) if isinstance(value, SecretRef) else value


def _value(value: JsonValue) -> JsonObject:
    return {"value": value}


def _items(items: Mapping[str, JsonValue]) -> JsonObject:
    return {"items": {name: _value(value) for name, value in items.items()}}
