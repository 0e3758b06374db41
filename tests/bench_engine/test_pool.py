"""Load is split over workers without a rest, and what is lost of their words is said."""

from hypothesis import given
from hypothesis import strategies as st

from tests.bench_engine.stage import Clock, Script, Stage
from tui.bench.engine.pool import shares, split
from tui.bench.spec import PointSpec


@given(st.integers(0, 100_000), st.integers(1, 64))
def test_users_are_shared_evenly(total: int, parts: int) -> None:
    found = shares(total, parts)
    assert sum(found) == total
    assert max(found) - min(found) <= 1


@given(st.integers(0, 100_000), st.lists(st.integers(0, 5000), min_size=1, max_size=64).filter(any))
def test_quotas_follow_the_weights(total: int, weights: list[int]) -> None:
    found = split(total, weights)
    assert sum(found) == total
    for quota, weight in zip(found, weights, strict=True):
        assert abs(quota - total * weight / sum(weights)) < 1.0


async def test_users_have_global_indexes_and_quotas_in_proportion(clock: Clock) -> None:
    stage = Stage(clock, workers=3, requests=100)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=8)]))
    begun = [worker.commands("point")[0] for worker in stage.workers]
    assert [(p["users"], p["first_user"]) for p in begun] == [(3, 0), (3, 3), (2, 6)]
    assert [(p["place"], p["places"]) for p in begun] == [(0, 3), (1, 3), (2, 3)]
    assert [worker.commands("measure")[0]["requests"] for worker in stage.workers] == [38, 37, 25]
    assert engine.results[0].requests == 100


async def test_a_worker_without_users_is_not_waited_for(clock: Clock) -> None:
    stage = Stage(clock, workers=4, requests=9)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=2)]), most_seconds=30)
    assert engine.results[0].ended == "requests"
    assert engine.results[0].requests == 9


async def test_open_loop_is_warmed_up_too(clock: Clock) -> None:
    stage = Stage(clock, Script(warm_at=4, requests_a_second=10), workers=2, requests=50)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(rate=20.0)]))
    assert [worker.commands("point")[0]["rate"] for worker in stage.workers] == [10.0, 10.0]
    assert [worker.commands("point")[0]["phase"] for worker in stage.workers] == [0.0, 0.5]
    assert engine.results[0].requests == 50
    measured = [beat for beat in stage.sink.beats if beat.ttft_mean_ms is not None]
    assert len(stage.sink.beats) - len(measured) >= 3, "measured while the first wave was under way"


async def test_an_open_loop_that_only_fills_the_queue_ends_and_says_so(clock: Clock) -> None:
    stage = Stage(clock, Script(requests_a_second=10, backlog_a_second=5.0), workers=1)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(rate=10.0)]), most_seconds=120)
    assert engine.results[0].ended == "saturated"
    assert not engine.results[0].steady


async def test_a_gap_in_the_lines_is_noted_on_its_point_only(clock: Clock) -> None:
    stage = Stage(clock, Script(skips_a_line={0: 3}), requests=20)
    stage.script.skips_a_line = {0: 2}
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=2)]))
    assert any("fake-0: lines" in note and "are lost" in note for note in engine.results[0].notes)


async def test_what_is_over_is_forgotten(clock: Clock) -> None:
    stage = Stage(clock, requests=10)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=1)] * 5))
    pool = engine._pool
    assert len(engine.results) == 5
    assert pool.state.timeline.total().requests == 10
    assert not [value for value in vars(pool).values() if isinstance(value, dict) and len(value) > 1]
