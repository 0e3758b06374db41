"""The profiles and the command line that lead into them by keys, on a feed that the test holds."""

from pathlib import Path

from textual.widgets import Input

from tests.screens.stage import deck
from tests.screens_launch.made import MODEL, LaunchFeed, fill, opened
from tui.launch.spec_file import load_spec
from widgets.form_pick import Pick


async def test_the_form_is_kept_as_a_profile_and_found_again(tmp_path: Path) -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await opened(running)
        await fill(running, name="mine", model=MODEL, max="3", metric="concurrency", target="50")
        await running.press("f2", "enter")
        assert "Saved as" in running.said
        kept = next((tmp_path / "config").rglob("mine.yaml"))
        assert load_spec(kept).replicas.max == 3
        await fill(running, name="other", max="1", metric="")
        await running.press("f4")
        await running.write("yours")
        await running.press("enter")
        await running.until(lambda: "mine" in running.text())
        assert running.app.screen.query_one("#max", Input).value == "3"
        await running.press("f4")
        await running.write("./gone.yaml")
        await running.press("enter")
        assert "can't be read" in running.text()


async def test_the_command_line_leads_into_the_library() -> None:
    async with deck(LaunchFeed(), (120, 40)) as running:
        await running.press("colon")
        await running.write("launch deepseek half")
        await running.press("enter")
        await running.until(lambda: "profiles" in running.text())
        assert running.app.screen.query_one(Pick).matches()[0].value == "deepseek-r1-8b-half-gpu"
        await running.press("enter")
        assert "deepseek-8b-half-gpu" in running.text()
