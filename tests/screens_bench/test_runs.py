"""The Runs screen by its keys: what was measured is listed, opened, compared and exported."""

from pathlib import Path

import pytest

from tests.screens.stage import deck, files
from tests.screens_bench.made import SWEEP
from tests.screens_bench.steps import SIZES, listed, two_runs
from tui.bench.spec import SweepPlan
from tui.screens.bench import runs_folder
from tui.screens.runs import RunsScreen
from tui.screens.runs_board import CompareScreen, RunScreen


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
