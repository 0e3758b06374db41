"""Nodes: a line a server, each GPU drawn as its slices; the cluster's totals above, the letters' meaning below."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual.widget import Widget

from tui.model.node import Node
from tui.model.snapshot import Snapshot, SnapshotDiff
from tui.present import nodes as present
from tui.present.big_figures import big_figures
from tui.present.cluster_bar import cluster_bar, legend
from tui.present.filter import FieldValue, Subject
from tui.present.header import panel_state
from tui.present.tally import Tally
from tui.screens.backfill import backfill_nodes
from tui.screens.big_figures import BigFigures
from tui.screens.inspect import describe_node, open_yaml
from tui.screens.list_screen import ListScreen
from tui.screens.roomy import MOST_LINES, RoomyMapDrawing, lines_each
from widgets.gpu_map import GpuMap
from widgets.lazy_rows import LazyRows
from widgets.legend import Legend
from widgets.rows import LegendItem, NodeRow, PanelState, SortKey
from widgets.slice_bar import SliceBar
from widgets.state_panel import StatePanel

_SPARKS_FROM_COLUMNS = 180
_FRAME_LINES = 4  # header, bar, titles of the map, key bar
_LEGEND_MOST = 4


class NodesScreen(ListScreen[Node]):
    """Screen 1."""

    DEFAULT_CSS = """
    NodesScreen.-presenter BigFigures { display: block; }
    NodesScreen.-presenter SliceBar { display: none; }
    """
    NAME = "Nodes"
    KIND = "nodes"
    COLUMNS = present.COLUMNS
    FIELDS = present.FIELDS
    SORT = (SortKey("name"),)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, NodeRow] = {}
        self._tally = Tally()
        self._legend: tuple[LegendItem, ...] = ()
        self._backfilled = False

    def body(self) -> Iterable[Widget]:
        yield BigFigures()
        yield SliceBar()
        yield StatePanel(GpuMap())
        yield Legend()

    def state(self, snapshot: Snapshot) -> PanelState:
        return panel_state(
            snapshot,
            self.deck.now(),
            needs=("kubernetes", "prometheus"),
            rows=len(snapshot.nodes),
            empty="the cluster has no nodes that we may see",
        )

    def draw(self, snapshot: Snapshot, diff: SnapshotDiff | None) -> None:
        super().draw(snapshot, diff)
        self._tally.update(snapshot.nodes, diff)
        self.query_one(SliceBar).set_view(cluster_bar(self._tally.totals))
        if self.deck.presenting:
            self.query_one(BigFigures).set_figures(big_figures(snapshot.nodes.values()))
        self._backfill()
        if diff is None or diff.placed:
            self._legend = legend(self._tally.holders, self.deck.letters)
        self.query_one(Legend).set_items(self._legend, self._legend_lines(len(snapshot.nodes)))

    def _legend_lines(self, nodes: int) -> int:
        """What the nodes leave free belongs to the legend."""
        spare = self.size.height - _FRAME_LINES - nodes
        return max(1 if self.size.height < 30 else 2, min(_LEGEND_MOST, spare))

    def roomy(self, on: bool) -> None:
        table = self.query_one(GpuMap)
        room = self.size.height - _FRAME_LINES - _LEGEND_MOST - (BigFigures.LINES if on else 0)
        high = lines_each(len(self.shown), room)
        if not on and high < MOST_LINES:
            high = 1  # some air between rows, but no thicker bars: not worth the lines
        drawn = table.drawing
        if not isinstance(drawn, RoomyMapDrawing) or (drawn.high, drawn.bars_first) != (high, on):
            table.drawing = RoomyMapDrawing(high, bars_first=on)
            table.repainted()

    def _backfill(self) -> None:
        """Curves that are seen are not to begin with the first sample that came while we watched."""
        if not self._backfilled and self.shown and self.size.width >= _SPARKS_FROM_COLUMNS:
            self._backfilled = True
            backfill_nodes(self, (node.name for node in self.shown))

    # -- rows ------------------------------------------------------------------------------------------------------

    def items(self, snapshot: Snapshot) -> Iterable[Node]:
        return snapshot.nodes.values()

    def arranged(self, items: list[Node], diff: SnapshotDiff | None) -> list[Node]:
        """As they stood, where only figures are new and none of them decides the order."""
        by_figures = bool(self.filter) or any(key.column not in present.STEADY_COLUMNS for key in self.sort_keys)
        if diff is None or diff.placed or by_figures or len(items) != len(self.shown):
            return super().arranged(items, diff)
        nodes = {node.name: node for node in items}
        return [nodes[node.name] for node in self.shown]

    def key_of(self, item: Node) -> str:
        return item.name

    def value(self, item: Node, column: str) -> FieldValue:
        return present.field(item, column)

    def subject(self, item: Node) -> Subject:
        return present.subject(item)

    def rows(self, items: Sequence[Node], diff: SnapshotDiff | None) -> Sequence[NodeRow]:
        """Only nodes in view become rows; what was in view and did not change is not made again."""
        if diff is None:
            self._rows.clear()
        else:
            for name in diff.nodes:
                self._rows.pop(name, None)
        if not items:
            return []
        names, gpus = [len(node.name) for node in items], [len(node.gpus) for node in items]
        widest = names.index(max(names)), gpus.index(max(gpus))
        return LazyRows([node.name for node in items], lambda at: self._kept_row(items[at]), widest)

    def _kept_row(self, node: Node) -> NodeRow:
        row = self._rows.get(node.name)
        if row is None:
            row = self._rows[node.name] = self._row(node)
        return row

    def _row(self, node: Node) -> NodeRow:
        sparks = None
        feed = self.deck.feed
        if feed is not None and self.size.width >= _SPARKS_FROM_COLUMNS:
            history = feed.store.history
            sparks = {
                gpu.id: tuple(value for _, value in history.gpu(gpu.id, "gpu_utilization_fraction"))
                for gpu in node.gpus
            }
        return present.node_row(node, self.deck.letters, self.deck.now(), sparks=sparks)

    def narrowed(self, snapshot: Snapshot, items: Sequence[Node]) -> Snapshot:
        return replace(snapshot, nodes={node.name: node for node in items})

    # -- what can be done with a node ------------------------------------------------------------------------------

    def do_list_open(self) -> None:
        self._open_node("")

    def do_list_events(self) -> None:
        self._open_node("events")

    def do_list_logs(self) -> None:
        from tui.screens.inspect import open_logs

        if node := self.current():
            open_logs(self, node.name, node.pods)

    def _open_node(self, section: str) -> None:
        from tui.screens.node_screen import NodeScreen

        if node := self.current():
            self.app.push_screen(NodeScreen(node.name, section))

    def do_list_describe(self) -> None:
        if node := self.current():
            describe_node(self, node)

    def do_list_yaml(self) -> None:
        if node := self.current():
            open_yaml(self, "nodes", "", node.name)
