"""Once a second: what was counted becomes windows and goes out. Ticks are aligned to the point's start."""

import asyncio
import time
from collections.abc import Callable

import msgspec

from tui.bench.stats.histogram import Histogram
from tui.bench.stats.window import BeatWindow, SendWindow
from tui.bench.wire.clock import KernelClock
from tui.bench.worker.lines import LineWriter
from tui.bench.worker.meters import LoopMeter
from tui.bench.worker.points import PointBooks
from tui.bench.worker.traffic import Traffic


class Beats:
    """Beats of the point under way, and the late sends of those before it."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        writer: LineWriter,
        traffic: Traffic,
        meter: LoopMeter,
        clock: KernelClock,
        on_tick: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._writer = writer
        self._traffic = traffic
        self._meter = meter
        self._clock = clock
        self._on_tick = on_tick
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0
        self._begun = 0.0
        self._former: list[PointBooks] = []

    def start(self, point: PointBooks) -> None:
        """Beat for ``point`` from its start on; the meters begin anew."""
        self._second = 0
        self._begun = point.started
        self._collect()
        self._arm(point)

    def stop(self) -> None:
        """The last, shorter beat of the point under way, and no more."""
        point = self._traffic.point
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if point is not None:
            self._beat(point, point.second_of(time.monotonic()) + 1)
            self._former.append(point)

    def flush_sends(self, point: PointBooks) -> None:
        """What finished of a point goes out now, without a beat of time."""
        sends = point.take_sends()
        if sends:
            second = point.second_of(time.monotonic())
            self._writer.say("beat", point.number, second=second, beat=None, sends=_encode_sends(sends))

    def flush_former(self) -> None:
        """Late finishers of former points."""
        for point in self._former:
            self.flush_sends(point)
        self._former = [point for point in self._former if point.outstanding]

    def _arm(self, point: PointBooks) -> None:
        due = point.started + self._second + 1
        self._timer = self._loop.call_later(max(0.0, due - time.monotonic()) + 0.0005, self._tick, point)

    def _tick(self, point: PointBooks) -> None:
        self._clock.measure()
        self._on_tick()
        until = point.second_of(time.monotonic())
        if until > self._second:
            self._beat(point, until)
        self.flush_former()
        self._arm(point)

    def _beat(self, point: PointBooks, until: int) -> None:
        """The beat of the seconds from the last one to ``until``, keyed by the first."""
        window = self._collect()
        window.sent_measured = point.take_sent_measured(self._second, until)
        state = window.to_json()
        self._writer.say("beat", point.number, second=self._second, beat=state, sends=_encode_sends(point.take_sends()))
        self._second = until

    def _collect(self) -> BeatWindow:
        now = time.monotonic()
        traffic, tally, flow = self._traffic, self._traffic.tally, self._traffic.flow
        flow.move(0, now)
        lags, cpu = self._meter.take()
        window = BeatWindow()
        window.seconds = max(0.0, now - self._begun)
        window.chunks, tally.chunks = tally.chunks, 0
        window.bytes_received, tally.bytes_received = tally.bytes_received, 0
        window.bytes_sent, tally.bytes_sent = tally.bytes_sent, 0
        window.tokens_finished = flow.tokens_finished
        window.sent = flow.sent
        window.finished = flow.finished
        window.finished_measured = flow.finished_measured
        window.in_flight_end = flow.in_flight
        window.in_flight_seconds = flow.in_flight_seconds
        window.cpu_seconds = cpu
        window.gap = tally.take_gap()
        window.loop_lag = Histogram(lags)
        traffic.flow.clear()
        self._begun = now
        return window


def _encode_sends(sends: dict[int, SendWindow]) -> list[dict[str, object]]:
    return [
        {"second": second, **msgspec.to_builtins(sends[second].to_json(), str_keys=True)} for second in sorted(sends)
    ]
