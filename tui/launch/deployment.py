"""The same NIM on plain Kubernetes, for whole GPUs and the baseline: a Deployment and its Service."""

from tui.launch.environment import variables
from tui.launch.image import image_of, is_nim
from tui.launch.marks import MANAGED_BY, NIMDECK, metadata, workload_notes
from tui.launch.sizes import number_text, size_text
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.launch_spec import EnvVar, LaunchSpec, SecretRef, Storage
from tui.model.manifest import Manifest

DEPLOYMENTS = "deployments.apps"
SERVICES = "services"
NAME = "app.kubernetes.io/name"
CONTAINER = "nim"
GPU = "nvidia.com/gpu"
READY_PATH = "/v1/health/ready"
CACHE_VOLUME = "model-cache"
# A first start downloads the model: two hours before Kubernetes restarts the container or calls the roll-out failed.
PROBE_SECONDS = 10
PROBE_TIMEOUT_SECONDS = 5
STARTUP_FAILURES = 720
PROGRESS_SECONDS = 7500  # above the startup allowance, so that it is the probe that speaks first


def deployment(spec: LaunchSpec, namespace: str, author: str = "") -> Manifest:
    """The Deployment of a checked spec: ``replicas.min`` pods of whole GPUs."""
    meta = metadata(spec.name, namespace, author, {**workload_notes(spec, namespace), **dict(spec.annotations)})
    meta["labels"] = {**dict(spec.labels), MANAGED_BY: NIMDECK, NAME: spec.name}
    template: JsonObject = {
        "metadata": {
            "labels": {**dict(spec.labels), NAME: spec.name},
            **({"annotations": dict(spec.annotations)} if spec.annotations else {}),
        },
        "spec": _pod(spec),
    }
    body: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta,
        "spec": {
            "replicas": spec.replicas.min,
            "progressDeadlineSeconds": PROGRESS_SECONDS,
            "selector": {"matchLabels": {NAME: spec.name}},
            "template": template,
        },
    }
    return Manifest(DEPLOYMENTS, ObjectKey(namespace, spec.name), body)


def cluster_service(spec: LaunchSpec, namespace: str, author: str = "") -> Manifest:
    """The Service inside the cluster, named as the Deployment."""
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(spec.name, namespace, author),
        "spec": {
            "selector": {NAME: spec.name},
            "ports": [{"name": spec.protocol, "port": spec.port, "targetPort": spec.port, "protocol": "TCP"}],
        },
    }
    return Manifest(SERVICES, ObjectKey(namespace, spec.name), body)


def _pod(spec: LaunchSpec) -> JsonObject:
    pod: dict[str, JsonValue] = {"containers": [_container(spec)]}
    if spec.ngc is not None and spec.ngc.registry_secret:
        pod["imagePullSecrets"] = [{"name": spec.ngc.registry_secret}]
    if spec.priority is not None:
        pod["priorityClassName"] = spec.priority
    if spec.storage is not None:
        claim: JsonObject = {"claimName": spec.storage.pvc, "readOnly": spec.storage.read_only}
        pod["volumes"] = [{"name": CACHE_VOLUME, "persistentVolumeClaim": claim}]
    return pod


def _container(spec: LaunchSpec) -> JsonObject:
    container: dict[str, JsonValue] = {"name": CONTAINER, "image": image_of(spec)}
    if environment := variables(spec):
        container["env"] = [_variable(variable) for variable in environment]
    container["ports"] = [{"name": spec.protocol, "containerPort": spec.port, "protocol": "TCP"}]
    if resources := _resources(spec):
        container["resources"] = resources
    probe: JsonObject = {**_asked_at(spec), "periodSeconds": PROBE_SECONDS}
    container["readinessProbe"] = probe
    container["startupProbe"] = {**probe, "failureThreshold": STARTUP_FAILURES}
    if spec.storage is not None:
        container["volumeMounts"] = [_mount(spec.storage)]
    return container


def _asked_at(spec: LaunchSpec) -> JsonObject:
    """A NIM says itself when it is ready; of another server only the open port is known."""
    if is_nim(spec) and spec.protocol == "http":
        return {"httpGet": {"path": READY_PATH, "port": spec.port}, "timeoutSeconds": PROBE_TIMEOUT_SECONDS}
    return {"tcpSocket": {"port": spec.port}}


def _mount(storage: Storage) -> JsonObject:
    return {
        "name": CACHE_VOLUME,
        "mountPath": storage.path,
        **({"readOnly": True} if storage.read_only else {}),
    }


def _variable(variable: EnvVar) -> JsonObject:
    if isinstance(variable.value, SecretRef):
        reference = {"name": variable.value.name, "key": variable.value.key}
        return {"name": variable.name, "valueFrom": {"secretKeyRef": reference}}
    return {"name": variable.name, "value": variable.value}


def _resources(spec: LaunchSpec) -> JsonObject:
    gpus = {GPU: str(spec.gpu.devices)} if spec.gpu.devices else {}
    requests = {**_amounts(spec.cpu.cores, spec.cpu.memory_bytes), **gpus}
    limits = {**_amounts(spec.cpu.cores_limit, spec.cpu.memory_limit_bytes), **gpus}
    return {**({"requests": requests} if requests else {}), **({"limits": limits} if limits else {})}


def _amounts(cores: float | None, memory_bytes: int | None) -> dict[str, str]:
    return {
        **({"cpu": number_text(cores)} if cores is not None else {}),
        **({"memory": size_text(memory_bytes)} if memory_bytes is not None else {}),
    }
