"""What a NIM's own counters say: of the requests it really answered, else of how busy its simulated GPUs are. No I/O.

Nothing of the latter is a performance claim: those figures only have to be consistent with each other and with the GPU.
"""

import math
from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tui.demo.nim.sse import Finish

TTFT_BOUNDS = (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
TOKEN_BOUNDS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5)
E2E_BOUNDS = (1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 60.0)
LENGTH_BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10000.0)

REQUEST_MAX = 256
_INPUT_TOKENS = 2000.0
_OUTPUT_TOKENS = 200.0
_FULL_TOKENS_PER_SECOND = 2400.0
_SPREAD = 0.5  # sigma of the log-normal that observations follow


@dataclass(slots=True)
class Distribution:
    """A histogram that grows: observations as real numbers, so that slow growth isn't lost."""

    bounds: tuple[float, ...]
    counts: list[float] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0.0] * (len(self.bounds) + 1)

    def observe(self, number: float, median: float) -> None:
        """Adds ``number`` observations around ``median``."""
        below = 0.0
        for position, bound in enumerate(self.bounds):
            share = 0.5 * (1 + math.erf(math.log(bound / median) / (_SPREAD * math.sqrt(2))))
            self.counts[position] += number * (share - below)
            below = share
        self.counts[-1] += number * (1 - below)
        self.total += number * median * math.exp(_SPREAD**2 / 2)

    def add(self, value: float, number: int = 1) -> None:
        """Adds ``number`` observations of exactly ``value``."""
        self.counts[bisect_left(self.bounds, value)] += number
        self.total += number * value

    def cumulative(self) -> list[tuple[str, float]]:
        """(``le``, observations) as exposition shows them: whole, and never fewer than in the bucket below."""
        running, shown = 0.0, []
        for bound, count in zip((*map(repr, self.bounds), "+Inf"), self.counts, strict=True):
            running += count
            shown.append((bound, float(math.floor(running + 1e-9))))
        return shown


@dataclass(slots=True)
class NimLoad:
    """Counters of one NIM process, brought forward by ``advance``."""

    at: float
    busy: float = 0.0
    cache_fraction: float = 0.0
    running: float = 0.0
    waiting: float = 0.0
    prompt_tokens: float = 0.0
    generation_tokens: float = 0.0
    requests: float = 0.0  # ended of themselves
    cut_off: float = 0.0  # ended at their most tokens
    aborted: float = 0.0  # given up by the client
    ttft: Distribution = field(default_factory=lambda: Distribution(TTFT_BOUNDS))
    per_token: Distribution = field(default_factory=lambda: Distribution(TOKEN_BOUNDS))
    e2e: Distribution = field(default_factory=lambda: Distribution(E2E_BOUNDS))
    inputs: Distribution = field(default_factory=lambda: Distribution(LENGTH_BOUNDS))
    outputs: Distribution = field(default_factory=lambda: Distribution(LENGTH_BOUNDS))

    def finish(self, reason: Finish, e2e_seconds: float, input_tokens: int, output_tokens: int) -> None:
        """Counts one real request that got its last token."""
        if reason == "length":
            self.cut_off += 1
        else:
            self.requests += 1
        self.e2e.add(e2e_seconds)
        self.inputs.add(input_tokens)
        self.outputs.add(output_tokens)

    def skip(self, at: float) -> None:
        """To ``at`` without any simulated traffic: real requests are being counted."""
        self.at = max(at, self.at)

    def advance(self, at: float, busy: float) -> None:
        """To ``at`` (unix seconds), the GPUs ``busy`` (0 to 1) since the last call; no time passed adds nothing."""
        seconds = max(0.0, at - self.at)
        self.at = max(at, self.at)
        self.busy = busy
        self.running = float(round(48 * busy))
        self.waiting = float(round(max(0.0, busy - 0.92) * 100))
        self.cache_fraction = round(min(0.98, 0.85 * busy), 4)
        if busy <= 0 or seconds == 0:
            return
        requests = _FULL_TOKENS_PER_SECOND * busy / _OUTPUT_TOKENS * seconds
        self.requests += requests
        self.prompt_tokens += requests * _INPUT_TOKENS
        self.generation_tokens += requests * _OUTPUT_TOKENS
        first, between = 0.06 + 0.7 * busy**2, 0.012 + 0.02 * busy
        self.ttft.observe(requests, first)
        self.per_token.observe(requests * _OUTPUT_TOKENS, between)
        self.e2e.observe(requests, first + between * _OUTPUT_TOKENS)
        self.inputs.observe(requests, _INPUT_TOKENS)
        self.outputs.observe(requests, _OUTPUT_TOKENS)


class LoadBook:
    """Counters of all NIM processes, by (namespace, pod). Pods that are gone take theirs with them.

    One book serves a NIM's own endpoint and whoever scrapes it, so that both tell the same. ``real`` names the pods
    that count their own requests now: they have no simulated ones meanwhile.
    """

    def __init__(self) -> None:
        self.real: Callable[[], Collection[tuple[str, str]]] = tuple
        self._loads: dict[tuple[str, str], NimLoad] = {}

    def advanced(self, at: float, busy: dict[tuple[str, str], float]) -> dict[tuple[str, str], NimLoad]:
        """Brings every process named in ``busy`` forward; a new one starts with an hour behind it."""
        real = self.real()
        for key in list(self._loads):
            if key not in busy:
                del self._loads[key]
        for key, share in busy.items():
            load = self._loads.get(key)
            if load is None:
                load = self._loads[key] = NimLoad(at - 3600)
            if key in real:
                load.skip(at)
            else:
                load.advance(at, share)
        return self._loads
