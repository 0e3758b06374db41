"""The envelope that every document shares: schema, date, how well each source is known, items."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from tui.model.pending import PendingItem
from tui.model.snapshot import Snapshot
from tui.model.status import SourceStatus
from tui.present.documents.events import EventItem, event_items
from tui.present.documents.figures import age, instant
from tui.present.documents.fit import FitItem
from tui.present.documents.launching import ChangedItem, LaunchItem, ProbeItem
from tui.present.documents.nodes import NodeItem, node_items
from tui.present.documents.pending import WaitingItem, waiting_items, waiting_within
from tui.present.documents.preflight import CheckItem
from tui.present.documents.projects import ProjectItem, project_items
from tui.present.documents.size import SizeItem
from tui.present.documents.waste import WasteItem
from tui.present.documents.workloads import WorkloadItem, workload_items

Listed = NodeItem | WorkloadItem | ProjectItem | WaitingItem | EventItem
Item = Listed | FitItem | LaunchItem | ChangedItem | ProbeItem | CheckItem | WasteItem | SizeItem


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
    """One kind of document: the type of its items, and how they come from a snapshot, a time, a project and what waits.
    ``waiting``: whether what waits stands in it."""

    name: str
    item: type[Item]
    items: Callable[[Snapshot, float, str | None, Sequence[PendingItem]], tuple[Item, ...]]
    waiting: bool = False


def _waiting(
    snapshot: Snapshot, now: float, project: str | None, waiting: Sequence[PendingItem]
) -> tuple[WaitingItem, ...]:
    return waiting_items(waiting_within(waiting, project), now)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("nodes", NodeItem, lambda snapshot, now, *_: node_items(snapshot, now)),
        Kind("workloads", WorkloadItem, workload_items, waiting=True),
        Kind("projects", ProjectItem, lambda snapshot, _, project, __: project_items(snapshot, project)),
        Kind("pending", WaitingItem, _waiting, waiting=True),
        Kind("events", EventItem, lambda snapshot, _, project, __: event_items(snapshot, project)),
    )
}


ITEMS: Mapping[str, type[Item]] = {
    **{kind.name: kind.item for kind in KINDS.values()},
    "fit": FitItem,
    "launch": LaunchItem,
    "change": ChangedItem,
    "probe": ProbeItem,
    "preflight": CheckItem,
    "waste": WasteItem,
    "size": SizeItem,
}


def build(
    kind: str,
    snapshot: Snapshot,
    now: float,
    project: str | None = None,
    namespaces: Collection[str] = (),
    waiting: Sequence[PendingItem] = (),
) -> Document:
    """The document of ``kind`` (a key of ``KINDS``) at ``now`` (Unix seconds), of all projects and namespaces or of
    those named. Nodes are always whole: a part of who holds them would pass for all. ``waiting`` is what waits, for the
    kinds that tell it."""
    items = _within(KINDS[kind].items(snapshot, now, project, waiting), namespaces)
    return document_of(kind, items, snapshot.sources, now)


def document_of(kind: str, items: tuple[Item, ...], sources: Mapping[str, SourceStatus], now: float) -> Document:
    """The document of these items (``kind`` is a key of ``ITEMS``) at ``now`` (Unix seconds)."""
    return Document(f"nimdeck.{kind}/1", instant(now) or "", source_items(sources, now), items)


def _within(items: tuple[Item, ...], namespaces: Collection[str]) -> tuple[Item, ...]:
    if not namespaces:
        return items
    return tuple(
        item for item in items if isinstance(item, NodeItem | CheckItem | SizeItem) or item.namespace in namespaces
    )


def source_items(sources: Mapping[str, SourceStatus], now: float) -> dict[str, Source]:
    """The ``sources`` block, in the order of the names."""
    return {
        name: Source(str(status.state), age(status.last_good_at, now), status.detail)
        for name, status in sorted(sources.items())
    }
