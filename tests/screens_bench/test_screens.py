"""The Bench and Runs screens by their keys, on an engine that tells what the test says."""

import asyncio
import threading
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from tests.screens.stage import Deck, deck, files
from tests.screens_bench.engine import FakeEngine, measurable
from tests.screens_bench.made import AT, LLAMA, SWEEP, VERDICT, done, on_disk, point, progress, slow_client
from tui.bench.spec import SearchPlan, SweepPlan
from tui.model.snapshot import SnapshotDiff
from tui.plans.run import BenchRun
from tui.screens.bench import BenchScreen, runs_folder
from tui.screens.bench_board import Board
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.runs import RunsScreen
from tui.screens.runs_board import CompareScreen, RunScreen

SIZES = [(80, 24), (120, 40), (200, 60)]
URL = "http://10.185.118.40:8000"


async def fill(on: Deck, **texts: str) -> None:
    for name, text in texts.items():
        on.app.screen.query_one(f"#{name}", Input).value = text
    await on.pilot.pause()


async def start(on: Deck, engine: FakeEngine) -> BenchRun:
    """The form filled in and started by keys."""
    await on.press("5")
    await fill(on, url=URL, model=LLAMA)
    await on.press("f2", "f5")
    assert isinstance(on.app.screen, BenchLiveScreen), on.text()
    return engine.under_way


async def show(on: Deck, engine: FakeEngine, *told: object, seconds: int = 0) -> None:
    for one in told:
        engine.tell(one, seconds=seconds)  # type: ignore[arg-type]
    on.app.deck_screen.redraw()
    await on.pilot.pause()


# -- the form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_form_fits_and_says_what_is_missing(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        await on.press("5")
        assert isinstance(on.app.screen, BenchScreen) and "To be filled in or mended: address, model" in on.text()
        for word in ("Endpoint", "Address", "Model", "Tokens", "TTFT", "Point ends", "▸ Advanced", "f3"):
            assert word in on.text(), word
        assert all(len(line) <= size[0] for line in on.lines())


async def test_starting_too_early_names_the_field_and_goes_to_it(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5", "f5")
        assert "address is missing: an address like http://10.0.0.7:8000" in on.text()
        assert on.app.screen.focused is not None and on.app.screen.focused.id == "url"
        await on.write("localhost")
        assert "'localhost' is not an address" in on.text() and on.app.bench is None
        assert engine.run is None


async def test_a_run_of_given_numbers_shows_its_own_fields(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        on.app.screen.query_one("#mode", Select).value = "run"
        await fill(on, url=URL, model=LLAMA, users="1, 8")
        assert on.app.screen.query_one("#line-users").display and not on.app.screen.query_one("#line-max").display
        assert "2 points: 1, 8 users, each until it is steady." in on.text()
        await on.press("f5")
        plan = engine.under_way.plan
        assert isinstance(plan, SweepPlan) and [p.users for p in plan.points] == [1, 8]


async def test_a_opens_the_fold_enter_too_and_its_fields_are_reached_by_tab() -> None:
    async with deck(size=(80, 24)) as on:
        await on.press("5")
        assert "API key" not in on.text() and "A running workload of this cluster" in on.text()
        await on.press("a")
        assert "API key" in on.text() and on.app.screen.focused is not None and on.app.screen.focused.id == "advanced"
        await on.press("tab")
        assert on.app.screen.focused.id == "start" and "all at once as the guide's tool does" in on.text()
        await on.press("shift+tab", "enter")
        assert "API key" not in on.text() and "Endpoint" in on.text()
        on.app.screen.query_one("#url", Input).focus()
        await on.press("a")
        assert on.app.screen.query_one("#url", Input).value == "a" and "API key" not in on.text(), "it is typed there"
        await on.press("f3")
        assert "API key" in on.text()


async def test_an_error_behind_the_fold_opens_it_and_a_key_is_never_shown(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        await fill(on, url=URL, model=LLAMA, headers="Authorization=sk-1", api_key="sk-very-secret")
        assert "2 changed" in on.text()
        await on.press("f5")
        assert on.app.screen.focused is not None and on.app.screen.focused.id == "headers"
        assert "headers: Authorization is a secret: put it into the API key or the header file" in on.text()
        await fill(on, headers="X-Team=a")
        await on.press("f5")
        run = engine.under_way
        assert run.api_key is not None and run.api_key.reveal() == "sk-very-secret" and not run.resume
        assert run.plan.load.target.headers == (("X-Team", "a"),) and "sk-very" not in on.text()


async def test_open_loop_and_the_same_on_the_command_line(engine: FakeEngine) -> None:
    async with deck(size=(200, 60)) as on:
        await on.press("5")
        on.app.screen.query_one("#mode", Select).value = "rate"
        await fill(on, url=URL, model=LLAMA, rate="2.5", ttft_ms="")
        assert "1 point: 2.5 requests a second (poisson)" in on.text()
        assert "nimdeck bench run" in on.text() and "--rate 2.5" in " ".join(on.text().split())
        assert on.app.screen.query_one("#line-rate").display and not on.app.screen.query_one("#line-max").display
        await on.press("f5")
        plan = engine.under_way.plan
        assert isinstance(plan, SweepPlan) and [point.rate for point in plan.points] == [2.5]


async def test_a_run_that_broke_off_is_gone_on_with(engine: FakeEngine) -> None:
    on_disk(runs_folder() / "20270115-080000-llama", point(1))
    async with deck() as on:
        await on.press("5")
        await fill(on, url=URL, model=LLAMA, resume="20270115-080000-llama")
        assert "Goes on with 20270115-080000-llama." in " ".join(on.text().split())
        await on.press("f5")
        assert engine.under_way.resume and engine.under_way.folder == runs_folder() / "20270115-080000-llama"


async def test_the_endpoint_of_a_workload_fills_address_and_model() -> None:
    async with deck(measurable()) as on:
        await on.press("5")
        choice = on.app.screen.query_one("#workload", Select)
        assert on.app.screen.focused is choice
        await on.press("enter", "down", "enter")
        assert on.app.screen.query_one("#url", Input).value == "http://llama.runai-team.svc.cluster.local"
        assert on.app.screen.query_one("#model", Input).value == LLAMA


async def test_b_on_a_workload_opens_the_form_filled_in() -> None:
    async with deck(measurable()) as on:
        await on.press("2", "down", "down", "b")
        assert isinstance(on.app.screen, BenchScreen)
        assert on.app.screen.query_one("#url", Input).value == "http://llama-half.runai-team.svc.cluster.local"


async def test_digits_belong_to_the_fields_until_escape(engine: FakeEngine) -> None:
    async with deck() as on:
        await on.press("5")
        on.app.screen.query_one("#url", Input).focus()
        await on.press("1")
        assert on.app.current_mode == "bench" and on.app.screen.query_one("#url", Input).value == "1"
        await on.press("escape", "1")
        assert on.app.current_mode == "nodes"


# -- a run under way ---------------------------------------------------------------------------------------------------


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


# -- runs --------------------------------------------------------------------------------------------------------------


def two_runs() -> None:
    on_disk(runs_folder() / "20270115-080000-llama", point(1), point(64), point(137), point(160), verdict=VERDICT)
    on_disk(
        runs_folder() / "20270115-090000-llama",
        point(1, 150.0),
        point(64, 400.0),
        slow_client(160),
        command="run",
        at=AT + 3600,
    )


async def listed(on: Deck, count: int) -> None:
    await on.press("6")
    screen = on.app.screen
    assert isinstance(screen, RunsScreen)
    await on.until(lambda: len(screen.shown) == count)


async def test_without_runs_it_says_where_they_would_be() -> None:
    async with deck() as on:
        await on.press("6")
        await on.until(lambda: "no run lies in" in on.text())
        assert "5 starts one" in on.text()


@pytest.mark.parametrize("size", SIZES[:1], ids=str)
async def test_a_run_is_opened_and_exported(size: tuple[int, int], tmp_path: Path) -> None:
    two_runs()
    async with deck(size=size) as on:
        await listed(on, 2)
        assert "137" in on.text()
        await on.press("enter")
        assert isinstance(on.app.screen, RunScreen)
        await on.press("v", "e", "escape")
        written = {file.suffix for file in files(tmp_path, "nimdeck-points-*/*")}
        assert written == {".csv", ".json", ".md", ".svg"}
        assert isinstance(on.app.screen, RunsScreen)


async def test_two_marked_runs_are_compared() -> None:
    two_runs()
    async with deck() as on:
        await listed(on, 2)
        await on.press("equals_sign")
        assert "Mark two runs" in on.said
        await on.press("home", "space", "space", "equals_sign")
        assert isinstance(on.app.screen, CompareScreen)
        text = on.text()
        assert "A  20270115-080000-llama" in text and "-26%" in text and "INVALID in B" in text
        await on.press("v")
        assert "by users only" in on.said


async def test_runs_are_filtered_and_sorted_like_any_list() -> None:
    two_runs()
    async with deck() as on:
        await listed(on, 2)
        await on.press("slash")
        await on.write("kind=search")
        assert [Path(name).name for name in on.names()] == ["20270115-080000-llama"]
        await on.press("escape", "s", "n")
        assert [Path(name).name for name in on.names()] == ["20270115-080000-llama", "20270115-090000-llama"]


async def test_a_folder_that_is_no_run_is_said_and_passed_over() -> None:
    two_runs()
    broken = runs_folder() / "broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    async with deck() as on:
        await listed(on, 2)
        assert "broken" in on.said and isinstance(SWEEP, SweepPlan)
