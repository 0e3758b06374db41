"""What the engine model is made of: a request, the engine's parameters, its state, and what one step brings.

Values only. Lengths are in tokens, times in seconds; a GPU's speed is 1.0 for one whole GPU that nobody shares.
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Request:
    """``output_tokens`` is how many it will get; an engine can't know, and uses it only for what it must reserve."""

    id: int
    prompt_tokens: int
    output_tokens: int

    def __post_init__(self) -> None:
        if self.prompt_tokens < 1 or self.output_tokens < 1:
            raise ValueError(f"request {self.id}: prompt and output have at least one token each")

    @property
    def total_tokens(self) -> int:
        return self.prompt_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class EngineParameters:
    """How fast and how big one engine is on one whole GPU.

    A step takes ``step_seconds``, ``sequence_seconds`` for each sequence that decodes, and the prompt tokens it
    prefills at ``prefill_tokens_per_second``. ``batch_tokens`` is the most tokens of a step (decode first, the rest
    prefills: chunked prefill), ``sequences`` the most that run at once, ``cache_tokens`` what the KV cache holds.
    """

    prefill_tokens_per_second: float
    step_seconds: float
    sequence_seconds: float
    cache_tokens: int
    batch_tokens: int = 8192
    sequences: int = 256

    def __post_init__(self) -> None:
        if min(self.prefill_tokens_per_second, self.step_seconds, self.sequence_seconds) <= 0:
            raise ValueError("speeds and times of an engine are above 0")
        if not 0 < self.sequences < self.batch_tokens:
            raise ValueError("a step must have room for a token of each sequence and for some of a prompt")

    def wave_seconds(self, users: int, prompt_tokens: float, output_tokens: float) -> float:
        """How long the engine works on one request of each of ``users``: about a request's duration under load."""
        each = prompt_tokens / self.prefill_tokens_per_second + output_tokens * self.sequence_seconds
        return users * each + output_tokens * self.step_seconds


class Prefill(NamedTuple):
    """A request whose prompt is partly read."""

    request: Request
    left_tokens: int


class Sequence(NamedTuple):
    """A request that decodes, one token a beat; its last token comes with ``last_beat``."""

    last_beat: int
    request: Request


@dataclass(frozen=True, slots=True)
class EngineState:
    """``waiting`` and ``prefilling`` in order of arrival, ``decoding`` in order of its end, ``beat`` the steps done.

    ``reserved_tokens`` of the KV cache are promised to what runs (its whole prompt and output, as TensorRT-LLM's
    guaranteed no-evict policy does, so that nothing that runs is ever thrown out); ``cached_tokens`` hold something.
    """

    waiting: tuple[Request, ...] = ()
    prefilling: tuple[Prefill, ...] = ()
    decoding: tuple[Sequence, ...] = ()
    beat: int = 0
    reserved_tokens: int = 0
    cached_tokens: int = 0

    @property
    def running(self) -> int:
        return len(self.prefilling) + len(self.decoding)

    @property
    def idle(self) -> bool:
        return not (self.waiting or self.prefilling or self.decoding)


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did, all of it at its end: ``state`` after it and the ``seconds`` it took (0.0: nothing to do).

    Events: each request of ``first`` got its first token, each of ``advanced`` one more; those of ``finished`` got
    their last one (they are among the others too).
    """

    state: EngineState
    seconds: float
    first: tuple[Request, ...] = ()
    advanced: tuple[Sequence, ...] = ()
    finished: tuple[Request, ...] = ()
    prefilled_tokens: int = 0
