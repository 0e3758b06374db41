"""The sizing form by its keys: from Runs, from the guide and from marked runs, with an answer at every key."""

import pytest
from textual.widgets import Input

from tests.screens.stage import Deck, deck
from tests.screens_bench.made import LLAMA, VERDICT, on_disk, point
from tui.screens.bench import runs_folder
from tui.screens.runs import RunsScreen
from tui.screens.size import SizeScreen

SIZES = [(80, 24), (200, 60)]


async def opened(on: Deck) -> SizeScreen:
    await on.press("6", "z")
    return await there(on)


async def there(on: Deck) -> SizeScreen:
    screen = on.app.screen
    assert isinstance(screen, SizeScreen), on.text()
    await on.until(lambda: on.app.focused is not None and on.app.focused.id == "users-0")
    return screen


def gpus(screen: SizeScreen) -> int | None:
    return screen.sizing.gpus if screen.sizing is not None else None


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_it_answers_while_one_types(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        screen = await opened(on)
        assert "Fill in the peak users of a model" in on.text()
        await on.write("100")
        assert gpus(screen) == 1
        await on.write("0")
        assert gpus(screen) == 8 and "8 GPUs on 2 servers of 4" in on.text()
        await on.press("enter")
        await on.write("500")
        for words in ("12 GPUs on 3 servers of 4", "servers 1-2", "AAAA", "server 3", "BBBB", "mixed", "saves 4 GPUs"):
            assert words in on.text(), words
        assert all(len(line) <= size[0] for line in on.lines())


async def test_the_fields_change_the_answer_and_wrong_ones_are_named() -> None:
    async with deck(size=(200, 60)) as on:
        screen = await opened(on)
        await on.write("137")
        for name, text, answer in (("headroom", "0.1", 2), ("headroom", "0", 1), ("ttft_ms", "500", None)):
            screen.query_one(f"#{name}", Input).value = text
            await on.pilot.pause()
            assert gpus(screen) == answer, name
        assert "can't be sized from guide" in on.text() and "not published" in on.text()
        screen.query_one("#gpus_per_server", Input).value = "none"
        await on.pilot.pause()
        assert screen.sizing is None and "GPUs a server: 'none' is not a whole number" in on.text()
        screen.query_one("#gpus_per_server", Input).value = "8"
        screen.query_one("#ttft_ms", Input).value = "1000"
        await on.pilot.pause()
        assert gpus(screen) == 1 and "contradicts its own figure 21" in " ".join(on.text().split())
        assert "nimdeck size --users meta/llama-3.1-8b-instruct=137" in on.text()
        assert "--gpus-per-server 8" in on.text()


async def test_marked_runs_are_what_it_is_sized_from() -> None:
    on_disk(runs_folder() / "one", point(64), point(137, 987.0), point(160, 1200.0), verdict=VERDICT)
    async with deck(size=(120, 40)) as on:
        await on.press("6")
        runs = on.app.screen
        assert isinstance(runs, RunsScreen)
        await on.until(lambda: len(runs.shown) == 1)
        await on.press("space", "z")
        screen = await there(on)
        assert screen.query_one("#reference", Input).value == "marked" and LLAMA in on.text()
        await on.write("274")
        assert gpus(screen) == 2 and "from one" in " ".join(on.text().split())
        await on.press("escape", "escape")
        assert on.app.screen is runs


async def test_a_folder_that_is_none_is_said_and_the_guide_mends_it() -> None:
    async with deck(size=(120, 40)) as on:
        screen = await opened(on)
        await on.write("10")
        screen.query_one("#reference", Input).value = "/nowhere"
        await on.until(lambda: "/nowhere is no folder" in on.text())
        assert screen.sizing is None
        screen.query_one("#reference", Input).value = "guide"
        await on.until(lambda: gpus(screen) == 1)
        assert "/nowhere" not in on.text(), "and what was typed is still there"


async def test_the_command_line_opens_it_from_any_screen() -> None:
    async with deck() as on:
        await on.press("1", "colon")
        await on.write("size")
        await on.press("enter")
        await there(on)
