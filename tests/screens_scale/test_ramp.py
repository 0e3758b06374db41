"""The scale screen where autoscalers are left on: its form, and a ramp while it goes on and afterwards."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Select

from tests.plans import ramp_made
from tests.screens.stage import Deck, FakeFeed, deck, held_app
from tests.screens_scale.made import FakeScale
from tests.screens_scale.test_screen import form, held, start
from tui.bench.engine.progress import Progress
from tui.plans.autoscale_file import write_seconds
from tui.plans.folder import PlanFolder, read_plan
from tui.plans.plan_progress import PlanProgress
from tui.present.scale_test_moment import ScalePicture, moment_of
from tui.screens.ask import AskScreen
from tui.screens.bench import runs_folder
from tui.screens.scale_test import ScaleTestScreen
from tui.screens.scale_test_live import ScaleLiveScreen, ScaleViewScreen

Compare = Callable[..., bool]


async def chosen(on: Deck) -> ScaleTestScreen:
    screen = await form(on)
    screen.query_one("#plan", Select).value = "autoscale"
    await on.until(lambda: "as its autoscaler wants" in on.text())
    return screen


def under_way(seconds: int) -> PlanProgress:
    """The load has gone on for so long."""
    run = ramp_made.run(ramp_made.SECONDS[:seconds])
    told = Progress("measuring", 1, 1, run.autoscaled[0].seconds[-1].users, None, float(seconds))
    return PlanProgress(
        "measuring", 1, 1, ramp_made.CELL, (("llama", told),), ramp_made.LOAD_AT + seconds, 90.0,
        frame=run.frames[-1], autoscaled=run.autoscaled,
    )  # fmt: skip


async def show(on: Deck, scale: FakeScale, seconds: int) -> ScaleLiveScreen:
    screen = await start(on, scale)
    scale.job.job = replace(scale.job.job, plan=ramp_made.PLAN, cells=(ramp_made.CELL,), simulated=False)
    scale.job.begun(ramp_made.BEGAN, ())
    for one in ramp_made.run(ramp_made.SECONDS[:seconds]).frames:
        scale.job.frame(one)
    scale.job.tell(under_way(seconds))
    screen.beat()
    await on.pilot.pause()
    return screen


async def test_the_form_says_what_a_ramp_does_to_a_cluster(scale: FakeScale) -> None:
    async with deck(size=(120, 40)) as on:
        screen = await chosen(on)
        assert not screen.query_one("#line-load").display and not screen.query_one("#line-users").display
        assert "users 20 > 350 > 20 over 20 min" in on.text() and "SIMULATED" in on.text()
        screen.query_one("#mode", Select).value = "real"
        await on.press("escape", "f5")
        assert isinstance(on.app.screen, AskScreen), on.text()
        text = " ".join(on.text().split())
        assert "its autoscaler stays on" in text and "minimum = maximum" not in text
        await on.press("y")
        await on.until(lambda: bool(scale.jobs))
        assert scale.job.job.plan.kind == "autoscale" and not scale.job.job.simulated


async def test_a_plan_of_the_other_kind_has_its_fields_again(scale: FakeScale) -> None:
    async with deck() as on:
        screen = await chosen(on)
        screen.query_one("#plan", Select).value = "guide-table-4"
        await on.until(lambda: "does not fit" in on.text())
        assert screen.query_one("#line-load").display


async def test_a_ramp_is_rehearsed_for_real() -> None:
    """No fake: the shipped plan from no pod, by the runner and the simulated cluster."""
    async with deck(size=(200, 60)) as on:
        screen = await chosen(on)
        screen.query_one("#plan", Select).value = "autoscale-from-zero"
        await on.until(lambda: "2 pods at most" in on.text())
        await on.press("escape", "f5")
        job = on.app.scale_job
        assert job is not None
        await on.until(lambda: not job.running)
        on.app.screen.beat()  # type: ignore[attr-defined]
        await on.pilot.pause()
        text = " ".join(on.text().split())
        assert "first pod" in text and "GPUs back" in text and "Users (simulated)" in text
        assert job.state().run.results[0].models[0].simulated


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=str)
async def test_figures_of_the_second_under_way(size: tuple[int, int], scale: FakeScale) -> None:
    async with deck(size=size) as on:
        await show(on, scale, 76)
        text = " ".join(on.text().split())
        # users of second 75, TTFT over those that were sent in the last five
        for word in ("1 of 4 pods ready", "46 users", "TTFT 1,294 ms", "measuring", "Users", "GPU-hours"):
            assert word in text, word
        assert "SIMULATED" not in text and "Guide:" not in text
        assert held(on) == 2


async def test_each_change_is_a_row_and_a_stop_of_the_cursor(scale: FakeScale) -> None:
    async with deck(size=(200, 60)) as on:
        await show(on, scale, 100)
        rows = [" ".join(line.split()) for line in on.lines()]
        assert any("first pod" in row and "32 s" in row for row in rows), on.text()
        assert any("2 s llama 0 ▲ 1 4 30 s" in row for row in rows)
        assert any("66 s llama 1 ▲ 4 20 24 s" in row for row in rows)
        table = on.app.screen.query_one("#cells")
        await on.press("left")  # the last second
        await on.press("left")
        assert "as it was after" in on.text() and "4 of 4 pods ready" in on.text()
        await on.press("left")
        assert "1 of 4 pods ready" in on.text() and table.cursor_key == "auto-x4/llama/1"
        await on.press("left", "left")
        assert "0 of 1 pods ready" in on.text() and table.cursor_key == "auto-x4/llama/0" and held(on) == 0
        await on.press("end")
        assert "as it was" not in on.text()


def test_pods_are_those_of_the_second_even_where_the_map_is_older() -> None:
    run = replace(ramp_made.run(), frames=(ramp_made.frame(ramp_made.SECONDS[145]),))
    moment = moment_of(ScalePicture(run), ramp_made.LOAD_AT + 150.0)
    assert moment.frame is not None and moment.frame.ready_pods == 4
    assert (moment.ready_pods, moment.wanted_pods) == (1, 1)


async def test_what_was_written_is_looked_back_upon(scale: FakeScale) -> None:
    run = ramp_made.run()
    folder = PlanFolder(runs_folder() / "20270115-ramp")
    folder.begin(run.plan, run.cells, run.environment, run.simulated, run.started_at)
    place = folder.path / "cells" / "auto-x4" / "llama"
    place.mkdir(parents=True)
    write_seconds(place, ramp_made.SECONDS)
    models = tuple(replace(one, folder="cells/auto-x4/llama") for one in run.results[0].models)
    folder.cell(replace(run.results[0], models=models))
    folder.close()
    assert read_plan(folder.path).autoscaled == run.autoscaled
    async with deck(size=(200, 60)) as on:
        screen = await form(on)
        field = screen.query_one("#earlier", Select)
        await on.until(lambda: len(field._options) > 1)
        field.value = str(folder.path)
        await on.until(lambda: isinstance(on.app.screen, ScaleViewScreen))
        await on.pilot.pause()
        assert "GPUs back" in on.text() and "1 of 1 cells measured" in on.text()


@pytest.mark.parametrize(
    ("size", "keys"), [((80, 24), ("tab", "tab")), ((200, 60), ("left",))], ids=["80x24", "200x60"]
)
def test_it_looks_as_it_should(
    size: tuple[int, int], keys: tuple[str, ...], scale: FakeScale, snap_compare: Compare
) -> None:
    feed = FakeFeed()
    app = held_app(feed)

    async def before(pilot: Pilot[Any]) -> None:
        on = Deck(app, pilot, feed)
        await on.until(lambda: app.feed is not None)
        app.push_screen(ScaleViewScreen(ramp_made.run()))
        await on.until(lambda: isinstance(app.screen, ScaleViewScreen))
        await on.press(*keys)
        await on.tick()

    assert snap_compare(app, terminal_size=size, run_before=before)
