"""Closed-loop users against the engine model, on an event queue: what a benchmark of it would show. Pure, seeded.

Times are simulated seconds. Start ``burst``: all users at once, every request counts, nobody sends more than the quota,
as the guide's tool does it; ``staggered``: users start spread over about one request's duration, counting begins when
each has finished one, and all go on sending until enough are counted.
"""

import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from tui.bench.nim.step import enqueue, step
from tui.bench.nim.stretch import decode_stretch
from tui.bench.nim.values import EngineParameters, EngineState, Request, Step

Start = Literal["burst", "staggered"]


class Stamps(NamedTuple):
    """A request that finished: when it was sent, had its first and its last token, in seconds; how long it was."""

    sent: float
    first: float
    last: float
    prompt_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Trace:
    """What the users saw: ``done`` in order of their ends, ``tokens`` received in each second of the run.

    ``open_sent`` are when those were sent that had not finished; ``warm_at`` is when counting began, ``seconds`` when
    the run was over.
    """

    done: tuple[Stamps, ...]
    open_sent: tuple[float, ...]
    tokens: tuple[int, ...]
    warm_at: float
    seconds: float


@dataclass(slots=True)
class _Users:
    """Who sends when; what has come back."""

    engine: EngineParameters
    isl: float
    isl_stddev: float
    osl: int
    osl_stddev: float
    turnaround_seconds: float
    random: random.Random
    arrivals: list[tuple[float, int]]
    waiting_for_first: set[int]
    quota: int | None
    sent: dict[int, tuple[float, int]] = field(default_factory=dict)
    started: dict[int, float] = field(default_factory=dict)
    done: list[Stamps] = field(default_factory=list)
    tokens: dict[int, int] = field(default_factory=dict)
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
            output = max(1, round(self.random.gauss(self.osl, self.osl_stddev))) if self.osl_stddev else self.osl
            state = enqueue(state, Request(self.last_id, prompt, output), self.engine)
        return state

    def looks_at(self, seconds: float | None) -> float:
        """When something from outside the engine happens next: an arrival, the end of the counted span."""
        sends = bool(self.arrivals) and self.last_id != self.quota
        ends = math.inf if seconds is None or self.warm_at is None else self.warm_at + seconds
        return min(ends, self.arrivals[0][0] if sends else math.inf)

    def receive(self, result: Step, now: float) -> None:
        """Stamps the events of a step that ended ``now``; who has the last token sends again."""
        self.count((now,), len(result.first) + len(result.advanced))
        for request in result.first:
            self.started[request.id] = now
        for request in result.finished:
            at, user = self.sent.pop(request.id)
            self.done.append(
                Stamps(at, self.started.pop(request.id), now, request.prompt_tokens, request.output_tokens)
            )
            self.waiting_for_first.discard(user)
            heapq.heappush(self.arrivals, (now + self.turnaround_seconds, user))
        if self.warm_at is None and not self.waiting_for_first:
            self.warm_at, self.warm_requests = now, len(self.done)

    def count(self, ends: Sequence[float], tokens: int) -> None:
        """Steps that ended then brought so many tokens each."""
        for end in ends:
            self.tokens[int(end)] = self.tokens.get(int(end), 0) + tokens


def trace(
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
    osl_stddev: float = 0.0,
    turnaround_seconds: float = 0.002,
    seed: int = 1,
) -> Trace:
    """What ``users`` see who each send anew ``turnaround_seconds`` after their last token.

    Counted are ``requests_per_user`` for each user, or what ends within ``seconds``. Raises ``ValueError`` for a
    request that could never run.
    """
    burst = start == "burst"
    spread = 0.0 if burst else engine.wave_seconds(users, isl, osl) / speed
    wanted = users * requests_per_user if seconds is None else None
    crowd = _Users(
        engine=engine,
        isl=isl,
        isl_stddev=isl_stddev,
        osl=osl,
        osl_stddev=osl_stddev,
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
        tokens = len(state.decoding)
        state, ends = decode_stretch(state, engine, speed, now, crowd.looks_at(seconds))
        if ends:
            crowd.count(ends, tokens)
            now = ends[-1]
            continue
        result = step(state, engine, speed)
        state = result.state
        now = now + result.seconds if result.seconds else crowd.arrivals[0][0]
        crowd.receive(result, now)
    counts = tuple(crowd.tokens.get(second, 0) for second in range(int(now) + 1))
    open_sent = tuple(at for at, _ in crowd.sent.values())
    return Trace(tuple(crowd.done), open_sent, counts, crowd.warm_at or 0.0, now)


def _over(crowd: _Users, now: float, wanted: int | None, seconds: float | None) -> bool:
    if crowd.warm_at is None:
        return False
    if seconds is not None and now >= crowd.warm_at + seconds:
        return True
    return wanted is not None and len(crowd.done) - crowd.warm_requests >= wanted
