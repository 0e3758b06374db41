"""Carrying a plan out: in order, on disk as it comes, going on past failures, and everything put back."""

import asyncio
from pathlib import Path

import pytest

from tests.plans.fakes import FakeLoader, FakeStage, fails
from tests.plans.made import CELLS, PLAN
from tui.bench.engine.controls import Controls
from tui.plans.carry_out import Outcome, PlanRunner
from tui.plans.folder import PlanFolder, read_plan
from tui.plans.plan_progress import PlanProgress
from tui.plans.plan_time import SimulatedTime
from tui.plans.simulated_clock import SimulatedClock

FIT = [cell.id for cell in CELLS if not cell.why_not]


class Rig:
    """One plan with its fakes; ``run`` as often as wanted, the later ones resume."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.time = SimulatedTime(SimulatedClock(), 1000.0)
        self.stage = FakeStage(self.time)
        self.loader = FakeLoader(self.time)
        self.controls = Controls()
        self.told: list[PlanProgress] = []

    async def run(self) -> Outcome:
        folder = PlanFolder(self.path, resume=self.path.exists())
        try:
            folder.begin(PLAN, CELLS, (), True, self.time.now())
            runner = PlanRunner(
                PLAN, CELLS, self.stage, self.loader, folder, self.controls, self.told.append, self.time
            )
            return await runner.run()
        finally:
            folder.close()

    def states(self) -> dict[str, str]:
        return {result.cell.id: result.state for result in read_plan(self.path).results}

    def measured(self) -> list[str]:
        return [cell for cell, _ in self.loader.measured]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path / "plan")


async def test_all_cells_that_fit_are_measured_in_order(rig: Rig) -> None:
    outcome = await rig.run()
    assert rig.measured() == FIT
    assert rig.states() == {cell.id: "skipped" if cell.why_not else "done" for cell in CELLS}
    assert not outcome.interrupted and not outcome.left_over
    prepared = [what for name, what in rig.stage.calls if name == "prepare"]
    assert prepared == ["llama-whole", "deepseek-whole", "mixed-half"]  # once a test
    assert rig.stage.calls[-1] == ("restore", "")


async def test_mixed_cells_hold_what_the_single_ones_found(rig: Rig) -> None:
    await rig.run()
    assert rig.loader.measured[-1] == ("mixed-half-x2", {"llama": 200, "deepseek": 200})


async def test_what_is_on_disk_says_when_and_where(rig: Rig) -> None:
    await rig.run()
    run = read_plan(rig.path)
    first = run.results[0]
    assert (first.ready_seconds, first.finished_at - first.started_at) == (60.0, 360.0)
    assert first.models[0].folder == "cells/llama-whole-x1/llama"
    assert [mark.what for mark in run.marks][:4] == ["scaled", "ready", "measuring", "cooling"]
    assert all(later.seconds >= earlier.seconds for earlier, later in zip(run.frames, run.frames[1:], strict=False))
    assert any(frame.users == 100 for frame in run.frames)


async def test_cells_cool_down_between_them_and_not_after_the_last(rig: Rig) -> None:
    await rig.run()
    assert rig.time.now() == 1000.0 + 6 * 360.0 + 5 * 30.0


@pytest.mark.parametrize("call", ["scale", "ready"])
async def test_a_failing_cell_is_recorded_and_the_plan_goes_on(rig: Rig, call: str) -> None:
    rig.stage.troubles[call, "llama-whole-x1"] = fails("1 of 1 pods is not ready (ImagePullBackOff)")
    await rig.run()
    results = read_plan(rig.path).results
    assert (results[0].state, results[0].note) == ("failed", "1 of 1 pods is not ready (ImagePullBackOff)")
    assert rig.states()["llama-whole-x2"] == "done"
    mixed = next(result for result in results if result.cell.id == "mixed-half-x1")
    assert mixed.state == "failed"
    assert "llama-whole-x1 found none (failed: 1 of 1 pods is not ready" in mixed.note


async def test_a_test_that_can_t_be_prepared_is_tried_again_for_its_next_cell(rig: Rig) -> None:
    rig.stage.troubles["prepare", "deepseek-whole"] = fails("workload inference/r1 is not there")
    await rig.run()
    assert rig.stage.calls.count(("prepare", "deepseek-whole")) == 2
    assert rig.states()["deepseek-whole-x2"] == "failed"


async def test_a_fault_of_ours_is_a_failed_cell_and_everything_is_put_back(rig: Rig) -> None:
    def broken(_: Controls) -> None:
        raise RuntimeError("no such thing")

    rig.loader.troubles["llama-whole-x1"] = broken
    await rig.run()
    assert read_plan(rig.path).results[0].note == "broke off: RuntimeError: no such thing"
    assert rig.stage.calls[-1] == ("restore", "")


async def test_an_interrupt_keeps_what_is_finished_and_puts_everything_back(rig: Rig) -> None:
    rig.loader.troubles["llama-whole-x2"] = lambda controls: controls.interrupt()
    outcome = await rig.run()
    assert outcome.interrupted
    states = {cell: state for cell, state in rig.states().items() if state != "skipped"}
    assert states == {"llama-whole-x1": "done", "llama-whole-x2": "interrupted"}
    assert rig.stage.calls[-1] == ("restore", "")


async def test_an_interrupt_ends_the_wait_for_pods(rig: Rig) -> None:
    rig.stage.waits = asyncio.Event()
    rig.stage.troubles["ready", "llama-whole-x1"] = rig.controls.interrupt
    async with asyncio.timeout(5):
        await rig.run()
    assert rig.states()["llama-whole-x1"] == "interrupted"
    assert rig.measured() == []
    assert rig.stage.calls[-1] == ("restore", "")


async def test_cancelling_puts_everything_back(rig: Rig) -> None:
    rig.stage.waits = asyncio.Event()
    task = asyncio.create_task(rig.run())
    await rig.stage.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert rig.stage.calls[-1] == ("restore", "")


async def test_a_resumed_plan_measures_only_what_is_not_done(rig: Rig) -> None:
    rig.loader.troubles["llama-whole-x2"] = fails("the endpoint is gone")
    rig.loader.troubles["deepseek-whole-x1"] = lambda controls: controls.interrupt()
    await rig.run()
    rig.loader.troubles.clear()
    rig.loader.measured.clear()
    rig.controls = Controls()
    outcome = await rig.run()
    assert rig.measured() == FIT[1:]
    assert set(rig.states().values()) == {"done", "skipped"}
    assert [result.cell.id for result in outcome.results] == [cell.id for cell in CELLS]
    again = next(result for result in outcome.results if result.cell.id == "llama-whole-x2")
    assert again.models[0].folder == "cells/llama-whole-x2.2/llama"  # what was half measured stays beside


async def test_a_placement_that_is_not_the_plans_is_noted_and_measured_all_the_same(rig: Rig) -> None:
    rig.stage.problem = "n1 GPU 0 shared with a/b"
    await rig.run()
    first = read_plan(rig.path).results[0]
    assert (first.state, first.note) == ("done", "n1 GPU 0 shared with a/b")


async def test_what_could_not_be_put_back_is_told(rig: Rig) -> None:
    rig.stage.left_over = ("inference/r1 is not as it was",)
    outcome = await rig.run()
    assert outcome.left_over == rig.stage.left_over
    assert read_plan(rig.path).marks[-1].text == "inference/r1 is not as it was"


async def test_what_is_left_is_told_from_what_cells_really_took(rig: Rig) -> None:
    await rig.run()
    started = [progress for progress in rig.told if progress.phase == "scaling"]
    assert [progress.number for progress in started] == [1, 2, 3, 4, 5, 6]
    last = started[-1]  # one cell of a held load: 240 + 180 + 30 s as estimated, at the pace of those before
    assert last.eta_seconds is not None
    assert 0 < last.eta_seconds < 240 + 180 + 30
    assert rig.told[-1].phase == "done" and rig.told[-1].eta_seconds == 0.0
