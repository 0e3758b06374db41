"""The books of one point in one worker: whose turn, what is measured, the windows of its sends.

Fed with exchanges; it knows neither sockets nor lines. Seconds are counted from the point's start.
"""

from statistics import median

from tui.bench.stats.window import SendWindow
from tui.bench.wire.request import Exchange
from tui.bench.worker.protocol import SloPart

KEPT_DURATIONS = 10_000


class PointBooks:
    """``warm`` when each user has finished a request of this point (open loop: when the first wave has)."""

    def __init__(
        self, number: int, started: float, slo: SloPart, waiting_users: set[int] | None, first_user: int = 0
    ) -> None:
        self.number = number
        self.started = started
        self.first_user = first_user
        """The global index of this worker's user 0."""
        self.sends: dict[int, SendWindow] = {}
        """What finished since the last beat, by the second of its send."""
        self.sent_measured: dict[int, int] = {}
        """Measured requests by the second of their send, until the beat of that second has told."""
        self.warm = False
        self.told_warm = False
        self.warmup_requests = 0
        self.measuring = False
        self.quota: int | None = None
        self.outstanding = 0
        self.told_kinds: set[str] = set()
        self._slo = slo
        self._unmeasured_durations: list[float] = []
        self._cold = waiting_users
        self._sent = 0
        self._finished = 0
        self._first_wave: int | None = None
        self._measured_open = 0

    def measure(self, quota: int | None) -> None:
        """Requests sent from now on count: ``quota`` of them, or all."""
        self.measuring = True
        self.quota = quota

    @property
    def quota_met(self) -> bool:
        """All requests of the quota are sent and finished."""
        return self.measuring and self.quota == 0 and not self._measured_open

    @property
    def duration_seconds(self) -> float | None:
        """Median end-to-end time of the warm-up; ``None`` where nothing succeeded."""
        return median(self._unmeasured_durations) if self._unmeasured_durations else None

    def second_of(self, moment: float) -> int:
        """The second of the point in which ``moment`` lies."""
        return max(0, int(moment - self.started))

    def send(self, exchange: Exchange) -> None:
        """A request goes out under this point."""
        exchange.point = self
        self._sent += 1
        self.outstanding += 1
        if self.measuring and self.quota != 0:
            exchange.measured = True
            if self.quota is not None:
                self.quota -= 1
            self._measured_open += 1
            second = self.second_of(exchange.sent)
            self.sent_measured[second] = self.sent_measured.get(second, 0) + 1
        elif not self.measuring:
            self.warmup_requests += 1

    def finish(self, exchange: Exchange, user: int | None) -> None:
        """A request of this point ended; counted in the second it was sent in if measured."""
        self.outstanding -= 1
        self._finished += 1
        if exchange.measured:
            self._measured_open -= 1
            self._count(exchange)
        elif exchange.ok and not self.measuring and len(self._unmeasured_durations) < KEPT_DURATIONS:
            self._unmeasured_durations.append(exchange.last_token - (exchange.intended or exchange.sent))
        if not self.warm:
            self._warm_by(user)

    def abandon(self, exchange: Exchange) -> None:
        """It was cut on our side; it never was."""
        self.outstanding -= 1
        if exchange.measured:
            self._measured_open -= 1

    def take_sends(self) -> dict[int, SendWindow]:
        """The windows since the last call."""
        sends, self.sends = self.sends, {}
        return sends

    def take_sent_measured(self, since: int, until: int) -> int:
        """Measured requests sent in seconds since <= s < until, once."""
        return sum(self.sent_measured.pop(second, 0) for second in range(since, until))

    def _warm_by(self, user: int | None) -> None:
        if self._cold is not None:
            if user is not None:
                self._cold.discard(user)
            self.warm = not self._cold
            return
        if self._first_wave is None:
            self._first_wave = self._sent
        self.warm = self._finished >= self._first_wave

    def _count(self, exchange: Exchange) -> None:
        second = self.second_of(exchange.sent)
        window = self.sends.get(second)
        if window is None:
            window = self.sends[second] = SendWindow()
        if not exchange.ok:
            window.add_failure(exchange.kind, slo=self._slo.given)
            return
        start = exchange.intended or exchange.sent
        ttft = exchange.first_token - start
        e2e = exchange.last_token - start
        usage = exchange.usage
        tokens = usage.completion_tokens if usage is not None else None
        itl = itl_of(exchange)
        kernel = exchange.first_token_kernel
        window.add_request(
            ttft_seconds=ttft,
            e2e_seconds=e2e,
            itl_seconds=itl,
            input_tokens=usage.prompt_tokens if usage is not None else None,
            output_tokens=tokens,
            content_chunks=exchange.chunks,
            receive_lag_seconds=max(0.0, exchange.first_token - kernel) if kernel else None,
            **self._judge(ttft, itl, e2e),
        )

    def _judge(self, ttft: float, itl: float | None, e2e: float) -> dict[str, bool | None]:
        slo = self._slo
        if not slo.given:
            return {}
        ttft_ok = slo.ttft_seconds is None or ttft <= slo.ttft_seconds
        itl_ok = slo.itl_seconds is None or itl is None or itl <= slo.itl_seconds
        e2e_ok = slo.e2e_seconds is None or e2e <= slo.e2e_seconds
        return {"ttft_ok": ttft_ok, "all_ok": ttft_ok and itl_ok and e2e_ok}


def itl_of(exchange: Exchange) -> float | None:
    """(last - first token) / (tokens - those of the first chunk); chunks stand for tokens where usage is unknown."""
    usage = exchange.usage
    if usage is not None and usage.completion_tokens is not None:
        later = usage.completion_tokens - exchange.first_tokens
    else:
        later = exchange.chunks - 1
    return (exchange.last_token - exchange.first_token) / later if later > 0 else None
