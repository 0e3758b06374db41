"""Prompt text by the word: one fixed cycle, so that its tokens are foreseen, after an opening that no other prompt has.

In the cycle every word stands twice, and the same neighbours always meet. Whatever a tokenizer makes of words and of
joins between them, n words from a random place have n/256 of the cycle's tokens in the mean, exactly. Ready bytes are
sliced, not joined: a prompt of 2,000 tokens costs microseconds. Knows neither tokens nor bodies.
"""

import hashlib
from collections.abc import Sequence
from random import Random

OPENING_WORDS = 6
_COUNTER_BITS = 30
_ROUNDS = 2


class Cycle:
    """The words in one order that never changes, over and over."""

    def __init__(self, words: Sequence[str]) -> None:
        chance = Random(0)
        laid = [word for _ in range(_ROUNDS) for word in chance.sample(words, len(words))]
        self.size = len(laid)
        self._once = (" ".join(laid) + " ").encode()
        self._text = self._once
        self._starts = [0]
        for word in laid:
            self._starts.append(self._starts[-1] + len(word) + 1)

    def take(self, first: int, count: int) -> bytes:
        """``count`` words from the ``first``-th on, a space between them."""
        if not count:
            return b""
        end = self._place(first + count) - 1
        if end > len(self._text):
            self._text = self._once * (2 * (first + count) // self.size + 1)
        return self._text[self._place(first) : end]

    def _place(self, word: int) -> int:
        """Where the word begins, in bytes."""
        times, rest = divmod(word, self.size)
        return times * len(self._once) + self._starts[rest]


class Openings:
    """Six words that no other prompt of the run begins with: worker and count, turned over by ``salt``.

    128 words give 42 bits: 4,096 workers with 2**30 prompts each. Neighbours differ in the first word already.
    """

    def __init__(self, words: Sequence[str], worker: int, salt: str) -> None:
        self._words = [word.encode() for word in words]
        self._bits = len(words).bit_length() - 1
        if 1 << self._bits != len(words):
            raise ValueError(f"{len(words)} words: openings need a power of two")
        self._mask = (1 << (OPENING_WORDS * self._bits)) - 1
        turn = int.from_bytes(hashlib.sha256(salt.encode()).digest()[:16])
        self._factor = (turn | 1) & self._mask
        self._shift = (turn >> 64) & self._mask
        self._next = (worker % 4096) << _COUNTER_BITS

    def take(self, count: int) -> bytes:
        """The next opening, or its first ``count`` words."""
        # An odd factor and an exclusive or are one-to-one on so many bits: no two counts meet.
        code = (self._next * self._factor & self._mask) ^ self._shift
        self._next += 1
        bits, low = self._bits, len(self._words) - 1
        return b" ".join([self._words[code >> (bits * place) & low] for place in range(min(count, OPENING_WORDS))])
