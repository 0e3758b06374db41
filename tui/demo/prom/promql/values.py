"""What an expression can be worth, and how evaluation fails."""

from collections.abc import Sequence

from tui.demo.prom.labels import LabelSet

Sample = tuple[LabelSet, float]
Vector = list[Sample]
Matrix = list[tuple[LabelSet, Sequence[float], Sequence[float]]]  # labels, times, values
Value = float | str | Vector


class QueryError(Exception):
    """An answer that is an error: ``kind`` is Prometheus's errorType, ``http`` its status code."""

    kind = "execution"
    http = 422


class BadQueryError(QueryError):
    """The query itself can't be answered: wrong, or beyond what this server evaluates."""

    kind = "bad_data"
    http = 400
