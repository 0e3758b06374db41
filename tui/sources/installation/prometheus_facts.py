"""What Prometheus scrapes, which of the metrics that nimdeck needs it has, how old they are, and what time it is there.

Through the source's own client: its address, credentials and TLS settings are those that the figures come by.
"""

from config.queries import Catalogue, load_queries
from tui.model.clock import Clock
from tui.model.installation import MetricSeen, Target
from tui.model.snapshot import Snapshot
from tui.sources.installation.crew import Asked, Crew
from tui.sources.prometheus.client import Client
from tui.sources.prometheus.columns import to_number
from tui.sources.prometheus.fault import Kind, PrometheusError, one_line
from tui.sources.prometheus.poller import NAME
from tui.sources.prometheus.source import PrometheusSource
from tui.sources.prometheus.wire import Sample, ScrapeTarget

NOT_USED = "Prometheus is not used: set prometheus.enabled"
NOT_CONNECTED = "no Prometheus answers"


class PrometheusPart:
    """The questions, on their way; without a Prometheus that answers only the reason."""

    def __init__(self, crew: Crew, source: PrometheusSource | None, snapshot: Snapshot, clock: Clock) -> None:
        client = source.client if source is not None else None
        self._facts = dict(source.facts) if source is not None else {}
        self.targets: Asked[tuple[Target, ...]] = Asked("targets")
        self.metrics: Asked[tuple[MetricSeen, ...]] = Asked("metrics")
        self.skew: Asked[float] = Asked("skew_seconds/Prometheus")
        if client is None:
            status = snapshot.sources.get(NAME)
            line = NOT_USED if source is None else (status.detail if status else "") or NOT_CONNECTED
            for asked in (self.targets, self.metrics, self.skew):
                crew.note(asked.name, line)
            return
        catalogue = load_queries()
        self.targets = crew.ask("targets", lambda: read_targets(client, catalogue), of_kubernetes=False)
        self.metrics = crew.ask("metrics", lambda: read_metrics(client, catalogue), of_kubernetes=False)
        self.skew = crew.ask(
            "skew_seconds/Prometheus", lambda: read_skew(client, catalogue, clock), of_kubernetes=False
        )

    @property
    def address(self) -> str | None:
        return self._facts.get("address")

    @property
    def found(self) -> str | None:
        """How it was found: ``settings``, or the Service."""
        return self._facts.get("found by")

    @property
    def version(self) -> str | None:
        told = self._facts.get("version")
        return None if told == "not told" else told


def read_targets(client: Client, catalogue: Catalogue) -> tuple[Target, ...]:
    """The list of targets, else the series ``up``, which knows no error. Raises PrometheusError."""
    listed = client.targets()
    if listed is not None:
        return tuple(map(_target, listed))
    return tuple(
        Target(sample.metric.get("job", ""), sample.metric.get("instance", ""), number == 1)
        for sample in client.query(catalogue.probe.targets_up)
        if (number := _number(sample)) is not None
    )


def read_metrics(client: Client, catalogue: Catalogue) -> tuple[MetricSeen, ...]:
    """Each metric that some query needs. Raises PrometheusError."""
    families = catalogue.family_of()
    present = {sample.metric.get("__name__", "") for sample in client.query(catalogue.names_query())}
    wanted = tuple(sorted(present & families.keys()))
    ages = _ages(client, catalogue, wanted) if wanted else {}
    return tuple(MetricSeen(name, families[name], name in present, ages.get(name)) for name in sorted(families))


def read_skew(client: Client, catalogue: Catalogue, clock: Clock) -> float:
    """The server's clock less ours, in seconds. Raises PrometheusError."""
    before = clock.now()
    samples = client.query(catalogue.probe.server_time)
    middle = (before + clock.now()) / 2
    number = _number(samples[0]) if samples else None
    if number is None:
        raise PrometheusError(Kind.ANSWER, f"{client.address} did not tell its time")
    return number - middle


def _ages(client: Client, catalogue: Catalogue, names: tuple[str, ...]) -> dict[str, float]:
    """In seconds, by metric; empty where the server refuses that query: the metrics are there all the same."""
    try:
        samples = client.query(catalogue.newest_age_query(names))
    except PrometheusError as error:
        if error.kind is Kind.QUERY:
            return {}
        raise
    numbers = ((sample.metric.get("metric", ""), _number(sample)) for sample in samples)
    return {name: max(0.0, number) for name, number in numbers if number is not None}


def _target(found: ScrapeTarget) -> Target:
    """``unknown`` is the word for a target that was not scraped yet."""
    up = {"up": True, "down": False}.get(found.health)
    return Target(found.labels.job or found.scrapePool, found.labels.instance, up, one_line(found.lastError))


def _number(sample: Sample) -> float | None:
    return to_number(sample.value[1]) if sample.value is not None else None
