"""Many steps in one go, where a step can do nothing but let the running sequences have a token. Pure.

The same state and, added up step by step, the very same times as ``step`` gives: only the bookkeeping between two
events is saved.
"""

from dataclasses import replace

from tui.bench.nim.values import EngineParameters, EngineState


def decode_stretch(
    state: EngineState, engine: EngineParameters, speed: float, now: float, until: float
) -> tuple[EngineState, list[float]]:
    """The state after all steps that only decode and finish nothing, and when each of them ended, in seconds.

    It begins ``now`` and begins no step at or after ``until`` (the next arrival). Empty where ``step`` has more to do.
    """
    if not state.decoding or _reads(state, engine):
        return state, []
    most = state.decoding[0].last_beat - state.beat - 1
    sequences = len(state.decoding)
    # As in ``step``, where no prompt is read: the sum is the same to the last bit.
    seconds = (engine.step_seconds + engine.sequence_seconds * sequences) / speed
    ends: list[float] = []
    while len(ends) < most and now < until:
        now += seconds
        ends.append(now)
    steps = len(ends)
    if not steps:
        return state, ends
    cached = state.cached_tokens + steps * sequences
    return replace(state, beat=state.beat + steps, cached_tokens=cached), ends


def _reads(state: EngineState, engine: EngineParameters) -> bool:
    """Whether the next step reads some of a prompt."""
    if state.prefilling:
        return True
    if not state.waiting or state.running >= engine.sequences:
        return False
    return state.reserved_tokens + state.waiting[0].total_tokens <= engine.cache_tokens
