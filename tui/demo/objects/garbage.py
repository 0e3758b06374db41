"""What follows a deletion: owned objects, namespaces' contents, pods that take a moment to stop.

The parts that a real cluster gives to its garbage collector, namespace controller and kubelets.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from tui.demo.objects.resource import Json, Resource

if TYPE_CHECKING:
    from tui.demo.objects.store import ObjectStore

FOREGROUND = "foregroundDeletion"
DEFAULT_GRACE_SECONDS = 30
BY_CONTROLLER = ""


class Ref(NamedTuple):
    """An object by name."""

    resource: Resource
    namespace: str
    name: str


class Collector:
    """Acts a moment after its cause, as controllers do; without a running event loop, at once."""

    def __init__(self, store: "ObjectStore", collect_after_seconds: float, stop_after_seconds: float) -> None:
        self._store = store
        self._collect_after = collect_after_seconds
        self._stop_after = stop_after_seconds
        self._owned: dict[str, dict[str, Ref]] = {}
        self._alive: set[str] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._closed = False

    def close(self) -> None:
        self._closed = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def track(self, res: Resource, obj: Json, previous: Json | None, *, gone: bool) -> None:
        """Keeps the index from an owner's uid to what it owns."""
        metadata = obj["metadata"]
        (self._alive.discard if gone else self._alive.add)(metadata["uid"])
        owners = metadata.get("ownerReferences") or ()
        before = (previous["metadata"].get("ownerReferences") or ()) if previous else ()
        if not gone and owners == before:
            return
        for owner in before:
            self._owned.get(owner["uid"], {}).pop(metadata["uid"], None)
        if not gone:
            ref = Ref(res, metadata.get("namespace", ""), metadata["name"])
            for owner in owners:
                self._owned.setdefault(owner["uid"], {})[metadata["uid"]] = ref

    def holds(self, res: Resource, obj: Json, grace_seconds: int, propagation: str) -> str | None:
        """What keeps a deletion from being immediate: a finalizer to add, ``BY_CONTROLLER``, or ``None``: nothing."""
        uid = obj["metadata"]["uid"]
        if res.key == "namespaces" and self._contents(obj["metadata"]["name"]):
            return BY_CONTROLLER
        if propagation == "Foreground" and self._owned.get(uid):
            return FOREGROUND
        if propagation == "Orphan":
            self._orphan(uid)
        running = obj.get("spec", {}).get("nodeName") and obj.get("status", {}).get("phase") in ("Pending", "Running")
        return BY_CONTROLLER if res.key == "pods" and grace_seconds > 0 and running else None

    def stopping(self, res: Resource, obj: Json, propagation: str) -> None:
        """An object was marked for deletion: what will end it starts now."""
        metadata = obj["metadata"]
        ref = Ref(res, metadata.get("namespace", ""), metadata["name"])
        if res.key == "namespaces":
            self._later(self._collect_after, lambda: self._empty(ref, metadata["uid"]))
        elif propagation == "Foreground" and self._owned.get(metadata["uid"]):
            self._later(self._collect_after, lambda: self._foreground(ref, metadata["uid"]))
        elif res.key == "pods":
            seconds = min(self._stop_after, metadata["deletionGracePeriodSeconds"])
            self._later(seconds, lambda: self._store.remove_now(*ref, metadata["uid"]))

    def gone(self, uid: str) -> None:
        """An owner is gone: what nobody else owns follows."""
        if self._owned.get(uid):
            self._later(self._collect_after, lambda: self._collect(uid))

    def _collect(self, uid: str) -> None:
        for ref in list(self._owned.pop(uid, {}).values()):
            if any(owner in self._alive for owner in self._owners(ref)):
                self._drop_owner(ref, uid)
            else:
                self._delete(ref)

    def _foreground(self, ref: Ref, uid: str) -> None:
        waiting = list(self._owned.get(uid, {}).values())
        for owned in waiting:
            self._delete(owned)
        if self._owned.get(uid):
            self._again(lambda: self._foreground(ref, uid))
        elif self._store.get(*ref) is not None:
            self._store.change(*ref, _without_foreground)

    def _orphan(self, uid: str) -> None:
        for ref in list(self._owned.get(uid, {}).values()):
            self._drop_owner(ref, uid)

    def _drop_owner(self, ref: Ref, uid: str) -> None:
        def edit(obj: Json) -> None:
            metadata = obj["metadata"]
            metadata["ownerReferences"] = [owner for owner in metadata["ownerReferences"] if owner["uid"] != uid]
            if not metadata["ownerReferences"]:
                del metadata["ownerReferences"]

        if self._store.get(*ref) is not None:
            self._store.change(*ref, edit)

    def _owners(self, ref: Ref) -> list[str]:
        obj = self._store.get(*ref) or {"metadata": {}}
        return [owner["uid"] for owner in obj["metadata"].get("ownerReferences", ())]

    def _contents(self, namespace: str) -> list[Ref]:
        refs = []
        for res in self._store.resources:
            if res.namespaced and self._store.count(res, namespace):
                names = [obj["metadata"]["name"] for obj in self._store.list(res, namespace)]
                refs += [Ref(res, namespace, name) for name in names]
        return refs

    def _empty(self, ref: Ref, uid: str) -> None:
        for content in self._contents(ref.name):
            self._delete(content)
        if self._contents(ref.name):
            self._again(lambda: self._empty(ref, uid))
        else:
            self._store.remove_now(*ref, uid)

    def _delete(self, ref: Ref) -> None:
        obj = self._store.get(*ref)
        if obj is None or obj["metadata"].get("deletionTimestamp"):
            return
        grace = obj.get("spec", {}).get("terminationGracePeriodSeconds", DEFAULT_GRACE_SECONDS)
        self._store.delete(*ref, grace_seconds=grace if ref.resource.key == "pods" else 0)

    def _again(self, act: Callable[[], None]) -> None:
        """Waiting for others needs a loop: without one nobody else will act."""
        if _loop() is not None:
            self._later(self._collect_after, act)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        if self._closed:
            return
        loop = _loop()
        if loop is None:
            act()
            return
        timers: list[asyncio.TimerHandle] = []

        def fire() -> None:
            self._timers.discard(timers[0])
            act()

        timers.append(loop.call_later(seconds, fire))
        self._timers.add(timers[0])


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _without_foreground(obj: Json) -> None:
    finalizers = [name for name in obj["metadata"].get("finalizers", []) if name != FOREGROUND]
    if finalizers:
        obj["metadata"]["finalizers"] = finalizers
    else:
        obj["metadata"].pop("finalizers", None)
