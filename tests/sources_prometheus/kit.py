"""A held clock, a sink that remembers, and a poller on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from config.settings import PrometheusSettings
from tests.sources_prometheus.server import NOW
from tui.model.changes import Change
from tui.model.clock import Clock
from tui.model.metrics import GpuIdentities, MetricColumn
from tui.model.status import SourceStatus
from tui.sources.backoff import Backoff
from tui.sources.prometheus.poller import Discover, Poller
from tui.sources.prometheus.pool import Pool


class HeldClock:
    def __init__(self, now: float = NOW) -> None:
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def put(self, change: Change) -> None:
        self.changes.append(change)

    def column(self, metric: str) -> MetricColumn | None:
        found = [c for c in self.changes if isinstance(c, MetricColumn) and c.metric == metric]
        return found[-1] if found else None

    @property
    def identities(self) -> GpuIdentities:
        return [c for c in self.changes if isinstance(c, GpuIdentities)][-1]

    @property
    def statuses(self) -> list[SourceStatus]:
        return [c for c in self.changes if isinstance(c, SourceStatus)]

    @property
    def status(self) -> SourceStatus:
        return self.statuses[-1]


def settings(url: str | None, **changes: object) -> PrometheusSettings:
    return replace(PrometheusSettings(url=url, timeout_seconds=5.0), **changes)  # type: ignore[arg-type]


@contextmanager
def poller(
    config: PrometheusSettings, clock: Clock | None = None, discover: Discover | None = None
) -> Iterator[Poller]:
    pool = Pool(config.max_in_flight, "test")
    made = Poller(config, clock or HeldClock(), pool, discover, Backoff(spread=lambda: 1.0))
    try:
        yield made
    finally:
        made.close()
        pool.close()
