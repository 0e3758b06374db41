"""Pods: the struct is as lean as the model value, because ten thousand of them are decoded at once."""

from collections.abc import Iterator

import msgspec

from tui.model.condition import Condition
from tui.model.pod import Container, Pod
from tui.sources.kinds.affinity import Affinity, neighbours_of, node_terms_of
from tui.sources.kinds.base import Item, Kind, Meta
from tui.sources.kinds.containers import (
    ContainerItem,
    ContainerStatus,
    Quantity,
    Resources,
    effective_requests,
    to_models,
)
from tui.sources.kinds.gpu import GROUP, gpu_groups, gpu_request, others
from tui.sources.kinds.nodes import ConditionItem
from tui.sources.kinds.references import Reference, VolumeItem, names_of, references_of
from tui.sources.kinds.tenancy import project_of
from tui.sources.kinds.text import moment, share, share_all, share_map

RESERVATION_SPACES = frozenset({"runai-reservation", "kai-resource-reservation"})
RESERVATION_APPS = frozenset({"runai-reservation", "kai-resource-reservation", "resource-reservation"})
RESERVATION_NAMES = ("gpu-reservation-", "runai-reservation-")


class Annotations(msgspec.Struct, gc=False):
    """The annotations that are read; all others are skipped."""

    fraction: str | None = msgspec.field(default=None, name="gpu-fraction")
    memory: str | None = msgspec.field(default=None, name="gpu-memory")
    num_devices: str | None = msgspec.field(default=None, name="gpu-fraction-num-devices")
    pod_group: str | None = msgspec.field(default=None, name="pod-group-name")
    gpu_index: str | None = msgspec.field(default=None, name="runai-gpu")
    reserved_gpu: str | None = msgspec.field(default=None, name="run.ai/reserve_for_gpu_index")
    workload: str | None = msgspec.field(default=None, name="workloadName")


class PodMeta(Meta, rename="camel", gc=False):
    annotations: Annotations | None = None


class TolerationItem(msgspec.Struct, gc=False):
    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None


class PodSpec(msgspec.Struct, rename="camel", gc=False):
    node_name: str | None = None
    containers: list[ContainerItem] | None = None
    init_containers: list[ContainerItem] | None = None
    resources: Resources | None = None
    overhead: dict[str, Quantity] | None = None
    volumes: list[VolumeItem] | None = None
    image_pull_secrets: list[Reference] | None = None
    scheduler_name: str | None = None
    priority_class_name: str | None = None
    node_selector: dict[str, str] | None = None
    tolerations: list[TolerationItem] | None = None
    affinity: Affinity | None = None
    priority: int | None = None
    scheduling_gates: list[Reference] | None = None


class PodStatus(msgspec.Struct, rename="camel", gc=False):
    phase: str | None = None
    conditions: list[ConditionItem] | None = None
    container_statuses: list[ContainerStatus] | None = None
    init_container_statuses: list[ContainerStatus] | None = None
    start_time: str | None = None
    reason: str | None = None
    message: str | None = None
    pod_ip: str | None = msgspec.field(default=None, name="podIP")
    nominated_node_name: str | None = None


class PodItem(Item, gc=False):
    metadata: PodMeta
    spec: PodSpec | None = None
    status: PodStatus | None = None


def to_model(item: PodItem) -> Pod:
    """The pod as the model has it."""
    meta, spec, status = item.metadata, item.spec or PodSpec(), item.status or PodStatus()
    labels, notes = share_map(meta.labels), meta.annotations or Annotations()
    key = meta.key
    asked = effective_requests(spec.containers, spec.init_containers, spec.resources, spec.overhead)
    named = references_of(spec.volumes, spec.image_pull_secrets, spec.init_containers, spec.containers)
    return Pod(
        key=key,
        uid=meta.uid,
        resource_version=meta.resource_version,
        phase=share(status.phase or "Unknown"),
        node=share(spec.node_name) if spec.node_name else None,
        owner=meta.owner,
        gpu=gpu_request(asked, notes.fraction, notes.memory, notes.num_devices),
        created_at=meta.created_at,
        started_at=moment(status.start_time),
        deleting_at=meta.deleting_at,
        is_reservation=_is_reservation(key.namespace, key.name, labels, notes),
        gpu_groups=gpu_groups(labels),
        reserved_gpu=(notes.reserved_gpu or "").strip() or None,
        gpu_index_hints=_indexes(notes.gpu_index),
        project=project_of(labels, key.namespace),
        workload_name=labels.get("workloadName") or (share(notes.workload) if notes.workload else None),
        knative_service=labels.get("serving.knative.dev/service"),
        knative_revision=labels.get("serving.knative.dev/revision"),
        pod_group=share(notes.pod_group) if notes.pod_group else None,
        scheduler=share(spec.scheduler_name) if spec.scheduler_name else None,
        priority_class=share(spec.priority_class_name) if spec.priority_class_name else None,
        reason=share(status.reason or ""),
        message=status.message or "",
        ip=status.pod_ip,
        cpu_request_cores=asked.get("cpu"),
        memory_request_bytes=asked.get("memory"),
        containers=tuple(_containers(spec, status)),
        conditions=_conditions(status),
        claims=named.claims,
        secrets=named.secrets,
        node_selector=share_map(spec.node_selector),
        tolerations=share_all(
            (share(t.key or ""), share(t.operator or "Equal"), share(t.value or ""), share(t.effect or ""))
            for t in spec.tolerations or ()
        ),
        labels=labels,
        pull_secrets=named.pull_secrets,
        config_maps=named.config_maps,
        node_terms=node_terms_of(spec.affinity),
        neighbours=neighbours_of(spec.affinity),
        ephemeral_request_bytes=asked.get("ephemeral-storage"),
        other_requests=_other_requests(asked),
        finalizers=share_all(map(share, meta.finalizers)) if meta.finalizers else (),
        nominated_node=share(status.nominated_node_name) if status.nominated_node_name else None,
        priority=spec.priority,
        gates=share_all(names_of(spec.scheduling_gates)) if spec.scheduling_gates else (),
    )


def _is_reservation(namespace: str, name: str, labels: dict[str, str], notes: Annotations) -> bool:
    """True for the pod that holds a device so that others can share it: it says so itself once it runs, and before
    that its group with its namespace, app or name gives it away."""
    if notes.reserved_gpu is not None:
        return True
    is_named = labels.get("app") in RESERVATION_APPS or name.startswith(RESERVATION_NAMES)
    if namespace in RESERVATION_SPACES:
        return is_named or GROUP in labels
    return is_named and GROUP in labels


def _indexes(text: str | None) -> tuple[int, ...]:
    parts = [part.strip() for part in (text or "").split(",")]
    return tuple(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 4)


def _containers(spec: PodSpec, status: PodStatus) -> Iterator[Container]:
    yield from to_models(spec.init_containers, status.init_container_statuses, is_init=True)
    yield from to_models(spec.containers, status.container_statuses, is_init=False)


def _conditions(status: PodStatus) -> tuple[Condition, ...]:
    return tuple(condition.to_model() for condition in status.conditions or ())


def _other_requests(asked: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if value > 0} if (found := others(asked)) else _NO_REQUESTS


_NO_REQUESTS: dict[str, float] = {}  # one for all: a dictionary a pod is 64 bytes each

KINDS = (Kind("", "pods", PodItem, to_model, versions=("v1",)),)
