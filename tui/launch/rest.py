"""The same spec as requests to Run:ai's control plane, and the assets beside it. Pure: the writer sends them.

A project's id is a text in workloads and a number in assets; a new inference answers 202 and is made later.
"""

from collections.abc import Mapping

from tui.launch.deployment import PROBE_SECONDS, PROBE_TIMEOUT_SECONDS, READY_PATH
from tui.launch.environment import variables
from tui.launch.image import image_of, is_nim
from tui.launch.serving import NON_PREEMPTIBLE, PREEMPTIBLE
from tui.launch.sizes import size_text
from tui.model.json_value import JsonObject, JsonValue
from tui.model.launch_spec import CpuAsk, EnvVar, GpuAsk, LaunchSpec, Replicas, SecretRef, Storage

INFERENCES = "/api/v1/workloads/inferences"
PVC_ASSETS = "/api/v1/asset/datasource/pvc"
GENERIC_SECRET_ASSETS = "/api/v1/asset/credentials/generic-secret"
REGISTRY_ASSETS = "/api/v1/asset/credentials/docker-registry"
COMPUTE_ASSETS = "/api/v1/asset/compute"
# The guide raises Knative's deadline to this: a first start downloads the model.
INITIALIZATION_SECONDS = 1800


def inference_request(spec: LaunchSpec, project_id: str, cluster_id: str) -> JsonObject:
    """The body of ``POST /api/v1/workloads/inferences`` for a checked spec."""
    return {"name": spec.name, "projectId": project_id, "clusterId": cluster_id, "spec": _inference(spec)}


def scale_request(current: JsonObject, lowest: int, highest: int) -> JsonObject:
    """The body of a PATCH that scales. ``current`` is the inference's ``spec.autoscaling`` as it was read: the section
    is overwritten, so what it said beside must be said again."""
    kept = {name: value for name, value in current.items() if value is not None}
    return {"spec": {"autoscaling": {**kept, "minReplicas": lowest, "maxReplicas": highest}}}


def pvc_asset(name: str, storage: Storage, project_id: int, cluster_id: str | None = None) -> JsonObject:
    """A data source on a claim that exists, as the guide makes it."""
    spec: JsonObject = {
        "path": storage.path,
        "existingPvc": True,
        "claimName": storage.pvc,
        "readOnly": storage.read_only,
    }
    return _asset(name, project_id, cluster_id, spec)


def existing_secret_asset(name: str, secret: str, project_id: int, cluster_id: str | None = None) -> JsonObject:
    """A generic or registry credential on a Secret that exists in the project's namespace."""
    return _asset(name, project_id, cluster_id, {"existingSecretName": secret})


def compute_asset(name: str, gpu: GpuAsk, cpu: CpuAsk, project_id: int, cluster_id: str | None = None) -> JsonObject:
    """A compute resource such as the guide's tiles."""
    return _asset(name, project_id, cluster_id, compute(gpu, cpu))


def compute(gpu: GpuAsk, cpu: CpuAsk) -> JsonObject:
    """The ``compute`` section."""
    return {**_gpu(gpu), **_cpu(cpu)}


def _asset(name: str, project_id: int, cluster_id: str | None, spec: JsonObject) -> JsonObject:
    meta: JsonObject = {
        "name": name,
        "scope": "project",
        "projectId": project_id,
        **({"clusterId": cluster_id} if cluster_id else {}),
    }
    return {"meta": meta, "spec": spec}


def _inference(spec: LaunchSpec) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {
        "image": image_of(spec),
        "compute": compute(spec.gpu, spec.cpu),
        "autoscaling": _autoscaling(spec.replicas),
        "servingPort": {"container": spec.port, "protocol": spec.protocol},
        "servingConfiguration": {"initializationTimeoutSeconds": INITIALIZATION_SECONDS},
    }
    if environment := variables(spec):
        found["environmentVariables"] = [_variable(variable) for variable in environment]
    if spec.storage is not None:
        found["storage"] = {"pvc": [_claim(spec.storage)]}
    if spec.ngc is not None and spec.ngc.registry_secret:
        found["imagePullSecrets"] = [{"name": spec.ngc.registry_secret}]
    if is_nim(spec) and spec.protocol == "http":
        found["probes"] = {"readiness": _readiness(spec.port)}
    if spec.node_pools:
        found["nodePools"] = list(spec.node_pools)
    if spec.priority is not None:
        found["priorityClass"] = spec.priority
    if spec.preemptible is not None:
        found["preemptibility"] = PREEMPTIBLE if spec.preemptible else NON_PREEMPTIBLE
    if spec.labels:
        found["labels"] = _pairs(dict(spec.labels))
    if spec.annotations:
        found["annotations"] = _pairs(dict(spec.annotations))
    return found


def _gpu(gpu: GpuAsk) -> JsonObject:
    if gpu.memory_bytes is not None:
        limit = {} if gpu.memory_limit_bytes is None else {"gpuMemoryLimit": size_text(gpu.memory_limit_bytes)}
        return {
            "gpuDevicesRequest": gpu.devices,
            "gpuRequestType": "memory",
            "gpuMemoryRequest": size_text(gpu.memory_bytes),
            **limit,
        }
    if gpu.devices == 0:
        return {"gpuDevicesRequest": 0}
    portion = 1 if gpu.portion is None else gpu.portion
    limit_of_portion = {} if gpu.portion_limit is None else {"gpuPortionLimit": gpu.portion_limit}
    return {
        "gpuDevicesRequest": gpu.devices,
        "gpuRequestType": "portion",
        "gpuPortionRequest": portion,
        **limit_of_portion,
    }


def _cpu(cpu: CpuAsk) -> JsonObject:
    said: dict[str, JsonValue] = {
        "cpuCoreRequest": cpu.cores,
        "cpuCoreLimit": cpu.cores_limit,
        "cpuMemoryRequest": None if cpu.memory_bytes is None else size_text(cpu.memory_bytes),
        "cpuMemoryLimit": None if cpu.memory_limit_bytes is None else size_text(cpu.memory_limit_bytes),
    }
    return {name: value for name, value in said.items() if value is not None}


def _autoscaling(replicas: Replicas) -> JsonObject:
    said: dict[str, JsonValue] = {
        "minReplicas": replicas.min,
        "maxReplicas": replicas.max,
        "metric": replicas.metric,
        "metricThreshold": replicas.target,
        "initialReplicas": replicas.initial,
        "scaleToZeroRetentionSeconds": replicas.idle_seconds,
    }
    return {name: value for name, value in said.items() if value is not None}


def _claim(storage: Storage) -> JsonObject:
    return {
        "name": storage.pvc,
        "path": storage.path,
        "existingPvc": True,
        "claimName": storage.pvc,
        "readOnly": storage.read_only,
    }


def _variable(variable: EnvVar) -> JsonObject:
    if isinstance(variable.value, SecretRef):
        return {"name": variable.name, "secret": {"name": variable.value.name, "key": variable.value.key}}
    return {"name": variable.name, "value": variable.value}


def _readiness(port: int) -> JsonObject:
    return {
        "periodSeconds": PROBE_SECONDS,
        "timeoutSeconds": PROBE_TIMEOUT_SECONDS,
        "handler": {"httpGet": {"path": READY_PATH, "port": port, "scheme": "HTTP"}},
    }


def _pairs(pairs: Mapping[str, str]) -> list[JsonValue]:
    return [{"name": name, "value": value} for name, value in pairs.items()]
