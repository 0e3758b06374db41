"""The engine's step: tokens are conserved, nobody starves, the same goes in and the same comes out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.nim.step import cancel, enqueue, step
from tui.bench.nim.values import EngineParameters, EngineState, Request

SMALL = EngineParameters(50_000, 0.004, 0.0001, cache_tokens=3_000, batch_tokens=64, sequences=8)
lengths = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 40)), min_size=1, max_size=40)


def _queued(sizes: list[tuple[int, int]]) -> tuple[EngineState, list[Request]]:
    state, requests = EngineState(), []
    for number, (prompt, output) in enumerate(sizes):
        requests.append(Request(number, prompt, output))
        state = enqueue(state, requests[-1], SMALL)
    return state, requests


@given(lengths)
def test_every_request_gets_all_its_tokens_and_the_cache_is_empty_after(sizes: list[tuple[int, int]]) -> None:
    state, requests = _queued(sizes)
    tokens: Counter[int] = Counter()
    first: list[int] = []
    finished: list[int] = []
    prefilled = 0
    while not state.idle:
        done = step(state, SMALL)
        assert done.seconds > 0
        assert done.prefilled_tokens + len(done.advanced) <= SMALL.batch_tokens
        assert done.state.running <= SMALL.sequences
        assert done.state.cached_tokens <= done.state.reserved_tokens <= SMALL.cache_tokens
        tokens.update(request.id for request in done.first)
        tokens.update(sequence.request.id for sequence in done.advanced)
        first += [request.id for request in done.first]
        for request in done.finished:
            assert tokens[request.id] == request.output_tokens
        finished += [request.id for request in done.finished]
        prefilled += done.prefilled_tokens
        state = done.state
    assert dict(tokens) == {request.id: request.output_tokens for request in requests}
    assert first == sorted(first), "first come, first served"
    assert sorted(finished) == [request.id for request in requests]
    assert prefilled == sum(request.prompt_tokens for request in requests)
    assert (state.reserved_tokens, state.cached_tokens) == (0, 0)


@given(lengths, st.data())
def test_a_request_that_is_cancelled_leaves_nothing_behind(sizes: list[tuple[int, int]], data: st.DataObject) -> None:
    state, requests = _queued(sizes)
    for _ in range(data.draw(st.integers(0, 30))):
        state = step(state, SMALL).state
    gone = set(data.draw(st.lists(st.sampled_from(requests), unique=True)))
    for request in gone:
        state = cancel(state, request)
        state = cancel(state, request)  # a second time changes nothing
    while not state.idle:
        done = step(state, SMALL)
        assert not gone & {*done.first, *done.finished}
        state = done.state
    assert (state.reserved_tokens, state.cached_tokens) == (0, 0)


@given(lengths, st.floats(0.1, 1.0))
def test_a_step_is_pure_and_a_slower_gpu_only_takes_longer(sizes: list[tuple[int, int]], speed: float) -> None:
    state, _ = _queued(sizes)
    for _ in range(5):
        whole, again, slower = step(state, SMALL), step(state, SMALL), step(state, SMALL, speed)
        assert whole == again
        assert slower.state == whole.state
        assert slower.seconds == pytest.approx(whole.seconds / speed)
        state = whole.state


def test_an_idle_engine_takes_no_time_and_keeps_its_state() -> None:
    state = EngineState()
    assert step(state, SMALL).state is state
    assert step(state, SMALL).seconds == 0.0


def test_a_long_prompt_is_read_in_pieces_while_others_go_on() -> None:
    state = enqueue(EngineState(), Request(1, 10, 20), SMALL)
    state = step(state, SMALL).state
    state = enqueue(state, Request(2, 130, 1), SMALL)
    got = []
    while not state.idle:
        done = step(state, SMALL)
        got.append((len(done.advanced), done.prefilled_tokens, [request.id for request in done.finished]))
        state = done.state
    assert got[:3] == [(1, 63, []), (1, 63, []), (1, 4, [2])]


def test_what_could_never_run_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="3001 tokens of KV cache, there are 3000"):
        enqueue(EngineState(), Request(1, 3000, 1), SMALL)
    with pytest.raises(ValueError, match="at least one token"):
        Request(1, 5, 0)
    with pytest.raises(ValueError, match="room for a token of each sequence"):
        EngineParameters(1.0, 1.0, 1.0, 10, batch_tokens=8, sequences=8)
