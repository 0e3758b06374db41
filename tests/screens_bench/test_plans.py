"""Scale plans among the runs: as rows, and by keys."""

import asyncio
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.stage import Deck, deck, files
from tests.screens_bench.engine import FakeEngine
from tests.screens_bench.made import AT, on_disk, point
from tests.screens_bench.steps import NEW, OLD, listed, plan_on_disk, start, two_plans, two_runs
from tests.screens_scale import made as scale
from tui.plans.folder import PlanError, list_plans, read_plan
from tui.plans.plan_run import PlanJob, PlanThread, simulated_parts
from tui.plans.values import CellResult
from tui.present.bench_plans import plan_facts
from tui.present.bench_runs import entry_row, plan_entry
from tui.screens.bench import runs_folder
from tui.screens.bench_live import BenchLiveScreen
from tui.screens.runs import RunsScreen
from tui.screens.runs_board import CompareScreen, PlanScreen
from tui.screens.scale_test_live import ScaleLiveScreen
from tui.screens.size import SizeScreen


def everywhere() -> tuple[CellResult, ...]:
    """A result of each cell that fits, two models in the last."""
    return tuple(scale.result(cell, number, 100 + number) for number, cell in enumerate(scale.CELLS[:7]))


def cells_of(entry: object) -> list[str]:
    return [cell.text for cell in entry_row(entry).cells[1:]]  # type: ignore[arg-type]


# -- as rows -----------------------------------------------------------------------------------------------------------


def test_a_plan_is_a_row_with_its_best_cell() -> None:
    row = cells_of(plan_entry(read_plan(plan_on_disk(OLD), with_map=False)))
    assert row == [
        OLD, "plan SIM", "llama-3.1-8b-instruct, deepseek-r1-distill-llama-8b", "2000:200 ±50",
        "3/7", "4,300", "93,310", "4 min", "broken off",
    ]  # fmt: skip
    other = cells_of(plan_entry(read_plan(plan_on_disk(NEW, (), simulated=False), with_map=False)))
    assert other[:2] == [f"{NEW} (guide-table-4)", "plan"]
    assert other[4:] == ["0/7", "–", "–", "–", "no cells"]


def test_how_far_it_came_is_its_state() -> None:
    whole = everywhere()
    states = {}
    for name, results in {
        "finished": whole,
        "failed": (*whole[:5], replace(whole[5], state="failed"), replace(whole[6], state="skipped")),
        "skipped": (*whole[:6], replace(whole[6], state="skipped", models=())),
        "interrupted": (*whole[:6], replace(whole[6], state="interrupted")),
        "INVALID": tuple(invalid(result) for result in whole),
    }.items():
        facts = plan_facts(read_plan(plan_on_disk(name, results)))
        states[name] = (facts.state, facts.done)
    assert states == {
        "finished": ("finished", 7),
        "failed": ("1 failed", 5),
        "skipped": ("1 skipped", 6),
        "interrupted": ("broken off", 6),
        "INVALID": ("INVALID", 7),
    }


def test_users_of_a_mix_are_those_of_all_its_models_and_of_what_is_invalid_none() -> None:
    whole = everywhere()
    assert len(whole[6].models) == 2
    facts = plan_facts(read_plan(plan_on_disk("a", whole)))
    assert (facts.users, facts.rate) == (212, pytest.approx(2 * 21.7 * 106))
    without = plan_facts(read_plan(plan_on_disk("b", (*whole[:6], invalid(whole[6])))))
    assert without.users == 105


def test_what_is_not_put_back_is_said_under_the_row() -> None:
    plan = read_plan(plan_on_disk(OLD))
    (note,) = entry_row(plan_entry(plan, left_over=True)).sub
    assert "not put back yet" in note.text and "--resume" in note.text
    assert entry_row(plan_entry(plan, left_over=True, under_way=True)).sub == ()


def test_plans_are_listed_without_what_is_large() -> None:
    path = plan_on_disk(OLD)
    (path / "frames.jsonl").write_text("no frame")
    (plan,) = list_plans(runs_folder())
    assert not plan.frames and not plan.damage and len(plan.results) == 3
    with (path / "cells.jsonl").open("ab") as file:
        file.write(b'{"cell":')
    (plan,) = list_plans(path)
    assert plan.damage == ("cells.jsonl line 4 is cut off",)


def invalid(result: CellResult) -> CellResult:
    models = tuple(replace(one, point=replace(one.point, valid=False)) for one in result.models if one.point)
    return replace(result, models=models)


# -- by keys -----------------------------------------------------------------------------------------------------------


async def test_plans_stand_among_the_runs_and_are_filtered_and_sorted() -> None:
    two_runs()
    two_plans()
    async with deck(size=(80, 24)) as on:
        await listed(on, 4)
        assert "plan SIM" in on.text() and "4,300" in on.text()
        for text, found in {
            "kind=plan": [NEW, OLD],
            "simulated=true": [OLD],
            "simulated": [OLD],
            "users>1000": [OLD],
            "model=~deepseek": [NEW, OLD],
            "the guide's table": [NEW, OLD],
            "url=~http kind=run": ["20270115-090000-llama"],
        }.items():
            await filtered(on, text)
            assert names(on) == found, text
        await on.press("s", "u")
        await filtered(on, "plan")
        assert names(on) in ([NEW, OLD], [OLD, NEW])
        users = [entry.users for entry in screen(on).shown]
        assert users == sorted(users, key=lambda value: value or 0, reverse=(users[0] or 0) > (users[1] or 0))


async def test_enter_opens_the_map_of_a_plan_and_escape_leads_back() -> None:
    two_plans()
    async with deck(size=(200, 60)) as on:
        await listed(on, 2)
        await on.press("down", "enter")
        await on.until(lambda: isinstance(on.app.screen, PlanScreen))
        await on.pilot.pause()
        assert "3 of 7 cells measured" in on.text() and "Users (simulated)" in on.text()
        await on.press("escape")
        assert isinstance(on.app.screen, RunsScreen)


async def test_a_plan_is_exported_as_its_report(tmp_path: Path) -> None:
    two_plans()
    async with deck() as on:
        await listed(on, 2)
        await on.press("down", "e")
        await on.until(lambda: "report.md" in on.said)
        written = {file.name for file in files(tmp_path, "nimdeck-report-*/*")}
        assert written == {"report.csv", "report.html", "report.json", "report.md"}
        document = json.loads(next(iter(files(tmp_path, "nimdeck-report-*/report.json"))).read_text())
        assert document["sources"]["A"]["detail"].endswith(OLD)


async def test_two_of_which_one_is_a_plan_are_compared_by_the_command_that_can() -> None:
    two_runs()
    two_plans()
    async with deck() as on:
        await listed(on, 4)
        await on.press("home", "space", "space", "equals_sign")
        assert f"nimdeck report {NEW} {OLD}" in on.said and str(runs_folder()) in on.said
        assert not isinstance(on.app.screen, CompareScreen)
        on.app.clear_notifications()
        await on.press("space", "P", "equals_sign")
        assert "Mark two runs" in on.said
        await on.press("home", "space", "equals_sign")
        assert f"nimdeck report {OLD} 20270115-090000-llama" in on.said and str(runs_folder()) not in on.said


async def test_marked_plans_are_sized_from() -> None:
    two_runs()
    two_plans()
    async with deck(size=(200, 60)) as on:
        await listed(on, 4)
        await on.press("home", "down", "space", "z")
        assert isinstance(on.app.screen, SizeScreen)
        assert [path.name for path in on.app.screen._marked] == [OLD]
        offered = [path.name for path in on.app.screen._offered]
        assert offered == [NEW, OLD, "20270115-090000-llama", "20270115-080000-llama"]


async def test_a_folder_that_is_no_plan_is_said_once_and_passed_over() -> None:
    two_plans()
    broken = runs_folder() / "broken"
    broken.mkdir()
    (broken / "plan.json").write_text("{")
    with pytest.raises(PlanError):
        read_plan(broken)
    async with deck() as on:
        await listed(on, 2)
        assert on.said.count("broken/plan.json can't be read") == 1
        await on.press("1", "6")
        await on.pilot.pause()
        assert on.said.count("broken/plan.json can't be read") == 1


async def test_a_plan_that_is_damaged_meanwhile_says_so_instead_of_opening() -> None:
    path = plan_on_disk(OLD)
    async with deck() as on:
        await listed(on, 1)
        (path / "plan.json").write_text("{")
        await on.press("enter")
        await on.until(lambda: "can't be read" in on.said)
        assert isinstance(on.app.screen, RunsScreen)


async def test_a_run_that_is_under_way_here_is_led_to(engine: FakeEngine) -> None:
    plan_on_disk(OLD, at=AT - 10)
    async with deck() as on:
        run = await start(on, engine)
        on_disk(run.folder, point(1))
        await on.press("escape")
        await listed(on, 2)
        assert [entry.state for entry in screen(on).shown] == ["under way", "broken off"]
        await on.press("enter")
        assert isinstance(on.app.screen, BenchLiveScreen), on.text()


async def test_a_plan_that_is_under_way_here_is_led_to() -> None:
    path, ended = plan_on_disk(OLD), threading.Event()

    async def carry(*_: object) -> None:
        await asyncio.to_thread(ended.wait, 20)

    thread = PlanThread(PlanJob(scale.PLAN, scale.CELLS, path, simulated_parts(scale.PLAN, 64, 1)), carry=carry)
    thread.start()
    async with deck() as on:
        on.app.scale_job = thread
        try:
            await listed(on, 1)
            assert [entry.state for entry in screen(on).shown] == ["under way"]
            await on.press("enter")
            await on.until(lambda: isinstance(on.app.screen, ScaleLiveScreen))
            await on.press("K")
            assert "a scale test is changing this cluster: stop it first" in on.said
        finally:
            ended.set()  # an app that ends waits for its plan


def names(on: Deck) -> list[str]:
    return [Path(name).name for name in on.names()]


def screen(on: Deck) -> RunsScreen:
    assert isinstance(on.app.screen, RunsScreen)
    return on.app.screen


async def filtered(on: Deck, text: str) -> None:
    screen(on).set_filter(text)
    await on.pilot.pause()
