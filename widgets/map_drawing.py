"""How a node's line of the GPU map is drawn: name, a bar a GPU, the node's figures. It holds no rows and no cursor."""

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style

from widgets.columns import header_text
from widgets.glyphs import fit, meter_text, printable, spark_text
from widgets.gpu_bar import Run, bar_runs
from widgets.gpu_layout import GUTTER, MARGIN, NAME, MapLayout, fit_map
from widgets.paint import Paint
from widgets.rows import Column, GpuCell, NodeRow, SegmentKind, SortKey, Tone

_FIGURES = {
    "given": lambda row: row.given,
    "utilization": lambda row: row.utilization,
    "memory": lambda row: row.memory,
    "temperature": lambda row: row.temperature,
    "power": lambda row: row.power,
    "pool": lambda row: row.pool,
}


class MapDrawing:
    """A ``LineDrawing`` of ``NodeRow``."""

    def __init__(self) -> None:
        self.layout: MapLayout = fit_map(80, 4, 8)
        self._asked = (0, 0, 0)

    def fit(self, rows: Sequence[NodeRow], width: int) -> bool:
        names = max((len(row.name) for row in rows), default=8)
        gpus = max((len(row.gpus) for row in rows), default=4) or 4
        asked = (width, gpus, names)
        if asked == self._asked:
            return False
        self._asked = asked
        self.layout = fit_map(*asked)
        return True

    def holds(self, row: NodeRow) -> bool:
        _, gpus, names = self._asked
        return len(row.gpus) <= gpus and len(row.name) <= names

    def lines(self, row: NodeRow) -> int:
        return 1

    def column_at(self, x: int) -> str | None:
        return self.layout.column_at(x)

    def header(self, sort: tuple[SortKey, ...], paint: Paint) -> list[Segment]:
        layout = self.layout
        text = " " * GUTTER + header_text(NAME, "NODE", layout.name, "left", sort)
        text += "".join(header_text(c.key, c.title, c.width, c.align, sort) for c in layout.before)
        title = "GPU {}" if layout.gpu >= 7 else "{}"
        text += "".join(fit(title.format(place), layout.gpu) for place in range(layout.gpus))
        text += " " * layout.fill
        text += "".join(header_text(c.key, c.title, c.width, c.align, sort) for c in layout.after)
        return [Segment(text, paint.tones[Tone.TITLE])]

    def row(self, row: NodeRow, paint: Paint, gutter: str) -> list[list[Segment]]:
        pen = _Pen()
        layout, tones = self.layout, paint.tones
        plain = tones[row.tone]
        pen.add(gutter, tones[Tone.ACCENT] if gutter != " " else plain)
        name_tone = tones[Tone.ACCENT] if gutter in "✓◆" else plain
        name = fit(printable(row.name), layout.name - 3)
        if row.state:
            pen.add(name + " ", name_tone)
            pen.add(row.state[:1] + " ", tones[row.state_tone])
        else:
            pen.add(name + "   ", name_tone)
        for column in layout.before:
            pen.add(_figure(row, column), plain)
        if row.note:
            note = fit(printable(row.note), layout.gpus_width + layout.fill - 1)
            pen.add(note + " ", tones[row.state_tone if row.state else Tone.DIM])
        else:
            self._gpus(pen, row, paint)
        for column in layout.after:
            pen.add(_figure(row, column), plain)
        pen.add(" " * MARGIN, plain)
        return [pen.segments()]

    def _gpus(self, pen: "_Pen", row: NodeRow, paint: Paint) -> None:
        layout = self.layout
        for cell in row.gpus[: layout.gpus]:
            self._gpu(pen, cell, row, paint)
        missing = layout.gpus - len(row.gpus)
        pen.add(" " * (missing * layout.gpu + layout.fill), paint.base)

    def _gpu(self, pen: "_Pen", cell: GpuCell, row: NodeRow, paint: Paint) -> None:
        layout = self.layout
        plain = paint.tones[row.tone if cell.tone is Tone.NORMAL else cell.tone]
        for run in bar_runs(cell.segments, layout.bar):
            pen.add(run.text, _run_style(run, paint, plain))
        alert = paint.tones[Tone.BAD]
        if not layout.figure:
            if layout.gpu > layout.bar:
                pen.add("!" if cell.alert else " ", alert if cell.alert else paint.base)
            return
        figure = cell.utilization_text.rjust(layout.figure - 1)
        pen.add(figure + ("!" if cell.alert else " "), alert if cell.alert else plain)
        if layout.spark:
            pen.add(spark_text(cell.spark, layout.spark - 1) + " ", paint.tones[Tone.DIM])
            pen.add(meter_text(cell.memory_fraction, layout.meter - 2) + "  ", plain)


class _Pen:
    """Collects text, joining neighbours of one style: each change of style costs forty bytes on the wire."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._styles: list[Style] = []

    def add(self, text: str, style: Style) -> None:
        if not text:
            return
        if self._styles and self._styles[-1] is style:
            self._texts[-1] += text
        else:
            self._texts.append(text)
            self._styles.append(style)

    def segments(self) -> list[Segment]:
        return list(map(Segment, self._texts, self._styles))


def _figure(row: NodeRow, column: Column) -> str:
    text = printable(_FIGURES[column.key](row))
    return fit(text, column.width - 1) + " " if column.align == "left" else fit(text, column.width, "right")


def _run_style(run: Run, paint: Paint, plain: Style) -> Style:
    if run.kind is SegmentKind.HELD:
        return paint.slice(run.colour)
    return paint.fault if run.kind is SegmentKind.OVERCOMMITTED else plain
