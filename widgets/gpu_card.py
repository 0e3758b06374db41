"""One GPU in detail: its bar, its figures, who holds how much of it, and its curves. It shows a ``GpuCardView``."""

from typing import Unpack

from rich.style import Style

from widgets.drawn import Drawn, Line, Piece, line_width
from widgets.glyphs import fit, printable, spark_text
from widgets.gpu_bar import bar_runs
from widgets.options import WidgetOptions
from widgets.rows import Cell, GpuCardView, GpuCell, SegmentKind, SliceLine, Spark, Tone
from widgets.spark import spark_rows

_SPARK_LABEL = 7
_SPARK_TEXT = 10


class GpuCard(Drawn):
    """A frame around the lines of one GPU; as high as it has to be."""

    DEFAULT_CSS = """
    GpuCard { height: auto; border: round $panel-lighten-2; padding: 0 1; border-title-color: $text; }
    """

    def __init__(self, view: GpuCardView, **options: Unpack[WidgetOptions]) -> None:
        super().__init__(**options)
        self._view = view
        self._spark_lines = 1
        self._title()

    def set_view(self, view: GpuCardView, spark_lines: int = 1) -> None:
        """Show ``view``; each curve is ``spark_lines`` high."""
        if (view, spark_lines) != (self._view, self._spark_lines):
            lines = len(self.draw(self.size.width, 0))
            self._view, self._spark_lines = view, spark_lines
            self._title()
            self.redraw(layout=len(self.draw(self.size.width, 0)) != lines)

    def draw(self, width: int, height: int) -> list[Line]:
        view, tones = self._view, self.paint.tones
        lines: list[Line] = [[Piece(fit(printable(view.subtitle), width), tones[Tone.DIM])], self._bar(view.bar, width)]
        lines += [*self._facts(view.facts, width), [Piece("", tones[Tone.NORMAL])]]
        lines += [line for part in view.slices for line in self._slice(part, width)]
        if not view.slices:
            lines.append([Piece("free", tones[Tone.DIM])])
        return [*lines, *(line for spark in view.sparks for line in self._spark(spark, width))]

    def _title(self) -> None:
        self.border_title = f" {self._view.title} "

    def _bar(self, bar: GpuCell, width: int) -> Line:
        figure = f" {bar.utilization_text}{'!' if bar.alert else ''}"
        pieces = [
            Piece(run.text, self._run_style(run.kind, run.colour))
            for run in bar_runs(bar.segments, max(1, width - len(figure)))
        ]
        return [*pieces, Piece(figure, self.paint.tones[bar.tone])]

    def _run_style(self, kind: SegmentKind | None, colour: int) -> Style:
        if kind is SegmentKind.HELD:
            return self.paint.slice(colour)
        return self.paint.fault if kind is SegmentKind.OVERCOMMITTED else self.paint.tones[Tone.DIM]

    def _facts(self, facts: tuple[Cell, ...], width: int) -> list[Line]:
        lines: list[list[Piece]] = [[]]
        for cell in facts:
            text = printable(cell.text)
            gap = "  " if lines[-1] else ""
            if lines[-1] and line_width(lines[-1]) + len(gap) + len(text) > width:
                lines.append([])
                gap = ""
            lines[-1].append(Piece(gap + text, self.paint.tones[cell.tone]))
        return list(lines)

    def _slice(self, part: SliceLine, width: int) -> list[Line]:
        tones = self.paint.tones
        return [
            [
                Piece(f" {part.letter} ", self.paint.slice(part.colour)),
                Piece(fit(f" {printable(part.name)}", max(0, width - 3)), tones[Tone.STRONG]),
            ],
            [Piece(fit(self._share(part, width), width), tones[Tone.NORMAL])],
            [Piece(fit(f"    {printable(part.detail)}", width), tones[Tone.DIM])],
        ]

    def _share(self, part: SliceLine, width: int) -> str:
        text = f"    asks {part.asked}, uses {part.used}"
        return text if len(text) <= width else f"    {part.asked}, uses {part.used}"

    def _spark(self, spark: Spark, width: int) -> list[Line]:
        tones, high = self.paint.tones, self._spark_lines
        room = max(1, width - _SPARK_LABEL - _SPARK_TEXT)
        rows = (
            spark_rows(spark.values, room, high, spark.maximum)
            if high > 1
            else [spark_text(spark.values, room, spark.maximum)]
        )
        last = len(rows) - 1
        return [
            [
                Piece(fit(spark.label if place == last else "", _SPARK_LABEL), tones[Tone.DIM]),
                Piece(row, tones[spark.tone]),
                Piece(fit(spark.text if place == last else "", _SPARK_TEXT, "right"), tones[Tone.NORMAL]),
            ]
            for place, row in enumerate(rows)
        ]
