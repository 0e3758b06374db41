"""Preflight, section Prometheus: where Run:ai expects it, whether it answers, what it scrapes and how old that is."""

import re
from collections.abc import Callable, Sequence

from tui.diagnose.preflight_rule import MONITORING, Finding, Ground, Rule, failed, named, passed, unknown, warned
from tui.model.installation import MetricSeen, Target
from tui.model.status import SourceState

SECTION = "Prometheus"
GUIDE = "Installing Prometheus"
ANSWERS = "prometheus.answers"
STALE_SECONDS = 120.0
LOST_SECONDS = 300.0  # Prometheus itself gives no sample that is older
PORT = 9090

_NEEDED = re.compile(r"dcgm|kube-state|kubelet|cadvisor|runai|node-exporter", re.IGNORECASE)
_INSTALL = (
    "helm repo add prometheus-community https://prometheus-community.github.io/helm-charts",
    "helm repo update",
    "helm install prometheus prometheus-community/kube-prometheus-stack -n monitoring --create-namespace"
    " --set grafana.enabled=false",
)
_MONITORS = ("kubectl get servicemonitors -A", "kubectl get pods -n monitoring")


def _object(ground: Ground) -> Finding:
    found = ground.facts.prometheuses
    if found is None:
        return unknown(ground.facts.why("prometheuses"))
    here = [one for one in found if one.key.namespace == MONITORING]
    if not found:
        return failed("there is no Prometheus object (monitoring.coreos.com): the Prometheus Operator manages none")
    if not here:
        return failed(f"no Prometheus object in {MONITORING}, only {named(one.key for one in found)}")
    bad = [one for one in here if one.wanted and one.available is not None and one.available < one.wanted]
    if bad:
        return failed(f"{bad[0].key}: {bad[0].available} of {bad[0].wanted} replicas available")
    counts = f": {here[0].available} of {here[0].wanted} replicas available" if here[0].available is not None else ""
    return passed(f"{here[0].key}{counts}")


def _service(ground: Ground) -> Finding:
    services = ground.facts.monitoring_services
    if services is None:
        return unknown(ground.facts.why("monitoring_services"))
    found = [one for one in services if PORT in one.ports]
    if not found:
        return failed(f"none of {len(services)} Services in {MONITORING} has port {PORT}")
    return passed(f"{named(one.key for one in found)}, port {PORT}")


def _answers(ground: Ground) -> Finding:
    status = ground.snapshot.sources.get("prometheus")
    if status is None:
        return unknown("Prometheus was not asked")
    if status.state == SourceState.LIVE:
        return passed(_server(ground) or status.detail or "it answers")
    if status.state == SourceState.ABSENT:
        return unknown(status.detail or "not configured and not discovered: give --prometheus URL")
    age = status.age_seconds(ground.snapshot.at)
    since = "" if age is None else f", last good answer {age:.0f} s ago"
    return failed(f"{status.state}{since}: {status.detail or 'no answer'}")


def _server(ground: Ground) -> str:
    """``http://prometheus:9090, version 3.5.0, found as Service monitoring/prometheus``, as far as known."""
    facts = ground.facts
    version = f"version {facts.prometheus_version}" if facts.prometheus_version else ""
    found = f"found by {facts.prometheus_found}" if facts.prometheus_found else ""
    return ", ".join(part for part in (facts.prometheus_address, version, found) if part)


def _targets(ground: Ground) -> Finding:
    targets = ground.facts.targets
    if targets is None:
        return unknown(ground.facts.why("targets"))
    if not targets:
        return failed("Prometheus has no scrape targets")
    down = [one for one in targets if one.up is False]
    told = f"{len(targets) - len(down)} of {len(targets)} targets up"
    if not down:
        return passed(told)
    needed = [one for one in down if _NEEDED.search(one.job)]
    evidence = f"{told}; down: {named(map(_target, needed or down))}"
    if needed:
        return failed(evidence)
    return warned(
        evidence, "nimdeck needs none of them; often a control plane component that listens on 127.0.0.1 only."
    )


def _target(target: Target) -> str:
    error = f" ({' '.join(target.last_error.split())})" if target.last_error else ""
    return f"{target.job} {target.instance}{error}"


def _family(name: str, is_needed: bool) -> Callable[[Ground], Finding]:
    def look(ground: Ground) -> Finding:
        seen = _of_family(ground, name)
        if seen is None:
            return unknown(ground.facts.why("metrics"))
        unsure = [one.name for one in seen if one.present is None]
        missing = [one.name for one in seen if one.present is False]
        told = f"{len(seen) - len(missing)} of {len(seen)} metrics of {name} present"
        if not seen or unsure:
            return unknown(ground.facts.why("metrics", name))
        if not missing:
            return passed(told)
        evidence = f"{told}; missing: {named(missing)}"
        return failed(evidence) if is_needed and len(missing) == len(seen) else warned(evidence)

    return look


def _of_family(ground: Ground, name: str) -> Sequence[MetricSeen] | None:
    metrics = ground.facts.metrics
    return None if metrics is None else [one for one in metrics if one.family == name]


def _fresh(ground: Ground) -> Finding:
    aged = [one for one in ground.facts.metrics or () if one.present and one.age_seconds is not None]
    if not aged:
        return unknown(ground.facts.why("metrics", "age"))
    worst = max(aged, key=lambda one: one.age_seconds or 0.0)
    age = worst.age_seconds or 0.0
    evidence = f"oldest of {len(aged)} metrics: {worst.name}, {age:.0f} s"
    if age > LOST_SECONDS:
        return failed(evidence)
    return warned(evidence) if age > STALE_SECONDS else passed(evidence)


RULES: tuple[Rule, ...] = (
    Rule(
        "prometheus.object",
        SECTION,
        "Prometheus is where Run:ai expects it",
        "a Prometheus object stands in namespace monitoring and has its replicas",
        "there is none there, or its replicas are not available",
        "Install the Prometheus stack into namespace monitoring: Run:ai does not look where BCM puts its own.",
        _object,
        GUIDE,
        _INSTALL,
    ),
    Rule(
        "prometheus.service",
        SECTION,
        "Prometheus has a Service in monitoring",
        f"a Service there has port {PORT}",
        "none has",
        "Install the Prometheus stack into namespace monitoring.",
        _service,
        GUIDE,
        _INSTALL,
    ),
    Rule(
        ANSWERS,
        SECTION,
        "Prometheus answers nimdeck",
        "it answers queries",
        "it does not answer, or refuses",
        "Give its address with --prometheus URL; see docs of the settings under [prometheus] for its credentials.",
        _answers,
        GUIDE,
        _MONITORS[1:],
        rests_on=(),
    ),
    Rule(
        "prometheus.targets",
        SECTION,
        "The scrape targets are up",
        "all are up; warns where only such are down that nimdeck does not need",
        "DCGM's, kube-state-metrics', the kubelet's or Run:ai's is down, or there are none",
        "See why the target does not answer: its pod, and the ServiceMonitor that names it.",
        _targets,
        GUIDE,
        _MONITORS,
        rests_on=(ANSWERS,),
    ),
    Rule(
        "prometheus.dcgm",
        SECTION,
        "DCGM's metrics are there",
        "all that nimdeck asks for are present; warns of single ones",
        "none is",
        "Let Prometheus scrape the DCGM exporter: the GPU Operator makes the ServiceMonitor.",
        _family("dcgm", is_needed=True),
        GUIDE,
        (
            "kubectl patch clusterpolicies.nvidia.com cluster-policy --type merge --patch"
            """ '{"spec":{"dcgmExporter":{"serviceMonitor":{"enabled":true}}}}'""",
        ),
        rests_on=(ANSWERS,),
    ),
    Rule(
        "prometheus.kube_state_metrics",
        SECTION,
        "The metrics of kube-state-metrics are there",
        "all that nimdeck asks for are present; warns of single ones",
        "none is",
        "Install the Prometheus stack with kube-state-metrics, which is part of it.",
        _family("kube-state-metrics", is_needed=True),
        GUIDE,
        _MONITORS,
        rests_on=(ANSWERS,),
    ),
    Rule(
        "prometheus.runai",
        SECTION,
        "Run:ai's metrics are there",
        "all that nimdeck asks for are present; warns otherwise",
        "never: since Run:ai 2.17 the API may stand in for them",
        "nimdeck falls back to DCGM, kube-state-metrics and the pods; no mend is needed.",
        _family("runai", is_needed=False),
        GUIDE,
        rests_on=(ANSWERS,),
    ),
    Rule(
        "prometheus.fresh",
        SECTION,
        "The metrics are fresh",
        f"the newest samples are no older than {STALE_SECONDS:g} s; warns up to {LOST_SECONDS:g} s",
        "a metric's newest sample is older than that",
        "See whether the target is scraped, and whether the clocks agree.",
        _fresh,
        GUIDE,
        _MONITORS,
        rests_on=(ANSWERS,),
    ),
)
