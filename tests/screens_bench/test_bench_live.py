"""A run under way: what its screen shows and what its keys do, on an engine that tells what the test says."""

import pytest

from tests.screens.stage import deck
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import VERDICT, done, point, progress
from tests.screens_bench.steps import SIZES, show, start
from tui.bench.spec import SearchPlan
from tui.model.snapshot import SnapshotDiff
from tui.screens.bench_board import Board
from tui.screens.bench_live import BenchLiveScreen


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_curves_grow_until_the_verdict(size: tuple[int, int], engine: FakeEngine) -> None:
    async with deck(size=size) as on:
        run = await start(on, engine)
        assert isinstance(run.plan, SearchPlan) and run.plan.load.prompts.isl_stddev == 50.0
        assert "asking the endpoint what it accepts" in on.text() and "no data yet" in on.text()
        await show(on, engine, progress(point(1), point(8), partial=point(64)), seconds=5)
        text = on.text()
        assert "point 3" in text and "64 users" in text and "measuring 14 s, steady" in text
        assert "running 128" in text and "KV 71%" in text and "CLIENT" in text
        assert (" Output " in text and " TTFT ms" in text) is (size[0] >= 100), "both charts where there is room"
        await show(on, engine, done(point(1), point(137), point(160), verdict=VERDICT))
        assert "137 users hold TTFT mean ≤ 1,000 ms" in " ".join(on.text().split())
        assert all(len(line) <= size[0] for line in on.lines())


async def test_tab_shows_the_other_chart_and_v_the_time(engine: FakeEngine) -> None:
    async with deck(size=(80, 24)) as on:
        await start(on, engine)
        await show(on, engine, progress(point(1), partial=point(8)), seconds=20)
        assert "TTFT ms" in on.text() and "Output" not in on.text()
        await on.press("tab")
        assert "Output tokens/s" in on.text() and "TTFT ms" not in on.text()
        await on.press("v")
        assert "seconds" in on.text() and "users " not in next(line for line in on.lines() if "Output" in line)


async def test_pause_skip_extend_and_stop_reach_the_engine(engine: FakeEngine) -> None:
    async with deck(size=(120, 70)) as on:
        run = await start(on, engine)
        await show(on, engine, progress(point(1), partial=point(8)))
        await on.press("p")
        assert run.controls.paused and "PAUSED" in on.text() and not on.feed.store.paused
        await on.press("question_mark")
        assert "Pause the load" in on.text() and "Hold the picture still" not in on.text()
        await on.press("escape")
        await on.press("p", "n", "x", "x")
        assert not run.controls.paused and run.controls.skips == 1 and run.controls.extra_seconds == 60.0
        await on.press("S")
        assert run.controls.interrupts == 1
        await on.until(lambda: not run.running)
        await on.press("S")
        assert run.controls.interrupts == 1 and "The run has ended" in on.said


async def test_the_board_is_drawn_only_when_the_engine_has_something_new(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[object] = []
    real = Board.show
    monkeypatch.setattr("tui.screens.bench_live._IDLE_SECONDS", float("inf"))
    monkeypatch.setattr(Board, "show", lambda board, view: (drawn.append(view), real(board, view)))
    async with deck() as on:
        await start(on, engine)
        await show(on, engine, progress(point(1), partial=point(8)))
        screen, before = on.app.screen, len(drawn)
        assert isinstance(screen, BenchLiveScreen)
        screen._beat()
        screen.draw(on.feed.store.snapshot, SnapshotDiff())
        assert len(drawn) == before, "the cluster alone, and the same second, draw no board"
        engine.tell(progress(point(1), partial=point(8, 300.0)))
        screen._beat()
        assert len(drawn) == before + 1 and "300" in on.text()
        await on.press("p")
        assert "PAUSED" in on.text()
