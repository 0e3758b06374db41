"""A plan that loads three pods at their own addresses, from the two pods of a Job: the way of a large test, whole."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli_bench.command import ROOT, wait_until
from tests.plans.lab import Lab, processes, running_lab
from tui.bench.results.reader import read_run
from tui.bench.results.windows import read_windows
from tui.plans.folder import RESTORE_FILE, read_plan
from tui.plans.spread import uneven
from tui.plans.values import PlanRun

NAMESPACE = "default"
PLAN = """\
name = "wide"
project = "test"

[load]
isl = 60
osl = 8
users_per_pod = [2]
duration_seconds = 2
cooldown_seconds = 0
through = "pods"
workers = "job:2"
ready_timeout_seconds = 60

[[models]]
key = "llama"
name = "meta/llama-3.1-8b-instruct"
spec = { name = "plan-wide", model = "meta/llama-3.1-8b-instruct", version = "1.8.4" }

[[tests]]
id = "whole"
models = ["llama"]
scheduler = "runai"
gpu_per_pod = 1
pods = [3]
"""


@dataclass(frozen=True)
class Ran:
    """What is left of it."""

    lab: Lab
    folder: Path
    plan: PlanRun
    item: dict[str, object]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    home = tmp_path_factory.mktemp("wide")
    (home / "wide.toml").write_text(PLAN)
    folder = home / "plan"
    with running_lab(home, "--nodes", "4", "--gpus", "8", "--speed", "300") as lab:
        command = [sys.executable, "-m", "tui.cli", "bench", "plan", str(home / "wide.toml"), "-O", str(folder)]
        done = subprocess.run(
            [*command, "--yes", "-o", "json", "--prometheus", lab.prometheus],
            cwd=ROOT,
            env={**os.environ, **lab.settings(NAMESPACE), "NIMDECK_PROMETHEUS_ENABLED": "true"},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert document["left_over"] == []
        (item,) = document["items"]
        yield Ran(lab, folder, read_plan(folder), item)


@pytest.mark.slow
def test_every_pod_got_its_share_by_its_own_counters(ran: Ran) -> None:
    (result,) = ran.plan.results
    assert (result.state, result.note) == ("done", "")
    spread = result.models[0].spread
    assert spread is not None and spread.imbalance is not None
    assert len(spread.requests) == 3
    counts = [count for _, count in spread.requests]
    assert min(counts) > 20
    assert uneven(spread, "pods") == ""


@pytest.mark.slow
def test_both_workers_were_pods_that_sent_windows_only(ran: Ran) -> None:
    (model,) = ran.plan.results[0].models
    assert model.folder is not None
    run = read_run(ran.folder / model.folder)
    assert (run.head.load.place, run.head.load.workers, len(run.head.load.addresses)) == ("job", 2, 3)
    (point,) = run.points
    assert (point.concurrency, point.failed, point.client.workers) == (6, 0, 2)
    assert point.requests > 30
    windows = [line for line in read_windows(ran.folder / model.folder) if line.line is not None]
    assert {line.worker for line in windows} == {0, 1}
    assert (ran.folder / model.folder / "records.jsonl.gz").stat().st_size == 0


@pytest.mark.slow
def test_the_job_is_gone_and_all_was_made_and_deleted_by_the_one_writer(ran: Ran) -> None:
    assert ran.lab.jobs(NAMESPACE) == []
    assert not (ran.folder / RESTORE_FILE).exists()
    audit = [line for line in ran.lab.audit(NAMESPACE) if "nimdeck-load-" in line["object"]]
    assert [(line["verb"], line["result"]) for line in audit] == [("create", "ok"), ("delete", "ok")]
    job = audit[0]["object"].rpartition("/")[2]
    wait_until(lambda: not processes(job), "a process outlived its pod")
