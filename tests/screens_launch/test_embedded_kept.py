"""Against the embedded cluster, by keys: a key is found nowhere, read-only sends nothing."""

from pathlib import Path

from tests.screens_launch.keys import running
from tests.screens_launch.world import embedded
from tui.sources.writing import read_audit

INFERENCE = ("inferenceworkloads", "run.ai")
TOKEN = "nvapi-0123456789-never-shown"


async def test_a_typed_key_becomes_a_secret_and_is_found_nowhere_else(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.new("with-key")
        await keys.go("ngc")
        await keys.press("right", "tab")
        await keys.paste(TOKEN)
        await keys.press("tab")
        await keys.paste("ngc-api-key-typed")
        await keys.until("FITS NOW")
        await keys.press("f5")
        await keys.until("the server takes it")
        assert "create Secret" in keys.text()
        await keys.press("enter")
        await keys.until("pulling the image")
        secret = cluster.named("secrets", "ngc-api-key-typed")
        assert secret is not None and secret["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "nimdeck"}
        assert all(TOKEN not in picture for picture in keys.pictures)
        await keys.press("escape", "4")
        assert not [one for one in keys.app.screen.query("#token") if getattr(one, "value", "")]
    assert holding(tmp_path, TOKEN) == []


def holding(folder: Path, text: str) -> list[Path]:
    """The files in which it stands: log, audit, state, profiles."""
    return [file for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


async def test_read_only_the_review_is_all(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster.read_only(), (120, 40)) as keys:
        before = len(cluster.objects(*INFERENCE))
        await keys.new("never")
        await keys.press("f5")
        await keys.until("checked by nimdeck alone")
        await keys.press("enter", "ctrl+y")
        assert "nothing can be launched from here" in keys.text()
        assert len(cluster.objects(*INFERENCE)) == before
    assert read_audit(tmp_path / "audit.jsonl") == ()
