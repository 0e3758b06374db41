"""A plan's folder: whole after whatever ended the process, and never mixed with another plan."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans.made import CELLS, PLAN, point
from tui.plans.folder import PlanError, PlanFolder, read_plan
from tui.plans.values import CellResult, MapFrame, ModelResult, Placed, PlanMark


def _written(path: Path) -> PlanFolder:
    folder = PlanFolder(path)
    folder.begin(PLAN, CELLS, (("cluster", "a"),), False, 1000.0)
    done = ModelResult("llama", 137, point(137, 987.0), folder="cells/a/llama")
    folder.cell(CellResult(CELLS[0], "done", 1000.0, 1060.0, 12.0, (done,), Placed((("n1", 1),), ((1, 1),), 1)))
    folder.cell(CellResult(CELLS[1], "failed", 1060.0, 1061.0, None, note="no GPU is free"))
    folder.mark(PlanMark(1.0, CELLS[0].id, "scaled", "1 pod"))
    folder.frame(MapFrame(1.5, (("n1", ((("L", 0.5), ("D", 0.5)), ())),), 1, 137))
    return folder


def test_what_is_written_is_read(tmp_path: Path) -> None:
    _written(tmp_path / "p").close()
    run = read_plan(tmp_path / "p")
    assert (run.plan, run.cells, run.environment, run.started_at) == (PLAN, CELLS, (("cluster", "a"),), 1000.0)
    assert [result.state for result in run.results] == ["done", "failed"]
    assert run.results[0].models[0].point == point(137, 987.0)
    assert run.frames[0].rows[0][1][0] == (("L", 0.5), ("D", 0.5))
    assert not run.damage


def test_a_cell_is_on_disk_before_the_next_begins(tmp_path: Path) -> None:
    folder = _written(tmp_path / "p")
    assert len(read_plan(tmp_path / "p").results) == 2  # nothing was closed
    folder.close()


@pytest.mark.parametrize("name", ["cells.jsonl", "marks.jsonl", "frames.jsonl"])
def test_a_last_line_that_was_cut_off_is_said_and_then_mended(tmp_path: Path, name: str) -> None:
    _written(tmp_path / "p").close()
    path = tmp_path / "p" / name
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    lines = whole.count(b"\n")
    run = read_plan(tmp_path / "p")
    assert run.damage == (f"{name} line {lines} is cut off",)
    folder = PlanFolder(tmp_path / "p", resume=True)
    folder.begin(PLAN, CELLS, (), False, 2000.0)
    folder.cell(CellResult(CELLS[2], "done", 1.0, 2.0, 1.0))
    folder.close()
    again = read_plan(tmp_path / "p")
    assert not again.damage
    assert again.results[-1].cell == CELLS[2]
    assert again.started_at == 1000.0


def test_the_last_line_of_a_cell_counts_and_results_stand_in_the_plans_order(tmp_path: Path) -> None:
    folder = _written(tmp_path / "p")
    folder.cell(CellResult(CELLS[0], "failed", 1.0, 2.0, None, note="again"))
    folder.close()
    results = read_plan(tmp_path / "p").results
    assert [(result.cell.id, result.state) for result in results] == [
        (CELLS[0].id, "failed"),
        (CELLS[1].id, "failed"),
    ]


def test_a_cell_run_anew_gets_a_fresh_folder(tmp_path: Path) -> None:
    folder = _written(tmp_path / "p")
    first = folder.fresh(CELLS[0])
    (first / "llama").mkdir(parents=True)
    second = folder.fresh(CELLS[0])
    folder.close()
    assert (first.name, second.name) == (CELLS[0].id, CELLS[0].id + ".2")


@pytest.mark.parametrize(
    ("resume", "simulated", "plan", "line"),
    [
        (False, False, PLAN, "holds a plan already"),
        (True, True, PLAN, "is real, this is a simulation"),
        (True, False, replace(PLAN, load=replace(PLAN.load, isl=3)), "with other content"),
    ],
)
def test_another_plan_is_refused(tmp_path: Path, resume: bool, simulated: bool, plan: object, line: str) -> None:
    _written(tmp_path / "p").close()
    before = {path: path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file()}
    with pytest.raises(PlanError, match=line):
        folder = PlanFolder(tmp_path / "p", resume=resume)
        try:
            folder.begin(plan, CELLS, (), simulated, 1.0)  # type: ignore[arg-type]
        finally:
            folder.close()
    assert {path: path.read_bytes() for path in (tmp_path / "p").rglob("*") if path.is_file()} == before


def test_foreign_folders_stay_untouched_and_a_plan_that_never_began_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(PlanError, match="no plan of nimdeck"):
        PlanFolder(tmp_path)
    with pytest.raises(PlanError, match="does not exist"):
        PlanFolder(tmp_path / "none", resume=True)
    PlanFolder(tmp_path / "new").close()
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_no_plan_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="holds no plan"):
        read_plan(tmp_path)
    (tmp_path / "plan.json").write_text('{"schema": "nimdeck.plan/1"}')
    with pytest.raises(PlanError, match="can't be read"):
        read_plan(tmp_path)
