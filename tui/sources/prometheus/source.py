"""The Prometheus source: a supervisor thread over the poller, and curves on demand."""

import threading
from collections.abc import Callable
from functools import partial

from config.queries import fill, load_queries
from config.settings import PrometheusSettings
from tui.model.changes import Change, Sink
from tui.model.clock import Clock
from tui.model.status import SourceState, SourceStatus
from tui.sources.backoff import Backoff
from tui.sources.importing import import_whole
from tui.sources.prometheus.client import Client
from tui.sources.prometheus.columns import to_number
from tui.sources.prometheus.fault import one_line
from tui.sources.prometheus.poller import NAME, Discover, Poller
from tui.sources.prometheus.pool import Pool

FASTEST_SECONDS = 0.5

Curve = dict[str, list[tuple[float, float]]]
Wait = Callable[[threading.Event, float], bool]


class PrometheusSource:
    """Polls one Prometheus. ``discover`` finds its address when the settings name none.

    ``facts`` are (what, found) pairs for the diagnostics screen. Nothing is imported of prometheus_api_client or
    requests before the thread runs.
    """

    name = NAME

    def __init__(
        self,
        settings: PrometheusSettings,
        clock: Clock,
        discover: Discover | None = None,
        *,
        backoff: Backoff | None = None,
        wait: Wait = threading.Event.wait,
    ) -> None:
        self._clock = clock
        self._wait = wait
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._all_due = False
        self._pool = Pool(max(1, settings.max_in_flight), "prometheus-query")
        self._poller = Poller(settings, clock, self._pool, discover, backoff)
        self._thread: threading.Thread | None = None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        return self._poller.facts

    @property
    def client(self) -> Client | None:
        """The client of the server that answered last; ``None`` while none does."""
        return self._poller.client

    def start(self, sink: Sink) -> None:
        guarded = _UntilStopped(sink, self._stopping)
        self._thread = threading.Thread(target=self._run, args=(guarded,), name="prometheus", daemon=True)
        self._thread.start()

    def refresh(self) -> None:
        self._all_due = True
        self._wake.set()

    def set_interval(self, seconds: float) -> None:
        """How often fast figures are asked for; not more often than twice a second."""
        self._poller.fast_seconds = max(FASTEST_SECONDS, seconds)
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()
        self._pool.close()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(
                timeout=0.8
            )  # a query on the wire may hold it longer; it is a daemon and puts nothing more

    def range(
        self, query_name: str, start: float, end: float, step: float, **labels: str | tuple[str, ...]
    ) -> Curve | None:
        """A curve of the catalogue: line name -> [(Unix seconds, value)]; blocking, from any thread.

        ``None``: not known (no such metrics here, or not connected). The line name is the value of the curve's ``by``
        label. ``node`` may be given as Kubernetes names it. Raises PrometheusError, whose ``line`` says what is wrong.
        """
        plan, client = self._poller.plan, self._poller.client
        if plan is None or client is None or query_name not in plan.curves:
            return None
        node = labels.get("node")
        if isinstance(node, str):
            labels = {**labels, "node": plan.hosts.label_of(node)}
        variant = plan.curves[query_name]
        by = load_queries().curve[query_name].by
        query = fill(variant.query, dict(labels))
        lines = self._pool.run([partial(client.query_range, query, start, end, step)])[0].get()
        return {
            line.metric.get(by, ""): [
                (at, n * variant.scale) for at, t in line.values if (n := to_number(t)) is not None
            ]
            for line in lines
        }

    def _run(self, sink: Sink) -> None:
        import_whole("prometheus_api_client.prometheus_connect")
        while not self._stopping.is_set():
            self._wake.clear()
            if self._all_due:
                self._all_due = False
                self._poller.all_due()
            try:
                seconds = self._poller.step(sink)
            except Exception as error:  # a fault of ours must not end the source in silence
                line = f"an answer could not be used ({type(error).__name__}: {one_line(str(error))})"
                sink.put(SourceStatus(NAME, SourceState.FAILED, None, line))
                seconds = 30.0
            if not self._stopping.is_set():
                self._wait(self._wake, seconds)
        self._poller.close()


class _UntilStopped:
    """Lets nothing through once the source was stopped: an answer may still be on the wire then."""

    def __init__(self, sink: Sink, stopping: threading.Event) -> None:
        self._sink = sink
        self._stopping = stopping

    def put(self, change: Change) -> None:
        if not self._stopping.is_set():
            self._sink.put(change)
