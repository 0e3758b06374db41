"""Nodes, Workloads and Events by keys: filter, sort, marks, copy, export, and what survives a refresh."""

import base64
import json
from pathlib import Path

import pytest

from tests.screens.cluster import utilization
from tests.screens.stage import FakeFeed, deck, files
from tui.screens.node_screen import NodeScreen
from tui.screens.text_screen import TextScreen
from tui.screens.workload_screen import WorkloadScreen
from widgets.command_line import CommandLine

SIZES = [(80, 24), (120, 40), (200, 60)]
ALL_NODES = [f"node{place:03}" for place in range(1, 7)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_main_screens_by_their_digits(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        assert "node001" in on.text() and "BBBBBB" in on.text()
        await on.press("2")
        assert on.app.current_mode == "workloads" and "llama-half" in on.text()
        await on.press("9")
        assert on.app.current_mode == "events" and "Unschedulable" in on.text()
        await on.press("minus")
        assert on.app.current_mode == "workloads"
        await on.press("minus")
        assert on.app.current_mode == "events"
        await on.press("1")
        assert on.app.current_mode == "nodes"
        assert all(len(line) <= size[0] for line in on.lines())


async def test_what_is_drawn_is_what_is_true() -> None:
    async with deck() as on:
        bar = on.lines()[1]
        assert "24 GPUs" in bar and "11 given" in bar and "1 of 6 nodes not ready" in bar
        assert "not ready 4 min" in on.text() and "node005 ⊘" in on.text()
        rows = {line[1:8]: line for line in on.lines() if line[1:5] == "node"}
        assert "4/4" in rows["node001"] and "1/4" in rows["node003"] and "│" in rows["node003"]


async def test_a_filter_narrows_while_it_is_typed_and_escape_takes_it_away() -> None:
    async with deck() as on:
        await on.press("slash")
        await on.write("given>3")
        assert on.names() == ["node001", "node002"]
        await on.press("enter")
        assert on.names() == ["node001", "node002"] and "2 of 6" in on.lines()[0]
        await on.press("escape")
        assert on.names() == ALL_NODES
        await on.press("slash")
        await on.write("!llama")
        await on.press("escape")
        assert on.names() == ALL_NODES and not on.app.deck_screen.command_line.is_open


async def test_a_mistyped_filter_is_pointed_at_and_the_last_good_one_stays() -> None:
    async with deck() as on:
        await on.press("slash")
        await on.write("llama given>x")
        assert "'x' is not a number" in on.text()
        caret = next(line for line in on.lines() if "^ 'x'" in line)
        assert caret.index("^") == len(" / llama given>") - 1
        assert "3 of 6" in on.lines()[0], "a comparison without a value filters nothing"
        await on.press(*["backspace"] * 8)
        assert on.names() == ["node001", "node002", "node003"]
        await on.write(" (")
        assert "no regular expression" in on.text() and on.names() == ["node001", "node002", "node003"]
        await on.press("enter")
        assert on.app.deck_screen.query_one(CommandLine).is_open, "a line with a mistake stays open"


async def test_sort_by_a_letter_again_turns_it_and_upper_case_adds() -> None:
    async with deck() as on:
        await on.press("s", "g")
        assert on.names()[-2:] == ["node001", "node002"]
        assert "GIVEN▲" in on.text()
        await on.press("s", "g")
        assert on.names()[:2] == ["node001", "node002"]
        await on.press("s", "N")
        assert "GIVEN▼1" in on.text() and "NODE▲2" in on.text()
        await on.press("s", "N")
        assert on.names()[:2] == ["node002", "node001"]
        await on.press("s", "escape")
        assert on.names()[:2] == ["node002", "node001"]


async def test_a_click_on_a_title_sorts_and_on_a_row_goes_there() -> None:
    async with deck() as on:
        titles = on.lines()[2]
        await on.pilot.click(on.table, offset=(titles.index("UTIL"), 0))
        assert on.app.screen.sort_keys[0].column == "utilization"
        place = next(place for place, line in enumerate(on.lines()) if "node004" in line)
        await on.pilot.click(offset=(2, place))
        assert on.table.cursor_key == "node004"


async def test_cursor_and_marks_stay_with_their_rows() -> None:
    async with deck() as on:
        await on.press("down", "space", "down")
        cursor, marks = on.table.cursor_key, on.table.marked_keys
        assert (cursor, marks) == ("node004", {"node002"})
        await on.press("s", "u")
        assert (on.table.cursor_key, on.table.marked_keys) == (cursor, marks)
        on.feed.put(utilization("node001", 0.99, 0.99, 0.99, 0.99))
        await on.tick()
        assert "99%" in on.text()
        assert (on.table.cursor_key, on.table.marked_keys) == (cursor, marks)
        await on.press("escape")
        assert on.table.marked_keys == frozenset()


async def test_copy_puts_csv_of_the_marked_rows_on_the_clipboard(monkeypatch: pytest.MonkeyPatch) -> None:
    async with deck() as on:
        written: list[str] = []
        monkeypatch.setattr(on.app._driver, "write", written.append)
        await on.press("space", "space", "c")
        head, *rows = on.app.clipboard.strip().splitlines()
        assert head.startswith("name,ready,schedulable") and [row[:7] for row in rows] == ["node001", "node002"]
        sent = next(text for text in written if text.startswith("\x1b]52;c;"))
        assert base64.b64decode(sent.removeprefix("\x1b]52;c;").rstrip("\a")).decode() == on.app.clipboard
        assert "Copied 2 rows" in on.said


@pytest.mark.parametrize(("key", "kind"), [("1", "nodes"), ("2", "workloads"), ("9", "events")])
async def test_export_writes_what_the_headless_twin_prints(key: str, kind: str, tmp_path: Path) -> None:
    from tui.present.documents import build
    from tui.present.documents.formats import csv_text, json_text

    async with deck() as on:
        await on.press(key, "e")
        document = build(kind, on.app.snapshot, on.app.now(), waiting=on.app.waiting.items)
        (found,) = files(tmp_path, f"nimdeck-{kind}-*.json")
        assert found.read_text() == json_text(document)
        assert found.with_suffix(".csv").read_text() == csv_text(document)
        assert json.loads(found.read_text())["schema"] == f"nimdeck.{kind}/1"


async def test_export_holds_only_what_the_filter_lets_through(tmp_path: Path) -> None:
    async with deck() as on:
        await on.press("slash")
        await on.write("given>3")
        await on.press("enter", "e")
        (found,) = files(tmp_path, "nimdeck-nodes-*.json")
        assert [item["name"] for item in json.loads(found.read_text())["items"]] == ["node001", "node002"]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_enter_goes_in_and_escape_comes_back(size: tuple[int, int]) -> None:
    async with deck(size=size) as on:
        await on.press("down", "enter")
        assert isinstance(on.app.screen, NodeScreen) and "GPU 0" in on.text()
        await on.press("escape", "2", "enter")
        assert isinstance(on.app.screen, WorkloadScreen)
        await on.press("escape")
        assert on.app.screen is on.app.deck_screen and on.app.current_mode == "workloads"
        await on.press("9", "enter")
        assert isinstance(on.app.screen, TextScreen)
        await on.until(lambda: "First seen" in on.text())


async def test_d_y_and_v_of_a_node() -> None:
    async with deck() as on:
        await on.press("d")
        await on.until(lambda: "GPUs given / allocatable" in on.text())
        assert "llama" in on.text()
        await on.press("escape", "y")
        await on.until(lambda: "replicas: 2" in on.text())
        assert ("get", "nodes", ("", "node001")) in on.feed.kubernetes.asked
        await on.press("escape", "down", "y")
        await on.until(lambda: "forbidden" in on.text())
        assert "ask for the right to get nodes" in on.text()
        await on.press("escape", "up", "v")
        assert isinstance(on.app.screen, NodeScreen) and on.app.screen.section == "events"
        assert "Started container" in on.text()


async def test_v_of_a_workload_and_of_an_event() -> None:
    async with deck() as on:
        await on.press("2", "end", "v")
        assert on.app.screen.section == "events" and "Unschedulable" in on.text()
        await on.press("escape", "9", "v")
        assert [row.cells[3].text for row in on.table.rows] == ["pod/too-big-0"]


async def test_the_cause_of_its_trouble_stands_under_its_row() -> None:
    async with deck() as on:
        await on.press("2")
        note = next(line for line in on.lines() if "└" in line)
        assert note.strip().startswith("└ it asks for more than any one node has")


async def test_a_project_narrows_the_workloads() -> None:
    from dataclasses import replace

    from tests.screens.stage import SETTINGS

    async with deck(FakeFeed(settings=replace(SETTINGS, project="nobody"))) as on:
        await on.press("2")
        assert on.names() == []


@pytest.mark.parametrize("key", ["1", "2", "9"])
async def test_forty_columns_and_back(key: str) -> None:
    async with deck() as on:
        await on.press(key)
        wide = on.text()
        for screen in ("", "enter"):
            if screen:
                await on.press(screen)
            await on.pilot.resize_terminal(40, 10)
            await on.pilot.pause()
            assert all(len(line) <= 40 for line in on.lines())
            await on.pilot.resize_terminal(120, 40)
            await on.pilot.pause()
            if not screen:
                assert on.text() == wide
