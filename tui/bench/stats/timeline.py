"""All workers' windows of one point, by second: the only thing from which a point's figures are made.

May not know workers or wires; seconds are whole seconds since the point's start, as each worker counted them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.bench.stats.running import Running, within
from tui.bench.stats.window import BeatState, BeatWindow, SendLine, SendWindow


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
    finished: int
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
    """Windows by second, merged as they come in; late deltas of an old second are welcome.

    A beat of a late worker covers several seconds and is keyed by the first. So a second's span is the time of all its
    beats over the workers that are known to have lived then: rates are right in it, and spans add up to real time.
    """

    def __init__(self) -> None:
        self.sends: dict[int, SendWindow] = {}
        self.beats: dict[int, BeatWindow] = {}
        self._told: dict[int, float] = {}  # seconds of all workers' beats, by second
        self._reach: dict[int, int] = {}  # the second up to which each worker has told
        self._rows: dict[int, SecondRow] = {}
        self._whole, self._part = Running(SendWindow), Running(SendWindow)
        self._spans = {kind: Running(BeatWindow) for kind in ("whole", "open", "part")}

    def add_send(self, second: int, window: SendWindow) -> None:
        """Take in a worker's delta for the requests sent in this second."""
        for running in (self._whole, self._part):
            running.add(second, window)
        self.sends.setdefault(second, SendWindow()).merge(window)
        self._rows.pop(second, None)

    def add_beat(self, second: int, window: BeatWindow, worker: int = 0) -> None:
        """Take in a worker's second of real time, or several of them in one beat."""
        for running in self._spans.values():
            running.add(second, window)
        self.beats.setdefault(second, BeatWindow()).merge(window)
        self._told[second] = self._told.get(second, 0.0) + window.seconds
        reach = second + max(1, round(window.seconds))
        self._reach[worker] = max(self._reach.get(worker, 0), reach)
        for covered in range(second, reach):
            if covered in self.beats:
                lived = sum(until > covered for until in self._reach.values())
                self.beats[covered].seconds = self._told[covered] / lived
            self._rows.pop(covered, None)

    def add_line(self, second: int, beat: BeatState | None, sends: Sequence[SendLine], worker: int) -> None:
        """Take in what a worker's line of kind ``beat`` says."""
        if beat is not None:
            self.add_beat(second, BeatWindow.from_json(beat), worker)
        for send in sends:
            self.add_send(send.second, SendWindow.from_json(send))

    def settle(self) -> None:
        """Forget the sums kept on the way: the next ones do not depend on when somebody looked (their last digits)."""
        self._whole.forget()
        self._part.forget()
        for running in self._spans.values():
            running.forget()

    def total(self, since: int | None = None, until: int | None = None) -> SendWindow:
        """The sum of all requests sent in seconds since <= s < until; not to be changed."""
        running = self._whole if since is None and until is None else self._part
        return running.total(self.sends, since, until)

    def span(self, since: int | None = None, until: int | None = None) -> BeatWindow:
        """The beats of since <= s < until one after another: spans add up, and in flight is that at the end."""
        kind = "part" if until is not None else "open" if since is not None else "whole"
        whole = BeatWindow()
        whole.merge(self._spans[kind].total(self.beats, since, until))
        chosen = [second for second in self.beats if within(second, since, until)]
        whole.seconds = sum(self.beats[second].seconds for second in sorted(chosen))
        whole.in_flight_end = self.beats[max(chosen)].in_flight_end if chosen else 0
        return whole

    def rows(self, since: int | None = None, until: int | None = None) -> list[SecondRow]:
        """Every second known, ascending."""
        seconds = sorted(self.sends.keys() | self.beats.keys())
        return [self._row(second) for second in seconds if within(second, since, until)]

    def _row(self, second: int) -> SecondRow:
        if second not in self._rows:
            self._rows[second] = self._made(second)
        return self._rows[second]

    def _made(self, second: int) -> SecondRow:
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
            finished=beat.finished if beat else 0,
            in_flight=beat.in_flight_mean if beat else None,
        )
