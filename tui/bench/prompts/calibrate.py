"""Words to tokens by the server's own ``usage.prompt_tokens``, from a handful of short-answer requests.

1. Two prompts of whole cycles of the text give tokens per word and what the chat template adds: exactly, for any
   tokenizer that looks at words and their neighbours.
2. Four prompts of the asked length from places a quarter of the cycle apart. Where their mean is off by more than
   chance explains (four standard errors) and by more than 0.1 %, the overhead is corrected by it: what no line
   foresees. A correction is checked once more.
It asks through a function and knows no HTTP.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import mean, stdev

from tui.bench.prompts.text import Cycle

CHECKS = 4
_CORRECTIONS = 2
_MOST_CYCLES = 32
_ERRORS = 4.0  # standard errors: with four checks, chance goes beyond about once in forty
_NEGLIGIBLE = 0.001

Ask = Callable[[str], int | None]
"""Sends a prompt; its ``prompt_tokens``, or None where the server tells none."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A prompt of n words has ``overhead_tokens + n * tokens_per_word`` tokens; ``requests`` were needed to know it."""

    tokens_per_word: float
    overhead_tokens: float
    requests: int

    def words_for(self, tokens: float) -> float:
        """How many words give ``tokens``; not rounded, may be less than 1."""
        return (tokens - self.overhead_tokens) / self.tokens_per_word


def calibrate(ask: Ask, isl: int, cycle: Cycle, seed: int) -> Calibration | None:
    """None where the server tells no usage, or nothing that grows with the prompt."""
    chance = Random(seed)
    short, long = cycle.size, cycle.size * max(2, min(_MOST_CYCLES, round(isl / cycle.size)))
    told = [ask(_text(cycle, chance.randrange(cycle.size), count)) for count in (short, long)]
    if told[0] is None or told[1] is None or told[1] <= told[0]:
        return None
    slope = (told[1] - told[0]) / (long - short)
    found = Calibration(slope, told[0] - slope * short, 2)
    for _ in range(_CORRECTIONS):
        wrong, requests = _off(ask, found, isl, cycle, chance)
        found = Calibration(slope, found.overhead_tokens + wrong, found.requests + requests)
        if not wrong:
            break
    return found


def _off(ask: Ask, found: Calibration, isl: int, cycle: Cycle, chance: Random) -> tuple[float, int]:
    """By how many tokens prompts of the asked length miss the line, 0 where it may be chance; the requests spent."""
    count = max(1, round(found.words_for(isl)))
    foreseen = found.overhead_tokens + count * found.tokens_per_word
    begin = chance.randrange(cycle.size)
    misses: list[float] = []
    for check in range(CHECKS):
        tokens = ask(_text(cycle, (begin + check * cycle.size // CHECKS) % cycle.size, count))
        if tokens is None:
            return 0.0, len(misses) + 1
        misses.append(tokens - foreseen)
    wrong = mean(misses)
    chance_explains = abs(wrong) <= _ERRORS * stdev(misses) / CHECKS**0.5
    negligible = abs(wrong) <= _NEGLIGIBLE * isl
    return (0.0 if chance_explains or negligible else wrong), CHECKS


def _text(cycle: Cycle, first: int, count: int) -> str:
    return cycle.take(first, count).decode()
