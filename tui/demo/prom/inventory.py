"""The simulated cluster's objects as facts, decoded once for each version of an object."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from tui.demo.objects import Json
from tui.demo.prom.facts import NodeFacts, PodFacts, node_facts, pod_facts

Fact = TypeVar("Fact")


class Objects(Protocol):
    """The part of the object store that is read here. Objects it lists are never changed by the reader."""

    def resource(self, plural: str, group: str = "") -> Any: ...

    def list(self, res: Any, namespace: str | None = None) -> Iterable[Json]: ...


class _Kind(Generic[Fact]):
    """One kind with the facts of those of its objects that haven't changed."""

    def __init__(self, store: Objects, plural: str, group: str, decode: Callable[[Json], Fact]) -> None:
        self._store = store
        self._plural = plural
        self._group = group
        self._decode = decode
        self._known: dict[str, tuple[str, Fact]] = {}

    def all(self) -> list[Fact]:
        try:
            resource = self._store.resource(self._plural, self._group)
        except KeyError:
            return []
        known: dict[str, tuple[str, Fact]] = {}
        for obj in self._store.list(resource):
            metadata = obj["metadata"]
            uid, version = metadata["uid"], metadata.get("resourceVersion", "")
            before = self._known.get(uid)
            known[uid] = before if before is not None and before[0] == version else (version, self._decode(obj))
        self._known = known
        return [fact for _, fact in known.values()]


class Inventory:
    """Lists of facts, fresh at each call. The same object is returned for as long as its resourceVersion stays."""

    def __init__(self, store: Objects) -> None:
        self._pods = _Kind(store, "pods", "", pod_facts)
        self._nodes = _Kind(store, "nodes", "", node_facts)
        self._queues = _Kind(store, "queues", "scheduling.run.ai", lambda obj: obj)
        self._claims = _Kind(store, "persistentvolumeclaims", "", lambda obj: obj)
        self._deployments = _Kind(store, "deployments", "apps", lambda obj: obj)
        self._inferences = _Kind(store, "inferenceworkloads", "run.ai", lambda obj: obj)

    def pods(self) -> list[PodFacts]:
        return self._pods.all()

    def nodes(self) -> list[NodeFacts]:
        return self._nodes.all()

    def queues(self) -> list[Json]:
        return self._queues.all()

    def claims(self) -> list[Json]:
        return self._claims.all()

    def deployments(self) -> list[Json]:
        return self._deployments.all()

    def inferences(self) -> list[Json]:
        return self._inferences.all()
