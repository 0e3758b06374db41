"""Workers of a server with a known, noisy curve: requests last as long as on a real one, TTFT wanders by the second."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from tests.bench_engine.stage import PROBE, Clock, FakeWorker, Script, Stage
from tui.bench.engine.run import Engine
from tui.bench.engine.search_watch import SearchWatch
from tui.bench.spec import SearchPlan
from tui.bench.stats.window import BeatWindow, SendWindow


@dataclass(frozen=True, slots=True)
class Curve:
    """Seconds by users. ``wander``: how far a second's level strays, ``spread``: requests of the same second."""

    ttft: Callable[[int], float]
    request: Callable[[int], float]
    wander: float = 0.15
    spread: float = 0.3


class CurvedWorker(FakeWorker):
    """One worker drives all users."""

    curve: Curve
    chance: random.Random
    level = 0.0

    def _point(self, command: dict[str, Any]) -> None:
        super()._point(command)
        self._warm_at = math.ceil(command["ramp_seconds"] + self.curve.request(self.users))

    def _beat(self, script: Script) -> None:
        script.warm_at, script.request_seconds = self._warm_at, self.curve.request(self.users)
        expected = self.users / self.curve.request(self.users)
        sent = math.floor(expected) + (self.chance.random() < expected % 1.0)
        self.level = 0.8 * self.level + self.chance.gauss(0.0, 0.6 * self.curve.wander)
        beat, sends = BeatWindow(), SendWindow()
        beat.seconds, beat.sent, beat.finished, beat.chunks = 1.0, sent, sent, 10 * sent
        beat.in_flight_seconds = self.users * script.in_flight_fraction
        beat.in_flight_end = int(self.users * script.in_flight_fraction)
        measured = beat.sent_measured = beat.finished_measured = sent if self._measuring else 0
        for _ in range(20):
            beat.loop_lag.add(script.loop_lag(self.users))
        for _ in range(measured):
            shift = self.chance.gauss(0.0, self.curve.spread) - self.curve.spread**2 / 2
            sends.add_request(
                ttft_seconds=self.curve.ttft(self.users) * math.exp(self.level + shift),
                e2e_seconds=self.curve.request(self.users), itl_seconds=0.01, input_tokens=50, output_tokens=20,
                content_chunks=10, receive_lag_seconds=0.0001,
            )  # fmt: skip
        told = [{"second": self.second, **msgspec.to_builtins(sends.to_json(), str_keys=True)}] if measured else []
        self._say("beat", second=self.second, beat=msgspec.to_builtins(beat.to_json(), str_keys=True), sends=told)


class CurvedStage(Stage):
    """``watched``: a ``SearchWatch`` stands before the listener, as it does in the product."""

    def __init__(
        self, clock: Clock, curve: Curve, plan: dict[str, Any], *, seed: int = 1, watched: bool = True
    ) -> None:
        super().__init__(clock, Script())
        self.curve, self.watched, self.chance = curve, watched, random.Random(seed)
        self.plan = SearchPlan(self.load, started_at=clock.now, **plan)

    def _worker(self, number: int) -> CurvedWorker:
        worker = CurvedWorker(self, number)
        worker.curve, worker.chance = self.curve, self.chance
        return worker

    def engine(self) -> Engine:
        told = SearchWatch(self.told.append, self.plan, self.controls) if self.watched else self.told.append
        return Engine(self.load, PROBE, {}, self.sink, told, self.controls, new_worker=self._worker)
