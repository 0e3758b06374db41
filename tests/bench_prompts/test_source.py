"""Bodies: valid JSON, unique from the first words on, the same again by seed, worker and run; datasets line by line."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.bench.prompts import PromptSource, make_prompts
from tui.bench.prompts.text import Cycle, Openings
from tui.bench.prompts.words import WORDS


def source(worker: int = 0, run: str = "r", **prompts: Any) -> PromptSource:
    asked = {"endpoint": "chat", "model": "m", "isl": 100, "osl": 20} | prompts
    return make_prompts({"worker": worker, "run": run, "prompts": asked})


def text(body: bytes) -> str:
    read = json.loads(body)
    said = read["messages"][0]["content"] if "messages" in read else read["prompt"]
    assert isinstance(said, str)
    return said


def test_the_words_are_distinct_and_as_many_as_seven_bits_tell() -> None:
    assert len(set(WORDS)) == len(WORDS) == 128
    assert all(word.isalpha() and word.islower() for word in WORDS)


def test_a_chat_body() -> None:
    body = json.loads(source(fields={"ignore_eos": True, "nvext": {"a": 1}}, with_min_tokens=True).next_body())
    assert {name: body[name] for name in body if name != "messages"} == {
        "model": "m",
        "stream": True,
        "ignore_eos": True,
        "nvext": {"a": 1},
        "max_tokens": 20,
        "min_tokens": 20,
    }
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert len(body["messages"][0]["content"].split()) == 100


def test_a_completions_body() -> None:
    body = json.loads(source(endpoint="completions").next_body())
    assert set(body) == {"model", "stream", "prompt", "max_tokens"}


def test_no_two_prompts_of_any_worker_begin_alike() -> None:
    made = [source(worker) for worker in (0, 1, 2, 4095)]
    openings = {tuple(text(one.next_body()).split()[:6]) for one in made for _ in range(5000)}
    assert len(openings) == 4 * 5000


def test_prompts_that_follow_each_other_differ_in_the_first_word() -> None:
    one = source()
    first = [text(one.next_body()).split()[0] for _ in range(len(WORDS))]
    assert len(set(first)) == len(WORDS)


@given(salt=st.text(max_size=8), count=st.integers(1, 6))
def test_openings_are_one_to_one(salt: str, count: int) -> None:
    made = Openings(WORDS, 3, salt)
    seen = [made.take(count) for _ in range(128)]
    assert len(set(seen)) == 128
    assert all(len(opening.split()) == count for opening in seen)


def test_seed_worker_and_run_decide_and_nothing_else() -> None:
    def first(**told: Any) -> list[bytes]:
        made = source(isl_stddev=10, **told)
        return [made.next_body() for _ in range(5)]

    assert first() == first()
    assert first() != first(seed=2)
    assert first() != first(worker=1)
    again, before = first(run="s"), first()
    assert [len(text(body).split()) for body in again] == [len(text(body).split()) for body in before]
    assert not {text(body)[:20] for body in again} & {text(body)[:20] for body in before}, (
        "else the last run's cache hits"
    )


def test_a_shared_prefix_is_the_same_everywhere_and_counts() -> None:
    bodies = [text(source(worker, run, shared_prefix_tokens=40).next_body()) for worker in (0, 1) for run in "ab"]
    assert all(len(body.split()) == 100 for body in bodies)
    assert len({tuple(body.split()[:40]) for body in bodies}) == 1
    assert len({tuple(body.split()[40:46]) for body in bodies}) == 4


@given(first=st.integers(0, 255), count=st.integers(0, 5_000))
def test_any_run_of_the_cycle_can_be_taken(first: int, count: int) -> None:
    cycle = Cycle(WORDS)
    once = cycle.take(0, cycle.size).split()
    assert sorted(once) == sorted(2 * [word.encode() for word in WORDS])
    taken = cycle.take(first, count)
    assert taken.split() == [once[(first + place) % cycle.size] for place in range(count)]
    assert taken == b" ".join(taken.split())


def test_osl_varies_as_asked() -> None:
    made = source(osl=100, osl_stddev=10)
    seen = [json.loads(made.next_body())["max_tokens"] for _ in range(2000)]
    assert sum(seen) / len(seen) == pytest.approx(100, abs=1)
    assert min(seen) < 80 < 120 < max(seen)


def test_a_dataset(tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text(
        '{"prompt": "say \\"hi\\"\\n"}\n\n{"messages": [{"role": "system", "content": "be kind"}], "max_tokens": 7}\n'
    )
    made = source(dataset=str(file))
    bodies = [json.loads(made.next_body()) for _ in range(4)]
    assert bodies[:2] == bodies[2:], "from the start again"
    assert sorted((body["messages"][0]["content"], body["max_tokens"]) for body in bodies[:2]) == [
        ("be kind", 7),
        ('say "hi"\n', 20),
    ]
    flat = source(dataset=str(file), endpoint="completions")
    assert {json.loads(flat.next_body())["prompt"] for _ in range(2)} == {"be kind", 'say "hi"\n'}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"prompt": "a"}\n{"prompt": ', "line 2"),
        ('{"prompt": "a"}\n\n{"text": "b"}', "line 3 has neither prompt nor messages"),
        ('{"prompt": 3}', "line 1"),
        ('{"messages": "hi"}', "line 1"),
        ("", "holds no prompt"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text(content)
    with pytest.raises(ValueError, match=named) as caught:
        source(dataset=str(file))
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_bad_set_up() -> None:
    with pytest.raises(ValueError, match=r"/nowhere/p\.jsonl: No such file"):
        source(dataset="/nowhere/p.jsonl")
    with pytest.raises(ValueError, match="isl"):
        source(isl="many")
