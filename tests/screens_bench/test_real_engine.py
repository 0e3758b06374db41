"""The form's run carried out for real: engine, a worker process, a server that streams, a run directory."""

from dataclasses import replace
from pathlib import Path

from tests.screens_bench.made import LOAD
from tests.truth.build import TruthServer
from tui.bench.results.reader import read_run
from tui.bench.spec import LimitSpec, PointSpec, PromptSpec, SweepPlan
from tui.plans.run import BenchRun
from tui.present.bench import board, picture_of_live, picture_of_run


def test_a_sweep_of_one_point_from_probe_to_disk(tmp_path: Path) -> None:
    with TruthServer(lean=True, ttft_ms=20, itl_ms=2, model="truth") as server:
        load = replace(
            LOAD,
            target=replace(LOAD.target, url=server.url, model="truth"),
            prompts=PromptSpec(50, 5),
            limits=LimitSpec(requests=20),
        )
        run = BenchRun(SweepPlan(load, (PointSpec(users=2),)), tmp_path / "run")
        run.start()
        assert run._thread is not None
        run._thread.join(60)
    state = run.state()
    assert not state.problem and not state.running
    (result,) = state.progress.finished
    assert result.requests == 20 and result.failed == 0 and result.osl == 5.0
    assert result.ttft_ms.mean is not None and 18.0 < result.ttft_ms.mean < 60.0
    kept = read_run(tmp_path / "run")
    assert kept.points == state.progress.finished and not kept.damage
    live, disk = board(picture_of_live(run, "truth"), "users"), board(picture_of_run(kept), "users")
    assert live.rows == disk.rows and live.charts == disk.charts
