"""Nodes: what a server offers, and whether it may be used."""

import msgspec

from tui.model.condition import Condition
from tui.model.node import NodeObject, Taint
from tui.model.quantity import parse_quantity
from tui.sources.kinds.base import Item, Kind
from tui.sources.kinds.gpu import GPU, MIB, MIG, others
from tui.sources.kinds.text import moment, share, whole

POOL_LABELS = ("runai/node-pool", "run.ai/node-pool", "kai.scheduler/node-pool")
Quantity = str | int | float


class TaintItem(msgspec.Struct, gc=False):
    key: str = ""
    value: str | None = None
    effect: str = ""


class NodeSpec(msgspec.Struct, gc=False):
    unschedulable: bool | None = None
    taints: list[TaintItem] | None = None


class ConditionItem(msgspec.Struct, rename="camel", gc=False):
    type: str
    status: str = "Unknown"
    reason: str | None = None
    message: str | None = None
    last_transition_time: str | None = None

    def to_model(self) -> Condition:
        return Condition(
            share(self.type),
            share(self.status),
            share(self.reason or ""),
            share(self.message or ""),
            moment(self.last_transition_time),
        )


class NodeInfo(msgspec.Struct, rename="camel", gc=False):
    kubelet_version: str | None = None


class NodeStatus(msgspec.Struct, rename="camel", gc=False):
    allocatable: dict[str, Quantity] | None = None
    conditions: list[ConditionItem] | None = None
    node_info: NodeInfo | None = None


class NodeItem(Item, gc=False):
    spec: NodeSpec | None = None
    status: NodeStatus | None = None


def to_model(item: NodeItem) -> NodeObject:
    """The Node object as the model has it; what it does not say is ``None``."""
    meta, spec, status = item.metadata, item.spec or NodeSpec(), item.status or NodeStatus()
    labels = meta.shared_labels
    offered = {name: parse_quantity(value) for name, value in (status.allocatable or {}).items()}
    conditions = tuple(condition.to_model() for condition in status.conditions or ())
    memory_mib = parse_quantity(labels.get("nvidia.com/gpu.memory"))
    return NodeObject(
        name=share(meta.name),
        uid=meta.uid,
        resource_version=meta.resource_version,
        created_at=meta.created_at,
        ready=_ready(conditions),
        schedulable=not spec.unschedulable,
        pool=next((labels[label] for label in POOL_LABELS if labels.get(label)), None),
        gpu_model=labels.get("nvidia.com/gpu.product"),
        gpu_count=whole(parse_quantity(labels.get("nvidia.com/gpu.count"))),
        gpu_allocatable=whole(offered.get(GPU)) if status.allocatable is None else int(offered.get(GPU) or 0),
        gpu_memory_bytes=None if memory_mib is None else memory_mib * MIB,
        mig_allocatable=tuple(
            sorted((name[len(MIG) :], int(n)) for name, n in offered.items() if name.startswith(MIG) and n)
        ),
        cpu_allocatable_cores=offered.get("cpu"),
        memory_allocatable_bytes=offered.get("memory"),
        pods_allocatable=whole(offered.get("pods")),
        ephemeral_allocatable_bytes=offered.get("ephemeral-storage"),
        taints=tuple(Taint(share(t.key), share(t.value or ""), share(t.effect)) for t in spec.taints or ()),
        conditions=conditions,
        labels=labels,
        other_allocatable=others(offered),
        kubelet_version=share(status.node_info.kubelet_version or "") or None if status.node_info else None,
    )


def _ready(conditions: tuple[Condition, ...]) -> bool | None:
    """Unknown (the kubelet fell silent) is not ready; no such condition at all is not known."""
    ready = next((condition for condition in conditions if condition.type == "Ready"), None)
    return None if ready is None else ready.status == "True"


KINDS = (Kind("", "nodes", NodeItem, to_model, namespaced=False, versions=("v1",)),)
