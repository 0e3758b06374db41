"""Steps taken in one go are the steps: the same states, the same times to the last bit."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tui.bench.nim.step import enqueue, step
from tui.bench.nim.stretch import decode_stretch
from tui.bench.nim.values import EngineParameters, EngineState, Request

SMALL = EngineParameters(50_000, 0.004, 0.0001, cache_tokens=3_000, batch_tokens=64, sequences=8)
lengths = st.lists(st.tuples(st.integers(1, 300), st.integers(1, 40)), min_size=1, max_size=30)


@given(lengths, st.floats(0.1, 1.0), st.lists(st.floats(0.0, 3.0), max_size=10))
def test_a_stretch_is_its_steps(sizes: list[tuple[int, int]], speed: float, breaks: list[float]) -> None:
    """``breaks`` are moments at which an arrival might come: no step begins after one without a look."""
    plain = EngineState()
    for number, (prompt, output) in enumerate(sizes):
        plain = enqueue(plain, Request(number, prompt, output), SMALL)
    quick, now, at, saved = plain, 0.0, 0.0, 0
    while not plain.idle:
        until = min((moment for moment in breaks if moment > now), default=math.inf)
        quick, ends = decode_stretch(quick, SMALL, speed, now, until)
        for end in ends:
            assert now < until
            done = step(plain, SMALL, speed)
            plain, now = done.state, now + done.seconds
            assert (end, done.first, done.finished, done.prefilled_tokens) == (now, (), (), 0)
        saved += len(ends)
        at = ends[-1] if ends else at
        assert (quick, at) == (plain, now)
        if not ends:
            done = step(plain, SMALL, speed)
            plain, now = done.state, now + done.seconds
            quick, at = plain, now
    if max(output for _, output in sizes) > 35 and len(sizes) == 1:
        assert saved > 30, "one that decodes alone has little else to do"


def test_nothing_is_taken_where_a_prompt_is_read_or_nothing_runs() -> None:
    assert decode_stretch(EngineState(), SMALL, 1.0, 0.0, math.inf) == (EngineState(), [])
    state = step(enqueue(EngineState(), Request(1, 10, 20), SMALL), SMALL).state
    assert decode_stretch(state, SMALL, 1.0, 5.0, 5.0) == (state, []), "an arrival now comes first"
    both = enqueue(state, Request(2, 10, 20), SMALL)
    assert decode_stretch(both, SMALL, 1.0, 0.0, math.inf) == (both, [])


def test_who_can_not_be_admitted_does_not_hinder() -> None:
    state = step(enqueue(EngineState(), Request(1, 10, 20), SMALL), SMALL).state
    full = enqueue(state, Request(2, 2_980, 10), SMALL)
    after, ends = decode_stretch(full, SMALL, 1.0, 0.0, math.inf)
    assert (len(ends), after.waiting) == (18, full.waiting)
