"""Which columns the GPU map shows at a width, and how wide a GPU is drawn. Pure arithmetic.

The bars come first: temperature, power, memory and pool give way until each GPU has a bar worth reading; then the
figure beside the bar goes, and last the space between the bars.
"""

from dataclasses import dataclass

from widgets.rows import Column

NAME = "name"
GUTTER = 1
MARGIN = 1  # between the last figure and the scroll bar
_FIGURE = 5  # " 71%" and the place of the "!"
_SPARKLESS = 30  # cells a GPU below which spark and memory bar don't fit
_SPARK = 11
_METER = 7
_BAR_MOST = 24

POOL = Column("pool", "POOL", 9, sort_letter="p")
GIVEN = Column("given", "GIVEN", 7, "right", "g")
UTILIZATION = Column("utilization", "UTIL", 6, "right", "u")
MEMORY = Column("memory", "MEM", 5, "right", "m")
TEMPERATURE = Column("temperature", "TEMP", 6, "right", "t")
POWER = Column("power", "POWER", 8, "right", "w")

# Richest first, each with the bar width that it must leave.
_CHOICES: tuple[tuple[tuple[Column, ...], int], ...] = (
    ((POOL, GIVEN, UTILIZATION, MEMORY, TEMPERATURE, POWER), 12),
    ((POOL, GIVEN, UTILIZATION, MEMORY), 9),
    ((GIVEN, UTILIZATION, MEMORY), 9),
    ((POOL, GIVEN, UTILIZATION), 6),
    ((GIVEN, UTILIZATION), 6),
    ((GIVEN, UTILIZATION), 0),
)


@dataclass(frozen=True, slots=True)
class MapLayout:
    """Widths in cells. ``gpu`` is one GPU's whole cell with its gap; ``figure``, ``spark`` and ``meter`` may be 0.

    ``fill`` is the blank between the last GPU and the figures of the node.
    """

    name: int
    before: tuple[Column, ...]
    gpus: int
    gpu: int
    bar: int
    figure: int
    spark: int
    meter: int
    fill: int
    after: tuple[Column, ...]

    @property
    def gpus_width(self) -> int:
        return self.gpus * self.gpu

    def column_at(self, x: int) -> str | None:
        """The key of the column drawn at cell ``x``; ``None`` over the GPUs."""
        edge = GUTTER + self.name
        if x < edge:
            return NAME
        for column in self.before:
            edge += column.width
            if x < edge:
                return column.key
        edge += self.gpus_width + self.fill
        if x < edge:
            return None
        for column in self.after:
            edge += column.width
            if x < edge:
                return column.key
        return None


def fit_map(width: int, gpus: int, name: int) -> MapLayout:
    """The layout for a map ``width`` cells wide, ``gpus`` on the fullest node and names of up to ``name`` cells."""
    name_width = min(name, max(8, width // 5)) + 3  # the state's glyph and a space on both sides
    count = max(1, gpus)
    for columns, least in _CHOICES:
        room = width - GUTTER - MARGIN - name_width - sum(column.width for column in columns)
        if room // count - _FIGURE >= least or not least:
            break
    each = max(1, room // count)
    bar, figure, spark, meter = _divide(each)
    gpu = bar + figure + spark + meter + (1 if not figure and each > 1 else 0)
    return MapLayout(
        name=name_width,
        before=tuple(column for column in columns if column is POOL),
        gpus=count,
        gpu=gpu,
        bar=bar,
        figure=figure,
        spark=spark,
        meter=meter,
        fill=max(0, room - gpu * count),
        after=tuple(column for column in columns if column is not POOL),
    )


def _divide(each: int) -> tuple[int, int, int, int]:
    """Bar, figure, spark and meter of one GPU that has ``each`` cells."""
    if each < _FIGURE + 4:
        return max(1, each - 1), 0, 0, 0
    if each < _SPARKLESS:
        return min(each - _FIGURE, _BAR_MOST - 8), _FIGURE, 0, 0
    return min(each - _FIGURE - _SPARK - _METER, _BAR_MOST), _FIGURE, _SPARK, _METER
