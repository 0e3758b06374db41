"""A plan on a thread beside the app: started, looked at, stopped, and never left behind."""

import threading
from pathlib import Path

from tests.plans.fakes import FakeLoader, FakeStage
from tests.plans.made import CELLS, PLAN
from tui.bench.engine.controls import Controls
from tui.plans.folder import read_plan
from tui.plans.plan_run import PlanJob, PlanThread
from tui.plans.plan_time import PlanTime, SimulatedTime
from tui.plans.simulated_clock import SimulatedClock


class Rig:
    """A plan of fakes; its third cell waits for ``go_on``."""

    def __init__(self, path: Path) -> None:
        self.stage: FakeStage | None = None
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.thread = PlanThread(PlanJob(PLAN, CELLS, path, self.parts, simulated=True))

    def parts(self, _: Path) -> tuple[FakeStage, FakeLoader, PlanTime]:
        time = SimulatedTime(SimulatedClock(), 1000.0)
        self.stage, loader = FakeStage(time), FakeLoader(time)
        loader.troubles[CELLS[2].id] = self._wait
        return self.stage, loader, time

    def _wait(self, _: Controls) -> None:
        self.reached.set()
        assert self.go_on.wait(10)


def test_it_runs_to_its_end(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "p")
    assert rig.thread.label() == ""
    rig.thread.start()
    assert rig.reached.wait(10)
    state = rig.thread.state()
    assert state.running and state.outcome is None
    assert rig.thread.label() == "SCALE 3/6"
    assert state.progress.users == 100
    rig.go_on.set()
    rig.thread.wait()
    state = rig.thread.state()
    assert state.outcome is not None and len(state.outcome.results) == len(CELLS)
    assert (state.problem, state.running, rig.thread.label()) == ("", False, "")


def test_stopping_it_puts_everything_back(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "p")
    rig.thread.start()
    assert rig.reached.wait(10)
    rig.thread.stop()
    assert rig.thread.label() == "SCALE stopping"
    rig.go_on.set()
    assert rig.thread.close(10)
    assert rig.stage is not None and rig.stage.calls[-1] == ("restore", "")
    states = [result.state for result in read_plan(tmp_path / "p").results]
    assert states == ["done", "done", "interrupted", "skipped"]


def test_a_folder_that_can_t_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    rig = Rig(tmp_path)
    rig.thread.start()
    rig.thread.wait()
    assert "holds something that is no plan of nimdeck" in rig.thread.state().problem
