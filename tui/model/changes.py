"""What sources hand to the store. A source calls ``Sink.put`` from any thread; the store applies on its own."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Protocol

from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.status import SourceStatus


@dataclass(frozen=True, slots=True)
class Listed:
    """A whole list: replaces all of that kind (in that namespace, if ``namespace`` is set).

    ``kind`` is the plural name (``pods``, ``inferenceworkloads``). ``items`` maps the item's key (an ``ObjectKey`` for
    objects of Kubernetes) to the model value.
    """

    kind: str
    items: dict[Hashable, object]
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some watch events of one kind, in order. A value of ``None`` is a deletion."""

    kind: str
    items: tuple[tuple[Hashable, object | None], ...]


Change = Listed | Batch | MetricColumn | GpuIdentities | SourceStatus


class Sink(Protocol):
    """Where a source puts what it learns. Thread-safe, never blocks."""

    def put(self, change: Change) -> None: ...
