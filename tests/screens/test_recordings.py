"""``R`` writes what is seen; the same screens play it with their own keys."""

from pathlib import Path

from tests.screens.cluster import utilization
from tests.screens.stage import SETTINGS, Deck, FakeFeed, HeldApp, deck, files
from tui.replay_feed import ReplayFeed


async def record(path: Path, frames: int = 4) -> None:
    """A frame a minute, node001 a little busier in each."""
    async with deck() as on:
        await on.write(f":record {path.name}")
        await on.press("enter")
        assert "REC" in on.lines()[0]
        for place in range(1, frames):
            on.feed.clock.at += 60
            on.feed.put(utilization("node001", *[place / 10] * 4))
        await on.tick()
        await on.press("R")
        assert "REC" not in on.lines()[0] and path.name in on.said


async def test_a_recording_is_written_and_played_by_keys(tmp_path: Path) -> None:
    path = tmp_path / "seen.nimdeck"
    await record(path)
    app = HeldApp(lambda: ReplayFeed(path, SETTINGS), SETTINGS)
    async with app.run_test(size=(120, 40)) as pilot:
        on = Deck(app, pilot, FakeFeed([]))
        await on.until(lambda: app.feed is not None)
        await on.press("right_square_bracket")
        here = app.feed.store.position  # type: ignore[union-attr]
        assert f"REPLAY ❚❚ {here + 1}/4" in on.lines()[0]
        await on.press("left_curly_bracket", *["left_square_bracket"] * 4)
        assert "1/4" in on.lines()[0] and "08:00:00" in on.lines()[0]
        await on.press("right_square_bracket", "right_square_bracket")
        assert "3/4" in on.lines()[0] and "08:02:00" in on.lines()[0] and "20%" in on.text()
        await on.press("right_curly_bracket")
        assert "4/4" in on.lines()[0] and "30%" in on.text()
        await on.press("g")
        await on.write("08:01:10")
        await on.press("enter")
        assert "2/4" in on.lines()[0] and "10%" in on.text()
        await on.write(":seek 11:00:00")
        await on.press("enter")
        assert "is not in the recording, which goes from 08:00:00 to 08:03:00" in on.text()
        await on.press("escape", "greater_than_sign")
        assert "Speed ×2" in on.said


async def test_a_recording_asks_no_cluster(tmp_path: Path) -> None:
    path = tmp_path / "seen.nimdeck"
    await record(path, frames=2)
    app = HeldApp(lambda: ReplayFeed(path, SETTINGS), SETTINGS)
    async with app.run_test(size=(120, 40)) as pilot:
        on = Deck(app, pilot, FakeFeed([]))
        await on.until(lambda: app.feed is not None)
        await on.press("y")
        await on.until(lambda: "a recording holds no YAML" in on.text())
        await on.press("escape", "enter", "l")
        await on.until(lambda: "a recording holds no logs" in on.text())
        await on.press("escape", "escape", "K")
        assert "a recording has one cluster only" in on.said
        await on.press("question_mark")
        assert "Step back" in on.text()


async def test_outside_a_recording_its_keys_do_nothing(tmp_path: Path) -> None:
    async with deck() as on:
        before = on.text()
        await on.press("left_square_bracket", "g")
        assert on.text() == before
        await on.write(":seek +5m")
        await on.press("enter")
        assert "only a recording can be moved through" in on.text()


async def test_r_alone_names_the_file_and_an_existing_one_is_not_written_over(tmp_path: Path) -> None:
    async with deck() as on:
        await on.press("R")
        (path,) = files(tmp_path / "state" / "nimdeck", "*.nimdeck")
        assert str(path) in on.said
        await on.press("R")
        files(tmp_path / "state" / "nimdeck", "*.nimdeck")[0].rename("taken")
        await on.write(":record taken")
        await on.press("enter")
        assert "REC" not in on.lines()[0] and "taken" in on.lines()[-2]
