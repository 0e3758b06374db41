"""Constant arrivals of several workers are constant together."""

import asyncio
from itertools import pairwise

import pytest

from tui.bench.worker.arrivals import Arrivals
from tui.bench.worker.protocol import SCHEMA, Point

RATE = 40.0  # of each of four workers


class Sent:
    """Takes the traffic's place: when each request was meant to go."""

    addresses = 1

    def __init__(self, enough: int) -> None:
        self.intended: list[float] = []
        self.enough = asyncio.Event()
        self._count = enough

    def lane(self, address: int) -> object:
        return object()

    def send(self, lane: object, sender: object, intended: float) -> None:
        self.intended.append(intended)
        if len(self.intended) == self._count:
            self.enough.set()


async def test_the_sum_of_constant_arrivals_is_constant() -> None:
    sent = Sent(24)
    workers = [Arrivals(sent, asyncio.get_running_loop()) for _ in range(4)]  # type: ignore[arg-type]
    for place, worker in enumerate(workers):
        worker.aim(
            Point(schema=SCHEMA, point=1, mode="open", rate=RATE, arrival="constant", phase=place / 4, seed=place)
        )
    await asyncio.wait_for(sent.enough.wait(), 10.0)
    for worker in workers:
        worker.rest()
    times = sorted(sent.intended)
    gaps = [later - earlier for earlier, later in pairwise(times[:21])]
    assert gaps == pytest.approx([1 / RATE / 4] * 20, abs=0.003)
