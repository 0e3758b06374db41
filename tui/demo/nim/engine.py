"""The engine model of one pod, driven by the wall clock: steps end when they should, and their tokens go out then.

A loop that comes late lets several steps end at once; their tokens then leave together, as they do from a server whose
own loop is behind. One event loop, no thread.
"""

import asyncio
from typing import Protocol

from tui.bench.nim.step import cancel, enqueue, step
from tui.bench.nim.values import EngineParameters, EngineState, Request, Step
from tui.demo.nim.load import NimLoad
from tui.demo.nim.sse import Finish

_FORGIVEN_SECONDS = 1.0  # a loop that was away for longer does not catch up: the GPU was away too
_EARLY_SECONDS = 0.0005  # timers have a resolution of a millisecond


class Sink(Protocol):
    """Where a request's tokens go."""

    def deliver(self, tokens: int, finished: bool) -> None: ...

    def fail(self) -> None: ...


class _Running:
    """One request with its sink, why it will end, and when it came, in the loop's seconds."""

    __slots__ = ("finish", "request", "sent", "sink")

    def __init__(self, request: Request, sink: Sink, finish: Finish, sent: float) -> None:
        self.request = request
        self.finish = finish
        self.sink = sink
        self.sent = sent


class PodEngine:
    """``speed`` (the part of a whole GPU it has now) may be set at any time; ``load`` gets what happens counted."""

    def __init__(self, parameters: EngineParameters, load: NimLoad) -> None:
        self.parameters = parameters
        self.speed = 1.0
        self.busy_seconds = 0.0
        self.used_at = asyncio.get_running_loop().time()
        self.load = load
        self._loop = asyncio.get_running_loop()
        self._state = EngineState()
        self._step: Step | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._running: dict[int, _Running] = {}
        self._last_id = 0

    @property
    def in_flight(self) -> int:
        return len(self._running)

    def submit(self, prompt_tokens: int, output_tokens: int, sink: Sink, finish: Finish) -> Request:
        """Queues a request. Raises ``ValueError`` if it could never run."""
        request = Request(self._last_id + 1, prompt_tokens, output_tokens)
        self._state = enqueue(self._state, request, self.parameters)
        self._last_id = request.id
        self._running[request.id] = _Running(request, sink, finish, self._loop.time())
        if self._step is None:
            self._due = self._loop.time()
            self._begin()
            self._arm()
        self._show()
        return request

    def cancel(self, request: Request) -> None:
        """Frees what the request holds; nothing happens if it has ended."""
        if self._running.pop(request.id, None) is not None:
            self._state = cancel(self._state, request)
            self.load.aborted += 1
            self._show()

    def close(self) -> None:
        """The pod is gone: everything in flight breaks off."""
        if self._timer is not None:
            self._timer.cancel()
        running, self._running, self._step = list(self._running.values()), {}, None
        self._state = EngineState()
        for entry in running:
            entry.sink.fail()

    def _begin(self) -> None:
        """Starts the next step where the last one ended. Its result is known at once and told at its end."""
        result = step(self._state, self.parameters, self.speed)
        self._state = result.state
        self._step = result if result.seconds else None
        self._due += result.seconds
        self.busy_seconds += result.seconds

    def _arm(self) -> None:
        self._timer = self._loop.call_at(self._due, self._end) if self._step is not None else None

    def _end(self) -> None:
        now = self._loop.time()
        self.used_at = now
        self._due = max(self._due, now - _FORGIVEN_SECONDS)
        tokens: dict[int, int] = {}
        ended: set[int] = set()
        while self._step is not None and self._due <= now + _EARLY_SECONDS:
            self._count(self._step, tokens, ended)
            self._begin()
        self._arm()
        for ident, number in tokens.items():
            self._deliver(ident, number, ident in ended)
        self._show()

    def _count(self, done: Step, tokens: dict[int, int], ended: set[int]) -> None:
        load = self.load
        for request in done.first:
            tokens[request.id] = 1
            if (entry := self._running.get(request.id)) is not None:
                load.ttft.add(self._due - entry.sent)
        for _, request in done.advanced:
            tokens[request.id] = tokens.get(request.id, 0) + 1
        ended.update(request.id for request in done.finished)
        load.prompt_tokens += done.prefilled_tokens
        load.generation_tokens += len(done.first) + len(done.advanced)
        load.per_token.add(done.seconds, len(done.advanced))

    def _deliver(self, ident: int, tokens: int, finished: bool) -> None:
        entry = self._running.get(ident)
        if entry is None:
            return  # it was cancelled while the step ran
        if finished:
            del self._running[ident]
            request = entry.request
            e2e_seconds = self._loop.time() - entry.sent
            self.load.finish(entry.finish, e2e_seconds, request.prompt_tokens, request.output_tokens)
        entry.sink.deliver(tokens, finished)

    def _show(self) -> None:
        """Gauges as the NIM's metrics have them."""
        waiting = len(self._state.waiting)
        self.load.waiting = float(waiting)
        self.load.running = float(max(0, len(self._running) - waiting))
        self.load.cache_fraction = round(self._state.cached_tokens / self.parameters.cache_tokens, 4)
