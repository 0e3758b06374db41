"""One round after another: find the server, probe it, ask what is due, tell the sink. Runs in the supervisor's thread.

``step`` does one round and says how long to wait; it neither sleeps nor starts threads, so a test drives it by hand.
"""

from collections.abc import Callable
from functools import partial

from config.queries import Catalogue, load_queries
from config.settings import PrometheusSettings
from tui.model.changes import Sink
from tui.model.clock import Clock
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.status import SourceState, SourceStatus
from tui.sources.backoff import Backoff
from tui.sources.prometheus.cadence import SLOW_SECONDS, Schedule
from tui.sources.prometheus.client import Client
from tui.sources.prometheus.columns import Parsed, parse_column, parse_identities, to_number
from tui.sources.prometheus.endpoint import Endpoint
from tui.sources.prometheus.fault import Kind, PrometheusError
from tui.sources.prometheus.pool import Pool
from tui.sources.prometheus.probe import Plan, probe

NAME = "prometheus"
IDENTITY = "gpu_identity"
PROBE_AGAIN_SECONDS = 300.0
NOTHING_SECONDS = 30.0  # between looks at a server that has no GPU metrics, or for a server at all

Discover = Callable[[], Endpoint | None]


class Poller:
    """The state of polling one Prometheus. ``client`` and ``plan`` are None until it answered."""

    def __init__(
        self,
        settings: PrometheusSettings,
        clock: Clock,
        pool: Pool,
        discover: Discover | None = None,
        backoff: Backoff | None = None,
        fast_seconds: float = 2.0,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._pool = pool
        self._discover = discover
        self._backoff = backoff or Backoff()
        self._catalogue: Catalogue = load_queries()
        self._schedule = Schedule({}, fast_seconds)
        self._probed_at = 0.0
        self._last_good_at: float | None = None
        self._found = ""
        self._shapes: tuple[tuple[str, str], ...] = ()
        self._answered_at: dict[str, float] = {}  # by query
        self._refused: set[str] = set()
        self.client: Client | None = None
        self.plan: Plan | None = None

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """(what, found) pairs for the diagnostics screen; empty while nothing answered."""
        if self.plan is None or self.client is None:
            return ()
        return (("address", self.client.address), ("found by", self._found), *self.plan.facts, *self._shapes)

    @property
    def fast_seconds(self) -> float:
        return self._schedule.fast_seconds

    @fast_seconds.setter
    def fast_seconds(self, seconds: float) -> None:
        self._schedule.fast_seconds = seconds

    def all_due(self) -> None:
        self._schedule.all_due()

    def step(self, sink: Sink) -> float:
        """One round. Returns the seconds to wait before the next; what went wrong is a status in the sink."""
        try:
            if self.client is None and not self._open():
                sink.put(SourceStatus(NAME, SourceState.ABSENT, self._last_good_at, self._absent_line()))
                return NOTHING_SECONDS
            probed = self._probe_if_due()
            names = self._schedule.due(self._clock.monotonic())
            detail = self._round(names, sink)
        except PrometheusError as error:
            return self._fail(error, sink)
        if names or probed:  # woken early, nothing was asked: that is no news
            self._backoff.reset()
            self._last_good_at = self._clock.now()
            sink.put(SourceStatus(NAME, SourceState.LIVE, self._last_good_at, detail))
        if self.plan is not None and not self.plan.metrics:
            return NOTHING_SECONDS
        return self._schedule.wait_seconds(self._clock.monotonic())

    def close(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client, self.plan = None, None

    def _open(self) -> bool:
        """Opens the client on the address of the settings or the discovered one; False if there is none."""
        if self._settings.url is not None:
            endpoint: Endpoint | None = Endpoint(self._settings.url)
        else:
            endpoint = self._discover() if self._discover is not None else None
        if endpoint is None:
            return False
        self.client = Client(endpoint, self._settings, self._clock)
        self._found = endpoint.found
        return True

    def _absent_line(self) -> str:
        if self._discover is None:
            return "no address: set prometheus.url or --prometheus"
        return "no Service of a Prometheus was found in the cluster: set prometheus.url or --prometheus"

    def _probe_if_due(self) -> bool:
        """Asks what the server has: at first, after an outage, and now and then, as exporters come and go."""
        assert self.client is not None
        interval = PROBE_AGAIN_SECONDS if self.plan is not None and self.plan.has_gpus else NOTHING_SECONDS
        now = self._clock.monotonic()
        if self.plan is not None and now - self._probed_at < interval:
            return False
        plan = self._pool.run([partial(probe, self.client, self._catalogue)])[0].get()
        self._probed_at = now
        if self.plan is None or plan.metrics != self.plan.metrics:
            cadences = {name: self._catalogue.metric[name].cadence for name in plan.metrics}
            self._schedule = Schedule(cadences, self._schedule.fast_seconds)
        self.plan = plan
        return True

    def _round(self, names: list[str], sink: Sink) -> str:
        """Asks all that is due and puts the answers. Returns the status line; raises if all of it failed."""
        assert self.plan is not None
        sampled = self._sampled_at(names)
        outcomes = self._pool.run([partial(self._ask, name) for name in names])
        now = self._clock.monotonic()
        errors: list[tuple[str, PrometheusError]] = []
        unreadable = doubled = 0
        for name, outcome in zip(names, outcomes, strict=True):
            self._schedule.asked(name, now, outcome.cpu_seconds)
            if outcome.error is not None:
                errors.append((name, outcome.error))
                continue
            parsed = outcome.get()
            self._answered_at[name] = self._clock.now()
            unreadable += parsed.unreadable
            doubled += parsed.doubled
            self._put(sink, name, parsed, sampled.get(self.plan.metrics[name].source))
        if errors and len(errors) == len(names):
            raise errors[0][1]
        self._tell_refused(names, dict(errors), sink)
        return self._detail(errors, unreadable, doubled)

    def _tell_refused(self, names: list[str], errors: dict[str, PrometheusError], sink: Sink) -> None:
        """A query that is refused has a status of its own, until it is answered or no longer asked."""
        assert self.plan is not None
        for name, error in errors.items():
            last = self._answered_at.get(name)
            state = SourceState.FAILED if last is None else SourceState.STALE
            sink.put(SourceStatus(f"{NAME}/{name}", state, last, f"not answered: {error.line}"))
        for name in sorted(self._refused - errors.keys()):
            if name in names:
                sink.put(SourceStatus(f"{NAME}/{name}", SourceState.LIVE, self._answered_at[name]))
            elif name not in self.plan.metrics:
                sink.put(
                    SourceStatus(f"{NAME}/{name}", SourceState.ABSENT, self._answered_at.get(name), "no longer asked")
                )
            else:
                continue
            self._refused.discard(name)
        self._refused |= errors.keys()

    def _sampled_at(self, names: list[str]) -> dict[str, float]:
        """For each family in ``names``: the server's time of its middle sample, where it can be told."""
        assert self.plan is not None and self.client is not None
        families = sorted({self.plan.metrics[name].source for name in names} & self.plan.sampled.keys())
        queries = [self._catalogue.sampled_at_query(self.plan.sampled[family]) for family in families]
        outcomes = self._pool.run([partial(self.client.query, query) for query in queries])
        times: dict[str, float] = {}
        for family, outcome in zip(families, outcomes, strict=True):
            value = outcome.value[0].value if outcome.value else None
            number = to_number(value[1]) if value is not None else None
            if number is not None:
                times[family] = number
        return times

    def _ask(self, name: str) -> Parsed:
        assert self.plan is not None and self.client is not None
        variant = self.plan.metrics[name]
        family = self._catalogue.family[variant.source]
        samples = self.client.query(variant.query)
        if name == IDENTITY:
            return parse_identities(samples, family, self.plan.hosts)
        scope = self._catalogue.metric[name].scope
        return parse_column(samples, scope, variant.source, variant.scale, family, self.plan.hosts)

    def _put(self, sink: Sink, name: str, parsed: Parsed, sampled_at: float | None) -> None:
        assert self.plan is not None and self.client is not None
        source = self.plan.metrics[name].source
        now = self._clock.now()
        told = [at for at in (sampled_at, parsed.evaluated_at) if at is not None]
        at = min(now, min(told) - self.client.server_ahead_seconds) if told else now
        if name == IDENTITY:
            self._shapes = parsed.facts
            sink.put(GpuIdentities(source, at, parsed.identities))
        else:
            sink.put(MetricColumn(name, source, at, parsed.values))
        if name.startswith("gpu_") and not parsed.values and not parsed.identities:
            self._probe_soon()

    def _probe_soon(self) -> None:
        """A family that was there answers nothing: look again in 15 s, whatever the usual interval."""
        self._probed_at = min(self._probed_at, self._clock.monotonic() - PROBE_AGAIN_SECONDS + SLOW_SECONDS)

    def _detail(self, errors: list[tuple[str, PrometheusError]], unreadable: int, doubled: int) -> str:
        assert self.plan is not None and self.client is not None
        parts = [f"{self.client.address}, Prometheus {self.plan.version or ''}".rstrip()]
        if not self.plan.has_gpus:
            parts.append("it has no GPU metrics: is the DCGM exporter running, and does this Prometheus scrape it?")
        parts += [f"{name} not answered: {error.line}" for name, error in errors[:2]]
        if unreadable:
            parts.append(f"{unreadable} series left out: their labels name no GPU, pod or node")
        if doubled:
            parts.append(f"{doubled} series left out: one more for the same GPU, pod or workload")
        if self._schedule.stretch() > 1.05:
            parts.append(f"asked every {self._schedule.fast_seconds * self._schedule.stretch():.1f} s to save CPU")
        return "; ".join(parts)

    def _fail(self, error: PrometheusError, sink: Sink) -> float:
        self.close()
        if error.kind is Kind.DENIED:
            state = SourceState.DENIED
        else:
            state = SourceState.FAILED if self._last_good_at is None else SourceState.STALE
        sink.put(SourceStatus(NAME, state, self._last_good_at, error.line))
        return self._backoff.next_seconds()
