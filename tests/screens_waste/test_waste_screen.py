"""The view of waste by keys: what it says, and that what lists can do is done here too."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.screens.cluster import live
from tests.screens.stage import FakeFeed, deck, files, held_app
from tests.screens.test_pictures import CHANGES, Compare, walk
from tests.screens_waste.wasteful import KEY, wasteful
from tui.model.status import SourceState
from tui.screens.change_prompt import Prompt
from tui.screens.change_review import ChangeReview
from tui.screens.node_screen import NodeScreen
from tui.screens.waste import WasteScreen, shared_lines
from tui.screens.workload_screen import WorkloadScreen
from widgets.rows import PanelPhase
from widgets.state_panel import StatePanel

SIZES = [(80, 24), (200, 60)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_one_key_says_who_holds_what_for_nothing(size: tuple[int, int]) -> None:
    async with deck(wasteful(), size=size) as on:
        await on.press("W")
        assert isinstance(on.app.screen, WasteScreen)
        assert on.names()[0] == KEY
        row = next(line for line in on.lines() if "llama " in line and "10 min" in line)
        assert " 4 " in row and " 8 " in row and "1 of 2 pods" in row
        text = " ".join(on.text().split())
        assert "at least 5 GPUs held for nothing by 2 workloads" in text
        assert "1 project waits for 8 GPUs, others leave 10 of quota unused" in text
        assert "1 workload holds 8 GPUs whole" in text
        assert all(len(line) <= size[0] for line in on.lines())


async def test_tab_goes_from_part_to_part_and_each_keeps_its_filter_and_order() -> None:
    async with deck(wasteful(), size=(80, 24)) as on:
        await on.press("W", "s", "n", "slash")
        await on.write("half")
        await on.press("enter")
        assert on.names() == ["runai-team/llama-half/InferenceWorkload"]
        await on.press("tab")
        assert on.names() == ["pool/default"] and "█" in on.text() and "stranded: 4 cordoned" in on.text()
        await on.press("tab")
        assert "extra" not in on.names() and "llama-half (0.5) from GPU 1" in on.text()
        await on.press("tab", "tab")
        assert on.names() == ["project/team", "project/rich"]
        await on.press("s", "n")
        assert on.names() == ["project/rich", "project/team"]
        await on.press("shift+tab", "shift+tab", "shift+tab", "shift+tab")
        assert on.names() == ["runai-team/llama-half/InferenceWorkload"] and "WORKLOAD▲" in on.text()
        await on.press("escape")
        assert len(on.names()) == 2


async def test_tall_terminals_show_all_parts_at_once() -> None:
    async with deck(wasteful(), size=(200, 60)) as on:
        await on.press("W")
        text = on.text()
        for word in ("WHAT COMES FREE", "· free whole", "FOR ONE MORE WHOLE GPU", "RECKONED BY", "WAITS FOR"):
            assert word in text
        await on.pilot.click("#quota", offset=(3, 1))
        await on.pilot.pause()
        assert on.app.screen.part.key == "quota"  # type: ignore[attr-defined]
        assert sum(line.startswith("▌") for line in on.lines()) == 1, "one cursor, where the keys go"
        await on.pilot.resize_terminal(80, 24)
        await on.pilot.pause()
        assert "WAITS FOR" in on.text() and "WHAT COMES FREE" not in on.text()


async def test_enter_opens_what_the_row_is_about() -> None:
    async with deck(wasteful(), size=(120, 30)) as on:
        await on.press("W", "enter")
        assert isinstance(on.app.screen, WorkloadScreen)
        await on.press("escape", "tab", "tab", "enter")
        assert isinstance(on.app.screen, NodeScreen)
        await on.press("escape", "shift+tab", "enter")
        await on.until(lambda: on.app.current_mode == "nodes" and "6" in on.lines()[1])
        await on.pilot.pause()
        assert on.app.screen.filter.source == "pool=default"  # type: ignore[attr-defined]
        await on.press("escape", "W", "tab", "tab", "tab", "enter")
        await on.pilot.pause()
        assert on.app.current_mode == "workloads"
        assert on.app.screen.filter.source == "project=team"  # type: ignore[attr-defined]


async def test_idle_gpus_are_given_back_through_the_review() -> None:
    feed = wasteful()
    async with deck(feed, size=(120, 30)) as on:
        await on.press("W", "a")
        assert isinstance(on.app.screen, Prompt)
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, ChangeReview))
        assert "llama" in on.text() and not feed.writer.made


async def test_a_row_without_a_workload_says_so() -> None:
    async with deck(wasteful(), size=(120, 30)) as on:
        await on.press("W", "tab", "a")
        assert not isinstance(on.app.screen, Prompt) and "no workload" in on.said


async def test_export_writes_the_rows_of_the_part(tmp_path: Path) -> None:
    async with deck(wasteful(), size=(120, 30)) as on:
        await on.press("W", "e")
        (written,) = files(tmp_path, "*.json")
        document = json.loads(written.read_text())
        assert document["schema"] == "nimdeck.waste/1"
        assert [(item["part"], item["name"], item["gpus_idle"], item["gpus_held"]) for item in document["items"]] == [
            ("idle", "llama", 4.0, 8.0),
            ("idle", "llama-half", 1.0, 1.5),
        ]
        assert files(tmp_path, "*.csv")[0].read_text().startswith("part,name,namespace")


async def test_without_measurements_idle_is_not_known_and_the_rest_is_told() -> None:
    feed = wasteful()
    feed.clock.at += 3600
    feed.put(live("prometheus", "http://10.0.0.7:9090 refused the connection", SourceState.FAILED))
    async with deck(feed, size=(200, 60)) as on:
        await on.press("W")
        panels = {panel.id: panel.state for panel in on.app.screen.query(StatePanel)}
        assert panels["panel-idle"].phase is PanelPhase.FAILED
        assert "refused the connection" in panels["panel-idle"].remedy
        assert panels["panel-room"].phase is PanelPhase.LIVE
        assert "Idle  not known" in on.text()


async def test_just_begun_to_watch_is_waiting_not_none() -> None:
    async with deck(wasteful(40.0), size=(120, 30)) as on:
        await on.press("W")
        panels = {panel.id: panel.state for panel in on.app.screen.query(StatePanel)}
        assert panels["panel-idle"].phase is PanelPhase.LOADING and "40 s" in panels["panel-idle"].text


@pytest.mark.parametrize("phase", [PanelPhase.LOADING, PanelPhase.STALE, PanelPhase.EMPTY, PanelPhase.FAILED])
async def test_states(phase: PanelPhase) -> None:
    async with deck(FakeFeed(CHANGES[phase]()), size=(120, 30)) as on:
        await on.press("W", "tab")
        assert on.app.screen.query_one("#panel-room", StatePanel).state.phase is phase


@given(st.dictionaries(st.sampled_from("abcde"), st.integers(1, 50), min_size=1), st.integers(0, 80))
def test_lines_are_shared_fairly(needed: dict[str, int], room: int) -> None:
    given_ = shared_lines(needed, room)
    assert sum(given_.values()) <= max(room, 2 * len(needed))
    assert all(2 <= lines <= max(2, needed[key]) for key, lines in given_.items())
    short = [key for key, lines in given_.items() if lines < needed[key]]
    assert not short or sum(given_.values()) >= room
    most = max(given_.values())
    assert all(given_[key] >= most - 1 for key in short), "none is cut while another has more"


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_picture(size: tuple[int, int], snap_compare: Compare) -> None:
    assert snap_compare(held_app(wasteful()), terminal_size=size, run_before=walk("W"))
