"""The functions this server knows, by name. One that is missing here gets a 400 naming it."""

import math
import time
from collections.abc import Callable
from typing import Any

import promql_parser as parser

from tui.demo.prom.labels import EMPTY, NAME, LabelSet
from tui.demo.prom.promql.histogram import histogram_quantile
from tui.demo.prom.promql.pointwise import MAPPED, clamped, mapped, rounded
from tui.demo.prom.promql.relabel import label_join, label_replace
from tui.demo.prom.promql.select import Selector
from tui.demo.prom.promql.values import Value, Vector

Arguments = list[Value]


def vector_of(value: Value) -> Vector:
    assert isinstance(value, list)  # the parser has checked the argument types
    return value


def number_of(value: Value) -> float:
    assert isinstance(value, float)
    return value


def text_of(value: Value) -> str:
    assert isinstance(value, str)
    return value


def _scalar(vector: Vector) -> float:
    return vector[0][1] if len(vector) == 1 else math.nan


def _sorted(vector: Vector, descending: bool) -> Vector:
    sign = -1.0 if descending else 1.0
    return sorted(vector, key=lambda sample: (sample[1] != sample[1], sign * sample[1]))


def _calendar(part: Callable[[time.struct_time], int]) -> Callable[[float], float]:
    return lambda value: float(part(time.gmtime(value)))


def _applied(function: Callable[[float], float]) -> Callable[[Arguments], Value]:
    return lambda given: mapped(function, vector_of(given[0]))


FUNCTIONS: dict[str, Callable[[Arguments], Value]] = {
    "round": lambda given: rounded(vector_of(given[0]), number_of(given[1]) if len(given) > 1 else 1.0),
    "clamp": lambda given: clamped(vector_of(given[0]), number_of(given[1]), number_of(given[2])),
    "clamp_min": lambda given: clamped(vector_of(given[0]), number_of(given[1]), math.inf),
    "clamp_max": lambda given: clamped(vector_of(given[0]), -math.inf, number_of(given[1])),
    "scalar": lambda given: _scalar(vector_of(given[0])),
    "vector": lambda given: [(EMPTY, number_of(given[0]))],
    "sort": lambda given: _sorted(vector_of(given[0]), descending=False),
    "sort_desc": lambda given: _sorted(vector_of(given[0]), descending=True),
    "histogram_quantile": lambda given: histogram_quantile(number_of(given[0]), vector_of(given[1])),
    "label_replace": lambda given: label_replace(
        vector_of(given[0]), text_of(given[1]), text_of(given[2]), text_of(given[3]), text_of(given[4])
    ),
    "label_join": lambda given: label_join(
        vector_of(given[0]), text_of(given[1]), text_of(given[2]), [text_of(source) for source in given[3:]]
    ),
    "pi": lambda _: math.pi,
    **{name: _applied(function) for name, function in MAPPED.items()},
}

CALENDAR: dict[str, Callable[[float], float]] = {
    "minute": _calendar(lambda moment: moment.tm_min),
    "hour": _calendar(lambda moment: moment.tm_hour),
    "day_of_month": _calendar(lambda moment: moment.tm_mday),
    "day_of_week": _calendar(lambda moment: (moment.tm_wday + 1) % 7),
    "month": _calendar(lambda moment: moment.tm_mon),
    "year": _calendar(lambda moment: moment.tm_year),
}


def absent(argument: Any, found: bool) -> Vector:
    """One element with the labels that the selector's equality matchers promise, if nothing was found."""
    if found:
        return []
    selector = argument.vector_selector if isinstance(argument, parser.MatrixSelector) else argument
    if not isinstance(selector, parser.VectorSelector):
        return [(EMPTY, 1.0)]
    promised = Selector(selector).equal
    return [(LabelSet({name: value for name, value in promised.items() if name != NAME}), 1.0)]
