"""The shape of a content event never says content where there is none, whatever the model writes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.wire.chunk import NO_SHAPE, decode, learn

KEYS = ["content", "reasoning_content", "reasoning"]
NASTY = ['"finish_reason":null', 'content":"x"', '","usage":{', "\\", '"', "", "é€😀", 'content": ""']
texts = st.one_of(st.text(max_size=20), st.sampled_from(NASTY))


def event(delta: dict[str, object], finish: str | None, usage: object, compact: bool) -> bytes:
    chunk: dict[str, object] = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    if usage != "absent":
        chunk["usage"] = usage
    return json.dumps(chunk, separators=(",", ":") if compact else None, ensure_ascii=False).encode()


deltas = st.dictionaries(st.sampled_from([*KEYS, "role", "tool_calls"]), st.one_of(st.none(), texts), max_size=4)


@given(
    learned=deltas,
    seen=deltas,
    finish=st.sampled_from([None, None, "stop", "length"]),
    usage=st.sampled_from(["absent", None, {"prompt_tokens": 1, "completion_tokens": 2}]),
    first_usage=st.sampled_from(["absent", None]),
    compact=st.booleans(),
)
def test_what_the_shape_holds_for_is_content(
    learned: dict[str, object],
    seen: dict[str, object],
    finish: str | None,
    usage: object,
    first_usage: object,
    compact: bool,
) -> None:
    shape = learn(event(learned, None, first_usage, compact))
    second = event(seen, finish, usage, compact)
    if shape.holds(second):
        chunk = decode(second)
        assert chunk.has_tokens()
        assert chunk.finish_reason() is None
        assert chunk.usage is None


@pytest.mark.parametrize("compact", [True, False])
@pytest.mark.parametrize("usage", ["absent", None])
@pytest.mark.parametrize("key", KEYS)
def test_the_next_token_is_recognised_without_parsing(key: str, usage: object, compact: bool) -> None:
    shape = learn(event({key: " one"}, None, usage, compact))
    assert shape.holds(event({key: ' "two"'}, None, usage, compact))
    assert not shape.holds(event({key: ""}, None, usage, compact))
    assert not shape.holds(event({key: " end"}, "length", usage, compact))


def test_a_completions_chunk_has_a_shape_too() -> None:
    shape = learn(b'{"choices":[{"index":0,"text":" a","finish_reason":null}]}')
    assert shape.holds(b'{"choices":[{"index":0,"text":" b","finish_reason":null}]}')
    assert decode(b'{"choices":[{"index":0,"text":" b","finish_reason":null}]}').has_tokens()


def test_without_a_finish_reason_every_event_is_parsed() -> None:
    assert learn(b'{"choices":[{"delta":{"content":" a"}}]}') is NO_SHAPE
    assert not NO_SHAPE.holds(b'{"choices":[{"delta":{"content":" a"}}]}')
