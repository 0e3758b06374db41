"""Against the embedded cluster, by keys: from nothing to a probed endpoint, blocked and taken back, never read-only."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from tests.screens_launch.world import Embedded, embedded
from tui.app import NimdeckApp
from tui.session import Session
from tui.sources.writing import read_audit

INFERENCE = ("inferenceworkloads", "run.ai")
TOKEN = "nvapi-0123456789-never-shown"
PATIENCE_SECONDS = 30.0


class Keys:
    """Presses and counts; a pasted value is one."""

    def __init__(self, app: NimdeckApp, pilot: Pilot[int]) -> None:
        self.app, self.pilot, self.count = app, pilot, 0
        self.pictures: list[str] = []

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            await self.pilot.press(key)
            await self.pilot.pause()

    async def paste(self, text: str) -> None:
        self.count += 1
        assert self.app.screen.focused is not None
        self.app.screen.focused.post_message(events.Paste(text))
        await self.pilot.pause()

    async def go(self, field: str) -> None:
        """To a field, as tab would in a few presses more."""
        self.app.screen.query_one(f"#{field}").focus()
        await self.pilot.pause()

    async def until(self, what: str | Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not (what in self.text() if isinstance(what, str) else what()):
            assert time.monotonic() < end, f"{what} did not come:\n{self.text()}"
            await self.pilot.pause(0.05)
        self.pictures.append(self.app.export_screenshot())

    def text(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())


@asynccontextmanager
async def running(cluster: Embedded, size: tuple[int, int]) -> AsyncIterator[Keys]:
    app = NimdeckApp(lambda: Session(cluster.settings, cluster.hand), cluster.settings)
    async with app.run_test(size=size) as pilot:
        keys = Keys(app, pilot)
        await keys.until(lambda: bool(app.snapshot.projects) and bool(app.snapshot.nodes))
        yield keys


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
async def test_a_new_user_comes_to_a_probed_endpoint(tmp_path: Path, size: tuple[int, int]) -> None:
    started = time.monotonic()
    async with embedded(tmp_path) as cluster, running(cluster, size) as keys:
        await keys.press("n")
        await keys.until("profiles")
        await keys.paste("half-gpu listing")
        await keys.press("enter")
        await keys.until("FITS NOW")
        await keys.paste("first-llama")
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


async def test_what_blocks_it_is_told_and_it_is_taken_back(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.press("n")
        await keys.until("profiles")
        await keys.press("enter")
        await keys.until("FITS NOW")
        await keys.paste("no-key")
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


async def test_a_typed_key_becomes_a_secret_and_is_found_nowhere_else(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.press("n")
        await keys.until("profiles")
        await keys.press("enter")
        await keys.until("FITS NOW")
        await keys.paste("with-key")
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
        await keys.press("n")
        await keys.until("profiles")
        await keys.press("enter")
        await keys.until("FITS NOW")
        await keys.paste("never")
        await keys.press("f5")
        await keys.until("checked by nimdeck alone")
        await keys.press("enter", "ctrl+y")
        assert "nothing can be launched from here" in keys.text()
        assert len(cluster.objects(*INFERENCE)) == before
    assert read_audit(tmp_path / "audit.jsonl") == ()


async def test_what_was_launched_is_edited_and_only_the_difference_is_sent(tmp_path: Path) -> None:
    async with embedded(tmp_path) as cluster, running(cluster, (120, 40)) as keys:
        await keys.press("n")
        await keys.until("profiles")
        await keys.press("enter")
        await keys.until("FITS NOW")
        await keys.paste("edited")
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
