"""What a search spends, tells and cuts short, on a server with a noisy curve and in no time."""

from dataclasses import replace

import pytest

from tests.bench_engine.curved import Curve, CurvedStage
from tests.bench_engine.stage import Clock
from tui.bench.engine.progress import Progress
from tui.bench.engine.ramp import ramp
from tui.bench.engine.search import search
from tui.bench.engine.search_watch import points_left
from tui.bench.spec import LimitSpec

H100 = Curve(  # as measured there at 2000:200; beyond 190 users requests wait for room in the cache
    ttft=lambda users: 0.04 + 0.0022 * users + max(0, users - 190) * 0.05,
    request=lambda users: 0.9 + 0.052 * users,
)
EDGE = max(users for users in range(1, 400) if H100.ttft(users) <= 1.0)


async def spent(clock: Clock, *, watched: bool, seed: int, **plan: float) -> tuple[CurvedStage, float]:
    stage = CurvedStage(clock, H100, plan, seed=seed, watched=watched)
    began = clock.now
    await stage.play(lambda engine: search(engine, stage.plan))
    return stage, clock.now - began


def far_seconds(stage: CurvedStage) -> float:
    return sum(result.seconds for _, result in stage.sink.points if (result.concurrency or 0) < EDGE / 2)


async def test_the_seconds_go_to_the_edge(clock: Clock) -> None:
    before, after, far_before, far_after = [], [], 0.0, 0.0
    for seed in range(2):
        stage, seconds = await spent(clock, watched=False, seed=seed, max_users=1024)
        before.append(seconds)
        far_before += far_seconds(stage)
        stage, seconds = await spent(clock, watched=True, seed=seed, max_users=1024)
        after.append(seconds)
        far_after += far_seconds(stage)
        verdict = stage.sink.verdicts[0]
        assert verdict.low is not None and verdict.high is not None
        assert verdict.low - 2 <= EDGE <= verdict.high + 2
        assert verdict.concurrency == pytest.approx(EDGE, rel=0.05)
    assert sum(after) < 0.9 * sum(before), f"{after} s after, {before} s before"
    assert far_after < 0.3 * far_before, "measured seconds of points below half the edge"


@pytest.mark.parametrize("seed", [1, 2])
async def test_200_seconds_find_an_upper_end(clock: Clock, seed: int) -> None:
    """On the H100 they ended at 128 users, never seen to fail; most of it went to points far below."""
    stage, seconds = await spent(clock, watched=True, seed=seed, budget_seconds=200.0)
    verdict = stage.sink.verdicts[0]
    assert verdict.high == 256 and verdict.low is not None and verdict.low >= 128
    assert verdict.concurrency == pytest.approx(EDGE, rel=0.1)
    assert seconds <= 205.0
    lonely, _ = await spent(clock, watched=False, seed=seed, budget_seconds=200.0)
    assert lonely.sink.verdicts[0].high is None, "without the watch it does not come so far"


async def test_what_is_left_is_told_once_a_point_has_shown_its_cost(clock: Clock) -> None:
    stage, _ = await spent(clock, watched=True, seed=2, budget_seconds=200.0, max_users=1024)
    first = [told.eta_seconds for told in stage.told if not told.finished]
    later = [told for told in stage.told if told.finished and told.phase != "done"]
    assert first and set(first) == {None}
    assert all(told.eta_seconds is not None and 0.0 <= told.eta_seconds <= 200.0 for told in later)
    assert stage.told[-1].eta_seconds is None, "it is over"
    assert (later[-1].eta_seconds or 0.0) < (later[0].eta_seconds or 0.0)


async def test_no_more_points_come_than_were_told(clock: Clock) -> None:
    stage, _ = await spent(clock, watched=True, seed=3, max_users=1024)
    ended: list[Progress] = [told for told in stage.told if told.phase != "done"]
    total = len(ended[-1].finished)
    short = [total - done - points_left(ended[-1].finished[:done], stage.plan) for done in range(total)]
    assert max(short[:9]) <= 0, "while doubling, the worst case is the worst case"
    assert points_left(ended[-1].finished, stage.plan) <= 3


async def test_a_point_with_a_duration_of_its_own_is_not_cut(clock: Clock) -> None:
    stage = CurvedStage(clock, H100, {"max_users": 2})
    stage.load = replace(stage.load, limits=LimitSpec(duration_seconds=20.0))
    stage.plan = replace(stage.plan, load=stage.load)
    await stage.play(lambda engine: search(engine, stage.plan))
    assert {result.ended for _, result in stage.sink.points} == {"duration"}


async def test_short_points_last_two_requests_and_three_seconds(clock: Clock) -> None:
    stage, _ = await spent(clock, watched=True, seed=1, max_users=64)
    cut = [result for _, result in stage.sink.points if result.ended == "skipped"]
    assert cut
    for result in cut:
        assert result.concurrency is not None
        assert result.seconds >= max(3.0, 2.0 * H100.request(result.concurrency)) - 1.0
        assert result.ttft_ms.interval is not None and result.ttft_ms.interval[1] <= 500.0


async def test_missing_users_are_not_cut_short_and_decide_nothing(clock: Clock) -> None:
    stage = CurvedStage(clock, H100, {"max_users": 64})

    def too_many(second: int) -> None:
        stage.script.in_flight_fraction = 0.5 if stage.users >= 32 else 1.0
        stage.script.notice = "connect: out of ports" if stage.users >= 32 else ""

    stage.cue = too_many
    engine = await stage.play(lambda engine: ramp(engine, stage.plan))
    verdict = stage.sink.verdicts[0]
    spoiled = [result for _, result in stage.sink.points if not result.valid]
    assert spoiled and all((result.concurrency or 0) >= 32 for result in spoiled)
    assert all(any("never in flight" in note for note in result.notes) for result in spoiled)
    assert (verdict.concurrency, verdict.high, verdict.reason) == (16, None, "max_users")
    assert engine.client_limited


async def test_a_late_client_ends_the_growth_of_an_adaptive_run(clock: Clock) -> None:
    stage = CurvedStage(clock, H100, {"max_users": 256})
    stage.script.loop_lag = lambda users: 0.2 if users >= 50 else 0.0005
    engine = await stage.play(lambda engine: ramp(engine, stage.plan))
    verdict = stage.sink.verdicts[0]
    assert verdict.concurrency is not None and 16 <= verdict.concurrency < 50
    assert verdict.high is None and engine.client_limited


async def test_an_adaptive_run_finds_the_edge_and_goes_on_where_it_was(clock: Clock) -> None:
    stage = CurvedStage(clock, H100, {"max_users": 1024})
    first = await stage.play(lambda engine: ramp(engine, stage.plan))
    verdict = stage.sink.verdicts[0]
    assert verdict.concurrency is not None and 0.8 * EDGE <= verdict.concurrency <= 1.05 * EDGE
    done = tuple(first.results[:-2])
    again = CurvedStage(clock, H100, {"max_users": 1024}, seed=9)
    await again.play(lambda engine: ramp(engine, again.plan, done))
    assert again.sink.points[0][1].concurrency == first.results[-2].concurrency
    assert len(again.sink.points) <= 12
