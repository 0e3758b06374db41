"""The object store: what etcd and the API server's registry are to a real cluster, in memory and on one event loop.

It keeps versions, generations and uids honest and tells subscribers; it validates nothing (that is the API's part).
Objects it hands out are shared: nobody changes them.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from tui.demo.objects.errors import already_exists, not_found
from tui.demo.objects.garbage import Collector
from tui.demo.objects.resource import Json, Resource
from tui.demo.objects.versions import Change, Ring, Stored

Subscriber = Callable[[str, Resource, Json], None]
Sink = Callable[[Change], None]
Edit = Callable[[Json], None]
Objects = list[Json]
Versions = list[Stored]

_FIXED = ("name", "namespace", "uid")


class Shelf:
    """Everything of one kind: objects by namespace and name, the ring of changes, those who watch it."""

    __slots__ = ("changed", "objects", "ring", "sinks")

    def __init__(self, history: int) -> None:
        self.objects: dict[str, dict[str, Stored]] = {}
        self.ring = Ring(history)
        self.sinks: list[Sink] = []
        self.changed = 0


class ObjectStore:
    """All objects of the cluster.

    ``now`` gives Unix time in seconds. ``history`` is the number of changes a kind that a watch can resume over.
    Owned objects are collected ``collect_after_seconds`` after their owner; a pod on a node takes
    ``stop_after_seconds`` to stop once it is deleted gracefully. Without a running event loop both happen at once.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        now: Callable[[], float],
        *,
        history: int = 2048,
        collect_after_seconds: float = 0.1,
        stop_after_seconds: float = 1.0,
    ) -> None:
        self.resources: tuple[Resource, ...] = tuple(resources)
        self.now = now
        self.version = 1000
        self._by_key = {(res.plural, res.group): res for res in self.resources}
        self._shelves = {res.key: Shelf(history) for res in self.resources}
        self._subscribers: list[Subscriber] = []
        self._collector = Collector(self, collect_after_seconds, stop_after_seconds)

    def resource(self, plural: str, group: str = "") -> Resource:
        """The kind of that plural and group; ``KeyError`` if this cluster does not serve it."""
        return self._by_key[plural, group]

    def timestamp(self, seconds_from_now: float = 0.0) -> str:
        """RFC 3339 in whole seconds, as metadata carries it."""
        return datetime.fromtimestamp(self.now() + seconds_from_now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    # Reading

    def stored(self, res: Resource, namespace: str | None, name: str) -> Stored | None:
        """The latest version with its bytes."""
        space = self._shelves[res.key].objects.get(self._space(res, namespace))
        return space.get(name) if space else None

    def get(self, res: Resource, namespace: str | None, name: str) -> Json | None:
        found = self.stored(res, namespace, name)
        return found.obj if found else None

    def stored_list(self, res: Resource, namespace: str | None = None) -> Versions:
        """The latest versions in one namespace, or everywhere, ordered by namespace and name as the API lists them."""
        objects = self._shelves[res.key].objects
        if namespace and res.namespaced:
            spaces = [objects.get(namespace, {})]
        else:
            spaces = [objects[space] for space in sorted(objects)]
        return [space[name] for space in spaces for name in sorted(space)]

    def list(self, res: Resource, namespace: str | None = None) -> Objects:
        """The objects in one namespace, or everywhere."""
        return [stored.obj for stored in self.stored_list(res, namespace)]

    def count(self, res: Resource, namespace: str) -> int:
        return len(self._shelves[res.key].objects.get(namespace, ()))

    # Writing

    def create(self, res: Resource, obj: Json, *, dry_run: bool = False) -> Json:
        """Stores ``obj`` (taken over, not copied); fills uid, versions and creationTimestamp unless they are given.

        Raises ``ApiError`` 409 AlreadyExists.
        """
        given = obj["metadata"]
        name = given["name"]
        namespace = self._space(res, given.get("namespace"))
        if self.stored(res, namespace, name) is not None:
            raise already_exists(res, name)
        metadata: Json = {"name": name}
        if namespace:
            metadata["namespace"] = namespace
        metadata["uid"] = given.get("uid") or str(uuid.uuid4())
        metadata["resourceVersion"] = ""
        if res.has_generation:
            metadata["generation"] = given.get("generation", 1)
        metadata["creationTimestamp"] = given.get("creationTimestamp") or self.timestamp()
        metadata = {**metadata, **given, **metadata}
        whole = self._normal(res, {**obj, "metadata": metadata})
        if dry_run:
            del metadata["resourceVersion"]
            return whole
        return self._commit("ADDED", res, whole, None).obj

    def change(
        self,
        res: Resource,
        namespace: str | None,
        name: str,
        edit: Edit,
        *,
        status: bool = False,
        dry_run: bool = False,
    ) -> Json:
        """Lets ``edit`` change a copy and stores that; a change of nothing writes nothing.

        With ``status`` only the status counts (and, for built-in kinds, metadata: so does the real one). Raises
        ``ApiError`` 404.
        """
        previous = self.stored(res, namespace, name)
        if previous is None:
            raise not_found(res, name)
        old = previous.obj
        edited = previous.copy()
        edit(edited)
        new = self._status_of(res, old, edited) if status else self._normal(res, edited)
        metadata = new["metadata"]
        for field in (*_FIXED, "resourceVersion", "generation"):
            if field in old["metadata"]:
                metadata[field] = old["metadata"][field]
        if new == old:
            return old
        if res.has_generation and not status and _desired(new) != _desired(old):
            metadata["generation"] = old["metadata"].get("generation", 0) + 1
        if dry_run:
            return new
        if metadata.get("deletionTimestamp") and not metadata.get("finalizers") and old["metadata"].get("finalizers"):
            return self._remove(res, new, previous)
        return self._commit("MODIFIED", res, new, previous).obj

    def delete(
        self,
        res: Resource,
        namespace: str | None,
        name: str,
        *,
        grace_seconds: int = 0,
        propagation: str = "Background",
        dry_run: bool = False,
    ) -> Json | None:
        """Deletes at once, or marks what finalizers, a grace period or foreground deletion hold back.

        Returns the object as it then is, ``None`` if there was none.
        """
        previous = self.stored(res, namespace, name)
        if previous is None or dry_run:
            return previous.obj if previous else None
        held = self._collector.holds(res, previous.obj, grace_seconds, propagation)
        if held is None and not previous.obj["metadata"].get("finalizers"):
            return self._remove(res, previous.copy(), previous)
        if previous.obj["metadata"].get("deletionTimestamp"):
            return previous.obj
        stopping = self._marked(res, previous, grace_seconds, held)
        self._collector.stopping(res, stopping, propagation)
        return stopping

    def _marked(self, res: Resource, previous: Stored, grace_seconds: int, finalizer: str | None) -> Json:
        marked = previous.copy()
        metadata = marked["metadata"]
        metadata["deletionTimestamp"] = self.timestamp(grace_seconds)
        metadata["deletionGracePeriodSeconds"] = grace_seconds
        if finalizer:
            metadata["finalizers"] = [*metadata.get("finalizers", []), finalizer]
        if res.has_generation:
            metadata["generation"] = metadata.get("generation", 0) + 1
        if res.key == "namespaces":
            marked["status"] = {**marked.get("status", {}), "phase": "Terminating"}
        return self._commit("MODIFIED", res, marked, previous).obj

    def remove_now(self, res: Resource, namespace: str | None, name: str, uid: str) -> None:
        """The end of a marked object: it goes, unless finalizers still hold it or another took its name."""
        previous = self.stored(res, namespace, name)
        if previous is None or previous.obj["metadata"]["uid"] != uid or previous.obj["metadata"].get("finalizers"):
            return
        self._remove(res, previous.copy(), previous)

    # Watching

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Calls ``callback(type, resource, object)`` after each change of any kind; returns the way out."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback) if callback in self._subscribers else None

    def watch(self, res: Resource, sink: Sink) -> Callable[[], None]:
        """Calls ``sink`` with each change of one kind; returns the way out."""
        sinks = self._shelves[res.key].sinks
        sinks.append(sink)
        return lambda: sinks.remove(sink) if sink in sinks else None

    def ring(self, res: Resource) -> Ring:
        """The recent changes of one kind."""
        return self._shelves[res.key].ring

    def changed(self, res: Resource) -> int:
        """The version of the latest change of one kind."""
        return self._shelves[res.key].changed

    def compact(self) -> None:
        """Forgets all history, as etcd does every five minutes: what asks for older versions gets 410."""
        for shelf in self._shelves.values():
            shelf.ring.compact(self.version)

    def close(self) -> None:
        """Stops the collector's timers."""
        self._collector.close()

    # Inside

    @staticmethod
    def _space(res: Resource, namespace: str | None) -> str:
        return (namespace or "default") if res.namespaced else ""

    @staticmethod
    def _normal(res: Resource, obj: Json) -> Json:
        """The order of keys that a real server writes; ``Stored.item`` relies on kind and apiVersion leading."""
        if res.custom:
            head = {"apiVersion": res.api_version, "kind": res.kind}
        else:
            head = {"kind": res.kind, "apiVersion": res.api_version}
        return {**head, "metadata": obj["metadata"], **obj, **head}

    def _status_of(self, res: Resource, old: Json, edited: Json) -> Json:
        new = {**old, "metadata": dict(old["metadata"] if res.custom else edited["metadata"])}
        if "status" in edited:
            new["status"] = edited["status"]
        else:
            new.pop("status", None)
        return new

    def _commit(self, kind: str, res: Resource, obj: Json, previous: Stored | None) -> Stored:
        self.version += 1
        metadata = obj["metadata"]
        metadata["resourceVersion"] = str(self.version)
        stored = Stored(res, obj, self.version)
        shelf = self._shelves[res.key]
        space = shelf.objects.setdefault(metadata.get("namespace", ""), {})
        if kind == "DELETED":
            del space[metadata["name"]]
        else:
            space[metadata["name"]] = stored
        self._collector.track(res, obj, previous.obj if previous else None, gone=kind == "DELETED")
        change = Change(kind, res, stored, previous)
        shelf.changed = self.version
        shelf.ring.append(change)
        for sink in tuple(shelf.sinks):
            sink(change)
        for callback in tuple(self._subscribers):
            callback(kind, res, obj)
        return stored

    def _remove(self, res: Resource, last: Json, previous: Stored) -> Json:
        gone = self._commit("DELETED", res, last, previous).obj
        self._collector.gone(gone["metadata"]["uid"])
        return gone


def _desired(obj: Json) -> Json:
    return {key: value for key, value in obj.items() if key not in ("metadata", "status")}
