"""Where a URL path points: a kind, perhaps a namespace, a name and a subresource. Knows no HTTP and no store."""

from collections.abc import Iterable
from typing import NamedTuple

from tui.demo.objects import Resource


class Location(NamedTuple):
    """A path taken apart, whether or not anything is there."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    rest: str = ""
    """What follows a subresource: the path behind a proxy."""

    @property
    def resource(self) -> str:
        """As RBAC names it: ``pods/log``."""
        return f"{self.plural}/{self.subresource}" if self.subresource else self.plural


def parse(path: str) -> Location | None:
    """``None`` for paths that name no resource (discovery, health)."""
    parts = path.strip("/").split("/")
    if parts[0] == "api" and len(parts) > 2:
        group, version, tail = "", parts[1], parts[2:]
    elif parts[0] == "apis" and len(parts) > 3:
        group, version, tail = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if tail[0] == "namespaces" and len(tail) > 2 and not (len(tail) == 3 and tail[2] in ("status", "finalize")):
        namespace, tail = tail[1], tail[2:]
    tail = [*tail, "", ""]
    rest = path.partition(f"/{tail[1]}/{tail[2]}/")[2] if len(tail) > 5 else ""
    return Location(group, version, tail[0], namespace, tail[1], tail[2], rest)


class Index:
    """Kinds by group, version and plural."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = tuple(resources)
        self._found = {(res.group, res.version, res.plural): res for res in self.resources}

    def find(self, place: Location) -> Resource | None:
        """The kind at this place; ``None`` also for a cluster-wide kind asked for inside a namespace."""
        res = self._found.get((place.group, place.version, place.plural))
        if res is None or (place.namespace and not res.namespaced):
            return None
        return res
