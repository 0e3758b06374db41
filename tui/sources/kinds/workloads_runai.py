"""Run:ai's workload kinds: every field of their spec is an object ``{value: X}``, collections ``{items: {...}}``.

Their status is documented nowhere; what is read of it was seen, and what is missing is left to the pods.
"""

from tui.model.gpu_request import GpuRequest
from tui.model.ids import WorkloadKey
from tui.model.workload import WorkloadObject
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.gpu import fraction_request, gpu_request
from tui.sources.kinds.loose import conditions_at, count_at, dig, number_at, text_at
from tui.sources.kinds.model_name import model_of
from tui.sources.kinds.tenancy import project_of

GROUP = "run.ai"
PLURALS = {
    "inferenceworkloads": "InferenceWorkload",
    "distributedinferenceworkloads": "DistributedInferenceWorkload",
    "trainingworkloads": "TrainingWorkload",
    "interactiveworkloads": "InteractiveWorkload",
    "distributedworkloads": "DistributedWorkload",
}
_URLS = (("urls", "serving"), ("url",), ("address", "url"), ("endpoint",))


def _kind(plural: str, object_kind: str) -> Kind:
    def to_model(item: Loose) -> WorkloadObject:
        return workload(item, object_kind)

    return Kind(GROUP, plural, Loose, to_model)


def workload(item: Loose, object_kind: str) -> WorkloadObject:
    """The model value of any of these kinds."""
    meta, spec, status = item.metadata, item.spec, item.status
    labels = meta.shared_labels
    key = meta.key
    image = text_at(spec, "image", "value")
    return WorkloadObject(
        key=WorkloadKey(key.namespace, key.name, object_kind),
        uid=meta.uid,
        resource_version=meta.resource_version,
        owner=meta.owner,
        created_at=meta.created_at,
        deleting_at=meta.deleting_at,
        project=project_of(labels, key.namespace),
        image=image,
        model=model_of(image, environment(spec)),
        gpu=gpu_of(spec),
        min_replicas=count_at(spec, "minScale", "value"),
        max_replicas=count_at(spec, "maxScale", "value"),
        metric=text_at(spec, "metric", "value"),
        target=number_at(spec, "target", "value"),
        phase=text_at(status, "phase"),
        desired_pods=count_at(status, "desiredPods"),
        endpoint=next((url for path in _URLS if (url := text_at(status, *path))), None),
        node_pools=_node_pools(spec),
        conditions=conditions_at(status, "conditions"),
        labels=labels,
        has_status=bool(status),
    )


def environment(spec: object) -> dict[str, str]:
    """The environment as name -> text; references to Secrets stay the references that they are."""
    items = dig(spec, "environment", "items")
    names = items if isinstance(items, dict) else {}
    return {str(name): value for name in names if (value := text_at(items, name, "value"))}


def gpu_of(spec: object) -> GpuRequest | None:
    """What one replica asks: ``gpu`` (``"0.5"``, ``"2"``, or a number), else ``gpuMemory``; ``None``: not said."""
    said = text_at(spec, "gpu", "value")
    if said is not None:
        gpus = number_at(spec, "gpu", "value")
        return GpuRequest(devices=1, invalid=f'gpu: "{said}"') if gpus is None else fraction_request(gpus)
    memory = text_at(spec, "gpuMemory", "value")
    if memory is None:
        return None
    if memory.isdigit():  # a bare number is MiB, as in the annotation
        return gpu_request({}, None, memory, None)
    size = number_at(spec, "gpuMemory", "value")
    if size is None or size <= 0:
        return GpuRequest(devices=1, invalid=f'gpuMemory: "{memory}"')
    return GpuRequest(devices=1, memory_bytes=int(size))


def _node_pools(spec: object) -> tuple[str, ...]:
    """Names in order of preference, as a text with spaces or commas or as a list."""
    found = dig(spec, "nodePools", "value")
    names = found if isinstance(found, list) else str(found or "").replace(",", " ").split()
    return tuple(str(name) for name in names)


KINDS = tuple(_kind(plural, object_kind) for plural, object_kind in PLURALS.items())
