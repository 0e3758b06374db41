"""The commands against the embedded cluster as processes, the way an operator or a script runs them."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.test_documents import coded
from tui.cli import demo
from tui.demo.world.hardware import MAX_GPUS, MAX_NODES
from tui.demo.world.scenarios import SCENARIOS
from tui.store import Replay

ROOT = Path(__file__).parents[2]
READY_SECONDS = 20  # the contract's


def nimdeck(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environ},
    )


@pytest.fixture(scope="module")
def lab() -> Iterator[dict]:
    """``nimdeck lab`` with three nodes; its one line, read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "lab", "--nodes", "3", "--seed", "7"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdout is not None
            assert select.select([process.stdout], [], [], READY_SECONDS)[0], "not ready in time"
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, b"", b"")


@pytest.fixture(scope="module")
def on_lab(lab: dict) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return nimdeck(*arguments, "--kubeconfig", lab["kubeconfig"], "--prometheus", lab["prometheus"])

    return run


def test_the_line_names_what_the_contract_names(lab: dict) -> None:
    assert {"kubeconfig", "prometheus", "runai", "nims", "planted"} <= lab.keys()
    assert lab["runai"].keys() == {"url", "client_id", "client_secret_file"}
    assert Path(lab["kubeconfig"]).is_file()


@pytest.mark.parametrize("kind", ["nodes", "workloads", "projects", "pending", "events"])
def test_every_document_has_its_documented_fields(on_lab, kind: str) -> None:
    answer = on_lab(kind, "-o", "json")
    assert (answer.returncode, answer.stderr) == (0, "")
    document = json.loads(answer.stdout)
    assert list(document) == coded()["document"]
    assert document["schema"] == f"nimdeck.{kind}/1"
    for item in document["items"]:
        assert list(item) == coded()[kind]


def test_nodes_keep_the_sum_rule_and_every_slice_of_a_calm_cluster_has_its_gpu(on_lab) -> None:
    nodes = json.loads(on_lab("nodes", "-o", "json").stdout)["items"]
    assert [node["name"] for node in nodes] == ["node001", "node002", "node003"]
    for node in nodes:
        assert node["gpu_unplaced"] == 0
        assert sum(gpu["allocated_fraction"] for gpu in node["gpus"]) == pytest.approx(node["gpu_allocated"])
        assert all(gpu["utilization_fraction"] is not None for gpu in node["gpus"])
        assert [gpu["index"] for gpu in node["gpus"]] == [0, 1, 2, 3]


def test_without_kubernetes_the_answer_is_approximate_and_says_so(lab: dict) -> None:
    answer = nimdeck("nodes", "-o", "json", "--prometheus", lab["prometheus"], NIMDECK_KUBERNETES_ENABLED="false")
    assert answer.returncode == 0
    document = json.loads(answer.stdout)
    assert "kubernetes" not in document["sources"] or document["sources"]["kubernetes"]["state"] == "absent"
    assert all(node["approximate"] for node in document["items"])


def test_a_cluster_that_does_not_answer_is_3_and_one_line(tmp_path: Path) -> None:
    answer = nimdeck("nodes", "-o", "json", "--timeout", "5", "--prometheus", "http://127.0.0.1:1",
                     NIMDECK_KUBERNETES_ENABLED="false", HOME=str(tmp_path))  # fmt: skip
    assert (answer.returncode, answer.stdout) == (3, "")
    assert answer.stderr.count("\n") == 1
    assert "127.0.0.1:1" in answer.stderr


def test_what_is_recorded_can_be_played(on_lab, tmp_path: Path) -> None:
    path = tmp_path / "three-nodes"
    answer = on_lab("record", str(path), "--duration", "0.1")
    assert answer.returncode == 0
    assert f"nimdeck replay {path}" in answer.stderr
    replay = Replay(path)
    try:
        assert list(replay.snapshot.nodes) == ["node001", "node002", "node003"]
        assert replay.damage == ""
    finally:
        replay.stop()
    again = on_lab("record", str(path))
    assert again.returncode == 2
    assert "exists; name a new file" in again.stderr


def test_a_file_that_is_no_recording_is_told_before_the_screen_opens(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("milk, eggs")
    answer = nimdeck("replay", str(path))
    assert answer.returncode == 2
    assert answer.stderr == f"nimdeck: {path}: not a nimdeck recording; name a file that nimdeck record wrote\n"


def test_the_grammar_offers_what_the_embedded_cluster_has() -> None:
    assert sorted(demo.SCENARIOS) == sorted(SCENARIOS)
    assert (demo._MOST_NODES, demo._MOST_GPUS) == (MAX_NODES, MAX_GPUS)
