"""The achieved mean ISL is the asked one within 0.5 %, with no tokenizer, whatever the server's own tokenizer does."""

import json
import statistics

import pytest

from tests.bench_prompts.tokenisers import KINDS, Count, joined, one_a_word, some_split
from tui.bench.prompts import make_prompts
from tui.bench.prompts.calibrate import Calibration, calibrate
from tui.bench.prompts.text import Cycle
from tui.bench.prompts.words import WORDS

CYCLE = Cycle(WORDS)
KIND = pytest.mark.parametrize("count", KINDS, ids=lambda kind: str(kind.__name__))


def lengths(count: Count, found: Calibration, bodies: int, **more: object) -> list[int]:
    asked = {"endpoint": "chat", "model": "m", "osl": 8, "tokens_per_word": found.tokens_per_word}
    source = make_prompts({"run": "r", "prompts": asked | {"overhead_tokens": found.overhead_tokens} | more})
    texts = [json.loads(source.next_body())["messages"][0]["content"] for _ in range(bodies)]
    return [count(text) for text in texts]


@KIND
@pytest.mark.parametrize(("isl", "stddev", "bodies"), [(2000, 0, 60), (2000, 50, 1500), (200, 0, 300), (8000, 0, 30)])
def test_the_mean_is_the_asked_one(count: Count, isl: int, stddev: float, bodies: int) -> None:
    found = calibrate(count, isl, CYCLE, seed=7)
    assert found is not None
    assert found.requests <= 10
    seen = lengths(count, found, bodies, isl=isl, isl_stddev=stddev)
    noise = 3 * stddev / bodies**0.5  # of the drawn lengths themselves
    assert statistics.mean(seen) == pytest.approx(isl, abs=0.005 * isl + noise)


@KIND
@pytest.mark.parametrize("seed", range(12))
def test_calibration_does_not_depend_on_luck(count: Count, seed: int) -> None:
    found = calibrate(count, 2000, CYCLE, seed)
    assert found is not None
    assert statistics.mean(lengths(count, found, 40, isl=2000, seed=seed)) == pytest.approx(2000, rel=0.005)


@pytest.mark.parametrize("isl", [40, 77, 128])
def test_short_prompts_too(isl: int) -> None:
    found = calibrate(some_split, isl, CYCLE, seed=1)
    assert found is not None
    assert statistics.mean(lengths(some_split, found, 20_000 // isl, isl=isl)) == pytest.approx(isl, rel=0.015)


def test_a_token_a_word_is_exact_in_every_prompt() -> None:
    found = calibrate(one_a_word, 2000, CYCLE, seed=1)
    assert found == Calibration(1.0, 13.0, 6)
    assert set(lengths(one_a_word, found, 50, isl=2000)) == {2000}


def test_the_standard_deviation_is_the_asked_one_and_nothing_is_shorter_than_the_template() -> None:
    found = Calibration(1.0, 13.0, 0)
    seen = lengths(one_a_word, found, 4000, isl=500, isl_stddev=40)
    assert statistics.stdev(seen) == pytest.approx(40, rel=0.06)
    wild = lengths(one_a_word, found, 500, isl=20, isl_stddev=200)
    assert min(wild) == 13 + 1


def test_without_usage_there_is_no_calibration() -> None:
    assert calibrate(lambda text: None, 2000, CYCLE, 1) is None
    assert calibrate(lambda text: 17, 2000, CYCLE, 1) is None, "a count that does not grow is no count"


def test_joins_are_corrected_at_the_asked_length() -> None:
    asked: list[str] = []

    def count(text: str) -> int:
        asked.append(text)
        return joined(text) + (25 if len(text.split()) > 1500 else 0)  # a step no line can foresee

    found = calibrate(count, 1600, CYCLE, seed=3)
    assert found is not None
    assert found.requests == len(asked) > 6
    assert statistics.mean(lengths(count, found, 60, isl=1600)) == pytest.approx(1600, rel=0.005)
