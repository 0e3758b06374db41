"""Pictures of what asserts can not say: is it beautiful, and does it stay so. Behaviour is asserted on elsewhere."""

from typing import Protocol

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from tests.widgets.examples import COLUMNS, nodes, workload
from tests.widgets.test_small import HEADER, KEYS
from widgets.command_line import CommandLine
from widgets.footer import Footer
from widgets.gpu_map import GpuMap
from widgets.header import Header
from widgets.legend import Legend
from widgets.plot import Chart
from widgets.rows import (
    BarView,
    Cell,
    ChartView,
    LegendItem,
    PanelPhase,
    PanelState,
    Series,
    SortKey,
    Spark,
    Tab,
    Tone,
)
from widgets.slice_bar import SliceBar
from widgets.spark import SparkLine
from widgets.state_panel import StatePanel
from widgets.table import LiveTable
from widgets.tabs import SectionTabs
from widgets.text_view import TextView


class Compare(Protocol):
    def __call__(self, app: App[None], terminal_size: tuple[int, int] = ..., run_before: object = ...) -> bool: ...


STATES = {
    PanelPhase.LOADING: PanelState(PanelPhase.LOADING, "asking prometheus at http://10.0.0.7:9090"),
    PanelPhase.LIVE: PanelState(PanelPhase.LIVE),
    PanelPhase.STALE: PanelState(
        PanelPhase.STALE, "prometheus at http://10.0.0.7:9090 refused", "40 s", "is its pod running?"
    ),
    PanelPhase.EMPTY: PanelState(
        PanelPhase.EMPTY, "no node has GPUs", remedy="look at nvidia.com/gpu in kubectl describe nodes"
    ),
    PanelPhase.FAILED: PanelState(
        PanelPhase.FAILED, "nodes: forbidden", remedy="ask for the right to list nodes: kubectl auth can-i list nodes"
    ),
}
LEGEND = tuple(
    LegendItem(chr(65 + place), place, label)
    for place, label in enumerate(
        ("llama-31-8b ×24", "deepseek-r1-8b", "llama-31-8b-half", "embed-e5", "notebook (idle 3 h)", "rerank", "a", "b")
    )
)


class NodesStage(App[None]):
    """The Nodes screen as the sketch has it."""

    def __init__(self, state: PanelState = STATES[PanelPhase.LIVE], gpus: int = 4, theme: str = "textual-dark") -> None:
        super().__init__()
        self._state, self._gpus, self._wanted = state, gpus, theme

    def compose(self) -> ComposeResult:
        yield Header()
        yield SliceBar()
        yield StatePanel(GpuMap())
        yield Legend()
        yield Footer()

    def on_mount(self) -> None:
        self.theme = self._wanted
        self.query_one(Header).set_view(HEADER)
        self.query_one(SliceBar).set_view(
            BarView(
                (Cell("64 GPUs", Tone.STRONG), Cell("51.5 given")),
                0.8,
                (
                    Cell("9 whole free"),
                    Cell("3.5 in fractions"),
                    Cell("largest 1.00"),
                    Cell("idle-but-held 4", Tone.WARN),
                ),
            )
        )
        grid = self.query_one(GpuMap)
        grid.set_rows(nodes(40, self._gpus))
        grid.set_sort((SortKey("name"),))
        grid.focus()
        self.query_one(Legend).set_items(LEGEND, 2)
        self.query_one(Footer).set_keys(KEYS)
        self.query_one(StatePanel).set_state(self._state)


async def walk(pilot: Pilot[None]) -> None:
    await pilot.press("down", "space", "down")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=["80", "120", "200"])
def test_nodes(size: tuple[int, int], snap_compare: Compare) -> None:
    assert snap_compare(NodesStage(), terminal_size=size, run_before=walk)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark"])
def test_nodes_in_other_colours(theme: str, snap_compare: Compare) -> None:
    assert snap_compare(NodesStage(gpus=8, theme=theme), terminal_size=(100, 20), run_before=walk)


@pytest.mark.parametrize("phase", list(PanelPhase))
def test_states(phase: PanelPhase, snap_compare: Compare) -> None:
    assert snap_compare(NodesStage(STATES[phase]), terminal_size=(80, 16))


class TableStage(App[None]):
    def compose(self) -> ComposeResult:
        yield LiveTable(COLUMNS)
        yield CommandLine()

    def on_mount(self) -> None:
        table = self.query_one(LiveTable)
        table.set_rows([workload(place, waiting=place % 4 == 3) for place in range(1, 12)])
        table.set_sort((SortKey("given", True), SortKey("name")))
        table.focus()


async def mistype(pilot: Pilot[None]) -> None:
    await walk(pilot)
    line = pilot.app.query_one(CommandLine)
    line.query_one(Input).cursor_blink = False
    line.open("/", "gpu>5o")
    line.show_error("'5o' is not a number", 4)
    await pilot.pause()


@pytest.mark.parametrize("width", [80, 150])
def test_table_with_notes_and_a_mistyped_filter(width: int, snap_compare: Compare) -> None:
    assert snap_compare(TableStage(), terminal_size=(width, 20), run_before=mistype)


YAML = """\
apiVersion: run.ai/v2alpha1   # ours
kind: InferenceWorkload
metadata:
  name: llama-8b-half
spec:
  gpu: {value: "0.5"}
  minReplicas: 1
  image: "nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4"
"""


class DetailStage(App[None]):
    CSS = "SparkLine { height: 4; } Chart { height: 16; } TextView { height: 9; }"

    def compose(self) -> ComposeResult:
        yield SectionTabs()
        yield SparkLine()
        yield Chart()
        yield TextView()

    def on_mount(self) -> None:
        self.query_one(SectionTabs).set_tabs((Tab("p", "Pods", "4"), Tab("y", "YAML"), Tab("l", "Logs")))
        wave = [0.5 + 0.5 * ((n * 7) % 20 - 10) / 10 for n in range(60)]
        self.query_one(SparkLine).set_spark(Spark("utilisation of GPU 0, 30 min", (*wave, None, None, 0.4), "40%"))
        xs = tuple(float(n) for n in range(161))
        mean = tuple(None if 60 < n < 70 else 200.0 + 5 * n for n in range(161))
        p99 = tuple(300.0 + 0.05 * n * n for n in range(161))
        chart = ChartView("TTFT", (Series("mean", xs, mean, 0), Series("p99", xs, p99, 1)), "users", "ms", 1000)
        self.query_one(Chart).set_view(chart)
        self.query_one(TextView).set_text(YAML, "yaml")
        self.query_one(TextView).search("half")


def test_detail(snap_compare: Compare) -> None:
    assert snap_compare(DetailStage(), terminal_size=(100, 30))
