"""Closed-loop users against the engine model, on an event queue: what a benchmark of it would show. Pure, seeded.

Times are simulated seconds. Start ``burst``: all users at once, every request counts, nobody sends more than the quota,
as the guide's tool does it; ``staggered``: users start spread over about one request's duration, counting begins when
each has finished one, and all go on sending until enough are counted.
"""

import heapq
import random
from dataclasses import dataclass, field
from statistics import fmean
from typing import Literal

from tui.bench.nim.step import enqueue, step
from tui.bench.nim.values import EngineParameters, EngineState, Request, Step

Start = Literal["burst", "staggered"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the requests that finished in the counted span; each tuple holds their seconds, sorted."""

    requests: int
    output_tokens_per_second: float
    ttft_seconds: tuple[float, ...]
    itl_seconds: tuple[float, ...]
    e2e_seconds: tuple[float, ...]

    @property
    def ttft_mean_seconds(self) -> float:
        return fmean(self.ttft_seconds)

    @property
    def itl_mean_seconds(self) -> float:
        return fmean(self.itl_seconds)

    def ttft_quantile_seconds(self, quantile: float) -> float:
        return self.ttft_seconds[min(len(self.ttft_seconds) - 1, int(quantile * len(self.ttft_seconds)))]


@dataclass(slots=True)
class _Users:
    """Who sends when; what has come back."""

    engine: EngineParameters
    isl: float
    isl_stddev: float
    osl: int
    turnaround_seconds: float
    random: random.Random
    arrivals: list[tuple[float, int]]
    waiting_for_first: set[int]
    quota: int | None
    sent: dict[int, tuple[float, int]] = field(default_factory=dict)
    started: dict[int, float] = field(default_factory=dict)
    done: list[tuple[float, float, float]] = field(default_factory=list)
    warm_at: float | None = None
    warm_requests: int = 0
    last_id: int = 0

    def arrive(self, state: EngineState, now: float) -> EngineState:
        """Queues everything sent until ``now``."""
        while self.arrivals and self.arrivals[0][0] <= now and self.last_id != self.quota:
            at, user = heapq.heappop(self.arrivals)
            self.last_id += 1
            self.sent[self.last_id] = (at, user)
            prompt = max(1, round(self.random.gauss(self.isl, self.isl_stddev)))
            state = enqueue(state, Request(self.last_id, prompt, self.osl), self.engine)
        return state

    def receive(self, result: Step, now: float) -> None:
        """Stamps the events of a step that ended ``now``; who has the last token sends again."""
        for request in result.first:
            self.started[request.id] = now
        for request in result.finished:
            at, user = self.sent.pop(request.id)
            self.done.append((at, self.started.pop(request.id), now))
            self.waiting_for_first.discard(user)
            heapq.heappush(self.arrivals, (now + self.turnaround_seconds, user))
        if self.warm_at is None and not self.waiting_for_first:
            self.warm_at, self.warm_requests = now, len(self.done)


def simulate(
    engine: EngineParameters,
    users: int,
    isl: float = 2000,
    osl: int = 200,
    seconds: float | None = None,
    start: Start = "burst",
    *,
    speed: float = 1.0,
    requests_per_user: int = 4,
    isl_stddev: float = 50.0,
    turnaround_seconds: float = 0.002,
    seed: int = 1,
) -> Figures:
    """Figures of ``users`` who each send anew ``turnaround_seconds`` after their last token.

    Counted are ``requests_per_user`` for each user, or what ends within ``seconds``. Raises ``ValueError`` where
    nothing does.
    """
    burst = start == "burst"
    spread = 0.0 if burst else engine.wave_seconds(users, isl, osl) / speed
    wanted = users * requests_per_user if seconds is None else None
    crowd = _Users(
        engine=engine,
        isl=isl,
        isl_stddev=isl_stddev,
        osl=osl,
        turnaround_seconds=turnaround_seconds,
        random=random.Random(seed),
        arrivals=[(spread * user / users, user) for user in range(users)],
        waiting_for_first=set() if burst else set(range(users)),
        quota=wanted if burst else None,
        warm_at=0.0 if burst else None,
    )
    state, now = EngineState(), 0.0
    while not _over(crowd, now, wanted, seconds):
        state = crowd.arrive(state, now)
        result = step(state, engine, speed)
        state = result.state
        now = now + result.seconds if result.seconds else crowd.arrivals[0][0]
        crowd.receive(result, now)
    return _figures(crowd.done, crowd.warm_at or 0.0, osl)


def _over(crowd: _Users, now: float, wanted: int | None, seconds: float | None) -> bool:
    if crowd.warm_at is None:
        return False
    if seconds is not None and now >= crowd.warm_at + seconds:
        return True
    return wanted is not None and len(crowd.done) - crowd.warm_requests >= wanted


def _figures(done: list[tuple[float, float, float]], begin: float, osl: int) -> Figures:
    """Throughput of all that finished since ``begin``, latencies of those of them that were sent since."""
    finished = [stamps for stamps in done if stamps[2] > begin]
    measured = [stamps for stamps in finished if stamps[0] >= begin]
    if not measured:
        raise ValueError("no request finished in the counted span; simulate for longer")
    return Figures(
        requests=len(measured),
        output_tokens_per_second=len(finished) * osl / (finished[-1][2] - begin),
        ttft_seconds=tuple(sorted(first - sent for sent, first, _ in measured)),
        itl_seconds=tuple(sorted((last - first) / max(1, osl - 1) for _, first, last in measured)),
        e2e_seconds=tuple(sorted(last - sent for sent, _, last in measured)),
    )
