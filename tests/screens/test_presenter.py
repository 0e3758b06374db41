"""For the big screen: larger and fewer, nothing that is not for every eye, turns that any key ends."""

from tests.screens.cluster import live
from tests.screens.stage import deck
from tui.model.status import SourceState
from tui.screens.big_figures import BigFigures


async def test_large_figures_and_fewer_columns() -> None:
    async with deck(size=(160, 50)) as on:
        lines = sum("node0" in line for line in on.lines())
        await on.press("P")
        text = on.text()
        assert "GPUs given" in text and "whole GPUs free" in text and on.app.screen.query_one(BigFigures).display
        assert "POOL" not in text and "TEMP" not in text and "GIVEN" in text
        assert sum("node0" in line for line in on.lines()) == lines
        await on.press("2")
        text = on.text()
        assert "llama-half" in text and "2/2" in text
        assert "svc.cluster.local" not in text and "registry.example" not in text and "└" not in text
        await on.press("P")
        assert "└" in on.text() and not on.app.screen.query_one(BigFigures).display


async def test_who_is_logged_in_and_where_is_not_shown() -> None:
    async with deck(size=(160, 50)) as on:
        assert "ops@era" in on.lines()[0]
        refused = live("prometheus", "http://10.0.0.7:9090 refused ops", SourceState.STALE, ago=40)
        on.feed.put(refused)
        await on.tick()
        assert "10.0.0.7" in on.text()
        await on.press("P")
        assert "ops@" not in on.text() and "era" in on.lines()[0]
        assert "10.0.0.7" not in on.text() and "prometheus stale" in on.text()


async def test_the_screens_take_turns_by_a_countdown_that_is_seen() -> None:
    async with deck(presenter_seconds=3) as on:
        await on.press("P")
        presenter = on.app.presenter
        assert presenter is not None and presenter._timer is not None
        presenter._timer.pause()  # seconds pass when the test says so
        assert presenter.label() == "PRESENTER 3 s" and "PRESENTER 3 s" in on.lines()[0]
        seen = []
        for _ in range(6):
            presenter.step()
            await on.pilot.pause()
            seen.append((on.app.current_mode, presenter.label()))
        assert seen[2] == ("workloads", "PRESENTER 3 s") and seen[5] == ("nodes", "PRESENTER 3 s")
        assert seen[0] == ("nodes", "PRESENTER 2 s")


async def test_any_key_ends_the_turns_and_keeps_the_view_and_its_own_key_leaves() -> None:
    async with deck(presenter_seconds=1) as on:
        await on.press("P", "down")
        presenter = on.app.presenter
        assert presenter is not None and not presenter.cycling
        assert "GPUs given" in on.text() and on.table.cursor_index == 1
        await on.tick()
        assert on.lines()[0].count("PRESENTER") == 1 and "PRESENTER 1 s" not in on.lines()[0]
        await on.press("P")
        assert on.app.presenter is None and "PRESENTER" not in on.text() and "GPUs given" not in on.text()


async def test_cursor_filter_and_marks_live_through_it() -> None:
    async with deck() as on:
        await on.press("down", "space", "P")
        assert (on.table.cursor_key, on.table.marked_keys) == ("node003", {"node002"})
        await on.press("slash")
        await on.write("llama")
        assert on.names() == ["node001", "node002", "node003"]
        await on.press("enter", "P")
        assert on.names() == ["node001", "node002", "node003"] and on.table.marked_keys == {"node002"}
