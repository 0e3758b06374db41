"""Against the embedded cluster, by keys: from nothing to a probed endpoint."""

import time
from pathlib import Path

import pytest

from tests.screens_launch.keys import running
from tests.screens_launch.world import embedded


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
async def test_a_new_user_comes_to_a_probed_endpoint(tmp_path: Path, size: tuple[int, int]) -> None:
    started = time.monotonic()
    async with embedded(tmp_path) as cluster, running(cluster, size) as keys:
        await keys.new("first-llama", profile="half-gpu listing")
        await keys.press("f5")
        await keys.until("the server takes it")
        await keys.press("enter")
        await keys.until("READY")
        await keys.press("t")
        await keys.until("Address:")
        while "it serves" not in keys.text():  # the embedded NIM begins to answer up to a second after its pod is ready
            await keys.press("r")
            await keys.pilot.pause(0.5)
        assert "it serves" in keys.text()
        made = cluster.named("inferenceworkloads", "first-llama", "run.ai")
        assert made["spec"]["gpu"] == {"value": "0.5"}
        assert made["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "nimdeck"}
    assert keys.count <= 25
    assert time.monotonic() - started < 60
