"""The cluster of a watch, from the parts of a session: what can't be read is ``None`` and stops nothing."""

import threading
from typing import Protocol

from tui.model.clock import Clock
from tui.model.ids import ObjectKey
from tui.model.json_value import JsonObject
from tui.model.nim import NimProbe
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings
from tui.sources.kubernetes import KubeError, KubernetesSource
from tui.sources.nim import probe_pod
from tui.store import SnapshotSource, Store

_HEALTH_SECONDS = 3.0


class Feed(Protocol):
    """The part of a session that is needed."""

    kubernetes: KubernetesSource | None

    @property
    def store(self) -> SnapshotSource: ...

    def surroundings(self, namespace: str) -> Surroundings | None: ...

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None: ...


class LiveCluster:
    """See ``tui.launch.watching.Cluster``."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self.clock = clock

    def snapshot(self) -> Snapshot:
        return self._feed.store.snapshot

    def wait(self, sequence: int, timeout_seconds: float) -> None:
        store = self._feed.store
        if isinstance(store, Store):
            store.wait(lambda snapshot: snapshot.sequence > sequence, timeout_seconds)
        else:
            threading.Event().wait(timeout_seconds)

    def surroundings(self, namespace: str) -> Surroundings | None:
        return self._feed.surroundings(namespace)

    def log_tail(self, pod: ObjectKey, container: str, previous: bool, lines: int) -> tuple[str, ...] | None:
        if self._feed.kubernetes is None:
            return None
        try:
            log = self._feed.kubernetes.logs(pod, container, lines, previous=previous)
        except KubeError:
            return None
        try:
            return tuple(log)
        except KubeError:
            return None
        finally:
            log.close()

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        try:
            return self._feed.object(resource, key)
        except KubeError:
            return None

    def health(self, pod: ObjectKey, port: int) -> NimProbe | None:
        if self._feed.kubernetes is None:
            return None
        try:
            return probe_pod(self._feed.kubernetes.client, pod, port, timeout=_HEALTH_SECONDS, brief=True)
        except KubeError:
            return None
