"""One step of a continuous-batching engine, as a pure function. A MODEL: fitted to published figures, not measured.

Prefill and decode share steps; the queue is first come, first served; who drives it (the wall clock behind HTTP, an
event queue in a simulation) brings the time. A step costs time in what changes, not in what runs.
"""

from bisect import bisect_right, insort
from dataclasses import replace
from operator import attrgetter
from typing import NamedTuple

from tui.bench.nim.values import EngineParameters, EngineState, Prefill, Request, Sequence, Step

_LAST_BEAT = attrgetter("last_beat")


def enqueue(state: EngineState, request: Request, engine: EngineParameters) -> EngineState:
    """The request joins the queue. Raises ``ValueError`` if it could not run even alone."""
    if request.total_tokens > engine.cache_tokens:
        raise ValueError(
            f"request {request.id} needs {request.total_tokens} tokens of KV cache, there are {engine.cache_tokens}"
        )
    return replace(state, waiting=(*state.waiting, request))


def cancel(state: EngineState, request: Request) -> EngineState:
    """The state without the request, wherever it was; what it held of the cache is free. Unknown: unchanged."""
    for prefill in state.prefilling:
        if prefill.request.id == request.id:
            kept = tuple(other for other in state.prefilling if other is not prefill)
            return _freed(replace(state, prefilling=kept), request, request.prompt_tokens - prefill.left_tokens)
    for sequence in state.decoding:
        if sequence.request.id == request.id:
            running = tuple(other for other in state.decoding if other is not sequence)
            to_come = sequence.last_beat - state.beat
            return _freed(replace(state, decoding=running), request, request.total_tokens - to_come)
    return replace(state, waiting=tuple(other for other in state.waiting if other.id != request.id))


def step(state: EngineState, engine: EngineParameters, speed: float = 1.0) -> Step:
    """Lets every running sequence have a token and reads as much of the prompts as fits.

    ``speed`` is the part of a whole GPU that the engine has now (see ``gpu_speed``), above 0.
    """
    if state.idle:
        return Step(state, 0.0)
    filled = _fill(state, engine)
    beat = state.beat + 1
    ended = bisect_right(state.decoding, beat, key=_LAST_BEAT)
    finished = [sequence.request for sequence in state.decoding[:ended]]
    running = list(state.decoding[ended:])
    for request in filled.first:
        if request.output_tokens == 1:
            finished.append(request)
        else:
            insort(running, Sequence(beat + request.output_tokens - 1, request), key=_LAST_BEAT)
    freed = sum(request.total_tokens for request in finished)
    new = EngineState(
        waiting=filled.waiting,
        prefilling=filled.prefilling,
        decoding=tuple(running),
        beat=beat,
        reserved_tokens=filled.reserved_tokens - freed,
        cached_tokens=state.cached_tokens + filled.tokens + len(filled.first) + len(state.decoding) - freed,
    )
    seconds = (
        engine.step_seconds
        + engine.sequence_seconds * len(state.decoding)
        + filled.tokens / engine.prefill_tokens_per_second
    ) / speed
    return Step(new, seconds, filled.first, state.decoding, tuple(finished), filled.tokens)


class _Filled(NamedTuple):
    """How the prompts stand after the step: ``first`` have been read to their end."""

    waiting: tuple[Request, ...]
    prefilling: tuple[Prefill, ...]
    first: tuple[Request, ...]
    tokens: int
    reserved_tokens: int


def _fill(state: EngineState, engine: EngineParameters) -> _Filled:
    """Spends what decoding leaves of the step's tokens on prompts, the oldest first; admits from the queue."""
    budget = room = engine.batch_tokens - len(state.decoding)
    reserved, admitted = state.reserved_tokens, 0
    partial: list[Prefill] = []
    first: list[Request] = []

    def read(request: Request, left: int) -> None:
        nonlocal room
        taken = min(left, room)
        room -= taken
        if taken == left:
            first.append(request)
        else:
            partial.append(Prefill(request, left - taken))

    for prefill in state.prefilling:
        read(*prefill)
    free = engine.sequences - state.running
    for request in state.waiting[: max(0, free)]:
        if room == 0 or reserved + request.total_tokens > engine.cache_tokens:
            break
        admitted += 1
        reserved += request.total_tokens
        read(request, request.prompt_tokens)
    return _Filled(state.waiting[admitted:], tuple(partial), tuple(first), budget - room, reserved)


def _freed(state: EngineState, request: Request, cached: int) -> EngineState:
    return replace(
        state,
        reserved_tokens=state.reserved_tokens - request.total_tokens,
        cached_tokens=state.cached_tokens - cached,
    )
