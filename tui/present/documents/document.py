"""The envelope that every document shares: schema, date, how well each source is known, items."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tui.model.snapshot import Snapshot
from tui.model.status import SourceStatus
from tui.present.documents.events import EventItem, event_items
from tui.present.documents.figures import age, instant
from tui.present.documents.nodes import NodeItem, node_items
from tui.present.documents.projects import ProjectItem, project_items
from tui.present.documents.workloads import WorkloadItem, workload_items

Item = NodeItem | WorkloadItem | ProjectItem | EventItem


@dataclass(frozen=True, slots=True)
class Source:
    """How well one source is known; ``state`` is live, stale, absent, denied or failed."""

    state: str
    age_seconds: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Document:
    schema: str
    generated_at: str
    sources: dict[str, Source]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: the type of its items, and how they come from a snapshot, a time and a project."""

    name: str
    item: type[Item]
    items: Callable[[Snapshot, float, str | None], tuple[Item, ...]]

    @property
    def schema(self) -> str:
        return f"nimdeck.{self.name}/1"


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("nodes", NodeItem, lambda snapshot, now, _: node_items(snapshot, now)),
        Kind("workloads", WorkloadItem, workload_items),
        Kind("projects", ProjectItem, lambda snapshot, _, project: project_items(snapshot, project)),
        Kind("events", EventItem, lambda snapshot, _, project: event_items(snapshot, project)),
    )
}


def build(
    kind: str, snapshot: Snapshot, now: float, project: str | None = None, namespaces: Collection[str] = ()
) -> Document:
    """The document of ``kind`` (a key of ``KINDS``) at ``now`` (Unix seconds), of all projects and namespaces or of
    those named. Nodes are always whole: a part of who holds them would pass for all."""
    entry = KINDS[kind]
    return Document(
        schema=entry.schema,
        generated_at=instant(now) or "",
        sources=source_items(snapshot.sources, now),
        items=_within(entry.items(snapshot, now, project), namespaces),
    )


def _within(items: tuple[Item, ...], namespaces: Collection[str]) -> tuple[Item, ...]:
    if not namespaces:
        return items
    return tuple(item for item in items if isinstance(item, NodeItem) or item.namespace in namespaces)


def source_items(sources: Mapping[str, SourceStatus], now: float) -> dict[str, Source]:
    """The ``sources`` block, in the order of the names."""
    return {
        name: Source(str(status.state), age(status.last_good_at, now), status.detail)
        for name, status in sorted(sources.items())
    }
