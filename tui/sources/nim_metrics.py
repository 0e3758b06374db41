"""The metrics text of a NIM: bare names (1.x) or with ``vllm:`` or ``nim:`` before them (2.x). Pure."""

import math
import re
from dataclasses import replace

from tui.model.nim import NimMetrics

_LINE = re.compile(r"^([A-Za-z_:][A-Za-z0-9_:]*)(\{.*\})?\s+(\S+)(?:\s+-?\d+)?$")
_LE = re.compile(r'[{,]\s*le="([^"]+)"')
_PREFIXES = ("vllm:", "nim:")
_TTFT = "time_to_first_token_seconds"


def parse_metrics(text: str) -> NimMetrics:
    """What ``text`` tells; lines that can't be read are passed over, NaN is not reported."""
    sums: dict[str, list[float]] = {}
    buckets: dict[float, float] = {}
    for line in text.splitlines():
        match = _LINE.match(line)
        number = _number(match.group(3)) if match else None
        if match is None or number is None:
            continue
        name = _bare(match.group(1))
        if name == f"{_TTFT}_bucket":
            bound = _LE.search(match.group(2) or "")
            edge = _number(bound.group(1), infinite=True) if bound else None
            if edge is not None:
                buckets[edge] = buckets.get(edge, 0.0) + number
        else:
            sums.setdefault(name, []).append(number)
    return _metrics(sums, buckets)


def quantile(q: float, buckets: dict[float, float]) -> float | None:
    """The ``q`` quantile of cumulative ``buckets`` (upper edge -> count), as histogram_quantile reckons it.

    Linear within a bucket; in the last, infinite one it is that bucket's lower edge. ``None`` without observations.
    """
    edges = sorted(buckets)
    if not edges or edges[-1] != math.inf or buckets[edges[-1]] <= 0 or len(edges) < 2:
        return None
    rank = q * buckets[edges[-1]]
    place = next(i for i, edge in enumerate(edges) if buckets[edge] >= rank)
    if edges[place] == math.inf:
        return edges[place - 1]
    low, before = (edges[place - 1], buckets[edges[place - 1]]) if place else (0.0, 0.0)
    inside = buckets[edges[place]] - before
    return low + (edges[place] - low) * ((rank - before) / inside if inside > 0 else 1.0)


def _metrics(sums: dict[str, list[float]], buckets: dict[float, float]) -> NimMetrics:
    def total(*names: str) -> float | None:
        return next((sum(sums[name]) for name in names if name in sums), None)

    caches = sums.get("gpu_cache_usage_perc") or sums.get("kv_cache_usage_perc")
    plain = NimMetrics(
        requests_running=total("num_requests_running"),
        requests_waiting=total("num_requests_waiting"),
        requests_max=total("num_request_max", "num_requests_max"),
        kv_cache_used_fraction=sum(caches) / len(caches) if caches else None,
        prompt_tokens_total=total("prompt_tokens_total"),
        output_tokens_total=total("generation_tokens_total"),
        requests_succeeded_total=total("request_success_total"),
        requests_failed_total=total("request_failure_total"),
    )
    return with_ttft(plain, total(f"{_TTFT}_count"), total(f"{_TTFT}_sum"), tuple(sorted(buckets.items())))


def with_ttft(
    metrics: NimMetrics, count: float | None, sum_seconds: float | None, buckets: tuple[tuple[float, float], ...]
) -> NimMetrics:
    """``metrics`` with what a histogram says of TTFT; ``buckets`` are cumulative, by their upper edge."""
    by_edge = dict(buckets)
    return replace(
        metrics,
        ttft_mean_seconds=sum_seconds / count if count and sum_seconds is not None else None,
        ttft_p50_seconds=quantile(0.5, by_edge),
        ttft_p95_seconds=quantile(0.95, by_edge),
        ttft_count=count,
        ttft_sum_seconds=sum_seconds,
        ttft_buckets=buckets,
    )


def _bare(name: str) -> str:
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name[len(prefix) :]
    return name


def _number(text: str, infinite: bool = False) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isnan(number) or (math.isinf(number) and not infinite) else number
