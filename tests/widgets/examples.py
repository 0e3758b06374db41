"""Rows and apps that the tests of widgets share; all of it made up, none of it random."""

from textual.app import App, ComposeResult
from textual.widget import Widget

from widgets.rows import (
    Cell,
    Column,
    GpuCell,
    GpuSegment,
    NodeRow,
    Row,
    SegmentKind,
    Tone,
)

WHOLE = (GpuSegment("A", 0, 1.0),)
SHARED = (GpuSegment("B", 1, 0.5), GpuSegment("C", 2, 0.5))
HALF = (GpuSegment("D", 3, 0.5),)
THIRD = (GpuSegment("E", 4, 0.3),)
UNSURE = (GpuSegment("F", 5, None),)
DOUBLE = (GpuSegment("G", 6, 0.8, SegmentKind.OVERCOMMITTED), GpuSegment("H", 7, 0.5, SegmentKind.OVERCOMMITTED))
_KINDS = (WHOLE, SHARED, (), WHOLE, HALF, THIRD, UNSURE, DOUBLE)


def gpu(segments: tuple[GpuSegment, ...], place: int = 0, alert: bool = False) -> GpuCell:
    spark = tuple(0.4 + 0.3 * ((place + step) % 5) / 5 for step in range(20))
    text = f"{(place * 37) % 101}%" if segments else "–"
    return GpuCell(segments, text, alert, memory_fraction=(place % 10) / 10 if segments else None, spark=spark)


def node(place: int, gpus: int = 4, **changes: str) -> NodeRow:
    cells = tuple(gpu(_KINDS[(place + n) % len(_KINDS)], place + n, alert=(place + n) % 11 == 5) for n in range(gpus))
    figures = {
        "pool": "default",
        "given": f"{gpus * 0.75:.1f}/{gpus}",
        "utilization": f"{(place * 13) % 101}%",
        "memory": f"{(place * 29) % 101}%",
        "temperature": "61°C",
        "power": "1,210 W",
        **changes,
    }
    return NodeRow(f"n{place}", f"node{place:03}", gpus=cells, **figures)


def nodes(count: int, gpus: int = 4) -> list[NodeRow]:
    rows = [node(place, gpus) for place in range(1, count + 1)]
    if count > 5:
        note = "not ready 4 min: kubelet stopped posting status"
        rows[3] = NodeRow("n4", "node004", "✗", "default", given="0/4", note=note)
        rows[5] = NodeRow("n6", "node006", "⊘", "default", rows[5].gpus, "3.0/4", "40%", "58%", state_tone=Tone.WARN)
    return rows


COLUMNS = (
    Column("name", "WORKLOAD", 16, sort_letter="n", flexible=True, max_width=40),
    Column("status", "STATUS", 14, sort_letter="s"),
    Column("project", "PROJECT", 8, priority=3),
    Column("pods", "PODS", 6, "right", priority=1),
    Column("asked", "GPU ask", 8, "right"),
    Column("given", "given", 8, "right"),
    Column("use", "USE", 16, priority=4),
    Column("endpoint", "ENDPOINT", 20, priority=5),
)


def workload(place: int, waiting: bool = False) -> Row:
    status = Cell("Pending 6 m", Tone.WARN) if waiting else Cell(f"Running {place} h", Tone.GOOD)
    sub = (Cell("no GPU with 0.50 free in pool default: 6 pods wait", Tone.WARN),) if waiting else ()
    cells = (
        Cell(f"llama-{place:05}"),
        status,
        Cell("test"),
        Cell("4/4"),
        Cell("2.00"),
        Cell("2.00"),
        Cell("71%", spark=tuple((n % 8) / 8 for n in range(12))),
        Cell("10.185.118.40:8000", Tone.DIM),
    )
    return Row(f"w{place}", cells, sub=sub)


class Stage(App[None]):
    """An app that shows one widget and remembers the messages that its tests ask for."""

    CSS = "Screen { layout: vertical; }"

    def __init__(self, *widgets: Widget) -> None:
        super().__init__()
        self._shown = widgets
        self.heard: list[tuple[str, object]] = []

    def compose(self) -> ComposeResult:
        yield from self._shown
