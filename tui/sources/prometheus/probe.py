"""Asks a server once what it has, and picks the variant of each query that fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from config.queries import Catalogue, Variant
from tui.sources.prometheus.client import Client
from tui.sources.prometheus.columns import to_number
from tui.sources.prometheus.fault import Kind, PrometheusError
from tui.sources.prometheus.labels import HostNames, first
from tui.sources.prometheus.wire import Sample


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask this server: the picked variant of each figure, and per family the metric that tells samples' age."""

    version: str | None
    metrics: Mapping[str, Variant]
    curves: Mapping[str, Variant]
    sampled: Mapping[str, str]
    hosts: HostNames
    facts: tuple[tuple[str, str], ...]

    @property
    def has_gpus(self) -> bool:
        return any(name.startswith("gpu_") for name in self.metrics)


def probe(client: Client, catalogue: Catalogue) -> Plan:
    """What ``client``'s server has. Raises PrometheusError if it does not answer."""
    counts = {
        name: number
        for sample in client.query(catalogue.names_query())
        if (name := sample.metric.get("__name__")) and (number := _number(sample))
    }
    metrics = {name: v for name, metric in catalogue.metric.items() if (v := pick(metric.variant, counts))}
    curves = {name: v for name, curve in catalogue.curve.items() if (v := pick(curve.variant, counts))}
    version = client.version()
    hosts = _host_names(client, catalogue, any(v.source == "dcgm" for v in metrics.values()))
    return Plan(version, metrics, curves, _sampled(metrics, counts), hosts, _facts(catalogue, version, metrics, hosts))


def pick(variants: Iterable[Variant], counts: Mapping[str, float]) -> Variant | None:
    """The first variant whose needs all exist."""
    return next((v for v in variants if all(need in counts for need in v.needs)), None)


def _number(sample: Sample) -> float | None:
    return to_number(sample.value[1]) if sample.value is not None else None


def _sampled(metrics: Mapping[str, Variant], counts: Mapping[str, float]) -> dict[str, str]:
    """For each family in use its smallest metric: asking for the time of its samples costs least."""
    needs: dict[str, set[str]] = {}
    for variant in metrics.values():
        needs.setdefault(variant.source, set()).update(variant.needs)
    return {family: min(names, key=lambda n: (counts[n], n)) for family, names in needs.items() if names}


def _host_names(client: Client, catalogue: Catalogue, has_dcgm: bool) -> HostNames:
    if not has_dcgm:
        return HostNames()
    family = catalogue.family["kube-state-metrics"]
    nodes = frozenset(first(s.metric, family.node) for s in _optional(client, catalogue.probe.nodes)) - {""}
    pods = {
        first(s.metric, family.pod): first(s.metric, family.node)
        for s in _optional(client, catalogue.probe.exporter_pods)
    }
    return HostNames(nodes, {pod: node for pod, node in pods.items() if pod and node})


def _optional(client: Client, query: str) -> list[Sample]:
    """The answer to a query that only refines: refused is as good as empty."""
    try:
        return client.query(query)
    except PrometheusError as error:
        if error.kind is Kind.QUERY:
            return []
        raise


def _facts(
    catalogue: Catalogue, version: str | None, metrics: Mapping[str, Variant], hosts: HostNames
) -> tuple[tuple[str, str], ...]:
    families = [name for name in catalogue.family if any(v.source == name for v in metrics.values())]
    missing = [name for name in catalogue.metric if name not in metrics]
    return (
        ("version", version or "not told"),
        ("metric families", ", ".join(catalogue.family[name].title for name in families) or "none"),
        *((name, variant.source) for name, variant in metrics.items()),
        ("not there", ", ".join(missing) or "nothing"),
        ("nodes known by name", str(len(hosts.nodes)) if hosts.nodes else "no"),
    )
