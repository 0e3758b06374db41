"""Alerts by keys: a line that takes no focus, gone with esc or when it is over, kept in the events; enter opens it."""

from dataclasses import replace

from config.settings import AlertSettings
from tests.screens.cluster import live, measured
from tests.screens.stage import SETTINGS, Deck, FakeFeed, deck
from tui.model.changes import Change
from tui.model.metrics import MetricColumn
from tui.model.status import SourceState
from tui.present.alerts import alert_line, alert_row
from tui.screens.node_screen import NodeScreen
from widgets.tabs import SectionTabs

HOT = "node002 GPU 1 is at 95 °C, over 90 °C"


def heat(celsius: float) -> Change:
    found = measured("gpu_temperature_celsius", lambda gpu: celsius if gpu == ("node002", 1) else 40.0)
    assert isinstance(found, MetricColumn)
    return found


async def later(on: Deck, seconds: float, *changes: Change) -> None:
    """So much later, with these changes: the lookout looks, as its clock would."""
    on.feed.clock.at += seconds
    on.feed.put(*changes)
    await on.tick()
    on.app.look_out()
    await on.pilot.pause()


async def raised(on: Deck) -> None:
    await later(on, 0.0, heat(40.0))
    await later(on, 1.0, heat(95.0))
    assert HOT not in on.text()
    await later(on, 11.0, heat(95.0))


def line_with(on: Deck, text: str) -> str:
    return next(line for line in on.lines() if text in line)


async def open_alert(on: Deck, text: str) -> None:
    """Down to it in the list of all, and enter."""
    await on.press("9", *("tab",) * 3)
    place = next(n for n, alert in enumerate(on.app.alerts.history) if text in alert.text)
    await on.press(*("down",) * place, "enter")


def alert_lines(on: Deck) -> list[str]:
    return [line for line in on.lines() if line.startswith(" ▲")]


async def test_a_line_that_takes_no_focus_and_goes_when_it_is_over() -> None:
    async with deck() as on:
        await later(on, 0.0)
        focused = on.app.focused
        assert focused is not None
        await raised(on)
        assert HOT in alert_lines(on)[0]
        assert on.app.focused is focused
        await on.press("2")
        assert HOT in alert_lines(on)[0]  # on every screen
        await later(on, 1.0, heat(40.0))
        assert alert_lines(on)
        await later(on, 61.0, heat(40.0))
        assert not alert_lines(on)


async def test_esc_takes_the_line_away_and_the_events_keep_it() -> None:
    async with deck() as on:
        await raised(on)
        await on.press("escape")
        assert not alert_lines(on)
        await later(on, 5.0, heat(95.0))
        assert not alert_lines(on)
        await on.press("9", *("tab",) * 3)
        assert on.app.deck_screen.query_one(SectionTabs).active == "alerts"
        assert "lasts" in line_with(on, HOT)
        await later(on, 1.0, heat(40.0))
        await later(on, 70.0, heat(40.0))
        assert "lasts" not in line_with(on, HOT)


async def test_enter_opens_what_it_is_about() -> None:
    async with deck() as on:
        await raised(on)
        await open_alert(on, HOT)
        assert isinstance(on.app.screen, NodeScreen)
        assert "node002" in on.lines()[0]


async def test_what_was_so_before_is_listed_and_not_announced() -> None:
    """The cluster of these tests has a workload that waits and a node that is not ready."""
    async with deck() as on:
        await later(on, 0.0)
        await later(on, 30.0)
        assert not alert_lines(on)
        await on.press("9", *("tab",) * 3)
        assert "before" in on.text() and "node006 is not ready" in on.text()


async def test_a_source_that_goes_quiet_opens_the_diagnostics() -> None:
    async with deck() as on:
        await later(on, 0.0)
        for seconds in (1.0, 31.0):
            await later(on, seconds, live("prometheus", "connection refused", SourceState.STALE))
        assert "prometheus answered and is stale now" in alert_lines(on)[0]
        await open_alert(on, "prometheus answered")
        assert on.app.deck_screen.query_one(SectionTabs).active == "facts"


async def test_a_bell_only_where_it_is_wished(monkeypatch) -> None:
    for wished in (False, True):
        feed = FakeFeed(settings=replace(SETTINGS, alerts=AlertSettings(bell=wished)))
        rung: list[int] = []
        async with deck(feed) as on:
            on.app.settings = feed.settings
            monkeypatch.setattr(on.app, "bell", lambda rung=rung: rung.append(1))
            await raised(on)
            await later(on, 5.0, heat(95.0))
            await later(on, 5.0, heat(40.0))
            await later(on, 70.0, heat(40.0))
        assert rung == ([1] if wished else [])


async def test_it_looks_below_a_dialog_too() -> None:
    async with deck() as on:
        await raised(on)
        await on.press("s")  # a prompt
        assert on.app.screen is not on.app.deck_screen
        on.feed.clock.at += 100.0
        on.feed.put(heat(40.0))
        on.app.look_out()
        on.feed.clock.at += 100.0
        on.app.look_out()
        assert on.app.alerts.shown == ()


async def test_lines_for_every_eye_quote_no_source() -> None:
    async with deck() as on:
        await later(on, 0.0)
        for seconds in (1.0, 31.0):
            await later(on, seconds, live("prometheus", "https://ops@prom refused", SourceState.STALE))
        alerts = on.app.alerts.shown
        assert "ops@prom" in alert_line(alerts)
        assert "ops@prom" not in alert_line(alerts, public=True)
        assert "(and 1 more, see 9)" in alert_line((*alerts, *alerts))
        assert alert_line(()) == ""
        assert alert_row(0, alerts[0], alerts[0].raised_at + 90).cells[2].text == "1m"
