"""A point's figures can be made anew of the windows on disk, to the last digit, whatever ended the run."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench_engine.stage import Clock, Script, Stage
from tests.bench_results.made import LOAD
from tui.bench.results.reader import read_run
from tui.bench.results.rundir import RunDirectory
from tui.bench.results.windows import WINDOW_FILE, read_windows, recomputed, timelines
from tui.bench.spec import PointSpec


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("point", "run"):
        monkeypatch.setattr(f"tui.bench.engine.{module}.time", made)
    return made


async def kept(clock: Clock, path: Path, script: Script, *points: PointSpec, resume: bool = False, **limits) -> Stage:
    stage = Stage(clock, script, **limits)
    directory = RunDirectory(path, "run", resume=resume)
    directory.begin(LOAD)
    stage.sink = directory  # type: ignore[assignment]
    await stage.play(lambda engine: engine.sweep(points))
    directory.close()
    return stage


def stored(path: Path) -> dict:
    run = read_run(path)
    return dict(zip(run.numbers, run.points, strict=True))


@pytest.mark.parametrize("limits", [{}, {"requests": 100}, {"duration_seconds": 7.0}, {"longest_seconds": 8.0}])
async def test_figures_of_the_windows_alone_are_those_of_the_point(clock: Clock, tmp_path: Path, limits: dict) -> None:
    script = Script(ttft=lambda users: 0.1 + 0.01 * users + 0.001 * (clock.now % 7))
    await kept(clock, tmp_path / "r", script, PointSpec(users=4), PointSpec(users=9), workers=2, **limits)
    points = stored(tmp_path / "r")
    assert len(points) == 2
    assert recomputed(tmp_path / "r") == points
    assert all(point.ttft_ms.interval for point in points.values())


async def test_an_attempt_that_lost_a_worker_is_kept_apart(clock: Clock, tmp_path: Path) -> None:
    await kept(clock, tmp_path / "r", Script(dies={1: 4}), PointSpec(users=4), workers=2, requests=40)
    points = stored(tmp_path / "r")
    assert list(points) == [2]
    assert recomputed(tmp_path / "r") == points
    assert list(timelines(tmp_path / "r")) == [1, 2]


async def test_an_open_loop_and_failures_come_back_too(clock: Clock, tmp_path: Path) -> None:
    await kept(clock, tmp_path / "a", Script(requests_a_second=10), PointSpec(rate=20.0), workers=2, requests=50)
    await kept(clock, tmp_path / "b", Script(fails=True), PointSpec(users=3))
    for path in (tmp_path / "a", tmp_path / "b"):
        assert stored(path)
        assert recomputed(path) == stored(path)


async def test_a_kill_costs_the_last_line_and_a_resumed_run_does_not_mix(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "r"
    await kept(clock, path, Script(), PointSpec(users=4), requests=30)
    whole = (path / WINDOW_FILE).read_bytes()
    beat, facts = whole.splitlines(keepends=True)[0], whole.splitlines(keepends=True)[-1]
    assert b'"facts"' in facts
    under_way = beat.replace(b'"point":1', b'"point":2', 1)
    (path / WINDOW_FILE).write_bytes(whole + under_way + facts[:40])
    assert recomputed(path) == stored(path)
    assert len(list(read_windows(path))) == whole.count(b"\n") + 1
    assert 0 in timelines(path)[2].beats

    await kept(clock, path, Script(), PointSpec(users=8), requests=30, resume=True)
    assert list(stored(path)) == [1, 3], "number 2 is that of the point that was killed"
    assert recomputed(path) == stored(path)


async def test_a_secret_in_a_note_is_struck_out_here_too(clock: Clock, tmp_path: Path) -> None:
    stage = Stage(clock, Script(notice="http_401: key nvapi-hidden is wrong"), requests=10)
    directory = RunDirectory(tmp_path / "r", "run", secrets=("nvapi-hidden",))
    directory.begin(replace(LOAD))
    stage.sink = directory  # type: ignore[assignment]
    await stage.play(lambda engine: engine.sweep([PointSpec(users=1)]))
    directory.close()
    assert b"nvapi-hidden" not in (tmp_path / "r" / WINDOW_FILE).read_bytes()
    assert recomputed(tmp_path / "r") == stored(tmp_path / "r")
