"""The documents as tables for eyes: which columns, how figures are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.cli.table import Column, lay_out
from tui.present import format as fmt
from tui.present.documents import Document
from tui.present.documents.events import EventItem
from tui.present.documents.figures import UNLIMITED, unix
from tui.present.documents.nodes import GpuItem, NodeItem
from tui.present.documents.projects import ProjectItem
from tui.present.documents.workloads import WorkloadItem

_EMPTY = {
    "nodes": "no nodes",
    "workloads": "no workloads",
    "projects": "no projects",
    "events": "no events",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """The columns of one kind and the cells of one item, given the time."""

    columns: Sequence[Column]
    cells: Callable[[Any, float], Sequence[str]]


def render(kind: str, document: Document, now: float, width: int | None) -> str:
    """The table of a document; a line in words where there is nothing to list."""
    if not document.items:
        return _EMPTY[kind] + "\n"
    picture = PICTURES[kind]
    return lay_out(picture.columns, [picture.cells(item, now) for item in document.items], width)


def _node(node: NodeItem, _: float) -> Sequence[str]:
    return (
        node.name,
        _node_state(node),
        node.pool or fmt.UNKNOWN,
        ("~" if node.approximate else "") + f"{fmt.gpus(node.gpu_allocated)}/{fmt.gpus(node.gpu_allocatable)}",
        fmt.gpus(node.gpu_free),
        fmt.percent(node.utilization_fraction),
        fmt.percent(_share(node.memory_used_bytes, node.memory_total_bytes)),
        " ".join(_gpu(gpu) for gpu in node.gpus) or fmt.UNKNOWN,
    )


def _node_state(node: NodeItem) -> str:
    if node.ready is None:
        return "unknown"
    if not node.ready:
        return "not ready"
    return "ready" if node.schedulable is not False else "cordoned"


def _gpu(gpu: GpuItem) -> str:
    """What is given of one GPU, as wide as ``1.00`` so that columns of GPUs stand under each other."""
    return fmt.gpus(gpu.allocated_fraction, 2).rjust(4)


def _share(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole


def _workload(workload: WorkloadItem, _: float) -> Sequence[str]:
    wanted = fmt.UNKNOWN if workload.requested_pods is None else str(workload.requested_pods)
    return (
        workload.name,
        workload.phase,
        workload.project or fmt.UNKNOWN,
        f"{workload.running_pods}/{wanted}",
        fmt.gpus(workload.gpu_requested),
        fmt.gpus(workload.gpu_allocated),
        fmt.size(workload.gpu_memory_used_bytes),
        fmt.gpus(workload.idle_gpus),
        fmt.short_age(workload.age_seconds),
        workload.endpoint or fmt.UNKNOWN,
    )


def _project(project: ProjectItem, _: float) -> Sequence[str]:
    return (
        project.name,
        project.department or fmt.UNKNOWN,
        _limit(project.gpu_quota),
        _limit(project.gpu_limit),
        fmt.gpus(project.gpu_allocated),
        fmt.gpus(project.gpu_requested),
        project.namespace or fmt.UNKNOWN,
    )


def _limit(value: float | None) -> str:
    return "unlimited" if value == UNLIMITED else fmt.gpus(value)


def _event(event: EventItem, now: float) -> Sequence[str]:
    at = unix(event.at)
    return (
        fmt.short_age(None if at is None else now - at),
        event.severity,
        f"{event.kind}/{event.object}",
        event.reason,
        event.message + (f" (×{event.count})" if event.count > 1 else ""),
    )


PICTURES: Mapping[str, Picture] = {
    "nodes": Picture(
        (
            Column("NODE"),
            Column("STATE"),
            Column("POOL"),
            Column("GIVEN", right=True),
            Column("FREE", right=True),
            Column("UTIL", right=True),
            Column("MEM", right=True),
            Column("GIVEN OF EACH GPU", flexible=True),
        ),
        _node,
    ),
    "workloads": Picture(
        (
            Column("WORKLOAD", flexible=True),
            Column("STATUS"),
            Column("PROJECT"),
            Column("PODS", right=True),
            Column("ASK", right=True),
            Column("GIVEN", right=True),
            Column("MEM USED", right=True),
            Column("IDLE", right=True),
            Column("AGE", right=True),
            Column("ENDPOINT", flexible=True, optional=True),
        ),
        _workload,
    ),
    "projects": Picture(
        (
            Column("PROJECT", flexible=True),
            Column("DEPARTMENT"),
            Column("QUOTA", right=True),
            Column("LIMIT", right=True),
            Column("GIVEN", right=True),
            Column("ASK", right=True),
            Column("NAMESPACE", flexible=True, optional=True),
        ),
        _project,
    ),
    "events": Picture(
        (
            Column("AGE", right=True),
            Column("TYPE"),
            Column("OBJECT", flexible=True),
            Column("REASON"),
            Column("MESSAGE", flexible=True),
        ),
        _event,
    ),
}
