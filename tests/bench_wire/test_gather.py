"""Reads wait for each other in a dense stream only: a sparse one is stamped at once."""

import asyncio
from collections.abc import Iterator

import pytest

from tui.bench.wire import plain
from tui.bench.wire.clock import KernelClock


class Clock:
    """Stands in for ``time``: remembers the waits."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Poll:
    """Stands in for the shared epoll: so many sockets of nobody are ready."""

    def __init__(self) -> None:
        self.ready = 0

    def poll(self, timeout: float, most: int) -> Iterator[tuple[int, int]]:
        return [(-1, 0)] * self.ready  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("reads", "every_seconds", "waits"),
    [(1, 0.01, False), (1, 0.0002, False), (4, 0.0004, True), (plain.CROWD, 0.001, False)],
)
async def test_only_a_dense_stream_of_small_batches_waits(
    monkeypatch: pytest.MonkeyPatch, reads: int, every_seconds: float, waits: bool
) -> None:
    clock, poll = Clock(), Poll()
    reader = plain.Reader(asyncio.get_running_loop(), KernelClock())
    monkeypatch.setattr(plain, "time", clock)
    whole, reader._epoll = reader._epoll, poll  # type: ignore[assignment]
    try:
        poll.ready = reads
        for _ in range(2000):
            reader._ready()
            clock.now += every_seconds
        assert bool(clock.waits) == waits
        busy = len(clock.waits)
        poll.ready = 1
        for _ in range(100):  # the stream has thinned out
            clock.now += 0.02
            reader._ready()
        assert len(clock.waits) - busy <= 10
    finally:
        reader._epoll = whole
        reader.close()
