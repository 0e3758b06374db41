"""The Kubernetes API as a source: discovers, then lists and watches each kind in a thread of its own."""

import threading
import time
from collections.abc import Callable

from config.settings import KubernetesSettings
from tui.model.changes import Sink
from tui.model.circumstances import Circumstances, Inquiry
from tui.model.clock import Clock
from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.model.surroundings import Surroundings
from tui.sources.importing import import_whole
from tui.sources.kinds.base import Kind
from tui.sources.kinds.registry import all_kinds
from tui.sources.kubernetes import ondemand
from tui.sources.kubernetes.attach import Attached, attach
from tui.sources.kubernetes.board import SOURCE, Board
from tui.sources.kubernetes.circumstances import read_circumstances
from tui.sources.kubernetes.client import KubeClient
from tui.sources.kubernetes.discovery import Served, discover
from tui.sources.kubernetes.errors import KubeError, Unreachable
from tui.sources.kubernetes.outbox import Outbox
from tui.sources.kubernetes.pause import Pause
from tui.sources.kubernetes.portforward import Forward, open_forward
from tui.sources.kubernetes.runner import KindRunner
from tui.sources.kubernetes.scope import Scopes
from tui.sources.kubernetes.surroundings import read_surroundings
from tui.sources.kubernetes.timing import Timing

ClientFactory = Callable[[], KubeClient]


class KubernetesSource:
    """See ``tui.sources.base.Source``. ``client``, ``facts`` and ``version`` are there once it has connected.

    ``get_object``, ``get_events_of``, ``logs`` and ``access`` block and may raise a ``KubeError``: they are for the
    worker threads of detail screens and commands.
    """

    name = SOURCE

    def __init__(
        self,
        settings: KubernetesSettings,
        clock: Clock,
        client_factory: ClientFactory | None = None,
        timing: Timing | None = None,
        kinds: tuple[Kind, ...] | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._new_client = client_factory or (lambda: KubeClient(settings.kubeconfig, settings.context))
        self._timing = timing or Timing()
        self._kinds = kinds
        self._pause = Pause()
        self._connected = threading.Event()
        self._tried = threading.Event()  # set with it, and when there is no kubeconfig to connect with
        self._look_soon = threading.Event()  # for kinds that may have come
        self._client: KubeClient | None = None
        self._served = Served()
        self._thread: threading.Thread | None = None
        self._runners: dict[str, KindRunner] = {}

    @property
    def client(self) -> KubeClient:
        """The connected client. Raises ``Unreachable`` while there is none."""
        client = self._client
        if client is None:
            raise Unreachable("the Kubernetes API is not connected yet: see its status")
        return client

    @property
    def version(self) -> str | None:
        """The server's version, say ``v1.36.2``."""
        return self._served.version

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What discovery found, for the diagnostics screen."""
        return self._served.facts

    def wait_connected(self, timeout_seconds: float) -> bool:
        """Wait until ``client`` is there; False when it is not in time, and at once when it can't be made."""
        self._tried.wait(timeout_seconds)
        return self._connected.is_set()

    def start(self, sink: Sink) -> None:
        """Start the threads; returns at once."""
        self._outbox = Outbox(sink, self._timing.coalesce)
        self._board = Board(sink, self._clock)
        self._thread = threading.Thread(target=self._run, name="kubernetes", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        """List what is polled again, and try at once what was waiting to be tried."""
        self._look_soon.set()
        self._pause.wake()

    def stop(self) -> None:
        """End every thread and connection; at most about a second."""
        self._pause.stop()
        if self._client is not None:
            self._client.close()
        if self._thread is None:
            return
        end = time.monotonic() + self._timing.stop
        self._thread.join(self._timing.stop)
        for runner in self._runners.values():
            runner.join(end - time.monotonic())
        self._outbox.stop(max(0.05, end - time.monotonic()))

    def get_object(self, kind: str, key: ObjectKey) -> ondemand.RawObject:
        """The whole object for YAML (``kind`` as in ``Listed.kind``); a Secret's values are hidden."""
        return ondemand.get_object(self.client, self._served, kind, key)

    def get_events_of(self, key: ObjectKey, object_kind: str | None = None) -> tuple[Event, ...]:
        """The events about one object, newest first."""
        return ondemand.get_events_of(self.client, key, object_kind)

    def logs(
        self,
        key: ObjectKey,
        container: str | None = None,
        tail_lines: int | None = 1000,
        follow: bool = False,
        previous: bool = False,
        since_seconds: int | None = None,
    ) -> ondemand.LogLines:
        """A container's log, line by line; close it to end it."""
        return ondemand.logs(self.client, key, container, tail_lines, follow, previous, since_seconds)

    def surroundings(self, namespace: str) -> Surroundings:
        """What a launch in that namespace leans on; blocks. Raises ``Unreachable`` only while not connected."""
        return read_surroundings(self.client, self._served, namespace)

    def circumstances(self, inquiry: Inquiry) -> Circumstances:
        """What waiting pods lean on; blocks for some seconds. Raises ``Unreachable`` only while not connected."""
        return read_circumstances(self.client, self._served, inquiry, self._clock.now())

    def forward(self, pod: ObjectKey, port: int) -> Forward:
        """A port of this machine that leads to the pod's, until it is closed."""
        return open_forward(self.client, pod, port)

    def attach(self, pod: ObjectKey, container: str) -> Attached:
        """The input of a running container, until it is closed."""
        return attach(self.client, pod, container)

    def access(self, verb: str, resource: str, group: str = "", namespace: str | None = None) -> bool:
        """Whether RBAC lets us."""
        return ondemand.access(self.client, verb, resource, group, namespace)

    def _run(self) -> None:
        client = self._connect()
        if client is None:
            return
        scopes = Scopes(client, self._settings.namespaces)
        kinds = self._kinds if self._kinds is not None else all_kinds()
        served = self._discovered(client, kinds)
        if served is not None:
            self._supervise(client, kinds, scopes)

    def _connect(self) -> KubeClient | None:
        """Read the kubeconfig until it can be read: it may be mended while we run."""
        import_whole("kubernetes.client.rest", "kubernetes.config.kube_config")
        backoff = self._timing.backoff()
        while not self._pause.is_stopped():
            try:
                client = self._new_client()
            except KubeError as error:
                self._board.unreachable(error)
                self._tried.set()
                self._pause.wait(backoff.next_seconds())
                continue
            self._client = client
            if self._pause.is_stopped():
                client.close()
                return None
            self._connected.set()
            self._tried.set()
            return client
        return None

    def _discovered(self, client: KubeClient, kinds: tuple[Kind, ...]) -> Served | None:
        backoff = self._timing.backoff()
        while not self._pause.is_stopped():
            try:
                self._served = discover(client, kinds)
            except KubeError as error:
                if not self._pause.is_stopped():
                    self._board.unreachable(error)
                self._pause.wait(backoff.next_seconds())
                continue
            return self._served
        return None

    def _supervise(self, client: KubeClient, kinds: tuple[Kind, ...], scopes: Scopes) -> None:
        """Start the kinds that are served, see that the server lives, and look now and then for kinds that came."""
        for kind in kinds:
            self._board.expect(kind.name)
        self._board.reachable(self._about(client))
        for kind in kinds:
            self._start_kind(client, kind, scopes)
        asked_at = self._clock.monotonic()
        was_lost = False
        while self._pause.wait(self._timing.probe):
            try:
                client.get("/version")
            except KubeError as error:
                was_lost = True
                if not self._pause.is_stopped():
                    self._board.unreachable(error)
                continue
            if was_lost:
                client.reset()  # connections of before the break may be dead without knowing it
                was_lost = False
            self._board.reachable(self._about(client))
            if self._look_soon.is_set() or self._clock.monotonic() - asked_at >= self._timing.retry_denied:
                self._look_soon.clear()
                asked_at = self._clock.monotonic()
                self._look_again(client, kinds, scopes)

    def _look_again(self, client: KubeClient, kinds: tuple[Kind, ...], scopes: Scopes) -> None:
        scopes.forget()
        missing = tuple(kind for kind in kinds if kind.name not in self._runners)
        if not missing:
            return
        try:
            self._served = discover(client, kinds)
        except KubeError:
            return  # the probe tells of it
        for kind in missing:
            self._start_kind(client, kind, scopes)

    def _start_kind(self, client: KubeClient, kind: Kind, scopes: Scopes) -> None:
        base = self._served.paths.get(kind.name)
        trouble = self._served.troubles.get(kind.name)
        if base is None and trouble is not None:
            self._board.bad(kind.name, "", trouble, is_final=True)
        elif base is None:
            self._board.absent(kind.name, f"{kind.group or 'the API'} does not serve {kind.plural} here")
        else:
            runner = KindRunner(client, kind, base, scopes, self._outbox, self._board, self._pause, self._timing)
            self._runners[kind.name] = runner
            runner.start()

    def _about(self, client: KubeClient) -> str:
        return f"{client.server} {self.version or 'of unknown version'}"
