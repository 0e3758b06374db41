"""From a point's merged windows to its figures. Pure: it knows neither workers nor time."""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.bench.engine.validity import added_lag, is_valid
from tui.bench.figures import ClientMeter, Distribution, PointResult
from tui.bench.stats.histogram import Histogram
from tui.bench.stats.interval import (
    Cell,
    design_effect,
    estimate,
    finish_cells,
    quantile_interval,
    rate_interval,
    throughput_cells,
    ttft_cells,
)
from tui.bench.stats.timeline import SecondRow, Timeline
from tui.bench.stats.window import BeatWindow, SendWindow

_QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999, 0.01, 0.05, 0.1, 0.25, 0.75)


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What is known of a point beside its windows. ``since`` and ``until`` bound the measured seconds."""

    model: str
    concurrency: int | None
    rate: float | None
    start: str
    ended: str
    steady: bool
    meter: str
    workers: int
    since: int
    until: int
    warmup_requests: int = 0
    repeat: int = 0
    started_at: float | None = None
    notes: tuple[str, ...] = ()
    whole: bool = True  # False when a worker was lost: the load was less than stated
    ramp: bool = False  # the load was to change: nothing is steady, and no interval says what it would be for longer


def assemble(timeline: Timeline, facts: PointFacts) -> PointResult:
    """The point's figures over ``since <= second < until``: requests by their send, rates by real time."""
    sends = timeline.total(facts.since, facts.until)
    over = rate_bounds(timeline, facts.since, facts.until)
    span = timeline.span(*over)
    rows = () if facts.ramp else timeline.rows(facts.since, facts.until)
    cells = ttft_cells([row for row in rows if row.settled])
    alike = None if facts.ramp else design_effect(cells)
    ttft = distribution(sends.ttft, _interval_ms(cells), alike)
    # Lag is looked for until the last first token came, which is after the last send that counts.
    client = client_meter(sends, span, timeline.span(facts.since), facts)
    tokens = tokens_per_second(sends, span)
    tokens_interval, requests_interval = _rate_intervals(timeline.rows(*over), sends, facts)
    mean_in_flight = span.in_flight_mean
    return PointResult(
        model=facts.model,
        concurrency=facts.concurrency,
        rate=facts.rate,
        requests=sends.requests,
        failed=sends.failures,
        isl=_mean(sends.input_tokens.sum, sends.input_tokens.n),
        osl=_osl(sends),
        seconds=round(span.seconds, 3),
        ttft_ms=ttft,
        itl_ms=distribution(sends.itl, alike=alike),
        e2e_ms=distribution(sends.e2e, alike=alike),
        output_tokens_per_second=tokens,
        requests_per_second=span.finished / span.seconds if span.seconds else None,
        steady=facts.steady,
        valid=facts.whole and is_valid(client, sends),
        client=client,
        start=facts.start,
        ended=facts.ended,
        repeat=facts.repeat,
        warmup_requests=facts.warmup_requests,
        gap_ms=distribution(span.gap),
        output_tokens_per_second_per_user=tokens / mean_in_flight if tokens is not None and mean_in_flight else None,
        whole_run_tokens_per_second=_whole_run(timeline),
        goodput_fraction=sends.all_ok / sends.slo_n if sends.slo_n else None,
        in_flight_mean=mean_in_flight,
        tokens_from="usage" if sends.usage_chunks or not sends.content_chunks else "chunks",
        errors=tuple(sorted(sends.failed.items())),
        started_at=facts.started_at,
        notes=facts.notes,
        output_tokens_per_second_interval=tokens_interval,
        requests_per_second_interval=requests_interval,
    )


def _interval_ms(cells: Sequence[Cell]) -> tuple[float, float] | None:
    """95 % of mean TTFT, over the seconds whose requests have all finished."""
    mean = estimate(cells)
    return None if mean is None else (mean.low * 1000.0, mean.high * 1000.0)


def _rate_intervals(
    rows: Sequence[SecondRow], sends: SendWindow, facts: PointFacts
) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
    """95 % of output tokens and of finished requests a second; none of a ramp, whose rates change as they are asked to.

    Tokens per chunk are taken as known: they scatter by far less than chunks a second do.
    """
    if facts.ramp:
        return None, None
    request_seconds = sends.e2e.quantile(0.5)
    chunks = rate_interval(throughput_cells(rows), request_seconds)
    requests = rate_interval(finish_cells(rows), request_seconds)
    known = sends.tokens_per_chunk
    ratio = 1.0 if known is None else known
    return None if chunks is None else (chunks[0] * ratio, chunks[1] * ratio), requests


def rate_bounds(timeline: Timeline, since: int, until: int) -> tuple[int, int]:
    """The seconds over which rates are taken: whole ones, while measured requests were still being sent.

    The first second is only partly measured, and after the last send the load falls off. A point too short for that
    is taken as it is.
    """
    sending = [s for s, beat in timeline.beats.items() if since <= s < until and beat.sent_measured]
    if len(sending) > 2:
        return min(sending) + 1, max(sending) + 1 if max(sending) + 1 == until else max(sending)
    return since, until


def distribution(
    histogram: Histogram, interval_ms: tuple[float, float] | None = None, alike: float | None = None
) -> Distribution:
    """A histogram of seconds as milliseconds; all ``None`` where it is empty.

    ``alike``: the design effect, for the percentiles' intervals; ``None`` where no independent values are counted.
    """
    if not histogram.count:
        return Distribution()
    p50, p90, p95, p99, p999, p1, p5, p10, p25, p75 = (value * 1000.0 for value in histogram.quantiles(_QUANTILES))
    return Distribution(
        mean=_ms(histogram.mean),
        p50=p50,
        p90=p90,
        p95=p95,
        p99=p99,
        min=_ms(histogram.min),
        max=_ms(histogram.max),
        p999=p999,
        stddev=_ms(histogram.stddev),
        interval=interval_ms,
        p1=p1,
        p5=p5,
        p10=p10,
        p25=p25,
        p75=p75,
        p50_interval=_quantile_interval_ms(histogram, 0.5, alike),
        p90_interval=_quantile_interval_ms(histogram, 0.9, alike),
        p99_interval=_quantile_interval_ms(histogram, 0.99, alike),
    )


def _quantile_interval_ms(histogram: Histogram, q: float, alike: float | None) -> tuple[float, float | None] | None:
    found = quantile_interval(histogram, q, design_effect=alike) if alike is not None else None
    return None if found is None else (found[0] * 1000.0, _ms(found[1]))


def tokens_per_second(sends: SendWindow, span: BeatWindow) -> float | None:
    """Content chunks received in the span, turned to tokens by what ``usage`` said of the requests finished in it.

    Requests longer than the span would otherwise be counted wholly or not at all.
    """
    if not span.seconds or not span.chunks:
        return None
    ratio = sends.tokens_per_chunk
    return span.chunks * (1.0 if ratio is None else ratio) / span.seconds


def client_meter(sends: SendWindow, span: BeatWindow, load: BeatWindow, facts: PointFacts) -> ClientMeter:
    """How late the client was, by the meters it had, over all of ``load``; its CPU over ``span``."""
    added_mean, added_p99 = added_lag(sends, load, facts.meter)
    return ClientMeter(
        cpu_fraction=span.cpu_seconds / span.seconds if span.seconds else None,
        loop_lag_mean_ms=_ms(load.loop_lag.mean),
        loop_lag_p99_ms=_ms(load.loop_lag.quantile(0.99)),
        receive_lag_mean_ms=_ms(sends.receive_lag.mean),
        receive_lag_p99_ms=_ms(sends.receive_lag.quantile(0.99)),
        added_mean_ms=_ms(added_mean),
        added_p99_ms=_ms(added_p99),
        meter=facts.meter,
        workers=facts.workers,
    )


def _whole_run(timeline: Timeline) -> float | None:
    """Tokens of all requests over all the time, ramp and tail included: what other tools report."""
    span = timeline.span()
    ratio = timeline.total().tokens_per_chunk
    return span.chunks * ratio / span.seconds if ratio is not None and span.seconds else None


def _osl(sends: SendWindow) -> float | None:
    mean = _mean(sends.output_tokens.sum, sends.output_tokens.n)
    return mean if mean is not None else _mean(sends.content_chunks, sends.ok)


def _mean(total: float, count: int) -> float | None:
    return total / count if count else None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000.0
