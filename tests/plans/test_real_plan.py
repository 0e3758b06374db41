"""A small plan for real: launched on the embedded cluster, loaded over HTTP, killed in the middle and resumed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli_bench.command import wait_until
from tests.e2e.process import ROOT, Json, environment, lab_process
from tui.bench.results.reader import read_run
from tui.plans.folder import RESTORE_FILE, read_plan

PLAN = """\
name = "small"
project = "test"

[load]
isl = 60
osl = 8
users_per_pod = [2]
duration_seconds = 1
cooldown_seconds = 0
workers = "local:1"
ready_timeout_seconds = 60

[[models]]
key = "llama"
name = "meta/llama-3.1-8b-instruct"
spec = { name = "plan-llama", model = "meta/llama-3.1-8b-instruct", version = "1.8.4" }

[[tests]]
id = "half"
models = ["llama"]
scheduler = "runai"
gpu_per_pod = 0.5
pods = [1, 2]
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Json]:
    """What the lab printed."""
    with lab_process(tmp_path, "--speed", "300", "--nodes", "2") as told:
        yield told


@pytest.mark.slow
def test_a_killed_plan_is_resumed_at_its_cell_and_everything_is_put_back(lab: Json, tmp_path: Path) -> None:
    plan, folder = tmp_path / "small.toml", tmp_path / "plan"
    plan.write_text(PLAN)
    home = environment(tmp_path, XDG_STATE_HOME=str(tmp_path / "state"))
    cluster = ["--kubeconfig", lab["kubeconfig"], "--prometheus", lab["prometheus"]]
    command = [sys.executable, "-P", "-m", "tui.cli", "bench", "plan", str(plan), "-O", str(folder), "--yes", *cluster]
    beats = folder / "cells" / "half-x2" / "llama" / "beats.jsonl"

    with subprocess.Popen(
        command, cwd=ROOT, env=home, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        loads = lambda: process.poll() is not None or (beats.is_file() and beats.stat().st_size > 0)  # noqa: E731
        wait_until(loads, "the second cell was not loaded in time", 40.0)
        assert process.poll() is None, process.communicate()  # in the middle of the second cell
        os.kill(process.pid, signal.SIGKILL)
    before = read_plan(folder)
    assert [(result.cell.id, result.state) for result in before.results] == [("half-x1", "done")]
    kept = json.loads((folder / RESTORE_FILE).read_text())
    assert kept["launched"] == [["runai-test", "plan-llama-r050", "InferenceWorkload"]]

    done = subprocess.run(
        [*command, "--resume", "-o", "json"],
        cwd=ROOT,
        env=home,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    items = json.loads(done.stdout)["items"]
    assert [(item["cell"], item["state"]) for item in items] == [("half-x1", "done"), ("half-x2", "done")]

    after = read_plan(folder)
    assert after.results[0] == before.results[0]  # not run again
    first, second = (result.models[0] for result in after.results)
    assert (first.users, second.users) == (2, 4)
    assert second.folder == "cells/half-x2.2/llama"
    run = read_run(folder / second.folder)
    assert run.points == (second.point,)
    assert second.point is not None and second.point.requests > 0 and second.point.failed == 0
    placed = after.results[1].placed
    assert placed is not None and sum(pods for _, pods in placed.by_node) == 2
    assert any(frame.ready_pods == 2 and frame.users == 4 for frame in after.frames)

    assert not (folder / RESTORE_FILE).exists()
    audit = [json.loads(line) for line in (tmp_path / "state" / "nimdeck" / "audit.jsonl").read_text().splitlines()]
    deleted = [line["object"] for line in audit if line["verb"] == "delete" and line["result"] == "ok"]
    assert deleted == [
        "inferenceworkloads.run.ai runai-test/plan-llama-r050",
        "services runai-test/plan-llama-r050-lb",
    ]
