"""Against the embedded cluster, by keys: blocked and taken back, launched and edited."""

from pathlib import Path

from tests.screens_launch.keys import running
from tests.screens_launch.world import Embedded, embedded
from tui.sources.writing import read_audit


async def test_what_blocks_it_is_told_and_it_is_taken_back(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.new("no-key")
        await keys.go("secret")
        await keys.paste("gone")
        await keys.until("DOES NOT FIT NOW")
        await keys.press("f5")
        await keys.until("the server takes it")
        await keys.press("ctrl+y")
        await keys.until("BLOCKED")
        assert "a Secret that it needs does not exist" in keys.text()
        await keys.press("U")
        await keys.until("nothing is changed yet")
        await keys.press("ctrl+y")
        await keys.until("all done")
        assert cluster.named("inferenceworkloads", "no-key", "run.ai") is None


async def test_what_was_launched_is_edited_and_only_the_difference_is_sent(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.new("edited")
        await keys.press("f5")
        await keys.until("the server takes it")
        await keys.press("enter")
        await keys.until("pulling the image")
        await keys.press("escape", "2", "slash")
        await keys.paste("edited")
        await keys.press("enter")
        await keys.press("m")
        await keys.until("name, project and scheduler stay")
        await keys.go("max")
        await keys.press("end", "0")
        await keys.press("f5")
        await keys.until("the server takes it")
        assert "+    value: 20" in keys.text()
        await keys.press("enter")
        await keys.until(lambda: max_scale(cluster, "edited") == 20)
        done = [entry.verb for entry in read_audit(tmp_path / "audit.jsonl") if not entry.dry_run]
        assert done == ["patch", "create"]


def max_scale(cluster: Embedded, name: str) -> int:
    found: int = cluster.named("inferenceworkloads", name, "run.ai")["spec"]["maxScale"]["value"]
    return found
