"""The scale screen by its keys, on a plan that tells what the test says."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from tests.screens.stage import SETTINGS, Deck, FakeFeed, deck
from tests.screens_scale import made
from tests.screens_scale.made import FakeScale, under_way
from tui.plans.folder import PlanFolder
from tui.screens.ask import AskScreen
from tui.screens.bench import runs_folder
from tui.screens.scale_test import ScaleTestScreen
from tui.screens.scale_test_board import FrameMap, ScaleBoard
from tui.screens.scale_test_live import ScaleLiveScreen, ScaleViewScreen
from widgets.rows import NodeRow

SIZES = [(80, 24), (120, 40), (200, 60)]


async def form(on: Deck) -> ScaleTestScreen:
    await on.press("8")
    await on.until(lambda: "cells, about" in on.text())
    assert isinstance(on.app.screen, ScaleTestScreen)
    return on.app.screen


async def start(on: Deck, scale: FakeScale) -> ScaleLiveScreen:
    await form(on)
    await on.press("f5")
    await on.until(lambda: bool(scale.jobs))
    assert isinstance(on.app.screen, ScaleLiveScreen), on.text()
    return on.app.screen


async def show(on: Deck, scale: FakeScale) -> ScaleLiveScreen:
    screen = await start(on, scale)
    scale.job.job = replace(scale.job.job, plan=made.PLAN, cells=made.CELLS)
    scale.tell(under_way())
    screen.beat()
    await on.pilot.pause()
    return screen


def write(name: str, text: str) -> None:
    Path(name).write_text(text)


def held(on: Deck) -> int:
    """GPUs that the map shows as held."""
    rows: list[NodeRow] = list(on.app.screen.query_one(FrameMap).rows)
    return sum(1 for row in rows for gpu in row.gpus if gpu.segments)


# -- the form ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_form_offers_the_guides_plan_and_says_what_it_costs(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        await form(on)
        text = " ".join(on.text().split())
        for word in ("guide-table-4", "31 cells, about", "GPU-hours", "SIMULATED", "does not fit 64 GPUs", "f5 starts"):
            assert word in text, word


async def test_tests_and_pods_are_narrowed_and_what_is_wrong_is_named(scale: FakeScale) -> None:
    async with deck() as on:
        screen = await form(on)
        screen.query_one("#tests", Input).value = "llama-runai-1.0"
        screen.query_one("#pods", Input).value = "1,2"
        await on.pilot.pause()
        assert "2 cells, about" in on.text()
        screen.query_one("#pods", Input).value = "1,x"
        await on.pilot.pause()
        assert "'x' is not a whole number from 1 to 4,096" in on.text()
        screen.query_one("#tests", Input).value = "nothing"
        await on.press("escape", "f5")
        assert "'nothing' is no test of this plan" in on.text() and not scale.jobs


async def test_a_mix_without_the_test_whose_users_it_holds_is_refused(scale: FakeScale) -> None:
    async with deck() as on:
        screen = await form(on)
        plan = screen._plan
        assert plan is not None
        mixed = next(test for test in plan.tests if test.users_from)
        screen.query_one("#tests", Input).value = mixed.id
        await on.pilot.pause()
        assert "takes its users from" in on.text()


async def test_plans_of_the_current_folder_are_offered_and_a_bad_one_says_why() -> None:
    write("mine.toml", 'name = "mine"\n[[tests]]\nid = 3\n')
    write("other.toml", 'name = "no plan"\n')
    async with deck() as on:
        screen = await form(on)
        field = screen.query_one("#plan", Select)
        labels = [str(label) for label, _ in field._options]
        assert "mine.toml" in labels and "other.toml" not in labels
        field.value = next(value for label, value in field._options if str(label) == "mine.toml")
        await on.until(lambda: "mine.toml:" in on.text())


async def test_the_real_cluster_is_asked_about_first_and_no_is_no(scale: FakeScale) -> None:
    async with deck() as on:
        screen = await form(on)
        screen.query_one("#mode", Select).value = "real"
        screen.query_one("#tests", Input).value = "llama-runai-1.0"
        screen.query_one("#pods", Input).value = "1"
        await on.press("escape", "f5")
        assert isinstance(on.app.screen, AskScreen), on.text()
        assert "minimum = maximum" in on.text() and "GPU-hours" in on.text() and "put back" in on.text()
        await on.press("n")
        assert not scale.jobs and isinstance(on.app.screen, ScaleTestScreen)
        await on.press("f5", "y")
        await on.until(lambda: bool(scale.jobs))
        assert not scale.job.job.simulated and isinstance(on.app.screen, ScaleLiveScreen)
        assert "SIMULATED" not in on.text()


async def test_read_only_refuses_the_cluster_and_lets_simulate(scale: FakeScale) -> None:
    async with deck(FakeFeed(settings=replace(SETTINGS, read_only=True))) as on:
        screen = await form(on)
        screen.query_one("#mode", Select).value = "real"
        screen.query_one("#tests", Input).value = "llama-runai-1.0"
        screen.query_one("#pods", Input).value = "1"
        await on.press("escape", "f5")
        assert "read-only" in on.said and not scale.jobs
        screen.query_one("#mode", Select).value = "simulate"
        await on.press("f5")
        await on.until(lambda: bool(scale.jobs))


# -- under way ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_map_curves_and_figures_of_now(size: tuple[int, int], scale: FakeScale) -> None:
    async with deck(size=size) as on:
        await show(on, scale)
        text = " ".join(on.text().split())
        for word in ("SIMULATED", "cell 4 of 7", "60 of 64 pods ready", "7,000 users", "20 min left", "GPU-hours"):
            assert word in text, word
        assert held(on) == 60 and "Users (simulated)" in text and "guide" in text
        assert all(len(line) <= size[0] for line in on.lines())
        assert "SCALE 4/7" in " ".join(on.app.flags)


async def test_the_cursor_goes_along_the_curve_and_end_returns_to_now(scale: FakeScale) -> None:
    async with deck(size=(200, 60)) as on:
        await show(on, scale)
        await on.press("left")
        assert held(on) == 32 and "as it was after" in on.text() and "4,300 users" in on.text()
        assert on.app.screen.query_one("#cells").cursor_key == "whole-x32"
        await on.press("left", "left", "left")
        assert held(on) == 1 and "Guide: llama 137 users" in on.text() and "(published)" in on.text()
        await on.press("right")
        assert held(on) == 16 and "(derived: linear from one pod)" in on.text()
        await on.press("full_stop")
        assert held(on) == 32
        await on.press("comma", "home")
        assert held(on) == 0
        await on.press("end")
        assert held(on) == 60 and "as it was" not in on.text()
        await on.press("left", "escape")
        assert held(on) == 60 and isinstance(on.app.screen, ScaleLiveScreen), "escape leaves the look back first"


async def test_what_comes_meanwhile_does_not_disturb_a_look_back(scale: FakeScale) -> None:
    async with deck() as on:
        screen = await show(on, scale)
        await on.press("left")
        scale.job.tell(replace(under_way(9000), seconds=340.0))
        screen.beat()
        await on.pilot.pause()
        assert held(on) == 32 and "9,000 users" not in on.text()
        await on.press("end")
        assert "9,000 users" in on.text()


async def test_nothing_is_drawn_while_nothing_is_new(scale: FakeScale, monkeypatch: pytest.MonkeyPatch) -> None:
    async with deck() as on:
        screen = await show(on, scale)
        drawn: list[object] = []
        monkeypatch.setattr(ScaleBoard, "show", lambda self, view: drawn.append(view))
        screen.beat()
        await on.tick()
        assert not drawn
        scale.job.tell(under_way(7100))
        screen.beat()
        assert len(drawn) == 1


async def test_tab_shows_one_after_another_where_it_is_narrow(scale: FakeScale) -> None:
    async with deck(size=(80, 24)) as on:
        await show(on, scale)
        for word in ("Output (simulated)", "TTFT (simulated)", "Time (simulated)", "OF IDEAL", "Users (simulated)"):
            await on.press("tab")
            assert word in on.text(), word


async def test_pause_and_stop_once_and_at_once(scale: FakeScale) -> None:
    async with deck() as on:
        await show(on, scale)
        await on.press("p")
        assert scale.job.controls.paused and "paused" in on.text()
        await on.press("S")
        assert scale.job.controls.interrupts == 1 and not scale.job.controls.paused and "stopping" in on.text()
        await on.press("S")
        assert scale.job.controls.interrupts == 2 and "stopping at once" in on.text()


async def test_it_goes_on_behind_other_screens_and_its_end_is_told(scale: FakeScale) -> None:
    async with deck() as on:
        await show(on, scale)
        await on.press("escape")
        assert on.app.current_mode != "scale" and scale.job.running
        await on.press("8")
        assert isinstance(on.app.screen, ScaleLiveScreen)
        scale.end()
        await on.until(lambda: not scale.job.running)
        on.app.screen.beat()
        await on.pilot.pause()
        assert "has ended" in on.said
        await on.press("escape")
        assert isinstance(on.app.screen, ScaleTestScreen)


async def test_the_presenter_has_large_figures_and_no_names(scale: FakeScale) -> None:
    async with deck(size=(200, 60)) as on:
        await show(on, scale)
        await on.press("P")
        on.app.deck_screen.redraw()
        await on.pilot.pause()
        assert "users at once simulated" in on.text() and "pods ready simulated" in on.text()
        assert "OF IDEAL" not in on.text()


# -- looking back ------------------------------------------------------------------------------------------------------


def kept(name: str) -> Path:
    """A plan's folder as the runner leaves it."""
    run = made.run()
    folder = PlanFolder(runs_folder() / name)
    folder.begin(run.plan, run.cells, run.environment, run.simulated, run.started_at)
    for result in run.results:
        folder.cell(result)
    for one in run.frames:
        folder.frame(one)
    for mark in run.marks:
        folder.mark(mark)
    folder.close()
    return folder.path


async def test_an_earlier_plan_is_looked_back_upon_and_reported() -> None:
    path = kept("20270115-plan")
    async with deck(size=(200, 60)) as on:
        screen = await form(on)
        field = screen.query_one("#earlier", Select)
        await on.until(lambda: len(field._options) > 1)
        field.value = str(path)
        await on.until(lambda: isinstance(on.app.screen, ScaleViewScreen))
        await on.pilot.pause()
        assert "3 of 7 cells measured" in on.text() and held(on) == 32
        await on.press("left", "left")
        assert held(on) == 16
        await on.press("e")
        await on.until(lambda: "report.md" in on.said)
        written = sorted(file.name for file in Path.cwd().glob("nimdeck-report-*/*"))
        assert written == ["report.csv", "report.html", "report.json", "report.md"]


async def test_a_simulated_plan_is_carried_out_for_real() -> None:
    """No fake: the shipped plan narrowed to two cells, by the runner and the simulated cluster."""
    async with deck() as on:
        screen = await form(on)
        screen.query_one("#tests", Input).value = "llama-runai-1.0"
        screen.query_one("#pods", Input).value = "1,16"
        await on.press("escape", "f5")
        job = on.app.scale_job
        assert job is not None
        await on.until(lambda: not job.running)
        picture = job.state()
        assert not picture.problem and [one.state for one in picture.run.results] == ["done", "done"]
        assert all(one.simulated for result in picture.run.results for one in result.models)
        on.app.screen.beat()  # type: ignore[attr-defined]
        await on.pilot.pause()
        assert "2 of 2 cells measured" in on.text() and held(on) == 16
