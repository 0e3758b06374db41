"""A chart drawn with braille dots and nothing else: for where the plotting library can't be loaded. Pure."""

from widgets.chart_data import Axis, Plan

Run = tuple[str, int | None]  # text, and the colour index of its series (TARGET: the target line)
TARGET = -1
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """``width`` by ``height`` cells of two by four dots; the colour of a cell is that of its last dot."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._dots = [[0] * width for _ in range(height)]
        self._colours: list[list[int | None]] = [[None] * width for _ in range(height)]

    def dot(self, x: int, y: int, colour: int) -> None:
        """Set a dot; ``y`` counts from the bottom. Dots outside are left out."""
        column, row = x // 2, self.height - 1 - y // 4
        if 0 <= column < self.width and 0 <= row < self.height:
            self._dots[row][column] |= _DOTS[3 - y % 4][x % 2]
            self._colours[row][column] = colour

    def line(self, start: tuple[int, int], end: tuple[int, int], colour: int) -> None:
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            x = start[0] + (end[0] - start[0]) * step / steps
            y = start[1] + (end[1] - start[1]) * step / steps
            self.dot(round(x), round(y), colour)

    def row(self, place: int) -> list[Run]:
        runs: list[Run] = []
        for dots, colour in zip(self._dots[place], self._colours[place], strict=True):
            char = chr(0x2800 + dots) if dots else " "
            if runs and runs[-1][1] == colour:
                runs[-1] = (runs[-1][0] + char, colour)
            else:
                runs.append((char, colour))
        return runs


def draw(plan: Plan, width: int, height: int) -> list[list[Run]]:
    """The chart with its axes in ``width`` by ``height`` cells."""
    labels = max(len(text) for _, text in plan.y.ticks) if plan.y.ticks else 1
    canvas = Canvas(max(1, width - labels - 1), max(1, height - 2))

    def place(x: float, y: float) -> tuple[int, int]:
        return _dot(x, plan.x, canvas.width * 2), _dot(y, plan.y, canvas.height * 4)

    if plan.target is not None:
        level = place(plan.x.low, plan.target)[1]
        for x in range(0, canvas.width * 2, 4):
            canvas.line((x, level), (x + 1, level), TARGET)
    for curve in plan.curves:
        dots = [place(x, y) for x, y in curve.points]
        for start, end in zip(dots, dots[1:] or dots, strict=False):
            canvas.line(start, end, curve.colour)
    at = {canvas.height - 1 - _dot(v, plan.y, canvas.height * 4) // 4: text for v, text in plan.y.ticks}
    lines = [
        [(f"{at.get(row, ''):>{labels}}{'┤' if row in at else '│'}", None), *canvas.row(row)]
        for row in range(canvas.height)
    ]
    return [*lines, *_x_axis(plan.x, labels, canvas.width)]


def _x_axis(axis: Axis, indent: int, width: int) -> list[list[Run]]:
    rule = ["─"] * width
    text = [" "] * width
    for value, label in axis.ticks:
        column = min(width - 1, _dot(value, axis, width * 2) // 2)
        rule[column] = "┬"
        start = max(0, min(width - len(label), column - len(label) // 2))
        if all(char == " " for char in text[max(0, start - 1) : start + len(label)]):
            text[start : start + len(label)] = label
    pad = " " * indent
    return [[(f"{pad}└{''.join(rule)}", None)], [(f"{pad} {''.join(text)}", None)]]


def _dot(value: float, axis: Axis, dots: int) -> int:
    part = (value - axis.low) / (axis.high - axis.low)
    return round(min(1.0, max(0.0, part)) * (dots - 1))
