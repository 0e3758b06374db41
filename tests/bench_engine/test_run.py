"""Workers are added until the client is fast enough; a search finds the edge; a resumed one does not begin again."""

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tui.bench.engine.run import Engine
from tui.bench.engine.search import search
from tui.bench.spec import PointSpec, SearchPlan


async def test_workers_are_added_until_the_client_is_fast_enough(clock: Clock) -> None:
    script = Script(loop_lag=lambda workers: 0.04 if workers < 4 else 0.001)
    stage = Stage(clock, script, workers=0, requests=40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.bench.engine.run.cores", lambda: 4)
        engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=8)]))
    assert len(stage.workers) == 4
    assert len(engine.results) == 1
    assert engine.results[0].valid
    assert stage.sink.points[0][0] == 3, "the number under which the records of the last attempt are kept"


async def test_at_the_end_of_the_cores_the_point_says_that_it_is_not_to_be_believed(clock: Clock) -> None:
    stage = Stage(clock, Script(loop_lag=lambda workers: 0.04), workers=2, requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=8)]))
    assert not engine.results[0].valid
    assert any("too slow" in note for note in engine.results[0].notes)


def plan_of(stage: Stage, **more: float) -> SearchPlan:
    return SearchPlan(load=stage.load, ttft_seconds=1.0, **more)  # type: ignore[arg-type]


async def test_a_search_finds_the_edge_of_a_known_curve(clock: Clock) -> None:
    stage = Stage(clock, Script(ttft=lambda users: 0.2 + 0.8 * (users / 137.5) ** 2))
    engine = await stage.play(lambda engine: search(engine, plan_of(stage)))
    verdict = stage.sink.verdicts[0]
    assert verdict.reason == "bracket"
    assert verdict.concurrency is not None
    assert abs(verdict.concurrency - 137) <= 5
    assert verdict.low is not None
    assert verdict.low <= verdict.concurrency < (verdict.high or 0)
    assert len(engine.results) < 40
    assert all(worker.commands("drain") == [] for worker in stage.workers), "the load goes over without draining"


async def test_a_search_ends_with_its_budget(clock: Clock) -> None:
    stage = Stage(clock, Script(ttft=lambda users: 0.2 + users / 1000))
    began = clock.now
    await stage.play(lambda engine: search(engine, plan_of(stage, budget_seconds=60.0, started_at=began)))
    assert stage.sink.verdicts[0].reason == "budget"
    assert clock.now - began < 75.0


async def test_a_search_goes_on_from_the_points_it_has(clock: Clock) -> None:
    script = Script(ttft=lambda users: 0.2 + 0.8 * (users / 50.0) ** 2)
    whole = Stage(clock, script)
    first = await whole.play(lambda engine: search(engine, plan_of(whole)))
    done = tuple(first.results[: len(first.results) // 2])
    again = Stage(clock, script)

    async def resumed(engine: Engine) -> None:
        engine.results.extend(done)
        await search(engine, plan_of(again), done)

    second = await again.play(resumed)
    assert len(again.sink.points) <= len(first.results) - len(done) + 1
    assert second.results[: len(done)] == list(done)
    assert again.sink.verdicts[0].concurrency == pytest.approx(whole.sink.verdicts[0].concurrency, abs=3)


async def test_an_interrupted_search_answers_with_what_it_has(clock: Clock) -> None:
    stage = Stage(clock, Script(ttft=lambda users: 0.2 + users / 100))
    stage.cue = lambda second: stage.controls.interrupt() if second == 25 else None
    await stage.play(lambda engine: search(engine, plan_of(stage)))
    assert stage.sink.verdicts[0].reason == "interrupted"
    assert stage.sink.verdicts[0].concurrency
