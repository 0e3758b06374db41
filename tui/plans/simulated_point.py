"""The figures of one simulated point: a few of its identical pods, through the same statistics as a measured one. Pure.

Pods do not know of each other, so those in the same situation (users, neighbours) differ by chance alone: ``PODS`` of
them are simulated, each with a seed of its own (of a single pod as well: its figures are those of a typical one), and
counts and rates are scaled to all of them. The 95 % intervals of mean TTFT and of rates are those of the mean of such
pods, from how the simulated ones scatter, and are scaled with the figure: chance alone, not the error of the model.

A burst that counts every request has its rates over the whole run, as the guide's tool takes them: the engine's own
span ends with the last send, which in lockstep is a whole wave before the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from math import ceil
from typing import NamedTuple

from tui.bench.engine.assemble import PointFacts, assemble, rate_bounds
from tui.bench.engine.measured import first_measured, settled_rows
from tui.bench.figures import PointResult
from tui.bench.nim.closed_loop import Trace, trace
from tui.bench.nim.profiles import parameters_for
from tui.bench.nim.values import EngineParameters
from tui.bench.stats.steady import judge
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow
from tui.plans.simulated_scatter import Seen, scatter_interval
from tui.plans.simulated_windows import beats_of, sends_of
from tui.plans.values import PlanLoad

Seconds = tuple[int, int] | None
"""Since and until; ``None`` is a whole run."""

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

    @property
    def situation(self) -> tuple[float, int]:
        """Samples that have it in common differ by their seeds alone."""
        return self.speed, self.users


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
    pods = [_Pod(sample, _trace(engine, load, sample, users)) for sample in samples]
    timeline = Timeline()
    workers = count()
    for pod in pods:
        for _ in range(pod.sample.copies):
            pod.tell(timeline, next(workers))
    facts = _facts(load, model, timeline, samples)
    result = assemble(timeline, facts)
    seconds: Seconds = rate_bounds(timeline, facts.since, facts.until)
    if _counts_all(load):
        result, seconds = _over_whole_run(result, timeline), None
    means = [mean for pod in pods if (mean := pod.ttft_mean_ms) is not None]
    return Simulated(
        _with_intervals(result, pods, seconds),
        sum(sample.copies for sample in samples),
        len(samples),
        (min(means), max(means)) if means else None,
    )


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
        output_tokens_per_second_interval=_both(result.output_tokens_per_second_interval, factor),
        requests_per_second_interval=_both(result.requests_per_second_interval, factor),
        whole_run_tokens_per_second=_times(result.whole_run_tokens_per_second, factor),
        in_flight_mean=_times(result.in_flight_mean, factor),
        warmup_requests=round(result.warmup_requests * factor),
        start=load.start,
        repeat=repeat,
        client=replace(result.client, cpu_fraction=None),
        notes=(*notes, *result.notes),
    )


class _Pod:
    """One sample's run, as its worker would have told it."""

    def __init__(self, sample: Sample, seen: Trace) -> None:
        self.sample = sample
        self._sends, self._beats = sends_of(seen), beats_of(seen)
        self._waits = [stamps.first - stamps.sent for stamps in seen.done if stamps.sent >= seen.warm_at]

    def tell(self, timeline: Timeline, worker: int) -> None:
        for second, send in self._sends.items():
            timeline.add_send(second, send)
        for second, beat in self._beats.items():
            timeline.add_beat(second, beat, worker)

    @property
    def ttft_mean_ms(self) -> float | None:
        return 1000.0 * sum(self._waits) / len(self._waits) if self._waits else None

    def waits(self) -> list[Seen]:
        """Its mean TTFT in milliseconds, counted as often as it has requests; empty without one."""
        mean = self.ttft_mean_ms
        copies = self.sample.copies
        return [] if mean is None else [Seen(self.sample.situation, mean, float(copies * len(self._waits)))]

    def rate(self, seconds: Seconds, of: Callable[[BeatWindow], int]) -> Seen:
        """What it had a second: of those seconds, which it may not have lived through, or of its own run."""
        low, high = seconds or (0, max(self._beats) + 1)
        within = [beat for second, beat in self._beats.items() if low <= second < high]
        lasted = high - low if seconds else sum(beat.seconds for beat in within)
        return Seen(self.sample.situation, sum(map(of, within)) / lasted, float(self.sample.copies))


def _trace(engine: EngineParameters, load: PlanLoad, sample: Sample, users: int | None) -> Trace:
    return trace(
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


def _with_intervals(result: PointResult, pods: Sequence[_Pod], seconds: Seconds) -> PointResult:
    """In place of what the timeline alone would tell, whose seconds are those of many pods at once."""
    waits = [seen for pod in pods for seen in pod.waits()]
    chunks = [pod.rate(seconds, lambda beat: beat.chunks) for pod in pods]
    finished = [pod.rate(seconds, lambda beat: beat.finished) for pod in pods]
    return replace(
        result,
        ttft_ms=replace(result.ttft_ms, interval=scatter_interval(result.ttft_ms.mean, waits)),
        output_tokens_per_second_interval=scatter_interval(result.output_tokens_per_second, chunks),
        requests_per_second_interval=scatter_interval(result.requests_per_second, finished),
    )


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


def _both(interval: tuple[float, float] | None, factor: float) -> tuple[float, float] | None:
    return None if interval is None else (interval[0] * factor, interval[1] * factor)


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
