"""Loads ``queries.toml``, the catalogue of PromQL, into typed values. Knows no Prometheus and no cluster."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Scope = Literal["gpu", "node", "pod", "workload", "project"]
Cadence = Literal["fast", "slow"]


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to ask for a figure: used when all the metrics of ``needs`` exist. ``scale`` turns it into our unit."""

    source: str
    query: str
    needs: tuple[str, ...] = ()
    scale: float = 1.0


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A polled figure; its variants in order of trust."""

    scope: Scope
    cadence: Cadence
    variant: tuple[Variant, ...]


class Curve(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure over time, asked for on demand. ``by`` is the label that tells its lines apart, ``""`` for one line."""

    by: str
    variant: tuple[Variant, ...]


class Family(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which labels of a family's series say what: the first one that is present and not empty wins."""

    title: str
    node: tuple[str, ...] = ()
    gpu: tuple[str, ...] = ()
    uuid: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    pod: tuple[str, ...] = ()
    namespace: tuple[str, ...] = ()
    container: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    mig_instance: tuple[str, ...] = ()
    mig_profile: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """All labels that may tell node or GPU."""
        return self.node + self.gpu


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Questions about the server itself: ``$names`` and ``$metric`` are placeholders."""

    names: str
    sampled_at: str
    newest_age: str
    server_time: str
    targets_up: str
    nodes: str
    exporter_pods: str


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that nimdeck asks Prometheus; keys are the names of figures, units included."""

    probe: Probe
    family: dict[str, Family]
    metric: dict[str, Metric]
    curve: dict[str, Curve]

    def needed_names(self) -> tuple[str, ...]:
        """Every metric name that some variant needs, sorted."""
        figures: tuple[Metric | Curve, ...] = (*self.metric.values(), *self.curve.values())
        return tuple(sorted({name for figure in figures for v in figure.variant for name in v.needs}))

    def names_query(self) -> str:
        """The query that tells which needed metrics exist."""
        return self.probe.names.replace("$names", "|".join(self.needed_names()))

    def family_of(self) -> dict[str, str]:
        """For each needed metric name the family that has it."""
        figures: tuple[Metric | Curve, ...] = (*self.metric.values(), *self.curve.values())
        return {name: v.source for figure in figures for v in figure.variant for name in v.needs}

    def newest_age_query(self, metrics: tuple[str, ...]) -> str:
        """One query for the age in seconds of the newest sample of each; the label ``metric`` tells them apart."""
        return " or ".join(self.probe.newest_age.replace("$metric", metric) for metric in metrics)

    def sampled_at_query(self, metric: str) -> str:
        """The query for the Unix time of the middle sample of ``metric``."""
        return self.probe.sampled_at.replace("$metric", metric)


def fill(query: str, labels: dict[str, str | tuple[str, ...]]) -> str:
    """``query`` with its ``$placeholders`` filled in; several values become one regular expression.

    Values are escaped for a double-quoted PromQL string. Raises KeyError for a placeholder without a value.
    """
    return re.sub(r"\$([a-z_]+)", lambda match: _quoted(labels[match.group(1)]), query)


def _quoted(value: str | tuple[str, ...]) -> str:
    text = value if isinstance(value, str) else "|".join(re.sub(r"([^A-Za-z0-9_-])", r"\\\1", v) for v in value)
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@cache
def load_queries() -> Catalogue:
    """The catalogue that ships with nimdeck. Raises msgspec.ValidationError naming the key if the file is wrong."""
    text = files("config").joinpath("queries.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), Catalogue)
