"""An autoscaler seen: what the seconds tell, by hand-made ones, and one real ramp on the embedded cluster."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.e2e.process import ROOT, environment, lab_process
from tui.bench.stats.timeline import Timeline
from tui.bench.stats.window import BeatWindow, SendWindow
from tui.plans.autoscale import seen, thinned, users_at, words
from tui.plans.autoscale_file import FILE, read_seconds
from tui.plans.autoscale_watch import Pods, Watched
from tui.plans.folder import read_plan
from tui.plans.values import Ramp, Second

RAMP = Ramp("auto", ((0, 10), (60, 10), (120, 110), (180, 0)))


def test_users_are_linear_between_the_steps_and_none_after_the_last() -> None:
    assert [users_at(RAMP, at) for at in (0, 30, 60, 90, 120, 150, 180, 181)] == [10, 10, 10, 60, 110, 55, 0, 0]
    assert users_at(Ramp("auto", ()), 5) == 0


def line(seconds: float, users: int, ttft_ms: float | None, wanted: int, ready: int) -> Second:
    requests = None if ttft_ms is None else 2
    return Second(seconds, 1e9 + seconds, users, requests, ttft_ms, None, 0, wanted, ready, float(ready))


UP_AND_DOWN = (
    *(line(at, 10, 100.0, 1, 1) for at in range(10)),
    *(line(at, 50, 900.0, 3, 1) for at in range(10, 30)),
    *(line(at, 50, 150.0, 3, 3) for at in range(30, 50)),
    *(line(at, 0, None, 3, 3) for at in range(50, 60)),
    *(line(at, 0, None, 1, 1) for at in range(60, 70)),
)


def test_when_it_scaled_how_long_a_pod_took_what_users_felt_and_when_the_gpus_came_back() -> None:
    found = seen(UP_AND_DOWN)
    up, down = found.changes
    assert (up.seconds, up.before, up.after, up.users, up.serving_after_seconds) == (10, 1, 3, 50, 20)
    assert (up.ttft_before_ms, up.ttft_worst_ms, up.ttft_after_ms) == (100.0, 900.0, 150.0)
    assert (down.seconds, down.before, down.after, down.serving_after_seconds) == (60, 3, 1, 0)
    assert found.gpus_back_after_seconds == 60 - 49
    assert (found.most_pods, found.most_users) == (3, 50)
    assert found.gpu_seconds == 30 * 1 + 30 * 3 + 9 * 1
    assert words(found) == (
        "1 to 3 pods at 10 s (50 users), serving 20 s later, TTFT 100 > 900 > 150 ms; 3 to 1 pods at 60 s (0 users); "
        "its GPUs were back 11 s after the load ended"
    )


def test_pods_that_did_not_serve_before_it_changed_again_are_one_step_with_what_came_after() -> None:
    seconds = (*(line(at, 9, 100.0, 1, 1) for at in range(3)), line(3, 9, 500.0, 2, 1), line(4, 9, 600.0, 3, 1))
    first = seen(seconds).changes[0]
    assert first.serving_after_seconds is None and first.ttft_after_ms is None
    told = "1 to 3 pods at 3 s (9 users), not serving while it was watched, TTFT 100 > 600 > – ms"
    assert words(seen(seconds)) == f"{told}; its GPUs did not come back while it was watched"
    served = (*seconds, line(9, 9, 90.0, 3, 3), line(10, 0, None, 2, 3), line(11, 0, None, 1, 1))
    told = "1 to 3 pods at 3 s (9 users), serving 6 s later, TTFT 100 > 600 > 90 ms; 3 to 1 pods at 10 s (0 users)"
    assert words(seen(served)).startswith(told)


def test_seconds_for_drawing_keep_every_request_and_the_last_state() -> None:
    few = thinned(UP_AND_DOWN, 7)
    assert [one.seconds for one in few] == [9, 19, 29, 39, 49, 59, 69]
    assert sum(one.requests or 0 for one in few) == sum(one.requests or 0 for one in UP_AND_DOWN) == 100
    assert [one.ttft_ms for one in few] == [100.0, 900.0, 900.0, 150.0, 150.0, None, None]
    assert thinned(UP_AND_DOWN, 100) == UP_AND_DOWN
    uneven = (replace(few[0], requests=1, ttft_ms=10.0), replace(few[1], requests=3, ttft_ms=50.0))
    assert thinned(uneven, 1)[0].ttft_ms == 40.0


def test_what_failed_is_told_beside_the_change_that_it_belongs_to_and_once() -> None:
    failed = {2: 1, 12: 3, 34: 2, 36: 4, 62: 5}
    seconds = tuple(replace(one, failed=failed.get(int(one.seconds), 0)) for one in UP_AND_DOWN)
    up, down = seen(seconds).changes
    assert (up.failed, down.failed) == (1 + 3 + 2, 4 + 5), "five seconds after they served a change is over"
    assert "TTFT 100 > 900 > 150 ms, 6 requests failed; 3 to 1 pods at 60 s (0 users), 9 requests failed" in words(
        seen(seconds)
    )


def test_a_start_from_no_pod_is_a_cold_start_and_unknown_pods_tell_nothing() -> None:
    cold = (line(0, 0, None, 0, 0), line(1, 4, None, 1, 0), line(31, 4, 200.0, 1, 1))
    assert seen(cold).cold_start_seconds == 30
    unknown = tuple(replace(one, wanted=None, ready=None, gpus=None) for one in UP_AND_DOWN)
    found = seen(unknown)
    assert found.changes == () and found.gpu_seconds is None and found.gpus_back_after_seconds is None
    assert words(found) == "the autoscaler changed nothing"


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    assert read_seconds(tmp_path) == ()
    (tmp_path / FILE).write_text(
        '{"seconds":1.0,"at":1e9,"users":3,"requests":null,"ttft_ms":null,"output_tokens_per_second":null,"failed":0,'
        '"wanted":1,"ready":1,"gpus":0.5}\n{"seconds":2.0,"us'
    )
    assert [one.seconds for one in read_seconds(tmp_path)] == [1.0]


def test_what_users_felt_stands_in_the_second_of_their_send_however_late_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("tui.plans.autoscale_watch.time", SimpleNamespace(monotonic=lambda: now, time=lambda: now))
    gpus = 1.0
    watched = Watched("llama", tmp_path, lambda _: Pods(int(gpus), int(gpus), gpus), lambda at: 50 + int(at))
    watched._began = 100.0  # as watch() sets it
    timeline = Timeline()
    for place in range(14):
        now = 100.0 + place
        beat = BeatWindow()
        beat.seconds, beat.sent_measured, beat.chunks = 1.0, 1, 30
        timeline.add_beat(place, beat)
        watched.hear(timeline)
        watched.note()
    assert [one.users for one in watched.seconds()][:2] == [50, 51]
    assert {one.ttft_ms for one in watched.seconds()} == {None}
    late = SendWindow()
    late.add_request(ttft_seconds=9.0, e2e_seconds=9.5, itl_seconds=0.01, output_tokens=30, content_chunks=30)
    timeline.add_send(0, late)
    watched.hear(timeline)
    assert len(read_seconds(tmp_path)) == 4  # what is ten seconds old
    gpus = 3.0
    assert not watched.is_back()
    gpus = 1.0
    assert watched.is_back()
    watched.over()
    watched.note()
    watched.close()
    kept = read_seconds(tmp_path)
    assert kept == watched.seconds()
    assert (kept[0].ttft_ms, kept[0].requests, kept[0].failed) == (pytest.approx(9000.0), 1, 0)
    assert (kept[1].ttft_ms, kept[1].requests, kept[1].output_tokens_per_second) == (None, 0, pytest.approx(30.0))
    assert (kept[-1].users, kept[-1].wanted, kept[-1].gpus) == (0, 1, 1.0)


PLAN = """
name = "auto"
kind = "autoscale"
project = "test"
load = { isl = 60, osl = 8, start = "staggered", through = "route", ready_timeout_seconds = 60 }
ramps = [{ test = "auto", steps = [[0, 1], [1, 12], [10, 12]] }]
[[models]]
key = "llama"
name = "meta/llama-3.1-8b-instruct"
[models.spec]
name = "plan-auto"
model = "meta/llama-3.1-8b-instruct"
version = "1.8.4"
replicas = { min = 1, max = 3, metric = "concurrency", target = 4 }
[[tests]]
id = "auto"
models = ["llama"]
scheduler = "runai"
gpu_per_pod = 0.5
pods = [3]
"""


@pytest.mark.slow
def test_knatives_autoscaler_is_left_alone_under_users_that_come(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_text(PLAN)
    home = environment(tmp_path, NIMDECK_PROMETHEUS_ENABLED="false", XDG_STATE_HOME=str(tmp_path / "state"))
    with lab_process(tmp_path, "--nodes", "4", "--gpus", "4", "--speed", "100") as told:
        command = [sys.executable, "-P", "-m", "tui.cli", "bench", "plan", str(tmp_path / "plan.toml"), "--yes"]
        command += ["--kubeconfig", told["kubeconfig"], "-O", str(tmp_path / "out")]
        done = subprocess.run(command, cwd=ROOT, env=home, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (result,) = read_plan(tmp_path / "out").results
    folder = result.models[0].folder
    assert result.state == "done" and folder is not None
    found = seen(read_seconds(tmp_path / "out" / folder))
    assert any(change.after > change.before and change.serving_after_seconds is not None for change in found.changes)
    assert found.gpus_back_after_seconds is not None
    assert found.most_users == 12 and found.most_pods is not None and found.most_pods > 1
    assert result.note == words(found)
