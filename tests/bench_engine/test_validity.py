"""A client that was late is found out by the meter that can see it."""

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tui.bench.engine.validity import added_lag
from tui.bench.spec import PointSpec
from tui.bench.stats.window import BeatWindow, SendWindow


def windows(receive: float, loop: float) -> tuple[SendWindow, BeatWindow]:
    sends, beat = SendWindow(), BeatWindow()
    for _ in range(100):
        sends.add_request(ttft_seconds=0.2, e2e_seconds=1.0, receive_lag_seconds=receive)
        beat.loop_lag.add(loop)
    return sends, beat


@pytest.mark.parametrize(
    ("receive", "loop", "meter", "seen"),
    [
        (0.0002, 0.040, "kernel", 0.040),  # the stamp is that of the newest segment: it can't see a long stall
        (0.030, 0.001, "kernel", 0.030),
        (0.030, 0.001, "loop", 0.001),
    ],
)
def test_the_meter_that_saw_more_counts(receive: float, loop: float, meter: str, seen: float) -> None:
    mean, p99 = added_lag(*windows(receive, loop), meter)
    assert mean == pytest.approx(seen, rel=0.01)
    assert p99 == pytest.approx(seen, rel=0.01)


def test_mean_and_p99_may_come_from_different_meters() -> None:
    sends, beat = windows(0.004, 0.0)
    for _ in range(3):
        beat.loop_lag.add(0.1)
    mean, p99 = added_lag(sends, beat, "kernel")
    assert mean == pytest.approx(0.004, rel=0.01)
    assert p99 == pytest.approx(0.1, rel=0.01)


def test_without_a_meter_nothing_is_said() -> None:
    assert added_lag(SendWindow(), BeatWindow(), "loop") == (None, None)


@pytest.mark.parametrize(
    ("loop", "receive", "valid"), [(0.001, 0.001, True), (0.03, 0.0001, False), (0.0, 0.01, False)]
)
async def test_a_point_is_judged_by_it(clock: Clock, loop: float, receive: float, valid: bool) -> None:
    script = Script(loop_lag=lambda workers: loop, receive_lag=lambda workers: receive)
    stage = Stage(clock, script, requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4)]))
    assert engine.results[0].valid is valid


@pytest.mark.parametrize(
    ("share", "notice", "missing"),
    [
        (1.0, "connect: refused once", False),
        (0.5, "connect: out of file descriptors", True),
        (0.5, "http_503: busy", False),  # users who wait after a failure of the server
    ],
)
async def test_users_that_never_came_make_the_point_invalid(
    clock: Clock, share: float, notice: str, missing: bool
) -> None:
    stage = Stage(clock, Script(in_flight_fraction=share, notice=notice), requests=40)
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=20)]))
    result = engine.results[0]
    assert any("10 of 20 users were never in flight" in note for note in result.notes) is missing
    assert result.valid is not missing
    assert not any("too slow" in note for note in result.notes)


async def test_more_workers_bring_the_users_that_one_could_not(clock: Clock) -> None:
    stage = Stage(clock, Script(in_flight_fraction=0.5, notice="connect: no"), workers=0, requests=40)

    def cue(second: int) -> None:
        stage.script.in_flight_fraction = 1.0 if len(stage.workers) > 1 else 0.5

    stage.cue = cue
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui.bench.engine.run.cores", lambda: 2)
        engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=20)]))
    assert (len(stage.workers), engine.results[0].valid) == (2, True)


async def test_an_interrupt_while_it_is_measured_again_keeps_what_was_measured(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.bench.engine.run.cores", lambda: 4)
    stage = Stage(clock, Script(receive_lag=lambda workers: 0.01), workers=None, requests=40)

    def interrupt(second: int) -> None:
        if stage.alive == 2 and not stage.controls.interrupts:
            stage.controls.interrupt()

    stage.cue = interrupt
    engine = await stage.play(lambda engine: engine.sweep([PointSpec(users=4), PointSpec(users=8)]))
    assert [(point.concurrency, point.requests, point.valid) for point in engine.results] == [(4, 40, False)]
    assert [number for number, _ in stage.sink.points] == [1]
    assert not any("measured again" in note for note in engine.results[0].notes)
