"""Made-up tokenizers of several kinds: what a server might say a prompt is long, with what its chat template adds."""

import re
import zlib
from collections.abc import Callable
from itertools import pairwise

Count = Callable[[str], int]


def one_a_word(text: str) -> int:
    """Every word one token; a template of 13."""
    return 13 + len(text.split())


def some_split(text: str) -> int:
    """About 1.3 tokens a word: some words are two, always the same ones."""
    return 13 + sum(1 + (zlib.crc32(word.encode()) % 10 < 3) for word in text.split())


def by_letters(text: str) -> int:
    """A small vocabulary: a token for every three letters; no template."""
    return sum(-(-len(word) // 3) for word in re.findall(r"\S+", text))


def joined(text: str) -> int:
    """Nonlinear joins: one pair of neighbours in nine is a single token; a long template."""
    words = text.split()
    return 41 + len(words) - sum(zlib.crc32(f"{left} {right}".encode()) % 9 == 0 for left, right in pairwise(words))


def blocks(text: str) -> int:
    """A server that counts one more for every 50 words, as one that inserts markers would."""
    words = len(text.split())
    return 20 + words + words // 50


KINDS: tuple[Count, ...] = (one_a_word, some_split, by_letters, joined, blocks)
