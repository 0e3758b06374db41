"""The one place that builds sources from settings: a cluster being watched, for the app and for every command."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from config.places import state_folder
from config.settings import Settings
from tui.model.circumstances import Circumstances, Inquiry
from tui.model.clock import Clock, SystemClock
from tui.model.ids import GpuId, ObjectKey
from tui.model.installation import Installation
from tui.model.json_value import JsonObject
from tui.model.snapshot import ClusterInfo, Snapshot, SnapshotDiff
from tui.model.surroundings import Surroundings
from tui.sources.base import Source
from tui.sources.installation import read_installation
from tui.sources.kubernetes import Attached, Forward, KubernetesSource, NotFound, Unreachable
from tui.sources.prometheus import Endpoint, PrometheusError, PrometheusSource, discover_prometheus
from tui.sources.runai import ControlPlane, RunaiSource
from tui.sources.writing import Audit, Writer
from tui.store import Investigator, SnapshotSource, Store

Listener = Callable[[Snapshot, SnapshotDiff], None]
CircumstancesListener = Callable[[Circumstances], None]
Curve = Mapping[str, list[tuple[float, float]]]

_CONNECT_SECONDS = 5.0  # how long Prometheus' discovery waits for the API that it asks


class Player(Protocol):
    """What a recording offers beyond a live cluster."""

    def label(self) -> str:
        """What the header says: where in the recording this is, and how fast it goes."""

    def step(self, frames: int) -> None: ...

    def skip(self, seconds: float) -> None: ...

    def seek(self, text: str) -> str:
        """Go to ``12:04:31``, ``+5m`` or ``-30s``; the result is what is wrong with the text, or ``""``."""

    def set_speed(self, faster: bool) -> str:
        """One step faster or slower; what to tell the user."""


class Feed(Protocol):
    """What screens watch: a live cluster, or a recording of one."""

    settings: Settings
    kubernetes: KubernetesSource | None
    player: Player | None
    control_plane: ControlPlane | None

    @property
    def store(self) -> SnapshotSource: ...

    @property
    def writer(self) -> Writer | None: ...

    def surroundings(self, namespace: str) -> Surroundings | None: ...

    def circumstances(self, inquiry: Inquiry) -> Circumstances | None: ...

    def installation(self, project: str | None = None) -> Installation | None: ...

    @property
    def latest_circumstances(self) -> Circumstances | None: ...

    def on_circumstances(self, listener: CircumstancesListener) -> Callable[[], None]: ...

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None: ...

    def forward(self, pod: ObjectKey, port: int) -> Forward: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def on_change(self, listener: Listener) -> Callable[[], None]: ...

    def refresh(self) -> None: ...

    def set_interval(self, seconds: float) -> None: ...

    def now(self) -> float: ...

    def curve(self, metric: str, start: float, end: float, step: float, node: str) -> Curve | None: ...

    def backfill(self, metric: str, series: Mapping[GpuId, Iterable[tuple[float, float]]]) -> None: ...


class Session:
    """The sources and the store of one cluster: a ``Feed``. Threads live from ``start`` to ``stop``; nothing here
    blocks but ``wait_first``, ``curve``, ``surroundings``, ``circumstances``, ``object``, ``forward``, ``attach``
    and, for a moment, ``stop``."""

    player: Player | None = None

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.kubernetes: KubernetesSource | None = None
        self.prometheus: PrometheusSource | None = None
        self.runai: RunaiSource | None = None
        self.control_plane: ControlPlane | None = None
        self._writer: Writer | None = None
        self._store = Store(self.clock, ClusterInfo())
        self._sources: list[Source] = []
        self._listeners: list[Listener] = []
        self._investigator = Investigator(self._inquiry, self.circumstances, self.clock)
        self._build()

    @property
    def store(self) -> Store:
        return self._store

    def start(self) -> None:
        """Start the store's thread and every source's."""
        self._store.start(self._published)
        for source in self._sources:
            source.start(self._store)

    def stop(self) -> None:
        """End all threads; safe to call twice. Sources are told together, so that the slowest bounds the time."""
        self._investigator.stop()
        stoppers = [threading.Thread(target=source.stop, daemon=True) for source in self._sources]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join(timeout=2.0)
        self._investigator.join(1.0)  # its requests have ended with their source
        if self.control_plane is not None:
            self.control_plane.close()
        self._store.stop()

    def on_change(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` on the store's thread for each new snapshot; the result takes it back."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def wait_first(self, timeout_seconds: float) -> Snapshot:
        """Wait until every source had its first outcome, good or bad, or the time is over."""
        names = {source.name for source in self._sources}
        self._store.wait(lambda snapshot: names <= snapshot.sources.keys(), timeout_seconds)
        return self._store.snapshot

    def refresh(self) -> None:
        """Ask every source for fresh figures now."""
        for source in self._sources:
            source.refresh()

    def set_interval(self, seconds: float) -> None:
        """How often Prometheus is asked; Kubernetes is watched and needs no rate."""
        if self.prometheus is not None:
            self.prometheus.set_interval(seconds)

    @property
    def writer(self) -> Writer:
        """The gate for every change. While the API is not connected, what needs it is refused with that reason."""
        if self._writer is not None:
            return self._writer
        settings, kubernetes = self.settings, self.kubernetes
        client = kubernetes.client if kubernetes is not None and kubernetes.wait_connected(0) else None
        audit = Audit(settings.audit_file or state_folder() / "audit.jsonl", self.clock)
        context = client.context if client is not None else (settings.kubernetes.context or "")
        made = Writer(client, self.control_plane, audit, settings.read_only, context, self.clock)
        if client is not None or kubernetes is None:
            self._writer = made  # for good: it has all that it will get
        return made

    def surroundings(self, namespace: str) -> Surroundings | None:
        """What a launch in that namespace leans on; ``None`` while the API is not connected."""
        kubernetes = self.kubernetes
        if kubernetes is None or not kubernetes.wait_connected(0):
            return None
        return kubernetes.surroundings(namespace)

    def circumstances(self, inquiry: Inquiry) -> Circumstances | None:
        """What the pods that wait lean on; blocks for some seconds. ``None`` while the API is not connected."""
        kubernetes = self.kubernetes
        if kubernetes is None or not kubernetes.wait_connected(0):
            return None
        return kubernetes.circumstances(inquiry)

    def installation(self, project: str | None = None) -> Installation | None:
        """What the preflight looks at beside the snapshot; blocks for some ten seconds at most. What can't be read is
        told in it; ``None`` only for a recording."""
        return read_installation(
            self.kubernetes,
            self.prometheus,
            self.control_plane,
            self._store.snapshot,
            self.settings,
            project,
            self.clock,
        )

    @property
    def latest_circumstances(self) -> Circumstances | None:
        """What was read last, some seconds ago at most; ``None`` before that, while nothing waits and while nobody
        listens."""
        return self._investigator.latest

    def on_circumstances(self, listener: CircumstancesListener) -> Callable[[], None]:
        """Keep them fresh from now on; ``listener`` is called on a thread of its own. The result takes it back."""
        self._investigator.see(self._store.snapshot)
        return self._investigator.on_change(listener)

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None:
        """The object as it is, a Secret's values hidden; ``None`` where there is none. Raises a ``KubeError``."""
        try:
            return self._reached().get_object(resource, key)
        except NotFound:
            return None

    def forward(self, pod: ObjectKey, port: int) -> Forward:
        """A loopback address that leads to the pod's port until it is closed. Raises a ``KubeError``."""
        return self._reached().forward(pod, port)

    def attach(self, pod: ObjectKey, container: str) -> Attached:
        """The input of a running container. Raises a ``KubeError``."""
        return self._reached().attach(pod, container)

    def now(self) -> float:
        """The time of the picture: while it is held still, its own."""
        return self._store.snapshot.at if self._store.paused else self.clock.now()

    def curve(self, metric: str, start: float, end: float, step: float, node: str) -> Curve | None:
        """A range query for one node's GPUs, by index as text; ``None`` where Prometheus can't say. Blocks."""
        if self.prometheus is None:
            return None
        try:
            return self.prometheus.range(metric, start, end, step, node=node)
        except PrometheusError:
            return None  # the source's own status says what is wrong with Prometheus

    def backfill(self, metric: str, series: Mapping[GpuId, Iterable[tuple[float, float]]]) -> None:
        """Put past samples of GPUs into the history."""
        self._store.history.backfill(metric, series)

    def _published(self, snapshot: Snapshot, diff: SnapshotDiff) -> None:
        if diff.sources:
            self._note_cluster(snapshot)
        self._investigator.see(snapshot)
        for listener in tuple(self._listeners):
            listener(snapshot, diff)

    def _note_cluster(self, snapshot: Snapshot) -> None:
        """Keep what the sources found out about the cluster in the snapshot, for the diagnostics."""
        kubernetes, prometheus = self.kubernetes, self.prometheus
        info = ClusterInfo(
            context=kubernetes.client.context if kubernetes and kubernetes.wait_connected(0) else "",
            kubernetes_version=kubernetes.version if kubernetes else None,
            runai_version=self.runai.version if self.runai is not None else None,
            facts=(*(kubernetes.facts if kubernetes else ()), *(prometheus.facts if prometheus else ())),
        )
        if info != snapshot.cluster:
            self._store.set_cluster(info)

    def _inquiry(self, snapshot: Snapshot) -> Inquiry:
        """What is to be read for what waits now: it waits on while nothing changes. The causes are loaded when somebody
        asks for them, not with every command."""
        from tui.diagnose.pending import inquiry

        return inquiry(replace(snapshot, at=max(snapshot.at, self.clock.now())))

    def _build(self) -> None:
        settings = self.settings
        if settings.kubernetes.enabled:
            self.kubernetes = KubernetesSource(settings.kubernetes, self.clock)
            self._sources.append(self.kubernetes)
        if settings.prometheus.enabled:
            discover = self._discover if self.kubernetes is not None else None
            self.prometheus = PrometheusSource(settings.prometheus, self.clock, discover)
            self._sources.append(self.prometheus)
        if settings.runai.url and settings.runai.client_id:
            self.runai = RunaiSource(settings.runai, self.clock, cluster=settings.runai.cluster)
            self.control_plane = ControlPlane(settings.runai, self.clock)
            self._sources.append(self.runai)

    def _reached(self) -> KubernetesSource:
        if self.kubernetes is None:
            raise Unreachable("Kubernetes is switched off: set kubernetes.enabled")
        return self.kubernetes

    def _discover(self) -> Endpoint | None:
        """Look for a Prometheus among the cluster's Services; called on the Prometheus source's own thread."""
        kubernetes = self.kubernetes
        if kubernetes is None or not kubernetes.wait_connected(_CONNECT_SECONDS):
            return None
        return discover_prometheus(kubernetes.client)
