"""The loop's lag as those who arrive during a stall see it."""

import asyncio
import time
from statistics import fmean

import pytest

from tui.bench.worker.meters import SAMPLE_SECONDS, LoopMeter


async def test_a_stall_counts_for_as_long_as_it_lasts() -> None:
    loop = asyncio.get_running_loop()
    meter = LoopMeter(loop, lambda: None)
    begun = time.monotonic()
    ended = loop.create_future()
    loop.call_later(0.05, time.sleep, 0.3)
    loop.call_later(0.4, ended.set_result, None)
    await ended
    span = time.monotonic() - begun
    lags, cpu = meter.take()
    meter.close()
    # Whoever comes at any moment of a stall of 0.3 s waits 0.15 s on average: 0.3 * 0.15 / span over the whole.
    assert fmean(lags) == pytest.approx(0.3 * 0.15 / span, rel=0.35)
    assert max(lags) >= 0.3 - SAMPLE_SECONDS - 0.002
    assert 0.0 <= cpu < span
