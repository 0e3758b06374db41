"""``w`` on a row: two keys from Workloads to the cause, also of a pod, also where nothing is wrong."""

import pytest

from tests.screens.cluster import TEAM
from tests.screens.stage import deck
from tests.screens_changes.made import go_to
from tests.screens_pending.made import engine_feed, feed, says, waiting
from tui.model.ids import ObjectKey
from tui.screens.why_screen import WhyScreen

SIZES = [(80, 24), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_two_keys_from_workloads_to_the_cause(size: tuple[int, int]) -> None:
    async with deck(engine_feed(), size=size) as on:
        await go_to(on, "notebook")
        await on.press("down", "w")
        assert isinstance(on.app.screen, WhyScreen) and "why too-big" in on.app.screen.title_text()
        text = on.text()
        assert "asks for more than any one node has" in text and "EVIDENCE" in text
        await on.press("escape")
        assert on.app.current_mode == "workloads" and not isinstance(on.app.screen, WhyScreen)


async def test_nothing_is_wrong_and_it_says_so() -> None:
    async with deck(engine_feed()) as on:
        await go_to(on, "llama")
        await on.press("w")
        assert "Running, 2 pods ready" in on.text() and "CAUSE" not in on.text()


async def test_a_pod_of_a_workload_and_a_pod_of_a_node() -> None:
    async with deck(engine_feed()) as on:
        await go_to(on, "too-big")
        await on.press("enter", "w")
        assert "why too-big-0" in on.app.screen.title_text()
        await on.press("escape", "tab", "tab", "w")
        assert on.app.screen.title_text() == "why too-big"
        await on.press("1", "enter", "w")
        assert "why is asked of a pod" in on.said
        await on.press("tab", "w")
        assert on.app.screen.title_text() == "why llama-1" and "it runs and is ready" in on.text()


async def test_what_would_help_stands_on_the_page_and_is_reached_by_f(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, waiting())
    async with deck(feed(), size=(120, 60)) as on:
        await on.press("3", "down", "w", "f")
        assert "uncordon node005" in on.text() and "TIMELINE" in on.text()
        assert (on.app.screen.explained.cursor_key or "").startswith("w")
        on.app.screen.explained.cursor_key = next(
            row.key for row in on.app.screen.explained.rows if any("uncordon" in cell.text for cell in row.cells)
        )
        await on.press("c")
        assert on.app.clipboard == "kubectl uncordon node005"


async def test_a_pod_that_has_gone_is_told_so() -> None:
    async with deck(engine_feed()) as on:
        on.app.push_screen(WhyScreen(ObjectKey(TEAM, "long-gone")))
        await on.pilot.pause()
        assert "no longer in the cluster" in on.text()


async def test_the_cause_stands_under_the_row_of_its_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, waiting())
    async with deck(feed()) as on:
        await on.press("2")
        lines = on.lines()
        note = lines[next(place for place, line in enumerate(lines) if "too-big" in line) + 1]
        assert note.strip() == "└ its pods were refused when they were made: 2 pods lacking"


async def test_the_engines_own_answer_is_on_screen_three() -> None:
    async with deck(engine_feed()) as on:
        await on.press("3")
        assert "asks for more than any one node has" in on.text() and "too-big-0" in on.text()


@pytest.mark.parametrize("key", ["l", "y", "c"])
async def test_logs_yaml_and_copy_of_the_page(key: str) -> None:
    async with deck(engine_feed()) as on:
        await go_to(on, "too-big")
        await on.press("w", key)
        if key == "c":
            assert on.app.clipboard.startswith(f"Why: {TEAM}/too-big")
        else:
            assert not isinstance(on.app.screen, WhyScreen)
