"""The page about an endpoint: what was asked, what it answered, what to do when it did not."""

from tui.model.nim import NimMetrics, NimProbe
from tui.model.workload import Workload
from tui.present import format as fmt
from tui.present.workload_facts import Fact, describe

_YES_NO = {True: "yes", False: "no", None: fmt.UNKNOWN}


def probe_page(workload: Workload, probe: NimProbe | None) -> str:
    """The endpoint as a page; without a probe, why there is none."""
    if probe is None:
        return describe(
            f"Endpoint of {workload.key}",
            [("Address", fmt.UNKNOWN)],
            [("Why", ["the workload names no endpoint yet: it appears when its service is routed"])],
        )
    facts: list[Fact] = [
        ("Address", probe.url),
        ("Reachable from here", _YES_NO[probe.reachable]),
        ("Live", _YES_NO[probe.live]),
        ("Ready", _YES_NO[probe.ready]),
        ("Models", ", ".join(probe.models) if probe.models else fmt.UNKNOWN),
        ("Version", probe.version or fmt.UNKNOWN),
    ]
    sections = []
    if probe.detail:
        advice = [probe.detail]
        if ".svc" in probe.url and not probe.reachable:
            advice.append("a cluster-internal name: it resolves only inside the cluster, or through an exposed address")
        sections.append(("What is wrong", advice))
    if probe.metrics is not None:
        sections.append(("Load, from its own metrics", _metric_lines(probe.metrics)))
    if probe.metadata:
        sections.append(("Metadata", [f"{name}: {value}" for name, value in probe.metadata]))
    return describe(f"Endpoint of {workload.key}", facts, sections)


def _metric_lines(metrics: NimMetrics) -> list[str]:
    rows = [
        ("requests running", _of(metrics.requests_running, metrics.requests_max)),
        ("requests waiting", fmt.number(metrics.requests_waiting)),
        ("KV cache used", fmt.percent(metrics.kv_cache_used_fraction)),
        (
            "requests done / failed",
            f"{fmt.number(metrics.requests_succeeded_total)} / {fmt.number(metrics.requests_failed_total)}",
        ),
        ("prompt tokens", fmt.number(metrics.prompt_tokens_total)),
        ("output tokens", fmt.number(metrics.output_tokens_total)),
        ("TTFT mean since start", _milliseconds(metrics.ttft_mean_seconds)),
        ("TTFT p50 / p95", f"{_milliseconds(metrics.ttft_p50_seconds)} / {_milliseconds(metrics.ttft_p95_seconds)}"),
    ]
    return [f"{name:<24}{value}" for name, value in rows]


def _of(value: float | None, limit: float | None) -> str:
    return fmt.number(value) + (f" of {fmt.number(limit)}" if limit else "")


def _milliseconds(seconds: float | None) -> str:
    return fmt.UNKNOWN if seconds is None else f"{seconds * 1000:,.0f} ms"
