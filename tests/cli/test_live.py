"""Against a real cluster: ``NIMDECK_LIVE_KUBECONFIG``, ``NIMDECK_LIVE_PROMETHEUS``; reads only. ``pytest -m live``."""

import json
import os

import pytest

from tests.cli.test_documents import coded
from tests.cli.test_lab import nimdeck

pytestmark = pytest.mark.live


def flags() -> list[str]:
    """What of the cluster is named; without any there is nothing to run against."""
    named = {"--kubeconfig": "NIMDECK_LIVE_KUBECONFIG", "--prometheus": "NIMDECK_LIVE_PROMETHEUS"}
    given = [part for flag, name in named.items() if os.environ.get(name) for part in (flag, os.environ[name])]
    if not given:
        pytest.skip("no live cluster is named: set NIMDECK_LIVE_KUBECONFIG or NIMDECK_LIVE_PROMETHEUS")
    return [*given, "--read-only"]


@pytest.mark.parametrize("kind", ["nodes", "workloads", "projects", "pending", "events"])
def test_every_document_can_be_read(kind: str) -> None:
    answer = nimdeck(kind, "-o", "json", *flags())
    assert answer.returncode == 0, answer.stderr
    assert "Traceback" not in answer.stderr
    document = json.loads(answer.stdout)
    for item in document["items"]:
        assert list(item) == coded()[kind]


def test_nothing_is_counted_twice() -> None:
    for node in json.loads(nimdeck("nodes", "-o", "json", *flags()).stdout)["items"]:
        placed = [gpu["allocated_fraction"] for gpu in node["gpus"]]
        if node["gpu_allocated"] is None or node["gpu_unplaced"] is None or None in placed:
            continue
        assert sum(placed) + node["gpu_unplaced"] == pytest.approx(node["gpu_allocated"], abs=1e-4)
        assert node["gpu_allocatable"] is None or node["gpu_allocated"] <= node["gpu_allocatable"] + 1e-4
