"""From values to places on a drawing, and where to put round numbers beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_DECADES_LINEAR = 8.0  # a wider span of loads is drawn by doublings
_MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Axis:
    """``low`` to ``high`` laid from ``start`` to ``end`` (pixels); ``log`` by doublings."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> "Axis":
        """Loads: by doublings where they span more than three of them. A margin keeps markers off the edge."""
        low, high = min(values, default=0.0), max(values, default=1.0)
        margin = (end - start) * 0.03
        if low > 0 and high / low > _DECADES_LINEAR:
            return cls(low, high, start + margin, end - margin, log=True)
        if low == high:
            low, high = low - 0.5 * (low or 1.0), high + 0.5 * (high or 1.0)
        return cls(low, high, start + margin, end - margin)

    @classmethod
    def from_zero(cls, values: Sequence[float], start: float, end: float) -> "Axis":
        """Figures: from 0, because a cut axis makes small changes look large."""
        return cls(0.0, (max(values, default=0.0) or 1.0) * 1.05, start, end)

    def at(self, value: float) -> float:
        """Where ``value`` lies."""
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.start + part * (self.end - self.start)


def ticks_of(axis: Axis) -> list[float]:
    """Round numbers inside the axis: powers of two on a log axis, steps of 1, 2 or 5 on a linear one."""
    if axis.log:
        first, last = math.ceil(math.log2(axis.low)), math.floor(math.log2(axis.high))
        stride = max(1, math.ceil((last - first + 1) / _MOST_TICKS))
        return [2.0**power for power in range(first, last + 1, stride)]
    rough = (axis.high - axis.low) / 5
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= rough)
    first = math.ceil(axis.low / step)
    return [round(n * step, 10) for n in range(first, math.floor(axis.high / step) + 1)]
