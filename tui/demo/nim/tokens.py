"""What a token is here: a stated rule for counting a prompt, and the words that an answer is made of.

A token is a run of up to six letters, a run of up to three digits (as Llama 3 splits numbers), or any other sign that
isn't white space. A chat adds its template: 5 for each message, 5 for the whole. The same text always counts the same.
"""

import re
from collections.abc import Iterable

TEMPLATE_TOKENS = 5
MESSAGE_TOKENS = 5
_PIECE = re.compile(r"[^\W\d_]{1,6}|\d{1,3}|[^\w\s]|_")
_ENDS = ("da", "do", "fe", "ga", "la", "le", "mi", "mo", "na", "ne", "pa", "ra", "ri", "sa", "to", "va")
_STARTS = tuple(sign + vowel for sign in "bcdfghklmnprstvw" for vowel in "aeio")
WORDS = tuple(f" {start}{end}" for start in _STARTS for end in _ENDS)  # each is one token by the rule above


def count_tokens(text: str) -> int:
    return len(_PIECE.findall(text))


def count_chat(contents: Iterable[str]) -> int:
    """Tokens of a chat, given the text of each message."""
    counts = [count_tokens(content) + MESSAGE_TOKENS for content in contents]
    return TEMPLATE_TOKENS + sum(counts)


def words(first: int, tokens: int, seed: int) -> str:
    """The answer's tokens from ``first`` on: the same for the same ``seed``, never the same for long."""
    size = len(WORDS)
    return "".join([WORDS[(seed + 397 * place + place * place) % size] for place in range(first, first + tokens)])
