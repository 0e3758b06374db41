"""What lies on disk, read as curves to size from: plans and runs as nimdeck writes them."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plans.made import CELLS, DEEPSEEK, LLAMA, PLAN, point
from tui.bench.figures import PointResult, Verdict
from tui.bench.results.rundir import RunDirectory
from tui.bench.spec import LoadSpec, PromptSpec, Target
from tui.plans.folder import PlanFolder
from tui.plans.sizing import size
from tui.plans.sizing_reference import read_reference
from tui.plans.sizing_values import SizeQuestion
from tui.plans.values import Cell, CellResult, ModelResult, Placed

VERDICT = Verdict(120, 118, 122, "mean", 1000.0, "bracket", value_ms=990.0)


def run_at(
    folder: Path,
    *points: PointResult,
    verdict: Verdict | None = None,
    environment: tuple[tuple[str, str], ...] = (("GPU fraction", "1"), ("pods ready", "1")),
    isl: int = 2000,
    url: str = "http://h:1",
) -> Path:
    directory = RunDirectory(folder, "search")
    directory.begin(LoadSpec(Target(url, LLAMA.name), PromptSpec(isl, 200)), None, environment)
    for number, made in enumerate(points, 1):
        directory.point(number, made)
    if verdict is not None:
        directory.verdict(verdict)
    directory.close()
    return folder


def plan_at(folder: Path, *results: CellResult, simulated: bool = False) -> Path:
    kept = PlanFolder(folder)
    kept.begin(PLAN, CELLS, (), simulated, 0.0)
    for result in results:
        kept.cell(result)
    kept.close()
    return folder


def done(cell: Cell, *models: ModelResult, placed: Placed | None = None) -> CellResult:
    return CellResult(cell, "done", 0.0, 1.0, 1.0, models, placed)


def gpus_for(path: Path, *users: tuple[str, int], **fields: float) -> int | None:
    return size(SizeQuestion(users, **fields), read_reference([path])).gpus  # type: ignore[arg-type]


def test_a_search_on_disk(tmp_path: Path) -> None:
    run = run_at(tmp_path / "r", point(64, 500.0), point(128, 1100.0), verdict=VERDICT)
    assert gpus_for(run, (LLAMA.name, 120)) == 1
    assert gpus_for(run, ("llama-3.1-8b-instruct", 121)) == 2
    assert gpus_for(run, (LLAMA.name, 106), ttft_ms=900.0) == 1, "500 + (900 - 500) / 600 * 64 = 106.7 users"
    assert gpus_for(run, (LLAMA.name, 107), ttft_ms=900.0) == 2
    assert gpus_for(run, (LLAMA.name, 10), isl=100) is None
    reference = read_reference([tmp_path])
    assert (reference.kind, reference.simulated, reference.notes) == ("measured", False, ())


def test_runs_of_other_tokens_are_kept_apart(tmp_path: Path) -> None:
    run_at(tmp_path / "a", point(64, 900.0), point(65, 1001.0))
    run_at(tmp_path / "b", point(8, 900.0), point(9, 1001.0), isl=8000)
    assert gpus_for(tmp_path, (LLAMA.name, 64)) == 1
    assert gpus_for(tmp_path, (LLAMA.name, 64), isl=8000) == 8


def test_what_a_run_does_not_say_is_said(tmp_path: Path) -> None:
    run = run_at(tmp_path / "r", point(64, 900.0), environment=())
    assert any("one pod, or one GPU each, is assumed" in note for note in read_reference([run]).notes)
    two = run_at(tmp_path / "s", point(64, 900.0), environment=(("GPUs given", "4"), ("pods ready", "2")))
    assert [(c.gpu_per_pod, c.pods) for c in read_reference([two]).curves] == [(2.0, 2)]


def test_points_that_are_not_to_be_believed_bound_nothing(tmp_path: Path) -> None:
    late = replace(point(128, 400.0), valid=False)
    cut = point(256, 300.0, ended="interrupted")
    broken = replace(point(96, 300.0), failed=50)
    reference = read_reference([run_at(tmp_path / "r", point(64, 900.0), broken, late, cut)])
    assert [(one.users, one.ttft_ms) for one in reference.curves[0].points] == [(64, 900.0), (96, float("inf"))]
    assert any("1 points are left out: the client was too slow" in note for note in reference.notes)


def test_a_plan_with_its_runs_and_with_cells_that_failed(tmp_path: Path) -> None:
    whole, at_two = CELLS[0], CELLS[1]
    plan = plan_at(
        tmp_path / "p",
        done(whole, ModelResult("llama", 120, point(120), VERDICT, folder="cells/a/llama")),
        done(at_two, ModelResult("llama", 200, point(200, 950.0), replace(VERDICT, concurrency=200))),
        replace(done(CELLS[2], ModelResult("deepseek", 1, point(1, 5000.0))), state="failed"),
    )
    run_at(plan / "cells" / "a" / "llama", point(64, 500.0), point(120, 990.0), point(140, 1200.0))
    reference = read_reference([plan])
    assert reference.models == (LLAMA.name,)
    assert [len(curve.points) for curve in reference.curves] == [3, 1]
    assert gpus_for(plan, ("llama", 120)) == 1, "the plan's own short name is known"
    assert gpus_for(plan, ("llama", 200)) == 2
    assert gpus_for(plan, ("llama", 201)) == 3, "100 a pod from two pods on"


def test_a_mix_counts_as_shared_only_where_its_pods_really_shared(tmp_path: Path) -> None:
    both = (ModelResult("llama", 100, point(100)), ModelResult("deepseek", 100, point(100)))
    shared = plan_at(tmp_path / "s", done(CELLS[4], *both, placed=Placed(pods_per_gpu=((2, 1),), gpus=1)))
    apart = plan_at(tmp_path / "a", done(CELLS[4], *both, placed=Placed(pods_per_gpu=((1, 2),), gpus=2)))
    told = plan_at(tmp_path / "t", done(CELLS[4], *both))
    assert [c.shared for c in read_reference([shared]).curves] == [True, True]
    assert [c.shared for c in read_reference([apart]).curves] == [False, False]
    assert [c.shared for c in read_reference([told]).curves] == [None, None]
    question = SizeQuestion(((LLAMA.name, 100), (DEEPSEEK.name, 100)))
    found = {path: size(question, read_reference([path])).alternatives[-1].gpus for path in (shared, apart, told)}
    assert found == {shared: 1, apart: None, told: 2}
    assert size(question, read_reference([shared])).gpus is None, "neither was measured alone"


def test_a_cell_that_was_not_placed_as_planned_is_left_out_and_said(tmp_path: Path) -> None:
    odd = Placed(problem="2 pods on one GPU")
    plan = plan_at(
        tmp_path / "p",
        done(CELLS[0], ModelResult("llama", 120, point(120), VERDICT)),
        done(CELLS[1], ModelResult("llama", 50, point(50)), placed=odd),
    )
    reference = read_reference([plan])
    assert len(reference.curves) == 1 and any("2 pods on one GPU" in note for note in reference.notes)


def test_a_simulated_plan_says_so(tmp_path: Path) -> None:
    cell = done(CELLS[0], ModelResult("llama", 120, point(120), VERDICT, simulated=True))
    reference = read_reference([plan_at(tmp_path / "p", cell, simulated=True)])
    assert reference.simulated and any(note.startswith("simulated: ") for note in reference.notes)

    run = run_at(tmp_path / "r", point(120), url="simulated:")
    assert read_reference([run]).simulated, "a single run of such a plan too"


def test_without_the_scheduler_counts_only_where_there_is_nothing_else(tmp_path: Path) -> None:
    plain = replace(CELLS[0], id="plain", scheduler="none")
    one = done(plain, ModelResult("llama", 140, point(140), replace(VERDICT, concurrency=140)))
    two = done(CELLS[0], ModelResult("llama", 120, point(120), VERDICT))
    alone = read_reference([plan_at(tmp_path / "a", one)])
    assert len(alone.curves) == 1 and any("without Run:ai" in note for note in alone.notes)
    assert [c.answer.users for c in read_reference([plan_at(tmp_path / "b", one, two)]).curves if c.answer] == [120]


@pytest.mark.parametrize("what", ["nothing", "a file", "an empty folder", "no points"])
def test_what_can_t_be_sized_from_is_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "x"
    if what == "a file":
        path.write_text("")
    elif what == "an empty folder":
        path.mkdir()
    elif what == "no points":
        run_at(path)
    with pytest.raises(ValueError, match="x") as error:
        read_reference([path])
    assert "\n" not in str(error.value)
