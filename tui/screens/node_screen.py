"""One node: a card for each physical GPU with its slices and curves; its pods, events and facts."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from tui.actions import Scope
from tui.model.event import Event
from tui.model.node import Node
from tui.model.snapshot import Snapshot
from tui.present.events import COLUMNS as EVENT_COLUMNS
from tui.present.gpu_cards import gpu_cards
from tui.present.header import panel_state
from tui.present.nodes import given_text
from tui.present.pods import COLUMNS as POD_COLUMNS
from tui.present.pods import node_facts, pod_row
from tui.present.workload_facts import describe
from tui.screens.backfill import backfill_node
from tui.screens.detail_screen import DetailScreen
from tui.screens.inspect import open_logs, open_why, open_yaml
from tui.screens.keys import bindings
from widgets.gpu_card import GpuCard
from widgets.rows import GpuCardView, PanelState, Tab
from widgets.table import LiveTable
from widgets.text_view import TextView


class CardGrid(VerticalScroll, can_focus=True):
    """The cards, in as many columns as fit."""

    DEFAULT_CSS = """
    CardGrid { layout: grid; grid-size: 1; grid-rows: auto; height: 1fr; padding: 0 1;
      grid-gutter: 0 1; }
    """


class NodeScreen(DetailScreen):
    """Opened by enter on a node."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.WHY)
    SCOPES: ClassVar[tuple[Scope, ...]] = (*DetailScreen.SCOPES, Scope.WHY)
    CSS = """
    NodeScreen.-normal CardGrid { grid-size: 2; }
    NodeScreen.-wide CardGrid { grid-size: 4; }
    """
    SECTIONS = (Tab("gpus", "GPUs"), Tab("pods", "Pods"), Tab("events", "Events"), Tab("facts", "Facts"))

    def __init__(self, name: str, section: str = "") -> None:
        super().__init__(section)
        self._node_name = name

    def title_text(self) -> str:
        node = self._node(self.deck.snapshot)
        return f"{self._node_name}  {given_text(node)} given" if node is not None else self._node_name

    def sections(self) -> Iterable[Widget]:
        yield CardGrid(id="gpus")
        yield LiveTable(POD_COLUMNS, id="pods")
        yield LiveTable(EVENT_COLUMNS, id="events")
        yield TextView(id="facts")

    def begin(self) -> None:
        super().begin()
        backfill_node(self, self._node_name)

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes", "prometheus"),
            rows=1 if self._node(snapshot) is not None else 0,
            empty=f"{self._node_name} is no longer in the cluster",
        )

    def draw_section(self, key: str, snapshot: Snapshot) -> None:
        node = self._node(snapshot)
        if node is None:
            return
        now = self.deck.now()
        if key == "gpus":
            self._draw_cards(node, snapshot)
        elif key == "pods":
            pods = [snapshot.pods[pod] for pod in node.pods if pod in snapshot.pods]
            self.query_one("#pods", LiveTable).set_rows(pod_row(pod, now) for pod in pods)
        elif key == "events":
            self.set_events(self._events(snapshot, node))
        else:
            page = describe(f"Node {node.name}", node_facts(node, now), [])
            self.query_one("#facts", TextView).set_text(page, "describe")

    def counts(self, snapshot: Snapshot) -> Mapping[str, int]:
        node = self._node(snapshot)
        if node is None:
            return {}
        return {"gpus": len(node.gpus), "pods": len(node.pods), "events": len(self._events(snapshot, node))}

    def _events(self, snapshot: Snapshot, node: Node) -> list[Event]:
        names = {self._node_name, *(pod.name for pod in node.pods)}
        return [event for event in snapshot.events if event.object.name in names]

    def _draw_cards(self, node: Node, snapshot: Snapshot) -> None:
        feed = self.deck.feed
        if feed is None:
            return
        views = gpu_cards(node, snapshot.pods.get, self.deck.letters, feed.store.history.gpu, self.deck.now())
        grid = self.query_one(CardGrid)
        cards = list(grid.query(GpuCard))
        high = self._spark_lines(views)
        for card, view in zip(cards, views, strict=False):
            card.set_view(view, high)
        for card in cards[len(views) :]:
            card.remove()
        if len(views) > len(cards):
            grid.mount_all([GpuCard(view) for view in views[len(cards) :]])

    def _spark_lines(self, views: list[GpuCardView]) -> int:
        """How high the curves may be so that all cards are still seen at once."""
        columns = 4 if self.has_class("-wide") else 2 if self.has_class("-normal") else 1
        rows = -(-len(views) // columns)
        others = 9 + 3 * max((len(view.slices) for view in views), default=1)
        return max(1, min(6, ((self.size.height - 4) // max(1, rows) - others) // 4))

    def _node(self, snapshot: Snapshot) -> Node | None:
        return snapshot.nodes.get(self._node_name)

    # -- actions ---------------------------------------------------------------------------------------------------

    def do_pending_why(self) -> str:
        """Of the pod under the cursor of the section Pods."""
        node, key = self._node(self.deck.snapshot), self.query_one("#pods", LiveTable).cursor_key
        pod = next((pod for pod in (node.pods if node else ()) if str(pod) == key), None)
        if self.section != "pods" or pod is None:
            return "why is asked of a pod: tab goes to them"
        open_why(self, pod)
        return ""

    def do_detail_yaml(self) -> None:
        open_yaml(self, "nodes", "", self._node_name)

    def do_detail_logs(self) -> None:
        node = self._node(self.deck.snapshot)
        pods = node.pods if node is not None else ()
        if self.section == "pods" and (key := self.query_one("#pods", LiveTable).cursor_key):
            pods = tuple(pod for pod in pods if str(pod) == key)
        open_logs(self, self._node_name, pods)

    def page_text(self) -> str:
        node = self._node(self.deck.snapshot)
        if node is None:
            return self._node_name
        views: list[GpuCardView] = gpu_cards(
            node, self.deck.snapshot.pods.get, self.deck.letters, lambda _gpu, _metric: (), self.deck.now()
        )
        sections = [
            (
                f"{view.title}  {view.subtitle}",
                [f"{part.name}  {part.detail}  asks {part.asked}, uses {part.used}" for part in view.slices],
            )
            for view in views
        ]
        return describe(f"Node {node.name}", node_facts(node, self.deck.now()), sections)
