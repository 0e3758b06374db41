"""Knative Services: what serves a single-node inference, with its own address and scale."""

from tui.model.gpu_request import GpuRequest
from tui.model.ids import WorkloadKey
from tui.model.workload import WorkloadObject
from tui.sources.kinds.base import Kind, Loose
from tui.sources.kinds.loose import conditions_at, count_at, dig, number_at, text_at
from tui.sources.kinds.pod_template import read_template
from tui.sources.kinds.tenancy import project_of

SCALING = "autoscaling.knative.dev/"


def to_model(item: Loose) -> WorkloadObject:
    """``desired_pods`` is unknown here: the service follows its load. Old releases wrote ``minScale``."""
    meta, status = item.metadata, item.status
    labels, key = meta.shared_labels, meta.key
    template = dig(item.spec, "template")
    notes = dig(template, "metadata", "annotations")
    read = read_template(template)
    least = count_at(notes, SCALING + "min-scale")
    most = count_at(notes, SCALING + "max-scale")
    return WorkloadObject(
        key=WorkloadKey(key.namespace, key.name, "Service"),
        uid=meta.uid,
        resource_version=meta.resource_version,
        owner=meta.owner,
        created_at=meta.created_at,
        deleting_at=meta.deleting_at,
        project=project_of(labels, key.namespace),
        image=read.image,
        model=read.model,
        gpu=_none_if_empty(read.gpu),
        min_replicas=count_at(notes, SCALING + "minScale") if least is None else least,
        max_replicas=count_at(notes, SCALING + "maxScale") if most is None else most,
        metric=text_at(notes, SCALING + "metric"),
        target=number_at(notes, SCALING + "target"),
        endpoint=text_at(status, "url") or text_at(status, "address", "url"),
        conditions=conditions_at(status, "conditions"),
        labels=labels,
        has_status=bool(status),
        latest_revision=text_at(status, "latestCreatedRevisionName"),
        ready_revision=text_at(status, "latestReadyRevisionName"),
    )


def _none_if_empty(gpu: GpuRequest) -> GpuRequest | None:
    """A webhook may add the GPU only to the pods, so that a template without one says nothing."""
    return gpu if gpu.asks_gpu else None


KINDS = (Kind("serving.knative.dev", "services", Loose, to_model),)
