"""Enough workers from the start, not more; and the load is measured by those that carry it to the end."""

from dataclasses import replace

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tests.bench_results.made import POINT
from tui.bench.engine import crew
from tui.bench.figures import ClientMeter
from tui.bench.spec import PointSpec
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow


@pytest.mark.parametrize(
    ("users", "itl_seconds", "workers"),
    [(1, 0.01, 1), (256, 0.01, 1), (1024, 0.01, 3), (1024, 0.05, 1), (8768, 0.2, 3), (4, 0.0, 1)],
)
def test_before_anything_is_measured_the_probes_stream_tells(users: int, itl_seconds: float, workers: int) -> None:
    assert crew.wanted(users, [], itl_seconds) == workers


@pytest.mark.parametrize(("users", "workers"), [(64, 1), (256, 1), (300, 1), (512, 2), (1024, 3)])
def test_what_a_point_cost_tells_more_than_the_probe(users: int, workers: int) -> None:
    earlier = replace(POINT, concurrency=256, client=ClientMeter(cpu_fraction=0.4, workers=1))
    assert crew.wanted(users, [earlier], 0.001) == workers
    late = replace(earlier, valid=False, client=ClientMeter(cpu_fraction=9.0, workers=1))
    assert crew.wanted(users, [earlier, late], 0.001) == workers, "what is not to be believed tells nothing"


@pytest.mark.parametrize(
    ("cores", "have", "workers"), [(0.5, 1, 1), (0.8, 1, 1), (1.0, 1, 2), (1.7, 2, 2), (2.0, 2, 4)]
)
def test_a_load_under_way_tells_by_its_newest_seconds(cores: float, have: int, workers: int) -> None:
    timeline = Timeline()
    for second in range(8):
        beat = BeatWindow()
        beat.seconds, beat.cpu_seconds = 1.0, cores if second >= 5 else 0.0  # the ramp
        timeline.add_beat(second, beat)
    assert crew.under_way(timeline, have) == workers
    assert crew.under_way(Timeline(), have) == have


async def test_a_fast_stream_of_many_starts_with_enough_workers(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.bench.engine.run.cores", lambda: 16)
    stage = Stage(clock, workers=0, requests=2048)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=256), PointSpec(users=1024)]))
    assert [point.client.workers for point in engine.results] == [1, 1], "what 256 cost says that one is enough"
    alone = Stage(clock, workers=0, requests=2048)
    engine = await alone.play(lambda engine: engine.sweep([PointSpec(users=1024)]))
    assert [worker.commands("point")[0]["users"] for worker in alone.workers] == [342, 341, 341]
    assert engine.results[0].notes == ()


async def test_too_few_workers_are_more_before_anything_is_measured(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.bench.engine.run.cores", lambda: 4)
    stage = Stage(clock, Script(warm_at=6, cpu=lambda workers: 1.0 / workers), workers=0, requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=8)]))
    first, second = stage.workers
    assert [len(worker.commands("point")) for worker in stage.workers] == [2, 1]
    assert [command["point"] for command in first.commands("measure")] == [2], "measured with too few"
    point, measured = second.heard.index(second.commands("point")[0]), second.heard.index(second.commands("measure")[0])
    assert point < measured
    assert engine.results[0].requests == 40
    assert engine.results[0].notes == ("too few workers (1): begun anew with 2 workers, after settling",)


async def test_after_a_hand_over_it_settles_before_it_is_measured(clock: Clock) -> None:
    stage = Stage(clock, Script(dies={1: 3}, request_seconds=5.0), workers=2, requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4)]))
    assert engine.results[0].valid
    warm, settled = stage.script.warm_at, 5
    assert stage.workers[2].measured_at >= warm + settled
    assert stage.workers[0].measured_at >= warm + settled
