"""Half an hour of curves at once: what Prometheus kept before we looked is asked for when a node is opened."""

from functools import partial
from typing import TYPE_CHECKING

from tui.model.ids import GpuId

if TYPE_CHECKING:
    from tui.screens.base import DeckScreen
    from tui.session import Feed

_CURVES = ("gpu_utilization_fraction", "gpu_memory_used_bytes", "gpu_power_watts", "gpu_temperature_celsius")
_SPAN_SECONDS = 1800.0
_STEP_SECONDS = 15.0


def backfill_node(screen: "DeckScreen", node: str) -> None:
    """Ask in a thread; a Prometheus that can't answer leaves the curves as short as they are."""
    feed = screen.deck.feed
    if feed is not None and feed.player is None:
        screen.run_worker(partial(_fill, screen, feed, node), thread=True, exit_on_error=False, group="backfill")


def _fill(screen: "DeckScreen", feed: "Feed", node: str) -> None:
    now = feed.now()
    for metric in _CURVES:
        lines = feed.curve(metric, now - _SPAN_SECONDS, now, _STEP_SECONDS, node)
        if lines:
            series = {GpuId(node, int(name)): points for name, points in lines.items() if name.isdigit()}
            feed.backfill(metric, series)
    screen.app.call_from_thread(screen.redraw)
