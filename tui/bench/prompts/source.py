"""Makes the body of each request, cheaply: a template around a prompt, all bytes, ready to send.

Every synthetic prompt differs from its first words on, so that prefix caching can't flatter the server; a shared prefix
is there on purpose only. Lengths follow seed and worker; the opening words follow the run as well, since the server may
still hold the prompts of the last run with the same seed.
"""

import random
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tui.bench.prompts.dataset import Prompt, read_dataset
from tui.bench.prompts.text import OPENING_WORDS, Cycle, Openings
from tui.bench.prompts.words import WORDS


class PromptSetup(msgspec.Struct, frozen=True):
    """What workers are told of prompts. ``fields`` are those of the body that the server accepts, ready made.

    A prompt of ``n`` words has ``overhead_tokens + n * tokens_per_word`` tokens, as measured by the probe or by a
    tokenizer.
    """

    endpoint: str
    model: str
    isl: int
    osl: int
    isl_stddev: float = 0.0
    osl_stddev: float = 0.0
    tokens_per_word: float = 1.0
    overhead_tokens: float = 0.0
    shared_prefix_tokens: int = 0
    seed: int = 1
    dataset: str | None = None
    with_min_tokens: bool = False
    fields: dict[str, Any] = {}


class PromptSource(Protocol):
    """``next_body`` gives the JSON body of the next request."""

    def next_body(self) -> bytes: ...


def make_prompts(setup: dict[str, Any]) -> PromptSource:
    """From a worker's set-up message. ``ValueError`` with one line for what is wrong with it."""
    try:
        known = msgspec.convert(setup.get("prompts"), PromptSetup)
    except msgspec.ValidationError as error:
        raise ValueError(f"the set-up's prompts can't be used: {error}") from None
    worker = int(setup.get("worker", 0))
    chance = random.Random(known.seed * 1_000_003 + worker)
    if known.dataset is not None:
        return DatasetPrompts(known, read_dataset(Path(known.dataset)), chance)
    return SyntheticPrompts(known, chance, Openings(WORDS, worker, f"{setup.get('run', '')}/{known.seed}"))


class SyntheticPrompts:
    """Words, as many as give the asked tokens: the shared prefix, an opening of its own, a run of the cycle."""

    def __init__(self, setup: PromptSetup, chance: random.Random, openings: Openings) -> None:
        self._setup = setup
        self._chance = chance
        self._openings = openings
        self._body = Body(setup)
        self._cycle = Cycle(WORDS)
        self._prefix_words = round(setup.shared_prefix_tokens / setup.tokens_per_word)
        # The shared words must be the same in every worker, whatever has been drawn before.
        shared = self._cycle.take(setup.seed % self._cycle.size, self._prefix_words)
        self._prefix = [shared] if shared else []

    def next_body(self) -> bytes:
        setup = self._setup
        count = self._words(normal(self._chance, setup.isl, setup.isl_stddev)) - self._prefix_words
        parts = [*self._prefix, self._openings.take(max(1, count))]
        if count > OPENING_WORDS:
            first = int(self._chance.random() * self._cycle.size)
            parts.append(self._cycle.take(first, count - OPENING_WORDS))
        return self._body.around(b" ".join(parts), normal(self._chance, setup.osl, setup.osl_stddev))

    def _words(self, tokens: int) -> int:
        """The words for so many tokens; the fraction decides by lot, so that the mean is true at any length."""
        exact = (tokens - self._setup.overhead_tokens) / self._setup.tokens_per_word
        whole = int(exact)
        return whole + (exact - whole > 1e-6 and self._chance.random() < exact - whole)


class DatasetPrompts:
    """Prompts of a file, each once in random order, then again from the start."""

    def __init__(self, setup: PromptSetup, prompts: list[Prompt], chance: random.Random) -> None:
        self._setup = setup
        self._chance = chance
        self._body = Body(setup)
        self._prompts = prompts
        chance.shuffle(self._prompts)
        self._place = 0

    def next_body(self) -> bytes:
        prompt = self._prompts[self._place % len(self._prompts)]
        self._place += 1
        osl = prompt.max_tokens or normal(self._chance, self._setup.osl, self._setup.osl_stddev)
        return self._body.of(prompt, osl)


class Body:
    """The JSON around a prompt: everything but text and lengths is encoded once."""

    def __init__(self, setup: PromptSetup) -> None:
        self._chat = setup.endpoint == "chat"
        self._min_tokens = setup.with_min_tokens
        fixed = {"model": setup.model, "stream": True, **setup.fields}
        self._head = msgspec.json.encode(fixed)[:-1]
        self._open = b',"messages":[{"role":"user","content":"' if self._chat else b',"prompt":"'
        self._close = b'"}]' if self._chat else b'"'

    def around(self, text: bytes, osl: int) -> bytes:
        """``text`` must need no escaping, as words don't."""
        return b"".join((self._head, self._open, text, self._close, self._lengths(osl)))

    def of(self, prompt: Prompt, osl: int) -> bytes:
        """A prompt of a file, escaped as JSON."""
        if prompt.messages is not None and self._chat:
            return self._head + b',"messages":' + msgspec.json.encode(prompt.messages) + self._lengths(osl)
        text = msgspec.json.encode(prompt.text)[1:-1]
        return self.around(text, osl)

    def _lengths(self, osl: int) -> bytes:
        if self._min_tokens:
            return b',"max_tokens":%d,"min_tokens":%d}' % (osl, osl)
        return b',"max_tokens":%d}' % osl


def normal(chance: random.Random, mean: float, stddev: float) -> int:
    """A whole number of tokens, at least 1."""
    return max(1, round(chance.gauss(mean, stddev) if stddev else mean))
