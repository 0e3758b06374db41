"""A Kubernetes event."""

from dataclasses import dataclass

from tui.model.ids import ObjectKey


@dataclass(frozen=True, slots=True)
class Event:
    """``at`` is the last time it was seen (Unix seconds); ``severity`` is ``Normal`` or ``Warning``."""

    key: ObjectKey
    at: float | None
    severity: str
    object_kind: str
    object: ObjectKey
    reason: str
    message: str
    count: int
    source: str = ""
    first_at: float | None = None
