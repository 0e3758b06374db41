"""The five states of each panel, and the pages inside, as pictures: is it beautiful, and does it stay so.

What is drawn is asserted on elsewhere; a picture that changes is looked at before it is taken over.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from textual.pilot import Pilot

from config.errors import SettingsError
from tests.screens.cluster import MAIN, cluster, live, statuses
from tests.screens.stage import FakeFeed, HeldApp, held_app
from tests.store.builders import nodes, objects, pods
from tui.model.changes import Change, Listed
from tui.model.status import SourceState, SourceStatus
from widgets.rows import PanelPhase

REFUSED = "http://10.0.0.7:9090 refused the connection; is its pod running?"
SCREENS = {"nodes": "1", "workloads": "2", "events": "9"}


class Compare(Protocol):
    def __call__(
        self, app: HeldApp, terminal_size: tuple[int, int] = ..., run_before: Callable[..., Awaitable[None]] = ...
    ) -> bool: ...


def stale() -> list[Change]:
    """All that was known, and then silence."""
    names = [status.name for status in statuses()]
    return [*cluster(), *(live(name, REFUSED, SourceState.STALE, ago=40) for name in names)]


def nothing() -> list[Change]:
    """A cluster that answers and has none of it."""
    lists = [nodes(), pods(), objects("inferenceworkloads.run.ai"), Listed("events", {})]
    return [*lists, *statuses()]


def failed() -> list[Change]:
    said = "the API server at https://10.0.0.1:6443 refused the connection; check the address and the network"
    return [SourceStatus(name, SourceState.FAILED, None, said) for name in (*MAIN, "kubernetes/events")]


CHANGES = {
    PanelPhase.LOADING: list,
    PanelPhase.LIVE: cluster,
    PanelPhase.STALE: stale,
    PanelPhase.EMPTY: nothing,
    PanelPhase.FAILED: failed,
}


def walk(*keys: str, until: str = "") -> Callable[[Pilot[int]], Awaitable[None]]:
    """Go there by keys once the feed is open, and wait for a word."""

    async def run(pilot: Pilot[int]) -> None:
        app = pilot.app
        for _ in range(400):
            if app.feed is not None or app.failure:  # type: ignore[attr-defined]
                break
            await pilot.pause(0.01)
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        for _ in range(400):
            if until in "\n".join(strip.text for strip in app.screen._compositor.render_strips()):
                break
            await pilot.pause(0.01)
        app.deck_screen.redraw()  # type: ignore[attr-defined]
        await pilot.pause()

    return run


@pytest.mark.parametrize("phase", list(PanelPhase))
@pytest.mark.parametrize("screen", list(SCREENS))
def test_states(screen: str, phase: PanelPhase, snap_compare: Compare) -> None:
    app = held_app(FakeFeed(CHANGES[phase]()))
    assert snap_compare(app, terminal_size=(100, 16), run_before=walk(SCREENS[screen]))


def test_no_kubeconfig(snap_compare: Compare) -> None:
    def refuse() -> FakeFeed:
        raise SettingsError("no kubeconfig at ~/.kube/config; write one, or name it with --kubeconfig")

    assert snap_compare(held_app(refuse), terminal_size=(80, 12), run_before=walk())


PAGES: dict[str, tuple[tuple[int, int], tuple[str, ...], str]] = {
    "nodes": ((200, 60), ("1",), ""),
    "node": ((160, 40), ("down", "down", "enter"), "no XID"),
    "node-80": ((80, 24), ("down", "down", "enter"), ""),
    "workload": ((120, 20), ("2", "end", "enter"), "too-big-0"),
    "facts": ((120, 24), ("2", "end", "enter", "tab"), "Because"),
    "logs": ((100, 14), ("2", "down", "down", "down", "l"), "notebook-0 line 3"),
    "help": ((120, 40), ("question_mark",), "esc closes"),
    "help-80": ((80, 24), ("question_mark",), "esc closes"),
    "sort": ((80, 12), ("s",), "sort by"),
    "presenter": ((140, 40), ("P", "down"), ""),
    "tiny": ((40, 10), (), ""),
}


@pytest.mark.parametrize("name", list(PAGES))
def test_pages(name: str, snap_compare: Compare) -> None:
    size, keys, until = PAGES[name]
    assert snap_compare(held_app(FakeFeed()), terminal_size=size, run_before=walk(*keys, until=until))
