"""Rows of an answer -> a column of figures, or the identities of GPUs. Pure: no network, no clock."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from config.queries import Family, Scope
from tui.model.gpu import GpuIdentity
from tui.model.ids import GpuId, ObjectKey
from tui.model.metrics import MetricKey
from tui.sources.prometheus.labels import HostNames, first, parse_gpu_pod, parse_pod
from tui.sources.prometheus.wire import Sample

_DCGM_BLANK = 2147483632.0  # DCGM's "no value": this and above, whatever the width of the field


@dataclass(frozen=True, slots=True)
class Parsed:
    """What an answer says. ``evaluated_at`` is the server's time of the query.

    ``unreadable`` counts series whose labels name nothing, ``doubled`` those that name a subject once more; a value
    that is no number is simply not there.
    """

    values: dict[MetricKey, float]
    evaluated_at: float | None
    unreadable: int = 0
    doubled: int = 0
    identities: tuple[GpuIdentity, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


def parse_column(
    samples: Iterable[Sample], scope: Scope, source: str, scale: float, family: Family, hosts: HostNames
) -> Parsed:
    """The figures of ``samples`` by subject, each times ``scale``. The first of two rows on one subject counts;
    for workloads, which have no namespace here, neither does."""
    key_of = _key_of(scope, family, hosts)
    limit = _DCGM_BLANK if source == "dcgm" else math.inf
    values: dict[MetricKey, float] = {}
    twice: set[MetricKey] = set()
    evaluated_at = None
    unreadable = doubled = 0
    for sample in samples:
        if sample.value is None:
            continue
        evaluated_at = sample.value[0]
        number = to_number(sample.value[1])
        if number is None or number >= limit:
            continue
        key = key_of(sample.metric)
        if key is None:
            unreadable += 1
        elif key in values:
            doubled += 1
            twice.add(key)
        else:
            values[key] = number * scale
    if scope == "workload":
        for key in twice:
            del values[key]
    return Parsed(values, evaluated_at, unreadable, doubled)


def parse_identities(samples: list[Sample], family: Family, hosts: HostNames) -> Parsed:
    """What each GPU, or each MIG instance of it, is. A row that names a pod is preferred to one that does not."""
    exported = any("exported_pod" in sample.metric for sample in samples)
    found: dict[tuple[GpuId, str], GpuIdentity] = {}
    unreadable = 0
    for sample in samples:
        gpu = hosts.gpu(sample.metric, family)
        if gpu is None:
            unreadable += 1
            continue
        instance = first(sample.metric, family.mig_instance)
        known = found.get((gpu, instance))
        if known is not None and known.pod is not None:
            continue
        pod = parse_gpu_pod(sample.metric, family, exported)
        if known is not None and pod is None:
            continue
        found[gpu, instance] = GpuIdentity(
            gpu=gpu,
            uuid=first(sample.metric, family.uuid) or None,
            model=first(sample.metric, family.model) or None,
            pod=pod,
            mig_profile=first(sample.metric, family.mig_profile) or None,
            mig_instance=instance or None,
        )
    evaluated_at = next((s.value[0] for s in samples if s.value is not None), None)
    facts = _shapes(samples, family, exported)
    return Parsed({}, evaluated_at, unreadable, 0, tuple(found[key] for key in sorted(found)), facts)


def to_number(text: str) -> float | None:
    """A finite number; NaN, the infinities and text that is no number are ``None``."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _key_of(scope: Scope, family: Family, hosts: HostNames) -> Callable[[dict[str, str]], MetricKey | None]:
    if scope == "gpu":
        return lambda labels: hosts.gpu(labels, family)
    if scope == "pod":
        return lambda labels: parse_pod(labels, family)
    if scope == "workload":
        return lambda labels: ObjectKey("", name) if (name := first(labels, family.name)) else None
    names = family.node if scope == "node" else family.project
    return lambda labels: first(labels, names) or None


def _shapes(samples: list[Sample], family: Family, exported: bool) -> tuple[tuple[str, str], ...]:
    """The label shapes met, for the diagnostics screen."""
    if not samples:
        return ()
    present = set().union(*(sample.metric.keys() for sample in samples))
    host = next((name for name in family.node if name in present), "none")
    pod = "exported_pod" if exported else next((name for name in family.pod if name in present), "none")
    return (("host label", host), ("pod label", pod))
