"""Events: what the cluster says has happened. The newest are kept; a busy cluster has tens of thousands."""

import msgspec

from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.sources.kinds.base import Item, Kind
from tui.sources.kinds.text import moment, share

KEPT = 2000


class Involved(msgspec.Struct, gc=False):
    kind: str | None = None
    namespace: str | None = None
    name: str | None = None


class Series(msgspec.Struct, rename="camel", gc=False):
    count: int | None = None
    last_observed_time: str | None = None


class EventSource(msgspec.Struct, gc=False):
    component: str | None = None


class EventItem(Item, rename="camel", gc=False):
    """Both the old way to count (``count``, ``lastTimestamp``) and the new one (``series``, ``eventTime``)."""

    involved_object: Involved | None = None
    type: str | None = None
    reason: str | None = None
    message: str | None = None
    count: int | None = None
    first_timestamp: str | None = None
    last_timestamp: str | None = None
    event_time: str | None = None
    series: Series | None = None
    source: EventSource | None = None
    reporting_component: str | None = None


def to_model(item: EventItem) -> Event:
    """``at`` is the last time it was seen, however the reporter says that."""
    meta, about, series = item.metadata, item.involved_object or Involved(), item.series or Series()
    last = item.last_timestamp or series.last_observed_time or item.event_time
    source = (item.source.component if item.source else None) or item.reporting_component
    return Event(
        key=meta.key,
        at=moment(last) or meta.created_at,
        severity=share(item.type or "Normal"),
        object_kind=share(about.kind or ""),
        object=ObjectKey(share(about.namespace or ""), share(about.name or "")),
        reason=share(item.reason or ""),
        message=share(item.message or ""),
        count=item.count or series.count or 1,
        source=share(source or ""),
        first_at=moment(item.first_timestamp or item.event_time) or meta.created_at,
    )


def age_of(value: object) -> float:
    """When it was last seen, for keeping the newest."""
    return (value.at or 0.0) if isinstance(value, Event) else 0.0


EVENTS = Kind("", "events", EventItem, to_model, newest=KEPT, age_of=age_of, versions=("v1",))
KINDS = (EVENTS,)
