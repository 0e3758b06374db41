"""The cluster that the environment names, read through commands and a session, and held against its raw objects.

Read-only, unless ``NIMDECK_LIVE_WRITE=1`` and ``NIMDECK_LIVE_NAMESPACE`` let one small InferenceWorkload be made there.
"""

import json
import signal
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest

from config.load import load
from tests.e2e import recount
from tests.e2e.process import Answer, ended, start
from tests.e2e.raw import inference_workload
from tests.e2e.test_watching import item, until
from tui.session import Session

pytestmark = pytest.mark.live

Json = dict[str, Any]
TRIES = 3  # a live cluster may change between two readings


def kubectl(kubeconfig: str, *arguments: str, text: str | None = None) -> str:
    command = ["kubectl", "--kubeconfig", kubeconfig, *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=120).stdout


def raw(kubeconfig: str, path: str) -> list[Json]:
    found: list[Json] = json.loads(kubectl(kubeconfig, "get", "--raw", path))["items"]
    return found


@pytest.fixture
def flags(kubeconfig: str, prometheus: str) -> tuple[str, ...]:
    return "--kubeconfig", str(Path(kubeconfig).absolute()), "--prometheus", prometheus, "--timeout", "60"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def command(home: Path, kind: str, flags: tuple[str, ...]) -> Answer:
    return ended(start(home, kind, "-o", "json", *flags))


@pytest.mark.parametrize("kind", ["nodes", "workloads", "projects", "events"])
def test_every_command_answers_and_tells_of_every_source(home: Path, flags: tuple[str, ...], kind: str) -> None:
    answer = command(home, kind, flags)
    assert answer.code == 0, answer.err
    assert answer.document["schema"] == f"nimdeck.{kind}/1"
    assert answer.state("kubernetes") == "live", answer.detail("kubernetes")
    assert answer.state("prometheus") == "live", answer.detail("prometheus")
    for name, source in answer.document["sources"].items():
        assert source["state"] != "failed", f"{name}: {source['detail']}"
        assert source["age_seconds"] is None or source["age_seconds"] >= 0


def test_nodes_agree_with_a_recount_of_raw_objects(home: Path, flags: tuple[str, ...], kubeconfig: str) -> None:
    for attempt in range(TRIES):
        items = command(home, "nodes", flags).items
        nodes, pods = raw(kubeconfig, "/api/v1/nodes"), raw(kubeconfig, "/api/v1/pods")
        counted = recount.by_node(nodes, pods)
        seen = {node["name"]: node["gpu_allocated"] for node in items}
        if seen == pytest.approx(counted, abs=1e-3) or attempt == TRIES - 1:
            assert seen == pytest.approx(counted, abs=1e-3)
            break
    for node in items:
        placed = sum(gpu["allocated_fraction"] or 0 for gpu in node["gpus"])
        assert placed + node["gpu_unplaced"] == pytest.approx(node["gpu_allocated"], abs=1e-4)
        assert node["gpu_free"] >= 0
        for gpu in node["gpus"]:
            assert gpu["utilization_fraction"] is None or 0 <= gpu["utilization_fraction"] <= 1
            assert gpu["measured_age_seconds"] is None or 0 <= gpu["measured_age_seconds"] < 600


def test_workloads_hold_what_nodes_have_given(home: Path, flags: tuple[str, ...]) -> None:
    for attempt in range(TRIES):
        given = sum(node["gpu_allocated"] or 0 for node in command(home, "nodes", flags).items)
        held = sum(one["gpu_allocated"] or 0 for one in command(home, "workloads", flags).items)
        if held == pytest.approx(given, abs=0.01) or attempt == TRIES - 1:
            assert held == pytest.approx(given, abs=0.01)
            break


def test_a_session_keeps_watching(kubeconfig: str, prometheus: str) -> None:
    """Prometheus is asked again and again, Kubernetes is watched, and both stay live."""
    named = {"kubernetes.kubeconfig": kubeconfig, "prometheus.url": prometheus}
    session = Session(load(named, config=None, profile=None).settings)
    session.start()
    try:
        first = session.wait_first(60)
        assert session.store.wait(lambda now: now.sequence >= first.sequence + 3, 60), "nothing new came"
        now = session.store.snapshot
        assert now.nodes.keys() == first.nodes.keys()
        assert {name: str(now.sources[name].state) for name in ("kubernetes", "prometheus")} == {
            "kubernetes": "live",
            "prometheus": "live",
        }
    finally:
        session.stop()


def test_a_small_workload_is_seen_to_come_and_go(
    home: Path, flags: tuple[str, ...], kubeconfig: str, namespace: str
) -> None:
    """An object that no GPU has to be found for: one replica of a tenth. Whether it gets to run is the cluster's."""
    name = f"nimdeck-live-{uuid.uuid4().hex[:6]}"
    body = inference_workload(name, "0.1")
    body["metadata"] |= {"namespace": namespace, "labels": {"project": namespace.removeprefix("runai-")}}
    with start(home, "workloads", "--watch", "--namespace", namespace, *flags) as process:
        try:
            until(process, lambda document: item(document, name) is None, 60)
            kubectl(kubeconfig, "create", "-f", "-", text=json.dumps(body))
            made = item(until(process, lambda document: item(document, name) is not None, 60), name)
            assert made is not None
            assert (made["namespace"], made["kind"]) == (namespace, "InferenceWorkload")
            assert (made["min_replicas"], made["fraction"]) == (1, 0.1)
        finally:
            kubectl(kubeconfig, "delete", "inferenceworkloads.run.ai", name, "-n", namespace, "--ignore-not-found")
        until(process, lambda document: item(document, name) is None, 120)
        process.send_signal(signal.SIGINT)
        assert ended(process).code == 130
