"""A small curve with its name and last value, one line high or several; for inside rows see ``glyphs.spark_text``."""

from collections.abc import Sequence

from widgets.drawn import Drawn, Line, Piece
from widgets.glyphs import SPARK, bucket, fit, printable, spark_text
from widgets.rows import Spark, Tone


class SparkLine(Drawn):
    """Shows a ``Spark``. With a height above 1 the name and the value stand over the curve."""

    _spark = Spark("", ())

    def set_spark(self, spark: Spark) -> None:
        if spark != self._spark:
            self._spark = spark
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        spark, tones = self._spark, self.paint.tones
        label, text = printable(spark.label), printable(spark.text)
        if height <= 1:
            room = max(0, width - len(label) - len(text) - 3)
            curve = spark_text(spark.values, room, spark.maximum)
            return [
                [
                    Piece(f"{label} ", tones[Tone.DIM]),
                    Piece(curve, tones[spark.tone]),
                    Piece(f" {text}", tones[Tone.NORMAL]),
                ]
            ]
        head = [
            Piece(fit(label, max(0, width - len(text))), tones[Tone.DIM]),
            Piece(text, tones[Tone.STRONG]),
        ]
        rows = spark_rows(spark.values, width, height - 1, spark.maximum)
        return [head, *([Piece(row, tones[spark.tone])] for row in rows)]


def spark_rows(values: Sequence[float | None], width: int, height: int, maximum: float | None) -> list[str]:
    """A filled curve of ``height`` lines, highest first, in eighths of a line; gaps are blank."""
    cells = bucket(values, width)
    top = maximum if maximum is not None else max((v for v in cells if v is not None), default=0.0)
    columns = [None if v is None else round(min(1.0, max(0.0, v / top if top > 0 else 0)) * height * 8) for v in cells]
    rows = []
    for level in range(height - 1, -1, -1):
        row = ""
        for eighths in columns:
            part = 0 if eighths is None else min(8, eighths - level * 8)
            lowest = level == 0 and eighths is not None
            row += SPARK[part - 1] if part > 0 else SPARK[0] if lowest else " "
        rows.append(row.rjust(width))
    return rows
