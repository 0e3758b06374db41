"""Prompt text by the word: balanced, so that its tokens are foreseen, and unique from its first words on.

Text is a run of shuffled rounds in which every word stands once. However a tokenizer splits single words, a prompt of
n words then has close to n times the mean tokens of a word. Ready bytes are sliced, not joined: a prompt of 2,000
tokens costs microseconds. Knows neither tokens nor bodies.
"""

import hashlib
from array import array
from collections.abc import Sequence
from random import Random

OPENING_WORDS = 6
_COUNTER_BITS = 30
_LEAST_WORDS = 8192


def rounds(words: Sequence[str], count: int, chance: Random) -> list[str]:
    """``count`` words in balanced order."""
    found: list[str] = []
    while len(found) < count:
        found += chance.sample(words, len(words))
    return found[:count]


class Corpus:
    """A long balanced text, of which any run of words is a slice. ``longest`` is the most words usually asked for."""

    def __init__(self, words: Sequence[str], longest: int, chance: Random) -> None:
        laid = rounds(words, max(_LEAST_WORDS, 2 * longest), chance)
        self._text = " ".join(laid).encode()
        starts = array("Q", [0])
        for word in laid:
            starts.append(starts[-1] + len(word) + 1)
        self._starts = starts
        self._count = len(laid)

    def take(self, count: int, chance: Random) -> bytes:
        """``count`` words from a random place, a space between them; longer than the corpus, it begins again."""
        whole, rest = divmod(count, self._count)
        first = int(chance.random() * (self._count - rest + 1))
        part = self._text[self._starts[first] : max(self._starts[first], self._starts[first + rest] - 1)]
        return b" ".join([self._text] * whole + ([part] if rest else []))


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
