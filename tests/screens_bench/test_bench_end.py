"""How a run is left and how it ends, on an engine that tells what the test says."""

import asyncio
import threading

import pytest

from tests.screens.stage import deck
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import LLAMA, done, point, progress, slow_client
from tests.screens_bench.steps import URL, fill, show, start
from tui.plans.run import BenchRun
from tui.screens.bench import BenchScreen
from tui.screens.bench_live import BenchLiveScreen


async def test_escape_leaves_it_running_and_every_header_says_so(engine: FakeEngine) -> None:
    async with deck() as on:
        run = await start(on, engine)
        await show(on, engine, progress(point(1), partial=point(64)))
        await on.press("escape")
        assert on.app.current_mode == "nodes" and run.running
        on.app.deck_screen.redraw()
        await on.pilot.pause()
        assert "BENCH 64 users" in on.lines()[0]
        await on.press("5")
        assert isinstance(on.app.screen, BenchLiveScreen) and "point 2" in on.text()
        engine.end()
        await on.until(lambda: not run.running)
        await on.press("escape")
        assert isinstance(on.app.screen, BenchScreen) and "BENCH" not in on.lines()[0]


async def test_a_second_start_leads_to_the_run_that_is_going_on(engine: FakeEngine) -> None:
    async with deck() as on:
        run = await start(on, engine)
        await on.press("5")
        await on.until(lambda: isinstance(on.app.screen, BenchLiveScreen | BenchScreen))
        await on.press("f5")
        assert on.app.bench is run


async def test_what_ends_a_run_early_is_said_in_one_line(engine: FakeEngine) -> None:
    async with deck(size=(80, 24)) as on:
        await start(on, engine)
        engine.end(OSError(f"{URL} refused the connection: is it running, is the port right?"))
        on.app.deck_screen.redraw()
        await on.pilot.pause()
        assert "PROBLEM" in on.text() and "refused the connection" in on.text()
        await on.press("e")
        assert "nothing to export" in on.said


async def test_a_client_that_is_too_slow_is_marked_in_words(engine: FakeEngine) -> None:
    async with deck() as on:
        await start(on, engine)
        await show(on, engine, done(point(1), slow_client(64)))
        assert "INVALID 38.0 ms" in on.text() and "INVALID: the client is too slow" in on.text()
        assert "1 of 2 points INVALID" in " ".join(on.text().split())


async def test_for_every_eye_the_address_is_left_out(engine: FakeEngine) -> None:
    async with deck() as on:
        await start(on, engine)
        await show(on, engine, progress(point(1)))
        assert URL in on.text()
        await on.press("P")
        assert URL not in on.text()


async def test_leaving_nimdeck_ends_the_run(engine: FakeEngine) -> None:
    async with deck() as on:
        run = await start(on, engine)
    assert not run.running and run.controls.interrupts == 2


async def test_workers_that_end_late_do_not_hold_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the run waits for is done by the very loop that leaves: it would wait for itself."""
    loop, reaped = asyncio.get_running_loop(), threading.Event()

    async def carry_out(run: BenchRun) -> None:
        while run.controls.interrupts < 2:
            await asyncio.to_thread(reaped.wait, 0.005)
        loop.call_soon_threadsafe(reaped.set)
        await asyncio.to_thread(reaped.wait, 20)

    monkeypatch.setattr("tui.plans.run.carry_out", carry_out)
    async with deck() as on:
        await on.press("5")
        await fill(on, url=URL, model=LLAMA)
        await on.press("f2", "f5")
        assert on.app.bench is not None
        run = on.app.bench
    assert not run.running, "it was waited for, and not given up after the seconds that it may take"
