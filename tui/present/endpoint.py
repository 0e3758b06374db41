"""The page about an endpoint: what was asked and how, what it answered, what to do when it did not. Pure."""

from collections.abc import Sequence

from tui.model.nim import EndpointLook, NimMetrics, NimProbe, PodLook, Recent
from tui.model.workload import Workload
from tui.present import format as fmt
from tui.present.workload_facts import Fact, describe
from widgets.glyphs import fit, spark_text

_YES_NO = {True: "yes", False: "no", None: fmt.UNKNOWN}
_CURVE_CELLS = 30
_LABEL = 22
_FIGURE = 18
_POD = 26


def endpoint_page(workload: Workload, look: EndpointLook) -> str:
    """The look as a page; where it found nothing, why."""
    said = _speaker(look)
    facts: list[Fact] = [
        ("Address", look.address or "none yet: it appears when its service is routed"),
        ("From here", _from_here(look)),
        ("Figures", _figures_of(look)),
        ("Ready / live", f"{_YES_NO[said.ready]} / {_YES_NO[said.live]}" if said else fmt.UNKNOWN),
        ("Models", ", ".join(said.models) if said and said.models else fmt.UNKNOWN),
        ("Version", (said.version if said else None) or fmt.UNKNOWN),
    ]
    sections: list[tuple[str, list[str]]] = []
    if look.metrics is not None:
        sections.append((_load_title(look), _load(look.metrics, look)))
    if look.counted_pods:
        sections.append(("Pods", _pod_table(look.pods)))
    if problems := _problems(look):
        sections.append(("What is wrong", problems))
    if said and said.metadata:
        sections.append(("Metadata", [f"{name}: {value}" for name, value in said.metadata if value]))
    return describe(f"Endpoint of {workload.key}", facts, sections)


def _speaker(look: EndpointLook) -> NimProbe | None:
    """Who tells what it is: the address, or the first pod that answers."""
    if look.own is not None and look.own.reachable:
        return look.own
    return next((pod.probe for pod in look.pods if pod.probe.reachable), None)


def _from_here(look: EndpointLook) -> str:
    if look.own is None:
        return look.not_asked or fmt.UNKNOWN
    if look.own.reachable:
        return "reachable"
    why = look.own.detail.rpartition(f"{look.own.url.rstrip('/')}: ")[2] if look.counted_pods else ""
    return f"not reachable: {why}" if why else "not reachable"


def _figures_of(look: EndpointLook) -> str:
    if look.counted_pods:
        sample = f" ({len(look.pods)} are asked)" if look.ready_pods > len(look.pods) else ""
        return f"through the API server, {look.counted_pods} of {look.ready_pods} pods{sample}"
    if look.metrics is None:
        return fmt.UNKNOWN if look.ready_pods else "none: no pod is Ready"
    return "from its address" + (f", 1 of {look.ready_pods} pods: whichever answered" if look.ready_pods > 1 else "")


def _load_title(look: EndpointLook) -> str:
    return f"Load, {look.counted_pods} pods added up" if look.counted_pods > 1 else "Load"


def _load(metrics: NimMetrics, look: EndpointLook) -> list[str]:
    recent = look.recent
    speed = recent.output_tokens_per_second if recent else None
    running = _of(metrics.requests_running, metrics.requests_max)
    rows = [
        ("requests running", running, spark_text(look.running_curve, _CURVE_CELLS, None)),
        ("requests waiting", fmt.number(metrics.requests_waiting), ""),
        ("output tokens/s", fmt.number(speed), spark_text(look.tokens_curve, _CURVE_CELLS, None)),
        ("KV cache used", fmt.percent(metrics.kv_cache_used_fraction), ""),
        *_ttft_rows(metrics, recent),
        (
            "requests done/failed",
            f"{fmt.number(metrics.requests_succeeded_total)} / {fmt.number(metrics.requests_failed_total)}",
            "",
        ),
        (
            "tokens in / out",
            f"{fmt.number(metrics.prompt_tokens_total)} / {fmt.number(metrics.output_tokens_total)}",
            "",
        ),
    ]
    return [f"{name:<{_LABEL}}{figure:<{_FIGURE}} {more}".rstrip() for name, figure, more in rows]


def _ttft_rows(metrics: NimMetrics, recent: Recent | None) -> list[tuple[str, str, str]]:
    rows = [("TTFT since start", *_ttft(metrics))]
    if recent is not None:
        rows.insert(0, (f"TTFT last {recent.seconds:.0f} s", *_ttft(recent.metrics)))
    return rows


def _ttft(metrics: NimMetrics) -> tuple[str, str]:
    quantiles = f"p50 {_milliseconds(metrics.ttft_p50_seconds)}   p95 {_milliseconds(metrics.ttft_p95_seconds)}"
    return f"mean {_milliseconds(metrics.ttft_mean_seconds)}", quantiles


def _pod_table(pods: Sequence[PodLook]) -> list[str]:
    lines = [_pod_line("POD", ("RUNNING", "WAITING", "KV", "TTFT", "TOK/S"))]
    return lines + [_pod_line(pod.pod.name, _pod_figures(pod)) for pod in pods]


def _pod_figures(pod: PodLook) -> tuple[str, ...]:
    metrics, recent = pod.probe.metrics, pod.recent
    if metrics is None:
        return ("no answer" if not pod.probe.reachable else "loading" if pod.probe.ready is False else "no metrics",)
    moment = recent.metrics.ttft_mean_seconds if recent else None
    return (
        fmt.number(metrics.requests_running),
        fmt.number(metrics.requests_waiting),
        fmt.percent(metrics.kv_cache_used_fraction),
        _milliseconds(moment if moment is not None else metrics.ttft_mean_seconds),
        fmt.number(recent.output_tokens_per_second if recent else None),
    )


def _pod_line(name: str, figures: tuple[str, ...]) -> str:
    """The end of a pod's name tells it from its sisters."""
    shown = name if len(name) <= _POD else "…" + name[-_POD + 1 :]
    widths = (9, 9, 6, 10, 8)
    return fit(shown, _POD) + "".join(f"{figure:>{width}}" for figure, width in zip(figures, widths, strict=False))


def _problems(look: EndpointLook) -> list[str]:
    lines = []
    own = look.own
    if own is not None and own.detail and (own.reachable or not look.counted_pods):
        lines.append(own.detail)
        if not own.reachable and ".svc" in own.url:
            lines.append("a cluster-internal name: it resolves only inside the cluster, or through an exposed address")
    by_reason: dict[str, list[str]] = {}
    for pod in look.pods:
        if pod.probe.detail:
            by_reason.setdefault(pod.probe.detail, []).append(pod.pod.name)
    for reason, names in by_reason.items():
        denied = next((pod.probe.denied_right for pod in look.pods if pod.probe.detail == reason), None)
        lines += [f"its pods can't be asked: {reason}"] if denied else [f"{name}: {reason}" for name in names]
    return lines


def _of(value: float | None, limit: float | None) -> str:
    return fmt.number(value) + (f" of {fmt.number(limit)}" if limit else "")


def _milliseconds(seconds: float | None) -> str:
    return fmt.UNKNOWN if seconds is None else f"{seconds * 1000:,.0f} ms"
