"""Why and when a point ends, and what is left of it then."""

import asyncio

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tui.bench.engine.pool import PoolError
from tui.bench.figures import PointResult
from tui.bench.spec import PointSpec


async def one_point(stage: Stage, users: int = 4) -> PointResult:
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=users)]))
    return engine.results[-1]


async def test_it_ends_when_it_is_steady_and_not_before_three_seconds(clock: Clock) -> None:
    result = await one_point(Stage(clock))
    assert (result.ended, result.steady, result.valid) == ("steady", True, True)
    assert result.requests >= 3 * 8
    assert result.ttft_ms.mean == pytest.approx(100.0, rel=0.01)
    assert result.output_tokens_per_second == pytest.approx(4 * 2 * 20)
    assert result.requests_per_second == pytest.approx(8.0)
    assert result.warmup_requests == 4


@pytest.mark.parametrize("requests", [1, 7, 50, 333])
async def test_requests_are_exact(clock: Clock, requests: int) -> None:
    result = await one_point(Stage(clock, requests=requests, workers=2))
    assert (result.ended, result.requests, result.failed) == ("requests", requests, 0)


async def test_requests_are_all_made_however_long_it_takes(clock: Clock) -> None:
    result = await one_point(Stage(clock, requests=150, longest_seconds=20.0), users=1)
    assert (result.ended, result.requests) == ("requests", 150)


async def test_a_duration_is_kept(clock: Clock) -> None:
    result = await one_point(Stage(clock, duration_seconds=12.0))
    assert result.ended == "duration"
    assert result.requests == 12 * 4 * 2


async def test_rates_have_an_interval_once_there_are_six_seconds_of_them(clock: Clock) -> None:
    """Every second is like every other here, so that it has no width; chunks are turned to tokens as the rate is."""
    short = await one_point(Stage(clock, duration_seconds=5.0))
    assert (short.output_tokens_per_second_interval, short.requests_per_second_interval) == (None, None)
    long = await one_point(Stage(clock, duration_seconds=12.0))
    rate = long.output_tokens_per_second
    assert long.output_tokens_per_second_interval == pytest.approx((rate, rate))
    assert long.requests_per_second_interval == pytest.approx((8.0, 8.0))


async def test_what_never_gets_steady_ends_at_its_longest(clock: Clock) -> None:
    script = Script(ttft=lambda users: 0.1 + 0.05 * (clock.now - 100.0))
    result = await one_point(Stage(clock, script, longest_seconds=20.0))
    assert (result.ended, result.steady) == ("longest", False)


async def test_a_point_where_everything_fails_is_given_up(clock: Clock) -> None:
    result = await one_point(Stage(clock, Script(fails=True)))
    assert result.ended == "failures"
    assert result.failed == result.requests >= 10
    assert dict(result.errors)["http_500"] == result.failed
    assert result.ttft_ms.mean is None


async def test_skipping_goes_on_with_the_next_point(clock: Clock) -> None:
    stage = Stage(clock, requests=100)
    stage.cue = lambda second: stage.controls.skip() if second == 6 else None
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=1), PointSpec(users=2)]))
    first, second = engine.results
    assert (first.ended, second.ended) == ("skipped", "requests")
    assert 0 < first.requests < 20


async def test_a_pause_is_not_counted_as_time(clock: Clock) -> None:
    stage = Stage(clock, duration_seconds=10.0)

    def cue(second: int) -> None:
        if second == 5:
            stage.controls.paused = True
        if second == 60:
            stage.controls.paused = False

    stage.cue = cue
    result = await one_point(stage)
    kinds = [command["kind"] for command in stage.workers[0].heard]
    assert kinds.index("pause") < kinds.index("resume")
    assert any("paused" in note for note in result.notes)
    assert result.ended == "duration"


async def test_the_first_ctrl_c_finishes_what_is_in_flight_and_keeps_it(clock: Clock) -> None:
    stage = Stage(clock, Script(drains_after=3), requests=10_000)
    stage.cue = lambda second: stage.controls.interrupt() if second == 6 else None
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=1), PointSpec(users=2)]))
    assert [(r.concurrency, r.ended) for r in engine.results] == [(1, "interrupted")]
    assert engine.results[0].requests > 0
    assert [result for _, result in stage.sink.points] == engine.results
    assert stage.workers[0].commands("drain")
    assert any(progress.phase == "draining" for progress in stage.told)


async def test_the_second_ctrl_c_does_not_wait(clock: Clock) -> None:
    stage = Stage(clock, Script(drains_after=10_000), requests=10_000)
    stage.cue = lambda second: stage.controls.interrupt() if second in (6, 9) else None
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=1)]), most_seconds=40)
    assert engine.results[0].ended == "interrupted"
    assert stage.workers[0].commands("abort")


async def test_waiting_for_the_drain_lets_others_run(clock: Clock) -> None:
    stage = Stage(clock, Script(drains_after=10_000), requests=10_000, stall_seconds=5.0)
    stage.cue = lambda second: stage.controls.interrupt() if second == 6 else None
    await asyncio.wait_for(stage.play(lambda engine: engine.sweep([PointSpec(users=1)]), most_seconds=40), 20)


async def test_a_silent_worker_does_not_hold_the_point_forever(clock: Clock) -> None:
    stage = Stage(clock, Script(warm_at=10_000), duration_seconds=5.0, stall_seconds=4.0)
    result = await one_point(stage)
    assert any("measured anyway" in note for note in result.notes)


async def test_a_point_that_lost_a_worker_is_measured_again(clock: Clock) -> None:
    stage = Stage(clock, Script(dies={1: 3}), workers=2, requests=40)

    def cue(second: int) -> None:
        if len(stage.workers) > 2:
            stage.script.dies = {}

    stage.cue = cue
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4)]))
    result = engine.results[0]
    assert [worker.commands("point")[-1]["users"] for worker in stage.workers] == [2, 2, 2]
    assert (len(engine.results), result.requests, result.valid) == (1, 40, True)
    assert result.notes == ("worker fake-1 was lost (it ended): begun anew with 2 workers, after settling",)


async def test_the_only_worker_is_replaced_when_it_is_lost(clock: Clock) -> None:
    stage = Stage(clock, Script(dies={0: 3}), requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4)]))
    result = engine.results[0]
    assert (result.requests, result.valid, len(stage.workers)) == (40, True, 2)
    assert any("fake-0 was lost" in note for note in result.notes)


async def test_without_a_replacement_its_users_go_to_the_others(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(clock, Script(dies={0: 3}), workers=2, requests=40)
    grow = stage.engine().__class__._grow

    async def grow_once(self: object, count: int) -> None:
        if not stage.workers:
            await grow(self, count)  # type: ignore[arg-type]

    monkeypatch.setattr("tui.bench.engine.run.Engine._grow", grow_once)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4), PointSpec(users=6)]))
    assert [p["users"] for p in stage.workers[1].commands("point")][-1] == 6
    assert engine.results[-1].requests == 40


async def test_without_any_worker_the_run_ends_in_one_line(clock: Clock) -> None:
    stage = Stage(clock, Script(dies=dict.fromkeys(range(20), 3)), requests=1000)
    with pytest.raises(PoolError, match="no worker is left: it ended"):
        await one_point(stage)
