"""One second of a point: what a worker counted in it, and how the counts of many workers become one.

`SendWindow` is keyed by the second of the send, so that a figure belongs to the load under which it began;
`BeatWindow` by real time. Both only add, so a delta a beat is enough and their order does not matter.
`timeline.Timeline` keeps the merged seconds of a point. May not know points, workers or files.
"""

from typing import Self

import msgspec

from tui.bench.stats.histogram import Histogram, HistogramState
from tui.bench.stats.moments import Moments


class SendState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `SendWindow` as JSON; what is 0 or empty is left out."""

    ok: int = 0
    failed: dict[str, int] = {}
    input_tokens: Moments = msgspec.field(default_factory=Moments)
    output_tokens: Moments = msgspec.field(default_factory=Moments)
    content_chunks: int = 0
    usage_chunks: int = 0
    ttft: HistogramState = HistogramState()
    itl: HistogramState = HistogramState()
    e2e: HistogramState = HistogramState()
    receive_lag: HistogramState = HistogramState()
    slo_n: int = 0
    ttft_ok: int = 0
    all_ok: int = 0


class SendLine(SendState, frozen=True, omit_defaults=True, kw_only=True):
    """A `SendWindow` with its second, as it stands in a worker's beat."""

    second: int


class SendWindow:
    """The measured requests sent in one second, as they finish; failed ones count in `failed` and SLO shares only."""

    __slots__ = (
        "all_ok",
        "content_chunks",
        "e2e",
        "failed",
        "input_tokens",
        "itl",
        "ok",
        "output_tokens",
        "receive_lag",
        "slo_n",
        "ttft",
        "ttft_ok",
        "usage_chunks",
    )

    def __init__(self) -> None:
        self.ok = 0
        self.failed: dict[str, int] = {}
        self.input_tokens = Moments()
        self.output_tokens = Moments()
        self.content_chunks = 0
        self.usage_chunks = 0
        self.ttft = Histogram()
        self.itl = Histogram()
        self.e2e = Histogram()
        self.receive_lag = Histogram()
        self.slo_n = 0
        self.ttft_ok = 0
        self.all_ok = 0

    def add_request(
        self,
        *,
        ttft_seconds: float,
        e2e_seconds: float,
        itl_seconds: float | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        content_chunks: int = 0,
        receive_lag_seconds: float | None = None,
        ttft_ok: bool | None = None,
        all_ok: bool | None = None,
    ) -> None:
        """Count one that succeeded; None is unknown (no usage, one token only, no kernel stamp, no SLO asked for)."""
        self.ok += 1
        self.ttft.add(ttft_seconds)
        self.e2e.add(e2e_seconds)
        self.content_chunks += content_chunks
        if itl_seconds is not None:
            self.itl.add(itl_seconds)
        if input_tokens is not None:
            self.input_tokens.add(input_tokens)
        if output_tokens is not None:
            self.output_tokens.add(output_tokens)
            self.usage_chunks += content_chunks
        if receive_lag_seconds is not None:
            self.receive_lag.add(receive_lag_seconds)
        if all_ok is not None:
            self.slo_n += 1
            self.ttft_ok += ttft_ok is not False
            self.all_ok += all_ok

    def add_failure(self, kind: str, *, slo: bool = False) -> None:
        """Count one that failed; with SLOs asked for (`slo`) it misses them."""
        self.failed[kind] = self.failed.get(kind, 0) + 1
        self.slo_n += slo

    def merge(self, other: "SendWindow") -> None:
        """Take in another worker's, or a later delta, or another second's."""
        self.ok += other.ok
        for kind, count in other.failed.items():
            self.failed[kind] = self.failed.get(kind, 0) + count
        self.content_chunks += other.content_chunks
        self.usage_chunks += other.usage_chunks
        self.slo_n += other.slo_n
        self.ttft_ok += other.ttft_ok
        self.all_ok += other.all_ok
        self.input_tokens.merge(other.input_tokens)
        self.output_tokens.merge(other.output_tokens)
        self.ttft.merge(other.ttft)
        self.itl.merge(other.itl)
        self.e2e.merge(other.e2e)
        self.receive_lag.merge(other.receive_lag)

    @property
    def failures(self) -> int:
        """All that failed, cut streams included."""
        return sum(self.failed.values())

    @property
    def cut(self) -> int:
        """Streams that ended without a finish."""
        return self.failed.get("cut", 0)

    @property
    def requests(self) -> int:
        """Finished, well or not."""
        return self.ok + self.failures

    @property
    def tokens_per_chunk(self) -> float | None:
        """Usage tokens over content chunks of the requests that told usage; None where none did."""
        return self.output_tokens.sum / self.usage_chunks if self.usage_chunks else None

    def to_json(self) -> SendState:
        """The state; msgspec encodes it as it is."""
        return SendState(
            self.ok,
            dict(self.failed),
            self.input_tokens,
            self.output_tokens,
            self.content_chunks,
            self.usage_chunks,
            self.ttft.to_json(),
            self.itl.to_json(),
            self.e2e.to_json(),
            self.receive_lag.to_json(),
            self.slo_n,
            self.ttft_ok,
            self.all_ok,
        )

    @classmethod
    def from_json(cls, state: object) -> Self:
        """Back from a `SendState` or the decoded JSON of one; keys beyond ours (`second`) are passed over."""
        if not isinstance(state, SendState):
            state = msgspec.convert(state, SendState, str_keys=True)
        made = cls()
        made.ok, made.failed = state.ok, dict(state.failed)
        made.input_tokens.merge(state.input_tokens)
        made.output_tokens.merge(state.output_tokens)
        made.content_chunks, made.usage_chunks = state.content_chunks, state.usage_chunks
        made.ttft, made.itl = Histogram.from_json(state.ttft), Histogram.from_json(state.itl)
        made.e2e, made.receive_lag = Histogram.from_json(state.e2e), Histogram.from_json(state.receive_lag)
        made.slo_n, made.ttft_ok, made.all_ok = state.slo_n, state.ttft_ok, state.all_ok
        return made


class BeatState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `BeatWindow` as JSON; what is 0 or empty is left out."""

    seconds: float = 0.0
    chunks: int = 0
    tokens_finished: int = 0
    sent: int = 0
    sent_measured: int = 0
    finished: int = 0
    finished_measured: int = 0
    in_flight_end: int = 0
    in_flight_seconds: float = 0.0
    cpu_seconds: float = 0.0
    bytes_received: int = 0
    bytes_sent: int = 0
    gap: HistogramState = HistogramState()
    loop_lag: HistogramState = HistogramState()


_SUMS = (
    "chunks",
    "tokens_finished",
    "sent",
    "sent_measured",
    "finished",
    "finished_measured",
    "in_flight_end",
    "in_flight_seconds",
    "cpu_seconds",
    "bytes_received",
    "bytes_sent",
)


class BeatWindow:
    """What happened in one second of real time. `in_flight_seconds` is the area under the number in flight."""

    __slots__ = (*_SUMS, "gap", "loop_lag", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.chunks = 0
        self.tokens_finished = 0
        self.sent = 0
        self.sent_measured = 0
        self.finished = 0
        self.finished_measured = 0
        self.in_flight_end = 0
        self.in_flight_seconds = 0.0
        self.cpu_seconds = 0.0
        self.bytes_received = 0
        self.bytes_sent = 0
        self.gap = Histogram()
        self.loop_lag = Histogram()

    def merge(self, other: "BeatWindow") -> None:
        """Take in another worker's window of the same second: counts add, the span does not."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.seconds = max(self.seconds, other.seconds)
        self.gap.merge(other.gap)
        self.loop_lag.merge(other.loop_lag)

    @property
    def in_flight_mean(self) -> float | None:
        """Requests in flight, weighted by time; None where no time is told."""
        return self.in_flight_seconds / self.seconds if self.seconds > 0 else None

    def to_json(self) -> BeatState:
        """The state; msgspec encodes it as it is."""
        sums = {name: getattr(self, name) for name in _SUMS}
        return BeatState(self.seconds, **sums, gap=self.gap.to_json(), loop_lag=self.loop_lag.to_json())

    @classmethod
    def from_json(cls, state: object) -> Self:
        """Back from a `BeatState` or the decoded JSON of one."""
        if not isinstance(state, BeatState):
            state = msgspec.convert(state, BeatState, str_keys=True)
        made = cls()
        for name in ("seconds", *_SUMS):
            setattr(made, name, getattr(state, name))
        made.gap, made.loop_lag = Histogram.from_json(state.gap), Histogram.from_json(state.loop_lag)
        return made
