"""All workers' windows of one point, by second: the only thing from which a point's figures are made.

May not know workers or wires; seconds are whole seconds since the point's start, as each worker counted them.
"""

from dataclasses import dataclass

from tui.bench.stats.window import BeatWindow, SendWindow


@dataclass(frozen=True, slots=True)
class SecondRow:
    """One second as the judges see it: sums of the requests sent in it, and what was received in it."""

    second: int
    requests: int
    ttft_n: int
    ttft_sum_seconds: float
    ttft_sum2: float
    settled: bool
    """All measured requests sent in this second have finished, so its TTFT is not only that of the quick ones."""
    span_seconds: float
    chunks: int
    finished_measured: int
    in_flight: float | None

    @property
    def ttft_mean_seconds(self) -> float | None:
        """Mean TTFT of the requests sent in this second; None where none succeeded."""
        return self.ttft_sum_seconds / self.ttft_n if self.ttft_n else None

    @property
    def chunks_per_second(self) -> float | None:
        """Content chunks received a second; None where the second was not covered."""
        return self.chunks / self.span_seconds if self.span_seconds > 0 else None


class Timeline:
    """Windows by second, merged as they come in; late deltas of an old second are welcome."""

    def __init__(self) -> None:
        self.sends: dict[int, SendWindow] = {}
        self.beats: dict[int, BeatWindow] = {}

    def add_send(self, second: int, window: SendWindow) -> None:
        """Take in a worker's delta for the requests sent in this second."""
        self.sends.setdefault(second, SendWindow()).merge(window)

    def add_beat(self, second: int, window: BeatWindow) -> None:
        """Take in a worker's second of real time."""
        self.beats.setdefault(second, BeatWindow()).merge(window)

    def total(self, since: int | None = None, until: int | None = None) -> SendWindow:
        """The sum of all requests sent in seconds since <= s < until."""
        whole = SendWindow()
        for second, window in self.sends.items():
            if (since is None or second >= since) and (until is None or second < until):
                whole.merge(window)
        return whole

    def span(self, since: int | None = None, until: int | None = None) -> BeatWindow:
        """The beats of since <= s < until one after another: spans add up, and in flight is that at the end."""
        whole = BeatWindow()
        covered = 0.0
        for second in sorted(self.beats):
            if (since is None or second >= since) and (until is None or second < until):
                covered += self.beats[second].seconds
                whole.merge(self.beats[second])
                whole.in_flight_end = self.beats[second].in_flight_end
        whole.seconds = covered
        return whole

    def rows(self, since: int | None = None, until: int | None = None) -> list[SecondRow]:
        """Every second known, ascending."""
        seconds = sorted(self.sends.keys() | self.beats.keys())
        return [
            self._row(second)
            for second in seconds
            if (since is None or second >= since) and (until is None or second < until)
        ]

    def _row(self, second: int) -> SecondRow:
        send = self.sends.get(second) or SendWindow()
        beat = self.beats.get(second)
        return SecondRow(
            second=second,
            requests=send.requests,
            ttft_n=send.ttft.count,
            ttft_sum_seconds=send.ttft.sum,
            ttft_sum2=send.ttft.sum_of_squares,
            settled=beat is not None and send.requests >= beat.sent_measured,
            span_seconds=beat.seconds if beat else 0.0,
            chunks=beat.chunks if beat else 0,
            finished_measured=beat.finished_measured if beat else 0,
            in_flight=beat.in_flight_mean if beat else None,
        )
