"""An engine that is kept in step with others: it loads on while it waits, and measures nothing of that."""

import pytest

from tests.bench_engine.stage import Clock, Stage
from tui.bench.engine import pace
from tui.bench.spec import PointSpec

TWO = [PointSpec(users=2), PointSpec(users=3)]


class Held:
    """Says no until a moment of the stage's clock: to the second point, and to any measurement."""

    def __init__(self, clock: Clock, begins_after: float = 0.0, measures_after: float = 0.0) -> None:
        self._clock = clock
        self._begins_at, self._measures_at = clock.now + begins_after, clock.now + measures_after
        self.measured: list[int] = []

    def may_begin(self, point: int) -> bool:
        return point == 0 or self._clock.now >= self._begins_at

    def may_measure(self, point: int) -> bool:
        self.measured.append(point)
        return self._clock.now >= self._measures_at


@pytest.fixture(autouse=True)
def _no_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "LOOK_SECONDS", 0.0)


async def test_the_warm_load_goes_on_until_it_may_be_measured(clock: Clock) -> None:
    stage = Stage(clock, requests=20)
    stage.pace = held = Held(clock, measures_after=20.0)
    engine = await stage.play(lambda engine: engine.sweep(TWO[:1]))
    (worker,) = stage.workers
    assert worker.measured_at == pytest.approx(20, abs=1)
    assert engine.results[0].requests == 20
    assert engine.results[0].seconds < 15.0
    assert set(held.measured) == {0}


async def test_the_load_of_a_point_goes_on_until_the_next_may_begin(clock: Clock) -> None:
    stage = Stage(clock, requests=20)
    stage.pace = Held(clock, begins_after=60.0)
    began = clock.now
    seen: dict[int, int | None] = {}
    stage.cue = lambda second: seen.update({second: stage.workers[0].point if stage.workers else None})
    engine = await stage.play(lambda engine: engine.sweep(TWO))
    (worker,) = stage.workers
    assert [result.requests for result in engine.results] == [20, 20]
    assert (seen[50], worker.commands("pause"), worker.commands("drain")) == (1, [], [])
    first, second = engine.results
    assert first.started_at is not None and second.started_at is not None
    assert first.seconds < 15.0
    assert second.started_at - first.started_at >= 60.0 > 0.0 == began - 100.0


async def test_an_interrupt_ends_the_wait(clock: Clock) -> None:
    for held in (Held(clock, begins_after=1e9), Held(clock, measures_after=1e9)):
        stage = Stage(clock, requests=20)
        stage.pace = held
        stage.cue = lambda second, stage=stage: stage.controls.interrupt() if second == 40 else None  # type: ignore[misc]
        await stage.play(lambda engine: engine.sweep(TWO), most_seconds=100)
