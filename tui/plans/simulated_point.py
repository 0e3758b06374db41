"""The figures of one simulated point: a few of its identical pods, through the same statistics as a measured one. Pure.

Pods do not know of each other, so those in the same situation (users, neighbours) differ by chance alone: ``PODS`` of
them are simulated, each with a seed of its own (of a single pod as well: its figures are those of a typical one), and
counts and rates are scaled to all of them. The 95 % interval of mean TTFT is that of these pods' means.

A burst that counts every request has its rates over the whole run, as the guide's tool takes them: the engine's own
span ends with the last send, which in lockstep is a whole wave before the end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, sqrt
from statistics import stdev
from typing import NamedTuple

from tui.bench.engine.assemble import PointFacts, assemble
from tui.bench.engine.point import first_measured, settled_rows
from tui.bench.figures import PointResult
from tui.bench.nim.closed_loop import Trace, trace
from tui.bench.nim.profiles import parameters_for
from tui.bench.stats.interval import student_quantile
from tui.bench.stats.steady import judge
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow, SendWindow
from tui.plans.values import PlanLoad

PODS = 8
REQUESTS_PER_USER = 4
"""Where the plan names no number: as the guide's figures were fitted (``tui.bench.nim.profiles``)."""


class Situation(NamedTuple):
    """So many ``pods`` with so many ``users`` each, at that part of a whole GPU's speed."""

    speed: float
    users: int
    pods: int


class Sample(NamedTuple):
    """One simulated pod, counted ``copies`` times among the others."""

    speed: float
    users: int
    seed: int
    copies: int


@dataclass(frozen=True, slots=True)
class Simulated:
    """Figures of all samples together, unscaled; ``pods_ttft_ms`` the lowest and highest mean of one of them."""

    result: PointResult
    pods: int  # copies included
    samples: int
    pods_ttft_ms: tuple[float, float] | None


def samples_of(situations: Sequence[Situation], seed: int) -> tuple[Sample, ...]:
    """Which pods to simulate: as many of each situation as is its part, at least one."""
    busy = [situation for situation in situations if situation.users and situation.pods]
    pods = sum(situation.pods for situation in busy)
    numbers = [max(1, round(PODS * situation.pods / pods)) for situation in busy]
    shares = [situation.pods / number for situation, number in zip(busy, numbers, strict=True)]
    found: list[Sample] = []
    for situation, number, share in zip(busy, numbers, shares, strict=True):
        copies = max(1, round(share / min(shares)))
        found += [Sample(situation.speed, situation.users, seed + len(found) + at, copies) for at in range(number)]
    return tuple(found)


def simulated(
    load: PlanLoad, model: str, gpu_per_pod: float, samples: Sequence[Sample], users: int | None = None
) -> Simulated:
    """Simulates the samples. ``users`` of the whole point: needed where the plan says how many requests it has.

    ``ValueError`` with one line where the engine could never run a request.
    """
    engine = parameters_for(model, gpu_per_pod)
    timeline, means, worker = Timeline(), list[float](), 0
    for sample in samples:
        seen = trace(
            engine,
            sample.users,
            load.isl,
            load.osl,
            load.duration_seconds,
            load.start,
            speed=sample.speed,
            requests_per_user=_requests_per_user(load, users),
            isl_stddev=load.isl_stddev,
            osl_stddev=load.osl_stddev,
            seed=sample.seed,
        )
        sends, beats = _sends(seen), _beats(seen)
        for _ in range(sample.copies):
            _tell(timeline, sends, beats, worker)
            worker += 1
        counted = [stamps.first - stamps.sent for stamps in seen.done if stamps.sent >= seen.warm_at]
        means += [1000.0 * sum(counted) / len(counted)] if counted else []
    result = assemble(timeline, _facts(load, model, timeline, samples))
    if _counts_all(load):
        result = _over_whole_run(result, timeline)
    result = replace(result, ttft_ms=replace(result.ttft_ms, interval=_interval(result.ttft_ms.mean, means)))
    return Simulated(result, worker, len(samples), (min(means), max(means)) if means else None)


def scaled(found: Simulated, load: PlanLoad, users: int, pods: int, repeat: int = 0) -> PointResult:
    """The point of ``users`` on all ``pods``, of which those with users do what the samples did."""
    result, factor = found.result, min(users, pods) / found.pods
    notes = [f"simulated: one of {pods} identical pods, with {found.samples} seeds, scaled"]
    if pods == 1:
        notes = [f"simulated: one pod with {found.samples} seeds"]
    if found.pods_ttft_ms is not None:
        notes.append("mean TTFT of the simulated pods {:.0f} to {:.0f} ms".format(*found.pods_ttft_ms))
    return replace(
        result,
        concurrency=users,
        requests=round(result.requests * factor),
        failed=round(result.failed * factor),
        output_tokens_per_second=_times(result.output_tokens_per_second, factor),
        requests_per_second=_times(result.requests_per_second, factor),
        whole_run_tokens_per_second=_times(result.whole_run_tokens_per_second, factor),
        in_flight_mean=_times(result.in_flight_mean, factor),
        warmup_requests=round(result.warmup_requests * factor),
        start=load.start,
        repeat=repeat,
        client=replace(result.client, cpu_fraction=None),
        notes=(*notes, *result.notes),
    )


def _interval(mean: float | None, means: Sequence[float]) -> tuple[float, float] | None:
    """95 % of the mean in milliseconds, from what the simulated pods had; ``None`` of fewer than two."""
    if mean is None or len(means) < 2:
        return None
    reach = stdev(means) / sqrt(len(means)) * student_quantile(0.975, len(means) - 1.0)
    return mean - reach, mean + reach


def _counts_all(load: PlanLoad) -> bool:
    return load.start == "burst" and load.duration_seconds is None


def _over_whole_run(result: PointResult, timeline: Timeline) -> PointResult:
    span = timeline.span()
    tokens, flying = result.whole_run_tokens_per_second, span.in_flight_mean
    return replace(
        result,
        seconds=round(span.seconds, 3),
        output_tokens_per_second=tokens,
        requests_per_second=span.finished / span.seconds,
        in_flight_mean=flying,
        output_tokens_per_second_per_user=tokens / flying if tokens is not None and flying else None,
    )


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _requests_per_user(load: PlanLoad, users: int | None) -> int:
    """``load.requests`` are of all users of a point; each sends one at least."""
    if load.requests is None or users is None:
        return REQUESTS_PER_USER
    return max(1, ceil(load.requests / users))


def _facts(load: PlanLoad, model: str, timeline: Timeline, samples: Sequence[Sample]) -> PointFacts:
    rows = settled_rows(timeline)
    since = first_measured(timeline) or 0
    until = max(timeline.beats) + 1 if _counts_all(load) or not rows else rows[-1].second + 1
    e2e = timeline.total().e2e.quantile(0.5) or 0.0
    return PointFacts(
        model=model,
        concurrency=sum(sample.users for sample in samples),
        rate=None,
        start=load.start,
        ended="requests" if load.duration_seconds is None else "duration",
        steady=judge(timeline.rows(since), e2e).steady,
        meter="loop",
        workers=1,
        since=since,
        until=until,
        warmup_requests=sum(beat.finished - beat.finished_measured for beat in timeline.beats.values()),
    )


def _tell(timeline: Timeline, sends: dict[int, SendWindow], beats: dict[int, BeatWindow], worker: int) -> None:
    for second, send in sends.items():
        timeline.add_send(second, send)
    for second, beat in beats.items():
        timeline.add_beat(second, beat, worker)


def _sends(seen: Trace) -> dict[int, SendWindow]:
    """By the second of the send, the requests that count."""
    windows: dict[int, SendWindow] = {}
    for sent, first, last, prompt_tokens, output_tokens in seen.done:
        if sent >= seen.warm_at:
            windows.setdefault(int(sent), SendWindow()).add_request(
                ttft_seconds=first - sent,
                e2e_seconds=last - sent,
                itl_seconds=(last - first) / (output_tokens - 1) if output_tokens > 1 else None,
                input_tokens=prompt_tokens,
                output_tokens=output_tokens,
                content_chunks=output_tokens,
            )
    return windows


def _beats(seen: Trace) -> dict[int, BeatWindow]:
    """By real seconds; the client is never late, as there is none."""
    windows = {second: BeatWindow() for second in range(len(seen.tokens))}
    for second, window in windows.items():
        window.seconds = min(1.0, seen.seconds - second)
        window.chunks = seen.tokens[second]
        window.loop_lag.add(0.0)
    for sent in _all_sent(seen):
        window = windows[int(sent)]
        window.sent += 1
        window.sent_measured += sent >= seen.warm_at
    for stamps in seen.done:
        window = windows[int(stamps.last)]
        window.finished += 1
        window.finished_measured += stamps.sent >= seen.warm_at
        _fly(windows, stamps.sent, stamps.last)
    for sent in seen.open_sent:
        _fly(windows, sent, seen.seconds)
    return {second: window for second, window in windows.items() if window.seconds > 0}


def _all_sent(seen: Trace) -> Iterable[float]:
    yield from (stamps.sent for stamps in seen.done)
    yield from seen.open_sent


def _fly(windows: dict[int, BeatWindow], begin: float, end: float) -> None:
    """A request that was in flight from ``begin`` to ``end``."""
    for second in range(int(begin), int(end) + 1):
        windows[second].in_flight_seconds += min(end, second + 1.0) - max(begin, second)
