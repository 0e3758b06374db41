"""Answers in other forms than the object itself: Table with its columns, and PartialObjectMetadata."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from tui.demo.kube.ages import since
from tui.demo.kube.columns import COLUMNS, Column
from tui.demo.objects import Json, Resource, Stored

META = "meta.k8s.io/v1"
_NAME = Column("Name", "string", lambda obj: obj["metadata"]["name"], form="name")


class TableWriter(NamedTuple):
    """Writes Tables of one kind. ``include`` is the query's ``includeObject``: Metadata, Object or None."""

    res: Resource
    now: Callable[[], float]
    include: str = "Metadata"

    def table(self, versions: Iterable[Stored], metadata: Json, *, definitions: bool = True) -> Json:
        """A Table; the later ones of a watch leave the definitions out."""
        columns = self._columns()
        rows = [self._row(columns, stored) for stored in versions]
        described = [column.definition() for column in columns] if definitions else None
        return {
            "kind": "Table",
            "apiVersion": META,
            "metadata": metadata,
            "columnDefinitions": described,
            "rows": rows,
        }

    def _columns(self) -> list[Column]:
        if self.res.key == "events":
            return [Column("Last Seen", "string", self._last_seen), *COLUMNS["events"]]
        age = Column("Age", "string" if not self.res.custom else "date", self._age)
        return [_NAME, *COLUMNS.get(self.res.key, ()), age]

    def _row(self, columns: list[Column], stored: Stored) -> Json:
        row: Json = {"cells": [column.cell(stored.obj) for column in columns]}
        if self.include == "Object":
            row["object"] = stored.obj
        elif self.include != "None":
            row["object"] = partial(stored.obj)
        return row

    def _last_seen(self, event: Json) -> str:
        return since(event.get("lastTimestamp") or event.get("eventTime"), self.now())

    def _age(self, obj: Json) -> Any:
        return since(obj["metadata"].get("creationTimestamp"), self.now())


def partial(obj: Json) -> Json:
    """The object's metadata alone."""
    return {"kind": "PartialObjectMetadata", "apiVersion": META, "metadata": obj["metadata"]}


def partial_list(versions: Iterable[Stored], metadata: Json) -> Json:
    """The metadata of a list's objects."""
    items = [partial(stored.obj) for stored in versions]
    return {"kind": "PartialObjectMetadataList", "apiVersion": META, "metadata": metadata, "items": items}
