"""``--watch`` and ``record`` as processes: they see what happens, end on Ctrl-C with 130, and what is kept is whole."""

import json
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Lab
from tests.e2e.process import PATIENCE_SECONDS, Answer, ended, start
from tests.e2e.raw import WORKLOADS, inference_workload
from tui.store import Replay

Json = dict[str, Any]
PATH = WORKLOADS.format("runai-test")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def watching(lab: Lab, home: Path) -> Iterator[subprocess.Popen[str]]:
    process = start(home, "workloads", "--watch", "--namespace", "runai-test", *lab.flags, NIMDECK_REFRESH="0.2")
    with process:
        yield process
        process.kill()


def until(process: subprocess.Popen[str], wanted: Callable[[Json], bool], most_seconds: float = 40) -> Json:
    """The first document that is as wanted."""
    assert process.stdout is not None
    end = time.monotonic() + most_seconds
    while (left := end - time.monotonic()) > 0:
        assert select.select([process.stdout], [], [], left)[0], "no further line"
        line = process.stdout.readline()
        assert line, "it ended"
        document: Json = json.loads(line)
        if wanted(document):
            return document
    raise AssertionError("not in time")


def item(document: Json, name: str) -> Json | None:
    return next((one for one in document["items"] if one["name"] == name), None)


def test_a_workload_is_made_runs_and_goes(lab: Lab, watching: subprocess.Popen[str]) -> None:
    first = until(watching, lambda document: True)
    assert first["schema"] == "nimdeck.workloads/1"
    assert item(first, "e2e") is None
    lab.raw.create(PATH, inference_workload("e2e", "0.5", replicas=2))
    made = until(watching, lambda document: item(document, "e2e") is not None)
    assert made["generated_at"] > first["generated_at"]

    def runs(document: Json) -> bool:
        one = item(document, "e2e") or {}
        return (one.get("phase"), one.get("running_pods"), one.get("gpu_allocated")) == ("Running", 2, 1.0)

    running = until(watching, runs)
    assert (item(running, "e2e") or {})["endpoint"].startswith("http")
    lab.raw.delete(f"{PATH}/e2e")
    gone = until(watching, lambda document: item(document, "e2e") is None)
    assert [one["name"] for one in gone["items"]] == [one["name"] for one in first["items"]]
    watching.send_signal(signal.SIGINT)
    answer = ended(watching)
    assert (answer.code, answer.err) == (130, "")


def test_a_recording_that_ctrl_c_ends_is_whole(lab: Lab, home: Path) -> None:
    path = home / "recording"
    process = start(home, "record", str(path), *lab.flags)
    assert process.stderr is not None
    assert select.select([process.stderr], [], [], PATIENCE_SECONDS)[0]
    told = process.stderr.readline()
    assert str(path) in told and "Ctrl-C" in told
    process.send_signal(signal.SIGINT)
    answer: Answer = ended(process)
    assert answer.code == 130
    assert f"nimdeck replay {path}" in answer.err
    replay = Replay(path)
    try:
        assert replay.damage == ""
        assert len(replay.snapshot.nodes) == 16
        assert sum(node.gpu_allocated or 0 for node in replay.snapshot.nodes.values()) > 40
    finally:
        replay.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_lab_serves_within_20_s_and_leaves_nothing(home: Path, number: signal.Signals) -> None:
    began = time.monotonic()
    process = start(home, "lab", "--nodes", "2", "--scenario", "pending", TMPDIR=str(home))
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 20)[0], "not ready within 20 s"
    printed = json.loads(process.stdout.readline())
    assert time.monotonic() - began < 20
    assert {"kubeconfig", "prometheus", "runai", "nims", "planted"} <= printed.keys()
    assert printed["planted"]
    folder = Path(printed["kubeconfig"]).parent
    assert folder.is_relative_to(home) and folder.is_dir()
    process.send_signal(number)
    answer = ended(process)
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert not folder.exists()
