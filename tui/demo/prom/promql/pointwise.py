"""Functions that map each value of a vector on its own."""

import math
from collections.abc import Callable

from tui.demo.prom.promql.values import Vector

_EXACT = 2.0**52  # from here on every float is whole


def _whole(rounding: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(rounding(value)) if math.isfinite(value) and abs(value) < _EXACT else value


def _guarded(function: Callable[[float], float]) -> Callable[[float], float]:
    def safe(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return -math.inf if value == 0 else math.nan

    return safe


MAPPED: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "sqrt": _guarded(math.sqrt),
    "exp": _guarded(math.exp),
    "ln": _guarded(math.log),
    "log2": _guarded(math.log2),
    "log10": _guarded(math.log10),
    "sgn": lambda value: value if value != value else float((value > 0) - (value < 0)),
}


def mapped(function: Callable[[float], float], vector: Vector) -> Vector:
    return [(labels.nameless(), function(value)) for labels, value in vector]


def rounded(vector: Vector, nearest: float) -> Vector:
    """To the nearest multiple, halves up, as Prometheus does it."""
    inverse = 1.0 / nearest if nearest else math.inf

    def nearest_multiple(value: float) -> float:
        scaled = value * inverse
        return math.floor(scaled + 0.5) / inverse if math.isfinite(scaled) else value

    return mapped(nearest_multiple, vector)


def clamped(vector: Vector, low: float, high: float) -> Vector:
    """Nothing at all where the bounds cross, NaN where one is NaN."""
    if low > high:
        return []
    unknown = math.isnan(low) or math.isnan(high)

    def clamp(value: float) -> float:
        return math.nan if unknown or value != value else max(low, min(high, value))

    return mapped(clamp, vector)
