"""Aggregations over a vector, ``by`` and ``without``."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from tui.demo.prom.labels import EMPTY, NAME, LabelSet
from tui.demo.prom.numbers import api_number
from tui.demo.prom.promql.values import BadQueryError, Sample, Vector


def _largest(values: list[float]) -> float:
    real = [value for value in values if value == value]
    return max(real) if real else math.nan


def _smallest(values: list[float]) -> float:
    real = [value for value in values if value == value]
    return min(real) if real else math.nan


def _variance(values: list[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / len(values)


def total(values: Iterable[float]) -> float:
    """Sum that survives infinities, which ``math.fsum`` refuses."""
    return sum(values, 0.0)


_REDUCERS: dict[str, Callable[[list[float]], float]] = {
    "sum": total,
    "avg": lambda values: total(values) / len(values),
    "min": _smallest,
    "max": _largest,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
    "stddev": lambda values: math.sqrt(_variance(values)),
    "stdvar": _variance,
}


def quantile(rank: float, values: Iterable[float]) -> float:
    """Prometheus's interpolation between closest ranks."""
    ordered = sorted(values)
    if not ordered or math.isnan(rank):
        return math.nan
    if rank < 0:
        return -math.inf
    if rank > 1:
        return math.inf
    position = rank * (len(ordered) - 1)
    lower = math.floor(position)
    upper = min(lower + 1, len(ordered) - 1)
    return ordered[lower] * (1 - (position - lower)) + ordered[upper] * (position - lower)


def grouping(modifier: Any) -> Callable[[LabelSet], LabelSet]:
    """From an element's labels to its group's."""
    if modifier is None:
        return lambda _: EMPTY
    names = tuple(modifier.labels)
    if str(modifier.type).endswith("By"):
        cache: dict[tuple[str, ...], LabelSet] = {}

        def by(labels: LabelSet) -> LabelSet:
            values = tuple(labels.map.get(name, "") for name in names)
            group = cache.get(values)
            if group is None:
                group = cache[values] = LabelSet(dict(zip(names, values, strict=True)))
            return group

        return by
    dropped = (*names, NAME)
    return lambda labels: labels.without(dropped)


def aggregate(operator: str, vector: Vector, modifier: Any, parameter: float | str | None) -> Vector:
    """One element a group; for topk, bottomk the elements themselves, for count_values one a distinct value."""
    group_of = grouping(modifier)
    groups: dict[LabelSet, list[Sample]] = {}
    for sample in vector:
        groups.setdefault(group_of(sample[0]), []).append(sample)
    if operator in ("topk", "bottomk") and isinstance(parameter, float):
        return [sample for members in groups.values() for sample in _extreme(operator, members, parameter)]
    if operator == "quantile" and isinstance(parameter, float):
        return [(group, quantile(parameter, (value for _, value in members))) for group, members in groups.items()]
    if operator == "count_values" and isinstance(parameter, str):
        return _count_values(parameter, groups)
    reducer = _REDUCERS.get(operator)
    if reducer is None:
        raise BadQueryError(f'invalid parameter "query": aggregation "{operator}" is not supported')
    return [(group, reducer([value for _, value in members])) for group, members in groups.items()]


def _extreme(operator: str, members: list[Sample], count: float) -> list[Sample]:
    if math.isnan(count) or count < 1:
        return []
    sign = -1.0 if operator == "topk" else 1.0
    ordered = sorted(members, key=lambda sample: (sample[1] != sample[1], sign * sample[1]))
    return ordered[: int(count)]


def _count_values(label: str, groups: dict[LabelSet, list[Sample]]) -> Vector:
    counts: dict[LabelSet, float] = {}
    for group, members in groups.items():
        for _, value in members:
            labels = group.updated({label: api_number(value)})
            counts[labels] = counts.get(labels, 0.0) + 1.0
    return list(counts.items())
