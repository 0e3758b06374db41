"""Metrics of several NIMs added up, and what happened between two looks at one. Pure; unknown never counts as 0."""

from collections.abc import Iterable, Sequence

from tui.model.nim import NimMetrics, Recent
from tui.sources.nim_metrics import with_ttft

Buckets = tuple[tuple[float, float], ...]


def added_up(parts: Sequence[NimMetrics]) -> NimMetrics:
    """The sum over servers; the KV cache is their mean, TTFT is of all requests together.

    A figure is over those that print it. Quantiles need the same buckets everywhere: without, they are unknown.
    """
    caches = [part.kv_cache_used_fraction for part in parts if part.kv_cache_used_fraction is not None]
    timed = [part for part in parts if part.ttft_count is not None and part.ttft_sum_seconds is not None]
    plain = NimMetrics(
        requests_running=_sum(part.requests_running for part in parts),
        requests_waiting=_sum(part.requests_waiting for part in parts),
        requests_max=_sum(part.requests_max for part in parts),
        kv_cache_used_fraction=sum(caches) / len(caches) if caches else None,
        prompt_tokens_total=_sum(part.prompt_tokens_total for part in parts),
        output_tokens_total=_sum(part.output_tokens_total for part in parts),
        requests_succeeded_total=_sum(part.requests_succeeded_total for part in parts),
        requests_failed_total=_sum(part.requests_failed_total for part in parts),
    )
    return with_ttft(
        plain,
        _sum(part.ttft_count for part in timed),
        _sum(part.ttft_sum_seconds for part in timed),
        _merged([part.ttft_buckets for part in timed if part.ttft_count]),
    )


def since(before: NimMetrics, now: NimMetrics, seconds: float) -> Recent | None:
    """What the counters of one server grew by in ``seconds``; ``None`` if it was started anew in between."""
    if seconds <= 0 or _went_back(before, now):
        return None
    tokens = _grown(before.output_tokens_total, now.output_tokens_total)
    plain = NimMetrics(
        prompt_tokens_total=_grown(before.prompt_tokens_total, now.prompt_tokens_total),
        output_tokens_total=tokens,
        requests_succeeded_total=_grown(before.requests_succeeded_total, now.requests_succeeded_total),
        requests_failed_total=_grown(before.requests_failed_total, now.requests_failed_total),
    )
    earlier = dict(before.ttft_buckets)
    same = earlier.keys() == dict(now.ttft_buckets).keys()
    metrics = with_ttft(
        plain,
        _grown(before.ttft_count, now.ttft_count),
        _grown(before.ttft_sum_seconds, now.ttft_sum_seconds),
        tuple((edge, count - earlier[edge]) for edge, count in now.ttft_buckets) if same else (),
    )
    return Recent(seconds, metrics, tokens / seconds if tokens is not None else None)


def recent_of(parts: Sequence[Recent]) -> Recent | None:
    """Several servers' last moments as one."""
    if not parts:
        return None
    return Recent(
        max(part.seconds for part in parts),
        added_up([part.metrics for part in parts]),
        _sum(part.output_tokens_per_second for part in parts),
    )


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _grown(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else now - before


def _went_back(before: NimMetrics, now: NimMetrics) -> bool:
    pairs = (
        (before.output_tokens_total, now.output_tokens_total),
        (before.requests_succeeded_total, now.requests_succeeded_total),
        (before.ttft_count, now.ttft_count),
    )
    return any((grown := _grown(*pair)) is not None and grown < 0 for pair in pairs)


def _merged(parts: Sequence[Buckets]) -> Buckets:
    if not parts or len({tuple(edge for edge, _ in part) for part in parts}) != 1:
        return ()
    return tuple((same[0][0], sum(count for _, count in same)) for same in zip(*parts, strict=True))
