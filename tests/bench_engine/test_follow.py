"""One point whose users come and go: what is asked of the workers, and that all it was is in its figures."""

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tui.bench.engine.curve import UserCurve
from tui.bench.figures import PointResult
from tui.bench.stats.timeline import Timeline


async def followed(stage: Stage, curve: UserCurve) -> PointResult:
    engine = await stage.play(lambda engine: engine.follow(curve))
    return engine.results[-1]


def up_and_down(second: float) -> int:
    return 0 if second < 3 else 6 if second < 8 else 2


async def test_users_follow_the_curve_and_every_second_counts(clock: Clock) -> None:
    told: list[int] = []
    curve = UserCurve(up_and_down, 12.0, 6, lambda timeline: told.append(len(timeline.rows())))
    stage = Stage(clock, Script(ttft=lambda users: 0.1 * users), workers=2)
    result = await followed(stage, curve)
    assert (result.ended, result.concurrency) == ("ramp", 6)
    asked = [[command["users"] for command in worker.commands("users")] for worker in stage.workers]
    assert asked == [[3, 1], [3, 1]]
    assert [worker.commands("point")[0]["users"] for worker in stage.workers] == [0, 0]
    assert [worker.commands("point")[0]["first_user"] for worker in stage.workers] == [0, 3]
    assert not stage.workers[0].commands("point")[1:]
    assert told == sorted(told) and told[-1] >= 12
    assert result.output_tokens_per_second_interval is None, "rates that change as they are asked to have no chance"
    # 5 s of 6 users with 0.6 s each, 5 s of 2 with 0.2 s, two requests a second of each user
    assert result.requests == pytest.approx(2 * (5 * 6 + 5 * 2), abs=2 * 6)
    assert result.ttft_ms.mean == pytest.approx(1000 * (60 * 0.6 + 20 * 0.2) / 80, rel=0.15)


async def test_the_second_of_the_send_is_told_with_all_that_finished_later(clock: Clock) -> None:
    seen: list[Timeline] = []
    stage = Stage(clock, Script(ttft=lambda users: 0.2))
    await followed(stage, UserCurve(lambda _: 1, 5.0, 1, seen.append))
    assert {row.second: row.requests for row in seen[-1].rows()} | {5: 0, 6: 0} == {
        **dict.fromkeys(range(5), 2), 5: 0, 6: 0,
    }  # fmt: skip


async def test_an_interrupt_ends_it_and_keeps_what_there_is(clock: Clock) -> None:
    stage = Stage(clock)
    stage.cue = lambda second: stage.controls.interrupt() if second == 4 else None
    result = await followed(stage, UserCurve(lambda _: 2, 100.0, 2, lambda _: None))
    assert result.ended == "interrupted"
    assert 4 <= result.requests <= 20
    figures = result.ttft_ms.interval, result.output_tokens_per_second_interval, result.steady
    assert figures == (None, None, False), "what was to change is not steady, wherever it was stopped"
    assert stage.workers[0].commands("drain")


async def test_a_pause_is_told_and_the_ramp_goes_on(clock: Clock) -> None:
    stage = Stage(clock)

    def cue(second: int) -> None:
        stage.controls.paused = 3 <= second < 40

    stage.cue = cue
    result = await followed(stage, UserCurve(lambda at: 1 if at < 20 else 3, 30.0, 3, lambda _: None))
    assert any(note.startswith("paused for") for note in result.notes)
    assert result.requests < 2 * 3 * 10


async def test_a_lost_worker_s_users_go_to_the_others_within_a_second(clock: Clock) -> None:
    stage = Stage(clock, Script(dies={0: 3}), workers=2)
    result = await followed(stage, UserCurve(lambda _: 4, 8.0, 4, lambda _: None))
    assert not result.valid
    assert any("was lost" in note for note in result.notes)
    assert [command["users"] for command in stage.workers[1].commands("users")] == [4]
