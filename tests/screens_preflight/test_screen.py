"""The Preflight screen by keys: sections, pages, the next failure, what mends, what is copied; reading never blocks."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.diagnose.installations import healthy
from tests.screens.stage import Deck, FakeFeed, deck, files
from tests.screens_changes.made import reviewed
from tests.screens_preflight.made import PreflightFeed, opened, troubled
from tui.model.changes import Change
from tui.screens.projects import ProjectsScreen
from tui.screens.secret_form import SecretForm
from tui.screens.storage_form import StorageForm
from widgets.form_tiles import Tiles
from widgets.rows import PanelPhase, Tone
from widgets.state_panel import StatePanel

SIZES = [(80, 24), (200, 60)]
DEADLINE = "knative.progress_deadline"


def phase(on: Deck) -> PanelPhase:
    return on.app.screen.query_one(StatePanel).state.phase


def page(on: Deck) -> str:
    rows = on.app.screen.page.rows  # type: ignore[attr-defined]
    return "\n".join("  ".join([row.lead.text, *(cell.text for cell in row.cells)]) for row in rows)


def go(on: Deck, check: str) -> None:
    on.table.cursor_key = check


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_sections_with_their_tally_and_the_check_under_the_cursor_whole(size: tuple[int, int]) -> None:
    async with deck(PreflightFeed(troubled()), size=size) as on:
        await opened(on)
        sections = [row for row in on.table.rows if "." not in row.key]
        assert [row.key for row in sections] == [
            *("Kubernetes", "GPUs", "Prometheus", "Run:ai", "Knative", "Storage and secrets", "Network", "Access")
        ]
        told = {row.key: row.cells[2].text for row in sections}
        assert told["Knative"] == "2 fail, 1 warn, 14 pass" and told["Access"] == "17 pass"
        go(on, DEADLINE)
        await on.pilot.pause()
        line = next(line for line in on.lines() if "▌" in line)
        assert "✗ fail" in line and "Knative waits long enough" in line
        for part in ("EVIDENCE", "600 s", "Set progress-deadline to 1800s", "kubectl patch", "Update Knative timeout",
                     "✓ pass  Knative Serving is installed"):  # fmt: skip
            assert part in page(on), part
        assert all(len(line) <= size[0] for line in on.lines())
        assert "EVIDENCE" in on.text() and "REMEDY" in on.text()


async def test_f_goes_from_failure_to_failure_and_around() -> None:
    async with deck(PreflightFeed(troubled()), size=(80, 24)) as on:
        screen = await opened(on)
        fails = [one.id for one in screen.checks if one.state == "fail"]
        seen = []
        for _ in range(len(fails) + 1):
            await on.press("f")
            seen.append(on.table.cursor_key)
        assert seen == [*fails, fails[0]] and DEADLINE in fails


async def test_f_opens_the_section_of_the_failure() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        await opened(on)
        go(on, "Knative")
        await on.press("enter")
        assert DEADLINE not in on.names()
        await on.press("f")
        assert on.table.cursor_key == "knative.flag.podspec-schedulername" and DEADLINE in on.names()


async def test_a_hides_what_passes_and_f_says_where_nothing_fails() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        screen = await opened(on)
        everything = len(on.names())
        await on.press("a")
        bad = [one.id for one in screen.checks if one.state != "pass"]
        assert len(on.names()) == 8 + len(bad) and "what passes is hidden" in on.text()
        await on.press("a", "slash")
        await on.write("section=Access")
        await on.press("enter", "f")
        assert "no check fails or warns" in on.said
        await on.press("escape")
        assert len(on.names()) == everything


async def test_sorting_by_state_puts_failures_first_and_by_section_brings_the_sections_back() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        screen = await opened(on)
        before = on.names()
        await on.press("s", "s")
        order = {"fail": 0, "warn": 1, "unknown": 2, "pass": 3}
        states = {one.id: order[one.state] for one in screen.checks}
        ranks = [states[name] for name in on.names()]
        assert len(ranks) == len(states) and ranks == sorted(ranks)
        await on.press("s", "o")
        assert on.names() == before


async def test_a_filter_keeps_checks_by_words_and_fields(tmp_path: Path) -> None:
    async with deck(PreflightFeed(troubled())) as on:
        screen = await opened(on)
        await on.press("slash")
        await on.write("state=fail")
        await on.press("enter")
        fails = [one.id for one in screen.checks if one.state == "fail"]
        assert [name for name in on.names() if "." in name] == fails
        assert f"Preflight {len(fails)} of {len(screen.checks)}" in on.lines()[0]
        await on.press("e")
        (path,) = files(tmp_path, "nimdeck-preflight-*.json")
        document = json.loads(path.read_text())
        assert document["schema"] == "nimdeck.preflight/1"
        assert [item["check"] for item in document["items"]] == fails
        await on.press("slash")
        await on.write("nosuchthing")
        await on.press("enter")
        assert phase(on) is PanelPhase.EMPTY
        await on.press("escape", "down")
        assert on.app.screen.focused is on.table, "the keys are back in the list"


async def test_a_page_is_walked_through_its_commands_are_copied_and_its_grounds_gone_to() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        await opened(on)
        go(on, DEADLINE)
        await on.press("tab", "end", "up", "enter")
        assert on.app.clipboard.startswith("kubectl patch configmap") and "Copied the command" in on.said
        await on.press("escape", "c")
        assert "config-deployment" in on.app.clipboard
        await on.press("tab", "home", "down", "down", "enter")
        assert on.table.cursor_key == "kubernetes.api" and on.table.has_focus
        await on.press("c")
        assert "EVIDENCE" in on.app.clipboard, "what passes has no command: all that is said of it"


# -- mending ----------------------------------------------------------------------------------------------------------


async def test_enter_on_a_setting_opens_the_review_and_what_is_done_is_looked_at_again() -> None:
    feed = PreflightFeed(troubled())
    async with deck(feed) as on:
        screen = await opened(on)
        go(on, DEADLINE)
        await on.press("enter")
        review = await reviewed(on)
        assert review.title_text() == "Set: Knative waits long enough for a NIM"
        assert "set progress-deadline in ConfigMap knative-serving" in on.text() and "1800s" in on.text()
        assert [one.key.name for one in feed.writer.tried] == ["config-deployment"] and not feed.writer.made
        await on.press("ctrl+y")
        await on.until(lambda: bool(feed.writer.made) and not review._busy)
        assert feed.writer.made[0].body == {"data": {"progress-deadline": "1800s"}}
        feed.facts = healthy()
        await on.press("escape")
        await on.until(lambda: len(feed.asked) == 2 and not screen.looking)
        assert next(one for one in screen.checks if one.id == DEADLINE).state == "pass"


async def test_m_sets_all_together() -> None:
    feed = PreflightFeed(troubled())
    feed.objects["configmaps", next(key for _, key in feed.objects if key.name == "config-features")]["data"].pop(  # type: ignore[union-attr]
        "kubernetes.podspec-schedulername"
    )
    async with deck(feed) as on:
        await opened(on)
        await on.press("m")
        review = await reviewed(on)
        assert review.title_text() == "Set what 2 checks want"
        assert sorted(one.key.name for one in feed.writer.tried) == ["config-deployment", "config-features"]


async def test_m_where_nothing_can_be_set() -> None:
    async with deck(PreflightFeed(healthy())) as on:
        await opened(on)
        await on.press("m")
        assert "nothing that nimdeck can set itself" in on.said


async def test_enter_opens_the_form_that_mends_it_filled_in() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        await opened(on)
        go(on, "storage.pull_secret")
        await on.press("enter")
        assert isinstance(on.app.screen, SecretForm)
        assert on.app.screen.query_one("#kind", Tiles).value == "registry"


async def test_a_claim_and_a_placement_are_mended_where_they_are_made() -> None:
    facts = replace(troubled(), claims={"runai-test": (), "runai-team": ()})
    async with deck(PreflightFeed(facts)) as on:
        screen = await opened(on)
        go(on, "storage.claim_bound")
        await on.press("enter")
        assert isinstance(on.app.screen, StorageForm)
        await on.press("escape")
        await on.until(lambda: not screen.looking)
        go(on, "runai.placement")
        await on.press("enter")
        await on.until(lambda: isinstance(on.app.screen, ProjectsScreen) and "control plane" in on.said)


async def test_enter_copies_where_nimdeck_has_no_action_and_says_what_passes() -> None:
    async with deck(PreflightFeed(troubled())) as on:
        screen = await opened(on)
        go(on, "knative.domain")
        await on.press("enter")
        assert "config-domain" in on.app.clipboard
        passing = next(one.id for one in screen.checks if one.state == "pass")
        go(on, passing)
        await on.press("enter")
        assert "it passes" in on.said
        go(on, "network.ingress_class")
        await on.press("enter")
        assert "Ask for the right to list ingressclasses" in on.said


@pytest.mark.parametrize("check", [DEADLINE, "storage.ngc_secret", "runai.placement"])
async def test_read_only_nothing_is_begun(check: str) -> None:
    async with deck(PreflightFeed(troubled(), read_only=True)) as on:
        screen = await opened(on)
        go(on, check)
        await on.press("enter")
        assert on.app.screen is screen and "nimdeck runs read-only: nothing is changed" in on.said
        await on.press("m")
        assert on.app.screen is screen


# -- reading and states -----------------------------------------------------------------------------------------------


async def test_first_paint_at_once_then_the_old_result_stays_dimmed_with_its_age() -> None:
    feed = PreflightFeed(healthy())
    feed.gate.clear()
    async with deck(feed) as on:
        await on.press("7")
        assert phase(on) is PanelPhase.LOADING and "looking at operators" in on.text()
        feed.gate.set()
        await on.until(lambda: phase(on) is PanelPhase.LIVE)
        assert all(row.cells[0].tone != Tone.DIM for row in on.table.rows if "." in row.key)
        feed.gate.clear()
        feed.clock.at += 90
        await on.press("r")
        assert phase(on) is PanelPhase.STALE and "stale 1 min: looking again" in on.text()
        assert all(cell.tone == Tone.DIM for row in on.table.rows for cell in row.cells)
        await on.press("down", "f")
        assert on.table.cursor_key, "keys are answered while it is read"
        feed.facts = troubled()
        feed.gate.set()
        await on.until(lambda: phase(on) is PanelPhase.LIVE)
        assert feed.asked == [None, None] and "✗" in on.text()


async def test_coming_back_reads_again_only_after_a_while() -> None:
    feed = PreflightFeed(healthy())
    async with deck(feed) as on:
        screen = await opened(on)
        await on.press("1", "7")
        assert len(feed.asked) == 1
        feed.clock.at += 61
        await on.press("1", "7")
        await on.until(lambda: len(feed.asked) == 2 and not screen.looking)


async def test_what_cannot_be_read_is_told_and_read_again() -> None:
    feed = PreflightFeed(OSError("no route to 10.0.0.1"))
    async with deck(feed) as on:
        await on.press("7")
        await on.until(lambda: phase(on) is PanelPhase.FAILED)
        assert "no route to 10.0.0.1 r looks again" in " ".join(on.text().split())
        feed.facts = healthy()
        await on.press("r")
        await on.until(lambda: phase(on) is PanelPhase.LIVE)
        feed.facts = OSError("no route to 10.0.0.2")
        await on.press("r")
        await on.until(lambda: "10.0.0.2" in on.text())
        assert phase(on) is PanelPhase.STALE, "what was known stays"


async def test_before_the_cluster_answers_it_waits() -> None:
    nothing: list[Change] = []
    async with deck(FakeFeed(nothing)) as on:
        await on.press("7")
        assert phase(on) is PanelPhase.LOADING and "waiting for kubernetes" in on.text()


async def test_of_a_recording_only_what_was_watched_is_known() -> None:
    async with deck(PreflightFeed(None)) as on:
        screen = await opened(on)
        told = {one.id: one for one in screen.checks}
        assert "a recording holds only what was watched" in told["gpus.gpu_operator"].evidence
        assert told["gpus.nodes"].state == "fail", "nodes were watched"


async def test_the_project_that_is_set_is_the_one_that_is_meant() -> None:
    feed = PreflightFeed(healthy())
    feed.settings = replace(feed.settings, project="team")
    async with deck(feed) as on:
        await opened(on)
        assert feed.asked == ["team"]


async def test_the_command_line_leads_here_too() -> None:
    async with deck(PreflightFeed(healthy())) as on:
        await on.press("colon")
        await on.write("preflight")
        await on.press("enter")
        assert on.app.current_mode == "preflight"
