"""One expression at one moment. Each kind of node has its method; parsing and type checks are promql-parser's."""

import math
from functools import lru_cache
from typing import Any

import promql_parser as parser

from tui.demo.prom.history import History
from tui.demo.prom.labels import LabelSet
from tui.demo.prom.promql import functions, over_time
from tui.demo.prom.promql.aggregate import aggregate
from tui.demo.prom.promql.binary import evaluate_binary
from tui.demo.prom.promql.pointwise import mapped
from tui.demo.prom.promql.select import Selector, instant_vector, range_vector, seconds, timestamps
from tui.demo.prom.promql.values import BadQueryError, Matrix, QueryError, Value

_RATES = ("rate", "increase", "delta")
_LAST_TWO = ("irate", "idelta")
_DEFAULT_SUBQUERY_STEP_SECONDS = 60.0


@lru_cache(maxsize=512)
def parse(query: str) -> Any:
    """The expression, or the refusal that a wrong one gets."""
    try:
        return parser.parse(query)
    except ValueError as error:
        raise BadQueryError(f'invalid parameter "query": parse error: {error}') from None


@lru_cache(maxsize=512)
def _selector(expression: Any) -> Selector:
    return Selector(expression)


class Evaluation:
    """Evaluates at ``at``; ``start`` and ``end`` are the query's bounds, for ``@ start()`` and ``@ end()``."""

    def __init__(self, history: History, at: float, start: float, end: float) -> None:
        self._history = history
        self.at = at
        self._start = start
        self._end = end

    def result(self, expression: Any) -> Value:
        """The whole query's answer; refused if two elements came out with the same labels."""
        value = self.value(expression)
        if isinstance(value, list) and len({labels for labels, _ in value}) != len(value):
            raise QueryError("vector cannot contain metrics with the same labelset")
        return value

    def value(self, expression: Any) -> Value:
        match expression:
            case parser.NumberLiteral():
                return float(expression.val)
            case parser.StringLiteral():
                return str(expression.val)
            case parser.ParenExpr():
                return self.value(expression.expr)
            case parser.VectorSelector():
                return instant_vector(self._history, _selector(expression), self._moment(expression))
            case parser.UnaryExpr():
                inner = self.value(expression.expr)
                return mapped(lambda value: -value, inner) if isinstance(inner, list) else -functions.number_of(inner)
            case parser.BinaryExpr():
                return self._binary(expression)
            case parser.AggregateExpr():
                return self._aggregate(expression)
            case parser.Call():
                return self._call(expression)
        raise BadQueryError(f'invalid parameter "query": {type(expression).__name__} is not supported here')

    def matrix(self, expression: Any) -> tuple[Matrix, over_time.Window]:
        """A range selector or a subquery, with the window that it covers."""
        if isinstance(expression, parser.ParenExpr):
            return self.matrix(expression.expr)
        if isinstance(expression, parser.SubqueryExpr):
            return self._subquery(expression)
        selector = expression.vector_selector
        end = self._moment(selector)
        width = seconds(expression.range)
        return range_vector(self._history, _selector(selector), end, width), over_time.Window(end - width, end)

    def _moment(self, expression: Any) -> float:
        moment = self.at
        if expression.at is not None:
            kind = str(expression.at.type).rpartition(".")[2]
            moment = {"Start": self._start, "End": self._end}.get(kind, math.nan)
            if math.isnan(moment):
                moment = expression.at.at.timestamp()
        return moment - seconds(expression.offset)

    def _binary(self, expression: Any) -> Value:
        left, right = self.value(expression.lhs), self.value(expression.rhs)
        if isinstance(left, str) or isinstance(right, str):
            raise BadQueryError('invalid parameter "query": strings have no operators')
        return evaluate_binary(str(expression.op), expression.modifier, left, right)

    def _aggregate(self, expression: Any) -> Value:
        parameter = None if expression.param is None else self.value(expression.param)
        if isinstance(parameter, list):
            raise BadQueryError('invalid parameter "query": an aggregation parameter is a scalar or a string')
        vector = functions.vector_of(self.value(expression.expr))
        return aggregate(str(expression.op), vector, expression.modifier, parameter)

    def _call(self, call: Any) -> Value:
        name, given = call.func.name, call.args
        if name == "time":
            return self.at
        if name == "timestamp":
            return self._timestamp(given[0])
        if name in functions.CALENDAR:
            moments = functions.vector_of(self.value(given[0])) if given else [(LabelSet({}), self.at)]
            return mapped(functions.CALENDAR[name], moments)
        if name == "absent":
            return functions.absent(given[0], bool(self.value(given[0])))
        if name in functions.FUNCTIONS:
            return functions.FUNCTIONS[name]([self.value(argument) for argument in given])
        return self._over_range(name, given)

    def _over_range(self, name: str, given: list[Any]) -> Value:
        if name == "quantile_over_time":
            return over_time.quantile_over_time(functions.number_of(self.value(given[0])), self.matrix(given[1])[0])
        if name == "absent_over_time":
            return functions.absent(given[0], bool(self.matrix(given[0])[0]))
        if name == "deriv":
            return over_time.derivative(self.matrix(given[0])[0])
        if name in over_time.REDUCE:
            return over_time.reduce_matrix(name, self.matrix(given[0])[0])
        if name in _RATES:
            return over_time.extrapolated(name, *self.matrix(given[0]))
        if name in _LAST_TWO:
            return over_time.instant_change(name, self.matrix(given[0])[0])
        raise BadQueryError(f'invalid parameter "query": function "{name}" is not supported')

    def _timestamp(self, argument: Any) -> Value:
        while isinstance(argument, parser.ParenExpr):
            argument = argument.expr
        if isinstance(argument, parser.VectorSelector):
            return timestamps(self._history, _selector(argument), self._moment(argument))
        return [(labels.nameless(), self.at) for labels, _ in functions.vector_of(self.value(argument))]

    def _subquery(self, expression: Any) -> tuple[Matrix, over_time.Window]:
        end = self._moment(expression)
        width = seconds(expression.range)
        step = seconds(expression.step) or _DEFAULT_SUBQUERY_STEP_SECONDS
        collected: dict[LabelSet, tuple[list[float], list[float]]] = {}
        moment = (math.floor((end - width) / step) + 1) * step  # aligned to the epoch, whatever the query's time
        while moment <= end:
            inner = Evaluation(self._history, moment, self._start, self._end).value(expression.expr)
            vector = inner if isinstance(inner, list) else [(LabelSet({}), functions.number_of(inner))]
            for labels, value in vector:
                times, values = collected.setdefault(labels, ([], []))
                times.append(moment)
                values.append(value)
            moment += step
        return [(labels, *points) for labels, points in collected.items()], over_time.Window(end - width, end)
