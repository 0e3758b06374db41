"""The Pending screen by keys: groups, explanation, remedies, what if, filter, copy, export; what survives a change."""

import json
from pathlib import Path

import pytest

from tests.screens.cluster import NOW, TEAM
from tests.screens.stage import FakeFeed, deck, files
from tests.screens_changes.made import reviewed
from tests.screens_pending.made import UNKNOWN_WORDS, feed, says, waiting
from tests.store.builders import batch, objects, pods
from tui.model.changes import Listed
from tui.model.ids import ObjectKey
from tui.model.status import SourceState, SourceStatus
from tui.screens.log_screen import LogScreen
from tui.screens.why_screen import WhyScreen

SIZES = [(80, 24), (200, 60)]


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, waiting())


def explained(on: object) -> list[str]:
    """The rows of the explanation as text."""
    rows = on.app.screen.explained.rows  # type: ignore[attr-defined]
    return ["  ".join([row.lead.text, *(cell.text for cell in row.cells)]) for row in rows]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_groups_worst_first_with_the_evidence_of_the_one_under_the_cursor(size: tuple[int, int]) -> None:
    async with deck(feed(), size=size) as on:
        await on.press("3")
        assert on.app.current_mode == "pending" and len(on.names()) == 2
        text = on.text()
        assert "1 workload: its pods were refused when they were made" in text and "22 min" in text
        assert "3 pods: no GPU is free for it (4 GPUs in pool" in text
        await on.press("down")
        said = "\n".join(explained(on))
        assert "podgroup/pg-hungry" in said and "(kai, 12 s ago, ×41)" in said
        assert "EVIDENCE" in on.text() and "pg-hungry" in on.text()
        assert all(len(line) <= size[0] for line in on.lines())


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_message_that_nobody_knows_is_shown_to_its_last_word(size: tuple[int, int]) -> None:
    async with deck(feed(), size=size) as on:
        await on.press("3")
        shown = "".join(line[size[0] // 2 if size[0] > 100 else 0 :] for line in on.lines())
        assert "".join(UNKNOWN_WORDS.split()) in "".join(shown.split())


async def test_enter_opens_a_group_and_a_pod_of_it_has_a_page() -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "enter")
        assert [key.rpartition("//")[2] for key in on.names()[2:]] == [f"{TEAM}/hungry-1", f"{TEAM}/too-big-0"]
        assert "hungry-1  ×2" in on.text(), "two that are alike stand on one line"
        await on.press("down", "enter")
        assert isinstance(on.app.screen, WhyScreen)
        await on.press("escape", "up", "enter")
        assert len(on.names()) == 2


async def test_cursor_and_opened_groups_stay_while_pods_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "enter", "down", "down")
        at = on.table.cursor_key
        assert at.endswith("too-big-0")
        says(monkeypatch, waiting()[2:])
        on.feed.put(batch("pods", on.app.snapshot.pods[ObjectKey(TEAM, "hungry-2")]))
        on.app.waiting.note(None)
        await on.tick()
        assert "2 pods: no GPU is free" in on.text() and on.table.cursor_key == at
        assert len(on.names()) == 3, "the group is still open"


async def test_enter_on_a_remedy_opens_the_review_of_it() -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "m")
        assert on.app.screen.explained.has_focus
        await on.press("enter")
        await on.until(lambda: "scale llama-half" in on.text())
        await on.press("backspace", "0", "tab", "backspace", "1", "enter")
        review = await reviewed(on)
        assert review.title_text() == "Scale llama-half"
        assert not on.feed.writer.made, "nothing is changed before it is confirmed"


async def test_a_command_is_copied_and_what_is_done_by_hand_is_told_so() -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "m", "down", "enter")
        assert on.app.clipboard == "kubectl uncordon node005" and "Copied the command" in on.said
        await on.press("down", "enter")
        assert "by hand" in on.said
        await on.press("escape", "c")
        assert "scale llama-half to 0" in on.app.clipboard and "Not enough resources" in on.app.clipboard
        assert "GUIDE     Change the Placement Strategy" in on.app.clipboard


async def test_read_only_no_remedy_is_begun() -> None:
    from dataclasses import replace

    source = feed()
    source.settings = replace(source.settings, read_only=True)
    async with deck(source) as on:
        await on.press("3", "down", "m", "enter")
        assert "read-only" in on.said


async def test_f_tells_what_would_help_and_escape_goes_back() -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "f")
        said = "\n".join(explained(on))
        assert "What if: 3 pods" in on.text()
        assert "uncordon node005" in said and "1 of 2 would run: node005 GPU 0, 1, 2, 3" in said
        assert "ask 3 GPUs instead of 4" in said
        await on.press("escape")
        assert "What if" not in on.text() and on.table.has_focus


async def test_the_timeline_of_the_pod_under_the_cursor() -> None:
    async with deck(feed(), size=(120, 60)) as on:
        await on.press("3", "down")
        lines = [line for line in explained(on) if "scheduled" in line or "ready  " in line]
        assert any("█" in line and "so far" in line for line in lines)


async def test_logs_yaml_and_events_of_what_is_under_the_cursor() -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "l")
        assert isinstance(on.app.screen, LogScreen)
        await on.press("escape", "y")
        await on.until(lambda: ("get", "pods", ObjectKey(TEAM, "hungry-1")) in on.feed.kubernetes.asked)
        await on.press("escape", "up", "v")
        assert on.app.screen.section == "events"


async def test_a_filter_keeps_what_matches_in_cause_or_name_and_counts_it() -> None:
    async with deck(feed()) as on:
        await on.press("3", "slash")
        await on.write("too-big")
        await on.press("enter")
        assert "1 pod: no GPU is free" in on.text() and "2 of 4" in on.lines()[0]
        await on.press("escape", "slash")
        await on.write("cause=admission_refused")
        assert len(on.names()) == 1
        await on.press("escape")
        assert len(on.names()) == 2


async def test_export_writes_each_item_once(tmp_path: Path) -> None:
    async with deck(feed()) as on:
        await on.press("3", "down", "enter", "e")
        (path,) = files(tmp_path, "nimdeck-pending-*.json")
        document = json.loads(path.read_text())
        assert document["schema"] == "nimdeck.pending/1"
        assert [item["pod"] for item in document["items"]] == [None, "hungry-1", "hungry-2", "too-big-0"]


async def test_sorting_turns_the_groups() -> None:
    async with deck(feed()) as on:
        await on.press("3")
        first = on.names()
        await on.press("s", "t")
        assert on.names() == first[::-1]


async def test_the_key_bar_counts_what_waits_on_every_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with deck(feed(), size=(200, 60)) as on:
        assert "3 pending ④" in on.lines()[-1]
        says(monkeypatch, ())
        on.app.waiting.note(None)
        await on.tick()
        assert "3 pending 4 launch" in on.lines()[-1]


# -- states -----------------------------------------------------------------------------------------------------------


async def test_nothing_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, ())
    async with deck(FakeFeed()) as on:
        await on.press("3")
        assert "nothing waits: 6 pods ready" in on.text()


async def test_pods_that_may_not_be_read_are_hidden_and_not_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    says(monkeypatch, ())
    source = FakeFeed()
    source.put(SourceStatus("kubernetes/pods", SourceState.DENIED, NOW, "ask for the right to list pods"))
    async with deck(source) as on:
        await on.press("3")
        assert "hidden: pods are not read (denied)" in on.text() and "ask for the right to list pods" in on.text()


async def test_stale_and_failed_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    source = feed()
    source.put(SourceStatus("kubernetes", SourceState.STALE, NOW - 40, "the API server refused the connection"))
    async with deck(source) as on:
        await on.press("3")
        assert "stale 40 s" in on.text() and "refused the connection" in on.text() and len(on.names()) == 2
    says(monkeypatch, ())
    source = FakeFeed([SourceStatus("kubernetes", SourceState.FAILED, None, "check the address and the network")])
    async with deck(source) as on:
        await on.press("3")
        assert "kubernetes failed" in on.text() and "check the address" in on.text()


async def test_before_the_first_answer_it_says_what_it_waits_for() -> None:
    async with deck(FakeFeed([])) as on:
        await on.press("3")
        assert "waiting for kubernetes" in on.text()


async def test_what_is_gone_from_the_cluster_leaves_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    async with deck(feed()) as on:
        await on.press("3")
        on.feed.put(pods(), objects("inferenceworkloads.run.ai"), Listed("events", {}))
        says(monkeypatch, ())
        await on.tick()
        assert "nothing waits" in on.text()
