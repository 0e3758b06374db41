"""NIMServices of NVIDIA's NIM Operator: a NIM as a Deployment of its own, without Knative."""

from tui.model.gpu_request import GpuRequest
from tui.model.ids import WorkloadKey
from tui.model.quantity import parse_quantity
from tui.model.workload import WorkloadObject
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.gpu import gpu_request
from tui.sources.kinds.loose import conditions_at, count_at, dig, list_at, text_at
from tui.sources.kinds.model_name import model_of
from tui.sources.kinds.pod_template import environment_of
from tui.sources.kinds.tenancy import project_of


def to_model(item: Loose) -> WorkloadObject:
    """``spec.image`` is a repository and a tag; scale bounds exist only where autoscaling is on."""
    meta, spec, status = item.metadata, item.spec, item.status
    labels, key = meta.shared_labels, meta.key
    image = _image(spec)
    scales = dig(spec, "scale", "enabled") is True
    replicas = count_at(spec, "replicas")
    return WorkloadObject(
        key=WorkloadKey(key.namespace, key.name, "NIMService"),
        uid=meta.uid,
        resource_version=meta.resource_version,
        owner=meta.owner,
        created_at=meta.created_at,
        deleting_at=meta.deleting_at,
        project=project_of(labels, key.namespace),
        image=image,
        model=text_at(status, "model", "name") or model_of(image, environment_of(spec)),
        gpu=_gpu(spec),
        min_replicas=count_at(spec, "scale", "hpa", "minReplicas") if scales else replicas,
        max_replicas=count_at(spec, "scale", "hpa", "maxReplicas") if scales else replicas,
        phase=text_at(status, "state"),
        desired_pods=None if scales else replicas,
        endpoint=text_at(status, "model", "clusterEndpoint") or text_at(status, "model", "externalEndpoint"),
        conditions=conditions_at(status, "conditions"),
        labels=labels,
        has_status=bool(status),
    )


def _image(spec: object) -> str | None:
    repository, tag = text_at(spec, "image", "repository"), text_at(spec, "image", "tag")
    if repository is None:
        return text_at(spec, "image")
    return f"{repository}:{tag}" if tag else repository


def _gpu(spec: object) -> GpuRequest | None:
    """From ``resources`` or, for fractions, from the annotations that its pods get."""
    devices: dict[str, float] = {}
    for part in ("limits", "requests"):
        resources = dig(spec, "resources", part)
        for name in resources if isinstance(resources, dict) else ():
            count = parse_quantity(text_at(resources, name)) if str(name).startswith("nvidia.com/") else None
            if count:
                devices[str(name)] = count
    for claim in list_at(spec, "draResources"):
        devices.setdefault("nvidia.com/gpu", 0.0)
        devices["nvidia.com/gpu"] += count_at(claim, "claimCreationSpec", "devices", "count") or 0
    notes = dig(spec, "annotations")
    request = gpu_request(
        devices,
        text_at(notes, "gpu-fraction"),
        text_at(notes, "gpu-memory"),
        text_at(notes, "gpu-fraction-num-devices"),
    )
    return request if request.asks_gpu else None


KINDS = (Kind("apps.nvidia.com", "nimservices", Loose, to_model),)
