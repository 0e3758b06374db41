"""From an object in the cluster back to the spec that would make it: for edit and clone.

Whatever wrote the object, this never raises: what a spec can't say is left out, credentials written out in clear too
(``left_out`` names those). A claim that exists is no new claim.
"""

from collections.abc import Iterator, Mapping

from tui.launch.deployment import GPU, NAME
from tui.launch.environment import CACHE, PORT, PROFILE, parse_reference
from tui.launch.hidden import holds_ngc_key, is_secret_name
from tui.launch.image import model_of, split_tag
from tui.launch.marks import MANAGED_BY, MODEL, OURS, PROJECT, project_namespace
from tui.launch.read_parts import Loose, container_of, items, names, number, size, text, value, whole
from tui.launch.serving import PREEMPTIBLE
from tui.launch.sizes import parse_duration
from tui.launch.spec_fields import METRICS
from tui.model.json_value import JsonObject
from tui.model.launch_spec import (
    NGC_KEY,
    CpuAsk,
    EnvVar,
    GpuAsk,
    LaunchSpec,
    Ngc,
    Replicas,
    SecretRef,
    Storage,
)
from tui.sources.kinds.loose import dig, list_at

_FOREIGN = ("kubectl.kubernetes.io/", "deployment.kubernetes.io/")


def spec_of(body: JsonObject) -> LaunchSpec:
    """The spec of an InferenceWorkload, or of a Deployment as nimdeck makes it."""
    return _of_deployment(body) if body.get("kind") == "Deployment" else _of_workload(body)


def left_out(body: JsonObject) -> tuple[str, ...]:
    """The variables that hold a credential in clear: a clone needs a reference to a Secret instead."""
    return tuple(variable.name for variable in _variables(body) if _is_credential(variable))


def _of_workload(body: JsonObject) -> LaunchSpec:
    spec = body.get("spec")
    port = next((entry for entry in items(spec, "ports").values() if isinstance(entry, dict)), {})
    return _spec(
        body,
        image=text(value(spec, "image")) or "",
        gpu=_gpu(spec),
        cpu=CpuAsk(
            number(value(spec, "cpu")),
            number(value(spec, "cpuLimit")),
            size(value(spec, "memory")),
            size(value(spec, "memoryLimit")),
        ),
        replicas=_replicas(spec),
        storage=_storage(spec),
        registry_secret=text(value(spec, "imagePullSecret")),
        port=(whole(dig(port, "container")), text(dig(port, "protocol"))),
        labels=items(spec, "labels"),
        annotations=items(spec, "annotations"),
        node_pools=names(value(spec, "nodePools")),
        priority=text(value(spec, "priorityClass")),
        preemptible=_preemptible(text(value(spec, "preemptibility"))),
        delete_after_seconds=parse_duration(text(value(spec, "ttlAfterFinish")) or ""),
    )


def _of_deployment(body: JsonObject) -> LaunchSpec:
    template = dig(body, "spec", "template")
    pod = dig(template, "spec")
    container = container_of(pod)
    count = whole(dig(body, "spec", "replicas"))
    port = next(iter(list_at(container, "ports")), None)
    return _spec(
        body,
        image=text(dig(container, "image")) or "",
        gpu=GpuAsk(whole(dig(container, "resources", "limits", GPU)) or 0),
        cpu=CpuAsk(
            number(dig(container, "resources", "requests", "cpu")),
            number(dig(container, "resources", "limits", "cpu")),
            size(dig(container, "resources", "requests", "memory")),
            size(dig(container, "resources", "limits", "memory")),
        ),
        replicas=Replicas(1, 1) if count is None else Replicas(count, count),
        storage=_mounted(pod, container),
        registry_secret=next((text(dig(entry, "name")) for entry in list_at(pod, "imagePullSecrets")), None),
        port=(whole(dig(port, "containerPort")), text(dig(port, "name"))),
        labels=_mapping(dig(template, "metadata", "labels")),
        annotations=_mapping(dig(template, "metadata", "annotations")),
        priority=text(dig(pod, "priorityClassName")),
    )


def _spec(
    body: JsonObject,
    *,
    image: str,
    gpu: GpuAsk,
    cpu: CpuAsk,
    replicas: Replicas,
    storage: Storage | None,
    registry_secret: str | None,
    port: tuple[int | None, str | None],
    labels: Mapping[str, Loose],
    annotations: Mapping[str, Loose],
    node_pools: tuple[str, ...] = (),
    priority: str | None = None,
    preemptible: bool | None = None,
    delete_after_seconds: int | None = None,
) -> LaunchSpec:
    namespace = text(dig(body, "metadata", "namespace")) or ""
    notes = dig(body, "metadata", "annotations")
    project = text(dig(notes, PROJECT)) or text(dig(body, "metadata", "labels", "project")) or _project(namespace)
    reference, version = split_tag(image)
    known = model_of(reference)
    model = known or text(dig(notes, MODEL))
    environment = tuple(variable for variable in _variables(body) if not _is_credential(variable))
    secret = next((v.value for v in environment if v.name == NGC_KEY and isinstance(v.value, SecretRef)), None)
    ngc = Ngc(registry_secret=registry_secret) if registry_secret else None
    if secret is not None:
        ngc = Ngc(secret.name, secret.key, registry_secret)
    number_of_port = port[0] or 8000
    return LaunchSpec(
        name=text(dig(body, "metadata", "name")) or "",
        project=project,
        namespace=None if namespace == project_namespace(project) else namespace or None,
        model=model,
        image=None if known else reference or None,
        version=version,
        profile=next((v.value for v in environment if v.name == PROFILE and isinstance(v.value, str)), None),
        gpu=gpu,
        cpu=cpu,
        scheduler="kubernetes" if body.get("kind") == "Deployment" else "runai",
        replicas=replicas,
        storage=storage,
        ngc=ngc,
        port=number_of_port,
        protocol="grpc" if port[1] == "grpc" else "http",
        environment=tuple(_own(environment, storage, number_of_port if model else None)),
        node_pools=node_pools,
        priority=priority,
        preemptible=preemptible,
        delete_after_seconds=delete_after_seconds,
        labels=_pairs(labels),
        annotations=_pairs(annotations),
    )


def _own(environment: tuple[EnvVar, ...], storage: Storage | None, nim_port: int | None) -> Iterator[EnvVar]:
    """The variables that no field of the spec stands for."""
    for variable in environment:
        is_cache = storage is not None and variable == EnvVar(CACHE, storage.path)
        is_port = nim_port not in (None, 8000) and variable == EnvVar(PORT, str(nim_port))
        is_ngc = variable.name == NGC_KEY and isinstance(variable.value, SecretRef)
        if not (is_cache or is_port or is_ngc or (variable.name == PROFILE and variable.value)):
            yield variable


def _variables(body: JsonObject) -> Iterator[EnvVar]:
    if body.get("kind") == "Deployment":
        yield from _container_variables(container_of(dig(body, "spec", "template", "spec")))
        return
    for name, found in items(body.get("spec"), "environment").items():
        plain = "" if found is None else str(found)
        yield EnvVar(name, parse_reference(plain) or plain)


def _container_variables(container: Loose) -> Iterator[EnvVar]:
    for entry in list_at(container, "env"):
        name = text(dig(entry, "name"))
        reference = dig(entry, "valueFrom", "secretKeyRef")
        secret, key = text(dig(reference, "name")), text(dig(reference, "key"))
        if name and secret and key:
            yield EnvVar(name, SecretRef(secret, key))
        elif name and dig(entry, "valueFrom") is None:
            yield EnvVar(name, str(dig(entry, "value") or ""))


def _is_credential(variable: EnvVar) -> bool:
    found = variable.value
    return isinstance(found, str) and bool(found) and (is_secret_name(variable.name) or holds_ngc_key(found))


def _gpu(spec: Loose) -> GpuAsk:
    devices = whole(value(spec, "gpuDevices")) or 1
    memory = size(value(spec, "gpuMemory"))
    if memory is not None:
        return GpuAsk(devices, memory_bytes=memory, memory_limit_bytes=size(value(spec, "gpuMemoryLimit")))
    asked = number(value(spec, "gpu"))
    if asked is None:
        return GpuAsk(whole(value(spec, "gpuDevices")) or 0)
    if asked == int(asked):
        return GpuAsk(int(asked))
    return GpuAsk(devices, portion=asked, portion_limit=number(value(spec, "gpuLimit")))


def _replicas(spec: Loose) -> Replicas:
    lowest = whole(value(spec, "minScale"))
    lowest = 1 if lowest is None else lowest
    highest = whole(value(spec, "maxScale"))
    return Replicas(
        lowest,
        max(1, lowest) if highest is None else highest,
        METRICS.get(text(value(spec, "metric")) or ""),
        whole(value(spec, "target")),
        whole(value(spec, "initialScale")),
        whole(value(spec, "scaleToZeroRetentionSeconds")),
    )


def _storage(spec: Loose) -> Storage | None:
    for entry in items(spec, "pvcs").values():
        claim, path = text(dig(entry, "claimName")), text(dig(entry, "path"))
        if claim and path:
            return Storage(claim, path, dig(entry, "readOnly") is True)
    return None


def _mounted(pod: Loose, container: Loose) -> Storage | None:
    claims = {
        text(dig(volume, "name")): text(dig(volume, "persistentVolumeClaim", "claimName"))
        for volume in list_at(pod, "volumes")
    }
    for mount in list_at(container, "volumeMounts"):
        claim, path = claims.get(text(dig(mount, "name"))), text(dig(mount, "mountPath"))
        if claim and path:
            return Storage(claim, path, dig(mount, "readOnly") is True)
    return None


def _preemptible(said: str | None) -> bool | None:
    return None if said is None else said == PREEMPTIBLE


def _project(namespace: str) -> str:
    return namespace.removeprefix(project_namespace(""))


def _mapping(found: Loose) -> Mapping[str, Loose]:
    return found if isinstance(found, dict) else {}


def _pairs(found: Mapping[str, Loose]) -> tuple[tuple[str, str], ...]:
    ours = (MANAGED_BY, NAME)
    return tuple(
        (key, "" if entry is None else str(entry))
        for key, entry in found.items()
        if key not in ours and not key.startswith((OURS, *_FOREIGN))
    )
