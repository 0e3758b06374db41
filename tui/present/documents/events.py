"""Items of ``nimdeck.events/1``."""

from dataclasses import dataclass

from tui.model.event import Event
from tui.model.snapshot import Snapshot
from tui.present.documents.figures import instant


@dataclass(frozen=True, slots=True)
class EventItem:
    at: str | None
    first_at: str | None
    kind: str
    severity: str
    object: str
    namespace: str
    reason: str
    message: str
    count: int
    source: str


def event_items(snapshot: Snapshot, project: str | None) -> tuple[EventItem, ...]:
    """All events, newest first; of one project, those in its namespace."""
    namespace = None
    if project is not None:
        known = snapshot.projects.get(project)
        namespace = (known.namespace if known else None) or f"runai-{project}"  # Run:ai's own rule for the name
    return tuple(_item(event) for event in snapshot.events if namespace in (None, event.object.namespace))


def _item(event: Event) -> EventItem:
    return EventItem(
        at=instant(event.at),
        first_at=instant(event.first_at),
        kind=event.object_kind,
        severity=event.severity,
        object=event.object.name,
        namespace=event.object.namespace or event.key.namespace,
        reason=event.reason,
        message=event.message,
        count=event.count,
        source=event.source,
    )
