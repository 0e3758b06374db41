"""Pods of one workload as engines on an event queue, and users who come and go: what they would see. Pure, seeded.

Users are a closed loop. A request goes to the less loaded of two pods drawn by lot, as gateways do; while none serves
it is kept, and ended as Knative's activator ends it when it has waited too long.
"""

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field

from tui.bench.nim.closed_loop import Stamps, Trace
from tui.bench.nim.step import enqueue, step
from tui.bench.nim.stretch import decode_stretch
from tui.bench.nim.values import EngineParameters, EngineState, Request
from tui.plans.values import PlanLoad

KEPT_SECONDS = 300.0
"""Knative's ``timeoutSeconds`` where nothing else is said."""
_TURNAROUND_SECONDS = 0.002
_PAUSE_SECONDS = (0.05, 2.0)  # after a failure, doubling: as the load generator does


@dataclass(slots=True)
class _Pod:
    """``at`` is how far its engine has come; ``closed``: it takes no more requests and goes when it has none."""

    number: int
    speed: float
    state: EngineState = field(default_factory=EngineState)
    at: float = 0.0
    held: int = 0
    closed: bool = False


@dataclass(slots=True)
class _User:
    number: int
    leaving: bool = False
    failures: int = 0


@dataclass(slots=True)
class _Sent:
    """A request under way; ``first`` is when its first token came."""

    at: float
    user: _User
    request: Request
    first: float | None = None


class PodCrowd:
    """``advance`` it second by second. Nothing in it knows how many pods are wanted."""

    def __init__(self, engine: EngineParameters, load: PlanLoad, seed: int) -> None:
        self._engine = engine
        self._load = load
        self._random = random.Random(seed)
        self._pods: dict[int, _Pod] = {}
        self._users: list[_User] = []
        self._arrivals: list[tuple[float, int, _User]] = []
        self._open: dict[int, _Sent] = {}
        self._kept: list[tuple[float, _User]] = []
        self._last = 0
        self.now = 0.0
        self.done: list[Stamps] = []
        self.failed: list[float] = []  # when those were sent
        self.tokens: Counter[int] = Counter()
        self.busy_seconds = 0.0  # the area under the requests in flight, those kept included

    # -- from outside ----------------------------------------------------------------------------------------------

    @property
    def in_flight(self) -> int:
        return len(self._open) + len(self._kept)

    @property
    def waits(self) -> bool:
        """Whether a request is kept because no pod serves."""
        return bool(self._kept)

    @property
    def serving(self) -> int:
        return sum(not pod.closed for pod in self._pods.values())

    def serve(self, number: int, speed: float) -> None:
        """A pod is ready from now on; what was kept goes to it."""
        self._pods[number] = _Pod(number, speed, at=self.now)
        kept, self._kept = self._kept, []
        for sent_at, user in kept:
            self._route(user, sent_at)

    def close(self, number: int) -> None:
        """It takes no more requests; those under way are finished, as they are where a pod is drained."""
        if number in self._pods:
            self._pods[number].closed = True

    def users(self, count: int, within_seconds: float) -> None:
        """So many from now on; new ones start within that time, surplus ones end with their request."""
        for user in self._users[count:]:
            user.leaving = True
        del self._users[count:]
        fresh = count - len(self._users)
        for place in range(fresh):
            self._last += 1
            user = _User(self._last)
            self._users.append(user)
            self._arrive(self.now + within_seconds * (place + self._random.random()) / fresh, user)

    def advance(self, until: float) -> None:
        """Everything that happens before that moment."""
        while (moment := min(self._next_arrival(), self._next_step())) < until:
            self._pass(moment)
            if self._next_arrival() <= moment:
                _, _, user = heapq.heappop(self._arrivals)
                if not user.leaving:
                    self._route(user, self.now)
            else:
                self._work(min(self._busy(), key=lambda pod: (pod.at, pod.number)), until)
        self._pass(until)
        self._give_up()

    def trace(self) -> Trace:
        """All so far."""
        counts = tuple(self.tokens[second] for second in range(int(self.now) + 1))
        open_sent = (*(sent.at for sent in self._open.values()), *(at for at, _ in self._kept))
        return Trace(tuple(self.done), tuple(open_sent), counts, 0.0, self.now)

    # -- requests --------------------------------------------------------------------------------------------------

    def _arrive(self, at: float, user: _User) -> None:
        heapq.heappush(self._arrivals, (at, user.number, user))

    def _route(self, user: _User, sent_at: float) -> None:
        ready = [pod for pod in self._pods.values() if not pod.closed]
        if not ready:
            self._kept.append((sent_at, user))
            return
        pod = min(self._random.sample(ready, min(2, len(ready))), key=lambda one: one.held)
        load = self._load
        self._last += 1
        prompt = max(1, round(self._random.gauss(load.isl, load.isl_stddev)))
        output = max(1, round(self._random.gauss(load.osl, load.osl_stddev))) if load.osl_stddev else load.osl
        request = Request(self._last, prompt, output)
        if pod.state.idle:
            pod.at = max(pod.at, self.now)
        pod.state, pod.held = enqueue(pod.state, request, self._engine), pod.held + 1
        self._open[request.id] = _Sent(sent_at, user, request)

    def _give_up(self) -> None:
        """Those that were kept too long fail, and their users try again."""
        ended = [one for one in self._kept if self.now - one[0] >= KEPT_SECONDS]
        self._kept = [one for one in self._kept if self.now - one[0] < KEPT_SECONDS]
        for sent_at, user in ended:
            self.failed.append(sent_at)
            user.failures += 1
            if not user.leaving:
                first, longest = _PAUSE_SECONDS
                self._arrive(self.now + min(longest, first * 2.0 ** (user.failures - 1)), user)

    def _finish(self, sent: _Sent, at: float) -> None:
        request = sent.request
        first = sent.first if sent.first is not None else at
        self.done.append(Stamps(sent.at, first, at, request.prompt_tokens, request.output_tokens))
        sent.user.failures = 0
        if not sent.user.leaving:
            self._arrive(at + _TURNAROUND_SECONDS, sent.user)

    # -- engines ---------------------------------------------------------------------------------------------------

    def _busy(self) -> list[_Pod]:
        return [pod for pod in self._pods.values() if not pod.state.idle]

    def _next_arrival(self) -> float:
        return self._arrivals[0][0] if self._arrivals else float("inf")

    def _next_step(self) -> float:
        return min((pod.at for pod in self._pods.values() if not pod.state.idle), default=float("inf"))

    def _work(self, pod: _Pod, until: float) -> None:
        """What its engine does next: many tokens up to the next arrival, or one step."""
        running = len(pod.state.decoding)
        others = min((one.at for one in self._busy() if one is not pod), default=until)
        pod.state, ends = decode_stretch(
            pod.state, self._engine, pod.speed, pod.at, min(until, others, self._next_arrival())
        )
        if ends:
            for end in ends:
                self.tokens[int(end)] += running
            pod.at = ends[-1]
            return
        result = step(pod.state, self._engine, pod.speed)
        pod.state, pod.at = result.state, pod.at + result.seconds
        self.tokens[int(pod.at)] += len(result.first) + len(result.advanced)
        for request in result.first:
            self._open[request.id].first = pod.at
        for request in result.finished:
            pod.held -= 1
            self._finish(self._open.pop(request.id), pod.at)
        if pod.closed and pod.state.idle:
            del self._pods[pod.number]

    def _pass(self, moment: float) -> None:
        if moment > self.now:
            self.busy_seconds += self.in_flight * (moment - self.now)
            self.now = moment
