"""Half an hour of curves at once: what Prometheus kept before we looked is asked for when a node is opened."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from tui.model.ids import GpuId

if TYPE_CHECKING:
    from tui.screens.base import DeckScreen
    from tui.session import Feed

_CURVES = ("gpu_utilization_fraction", "gpu_memory_used_bytes", "gpu_power_watts", "gpu_temperature_celsius")
_SPAN_SECONDS = 1800.0
_STEP_SECONDS = 15.0
_NODES_AT_MOST = 64


def backfill_node(screen: "DeckScreen", node: str) -> None:
    """Ask in a thread; a Prometheus that can't answer leaves the curves as short as they are."""
    feed = screen.deck.feed
    if feed is not None and feed.player is None:
        screen.run_worker(partial(_fill, screen, feed, node), thread=True, exit_on_error=False, group="backfill")


def backfill_nodes(screen: "DeckScreen", nodes: Iterable[str], then: Callable[[], None] | None = None) -> None:
    """The same for the one curve that a list shows, a node after the other; for the first nodes of a large cluster.
    ``then`` draws it (``None``: the screen)."""
    feed = screen.deck.feed
    names = list(nodes)[:_NODES_AT_MOST]
    if feed is not None and feed.player is None:
        screen.run_worker(
            partial(_fill_list, screen, feed, names, then or screen.redraw),
            thread=True,
            exit_on_error=False,
            group="backfill",
        )


def _fill(screen: "DeckScreen", feed: "Feed", node: str) -> None:
    for metric in _CURVES:
        _fetch(feed, metric, node)
    screen.app.call_from_thread(screen.redraw)


def _fill_list(screen: "DeckScreen", feed: "Feed", nodes: list[str], then: Callable[[], None]) -> None:
    for node in nodes:
        if not screen.is_running:
            return
        _fetch(feed, _CURVES[0], node)
    screen.app.call_from_thread(then)


def _fetch(feed: "Feed", metric: str, node: str) -> None:
    now = feed.now()
    lines = feed.curve(metric, now - _SPAN_SECONDS, now, _STEP_SECONDS, node)
    if lines:
        series = {GpuId(node, int(name)): points for name, points in lines.items() if name.isdigit()}
        feed.backfill(metric, series)


def rested_seconds(feed: "Feed", gpus: Iterable[GpuId], enough_seconds: float) -> dict[GpuId, float]:
    """How long each has been at 0 % by the curve that is kept of it. One whose curve is short and 0 all along is not
    in the result: nobody knows what it did before."""
    found = {}
    for gpu in gpus:
        since, has_worked = None, False
        for at, value in reversed(feed.store.history.gpu(gpu, _CURVES[0])):
            has_worked = value is not None and value > 0.0
            if value is None or has_worked:
                break
            since = at
        seconds = 0.0 if since is None else max(0.0, feed.now() - since)
        if has_worked or seconds >= enough_seconds:
            found[gpu] = seconds
    return found
