"""What works everywhere: the command line, the palette, help, pause, rate, themes, contexts, keys of one's own."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.command import CommandPalette
from textual.widgets import Input

from config.errors import SettingsError
from config.settings import KubernetesSettings, PrometheusSettings
from tests.screens.cluster import live, utilization
from tests.screens.stage import SETTINGS, FakeFeed, deck, files, held_app
from tui.actions import Scope, in_scopes
from tui.model.status import SourceState
from tui.screens.help_screen import HelpScreen
from tui.screens.node_screen import NodeScreen
from tui.screens.themes import theme_names
from tui.screens.workload_screen import WorkloadScreen
from widgets.command_line import CommandLine
from widgets.help_panel import HelpPanel

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: east
clusters:
- {name: a, cluster: {server: "https://a.example:6443"}}
- {name: b, cluster: {server: "https://b.example:6443"}}
users: [{name: ops, user: {token: not-a-real-token}}]
contexts:
- {name: east, context: {cluster: a, user: ops}}
- {name: west, context: {cluster: b, user: ops}}
"""


async def test_commands_go_to_screens_names_and_actions() -> None:
    async with deck() as on:
        await on.write(":wl")
        await on.press("enter")
        assert on.app.current_mode == "workloads"
        await on.write(":node003")
        await on.press("enter")
        assert isinstance(on.app.screen, NodeScreen) and "node003" in on.lines()[0]
        await on.press("escape")
        await on.write(":llama-half")
        await on.press("enter")
        assert isinstance(on.app.screen, WorkloadScreen)
        await on.write(":theme mono")
        await on.press("enter")
        assert on.app.theme == "nimdeck-mono"


async def test_an_unknown_command_says_so_and_stays_open() -> None:
    async with deck() as on:
        await on.write(":evnets")
        await on.press("enter")
        assert "no command, node or workload 'evnets'; did you mean :ev" in on.text()
        assert on.app.deck_screen.query_one(CommandLine).is_open
        await on.press("escape")
        assert on.app.focused is on.table
        await on.write(":theme pink")
        await on.press("enter")
        assert "no theme 'pink'; there are dark, light" in on.text()
        await on.press("escape")
        await on.write(":quit now")
        await on.press("enter")
        assert "Quit takes no 'now'" in on.text()


async def test_tab_completes_commands_and_names() -> None:
    async with deck() as on:
        await on.write(":work")
        await on.press("tab")
        assert on.app.deck_screen.query_one(CommandLine).text == "workloads"
        await on.press("escape")
        await on.write(":llama-")
        await on.press("tab", "enter")
        assert isinstance(on.app.screen, WorkloadScreen)


@pytest.mark.parametrize(("letters", "screen"), [("wkloads", "workloads"), ("too-big", WorkloadScreen)])
async def test_the_palette_finds_by_letters(letters: str, screen: object) -> None:
    async with deck() as on:
        await on.press("ctrl+p")
        palette = on.app.screen
        assert isinstance(palette, CommandPalette)
        palette.query_one(Input).value = letters
        await on.until(lambda: "Workload" in on.text() or "Inference" in on.text())
        await on.app.workers.wait_for_complete()
        await on.press("enter")
        await on.until(lambda: not isinstance(on.app.screen, CommandPalette))
        await on.pilot.pause()
        assert on.app.current_mode == screen or isinstance(on.app.screen, screen)  # type: ignore[arg-type]


async def test_help_lists_what_the_table_says_and_what_is_answered_here() -> None:
    async with deck(size=(200, 60)) as on:
        await on.press("question_mark")
        assert isinstance(on.app.screen, HelpScreen)
        sections = on.app.screen.query_one(HelpPanel)._sections
        listed = [(entry.title, entry.key) for section in sections for entry in section.entries]
        offered = in_scopes(Scope.LIST, Scope.EVERYWHERE)
        assert sorted(title for title, _ in listed) == sorted(action.title for action in offered)
        assert ("Presenter", "P") in listed and ("Filter", "/") in listed
        await on.press("escape")
        await on.press("9", "question_mark")
        titles = {entry.title for s in on.app.screen.query_one(HelpPanel)._sections for entry in s.entries}  # type: ignore[union-attr]
        assert "Next part" in titles and "Logs" not in titles, "an event has no logs"


async def test_every_offered_action_is_answered_by_a_method() -> None:
    async with deck() as on:
        for keys in (("1",), ("enter",), ("y",), ("escape", "l"), ("2",), ("enter",), ("9",)):
            await on.press(*keys)
            screen = on.app.deck_screen
            for action in screen.offered(*on.app.scopes_of(screen.SCOPES)):
                method = "do_" + action.id.replace(".", "_")
                assert hasattr(screen, method) or hasattr(on.app, method), (screen, action.id)


async def test_pause_holds_the_picture_and_catches_up() -> None:
    async with deck() as on:
        await on.press("p")
        assert "PAUSED" in on.lines()[0]
        before = on.lines()[2:]
        on.feed.clock.at += 120
        on.feed.put(utilization("node001", 0.99, 0.99, 0.99, 0.99), live("prometheus", state=SourceState.FAILED))
        await on.tick()
        assert on.lines()[2:] == before and "08:00:00" in on.lines()[0]
        await on.press("p")
        assert "PAUSED" not in on.lines()[0] and "99%" in on.text() and "08:02:00" in on.lines()[0]
        assert "prometheus failed" in on.text()
        await on.press("p", "escape")
        assert "PAUSED" not in on.lines()[0], "escape leaves a pause"


async def test_the_rate_goes_up_and_down_and_asks_prometheus_as_often() -> None:
    async with deck(refresh_seconds=2.0) as on:
        await on.press("greater_than_sign")
        assert on.app.refresh_seconds == 1.0 and on.feed.intervals[-1] == 1.0
        await on.press("less_than_sign", "less_than_sign")
        assert on.app.refresh_seconds == 5.0 and "every 5 s" in on.said
        await on.press("r")
        assert on.feed.refreshed == 1


async def test_one_screen_has_one_clock() -> None:
    async with deck() as on:
        beats = []
        for keys in (("1",), ("enter",), ("y",), ("9",)):
            await on.press(*keys)
            beats.append(sum(timer._callback == on.app.screen.tick for timer in on.app.screen._timers))  # type: ignore[attr-defined]
        assert beats == [1, 1, 1, 1]


async def test_all_themes_draw_the_same_letters() -> None:
    async with deck(theme=theme_names()[0]) as on:
        pictures = set()
        for name in theme_names():
            assert on.app.theme == name
            pictures.add("\n".join(on.lines()[:-6]))
            await on.press("T")
        assert on.app.theme == theme_names()[0]
        assert len(pictures) == 1, "colour repeats what letters say"


async def test_contexts_are_chosen_by_name_and_the_next_cluster_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG)
    settings = replace(
        SETTINGS,
        kubernetes=KubernetesSettings(kubeconfig=path),
        prometheus=PrometheusSettings(url="http://prometheus.of.east:9090"),
    )
    opened: list[object] = []

    def session(chosen: object) -> FakeFeed:
        opened.append(chosen)
        return FakeFeed(settings=chosen)  # type: ignore[arg-type]

    monkeypatch.setattr("tui.session.Session", session)
    async with deck(FakeFeed(settings=settings)) as on:
        first = on.feed
        await on.press("K")
        await on.until(lambda: "https://b.example:6443" in on.text())
        assert "west" in on.text()
        assert "not-a-real-token" not in on.text()
        await on.press("down", "enter")
        await on.until(lambda: bool(opened) and on.app.feed is not None)
        assert first.stopped
        assert opened[0].kubernetes.context == "west" and opened[0].prometheus.url is None  # type: ignore[attr-defined]
        await on.write(":context nowhere")
        await on.press("enter")
        assert "no context 'nowhere'; there are east, west" in on.text()


async def test_keys_of_ones_own_are_bound_shown_and_helped() -> None:
    settings = replace(SETTINGS, keys={"app.pause": "f4", "list.filter": "f"})
    async with deck(FakeFeed(settings=settings)) as on:
        await on.press("p")
        assert "PAUSED" not in on.lines()[0]
        await on.press("f4")
        assert "PAUSED" in on.lines()[0]
        assert "f filter" in on.lines()[-1]
        await on.press("f")
        assert on.app.deck_screen.query_one(CommandLine).is_open
        await on.press("escape", "question_mark")
        entries = {e.title: e.key for s in on.app.screen.query_one(HelpPanel)._sections for e in s.entries}  # type: ignore[union-attr]
        assert (entries["Pause"], entries["Filter"]) == ("f4", "f")


async def test_a_click_on_the_key_bar_does_what_the_key_does() -> None:
    async with deck(size=(160, 40)) as on:
        await on.pilot.click("Footer", offset=(on.lines()[-1].index("workloads"), 0))
        assert on.app.current_mode == "workloads"
        await on.pilot.click("Footer", offset=(on.lines()[-1].index("filter"), 0))
        assert on.app.deck_screen.query_one(CommandLine).is_open


async def test_read_only_is_seen_and_a_picture_is_written(tmp_path: Path) -> None:
    async with deck(FakeFeed(settings=replace(SETTINGS, read_only=True))) as on:
        assert "READ-ONLY" in on.lines()[0]
        await on.press("f12")
        (picture,) = files(tmp_path / "state" / "nimdeck", "nimdeck-nodes-*.svg")
        assert picture.read_text().startswith("<svg") and str(picture) in on.said


async def test_no_cluster_is_one_line_with_the_mend_on_every_screen() -> None:
    def refuse() -> FakeFeed:
        raise SettingsError("no kubeconfig at ~/.kube/config; write one, or name it with --kubeconfig")

    app = held_app(refuse)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.workers.wait_for_complete()
        for key in ("1", "2", "9"):
            await pilot.press(key)
            await pilot.pause()
            text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
            assert "no cluster" in text and "--kubeconfig" in text
        await pilot.press("r", "p", "R", "e", "c", "d", "enter", "space", "question_mark", "escape", "P", "P")
        assert app.is_running


async def test_q_leaves_and_the_feed_is_stopped() -> None:
    async with deck() as on:
        await on.press("q")
        await on.until(lambda: on.app._exit)
    assert on.app.return_value == 0 and on.feed.stopped


async def test_what_still_arrives_while_the_app_ends_finds_no_screen_and_is_let_go() -> None:
    """Screens are closed before the feed is stopped."""
    async with deck() as on:
        app = on.app
    assert app.screen_on_top is None
    app.on_arrived()
    app.feed = on.feed
    app.look_out()
