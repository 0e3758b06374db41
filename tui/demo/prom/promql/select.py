"""Selectors: which series match, what they were worth at a moment or over a window."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

import promql_parser as parser

from tui.demo.prom.history import LOOKBACK_SECONDS, STALE, History, Job, Series
from tui.demo.prom.labels import NAME
from tui.demo.prom.promql.values import BadQueryError, Matrix, Vector

Match = tuple[str, Callable[[str], bool]]


@lru_cache(maxsize=256)
def pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text, re.DOTALL)
    except re.error as error:
        raise BadQueryError(f'invalid parameter "query": regular expression "{text}": {error}') from None


def _test(operator: str, wanted: str) -> Callable[[str], bool]:
    if operator == "Equal":
        return lambda value: value == wanted
    if operator == "NotEqual":
        return lambda value: value != wanted
    compiled = pattern(wanted)
    if operator == "Re":
        return lambda value: compiled.fullmatch(value) is not None
    return lambda value: compiled.fullmatch(value) is None


class Selector:
    """Matchers of one selector; ``name`` is set where an equality matcher fixes it."""

    def __init__(self, expression: Any) -> None:
        if expression.matchers.or_matchers:
            raise BadQueryError('invalid parameter "query": "or" between matchers is not supported')
        self.name: str | None = expression.name
        self.equal: dict[str, str] = {}
        self._name_tests: list[Callable[[str], bool]] = []
        self._tests: list[Match] = []
        for matcher in expression.matchers.matchers:
            operator = str(matcher.op).rpartition(".")[2]
            if operator == "Equal":
                self.equal[matcher.name] = matcher.value
            if matcher.name != NAME:
                self._tests.append((matcher.name, _test(operator, matcher.value)))
            elif operator == "Equal" and self.name is None:
                self.name = matcher.value
            else:
                self._name_tests.append(_test(operator, matcher.value))

    def series(self, history: History) -> Iterator[Series]:
        """Every series that matches, dead or alive."""
        for name in self._names(history):
            for series in history.named(name):
                labels = series.base.map
                if all(test(labels.get(label, "")) for label, test in self._tests):
                    yield series

    def _names(self, history: History) -> list[str]:
        candidates = list(history.names()) if self.name is None else [self.name]
        return [name for name in candidates if all(test(name) for test in self._name_tests)]


@lru_cache(maxsize=512)
def parse_series_selector(text: str) -> Selector:
    """A ``match[]`` parameter: a selector and nothing else."""
    try:
        expression = parser.parse(text)
    except ValueError as error:
        raise BadQueryError(f'invalid parameter "match[]": {error}') from None
    if not isinstance(expression, parser.VectorSelector):
        raise BadQueryError(f'invalid parameter "match[]": {text} is not a series selector')
    return Selector(expression)


def seconds(duration: timedelta | None) -> float:
    return duration.total_seconds() if duration is not None else 0.0


def instant(history: History, selector: Selector, at: float) -> Iterator[tuple[Series, float, float]]:
    """Series with their value and its time at ``at``; stale and too old ones are not there."""
    scrapes: dict[Job, int | None] = {}
    for series in selector.series(history):
        job = series.job
        if job not in scrapes:
            scrapes[job] = job.last_before(at, LOOKBACK_SECONDS)
        scrape = scrapes[job]
        if scrape is not None:
            value = series.at(scrape)
            if value != STALE:
                yield series, value, job.times[scrape - job.base]


def instant_vector(history: History, selector: Selector, at: float) -> Vector:
    return [(series.labels, value) for series, value, _ in instant(history, selector, at)]


def timestamps(history: History, selector: Selector, at: float) -> Vector:
    """When each sample was scraped, which is what ``timestamp()`` of a selector asks."""
    return [(series.labels.nameless(), when) for series, _, when in instant(history, selector, at)]


def range_vector(history: History, selector: Selector, at: float, window_seconds: float) -> Matrix:
    """Samples of the half-open window (at - window, at], as Prometheus 3 takes it."""
    bounds: dict[Job, tuple[int, int]] = {}
    matrix: Matrix = []
    for series in selector.series(history):
        job = series.job
        if job not in bounds:
            bounds[job] = job.between(at - window_seconds, at)
        times, values = series.window(*bounds[job])
        if values:
            matrix.append((series.labels, times, values))
    return matrix


def with_samples(history: History, selectors: list[Selector], start: float, end: float) -> Iterator[Series]:
    """Series with a sample between ``start`` and ``end``, each once."""
    seen: set[int] = set()
    for selector in selectors:
        for series in selector.series(history):
            low, high = series.job.between(start, end)
            if id(series) not in seen and series.present(low, high):
                seen.add(id(series))
                yield series
