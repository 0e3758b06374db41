"""The HTTP API of Prometheus over the embedded history: handlers and nothing else."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

import promql_parser
from aiohttp import web
from multidict import MultiDict

from tui.demo.prom.encode import failure, instant_answer, matrix_answer, steps_matrix, success
from tui.demo.prom.history import History, Series
from tui.demo.prom.labels import NAME
from tui.demo.prom.parameters import moment, moments, parameters
from tui.demo.prom.promql.evaluate import Evaluation, parse
from tui.demo.prom.promql.select import parse_series_selector, with_samples
from tui.demo.prom.promql.values import BadQueryError, QueryError, Value

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_STEPS_AT_ONCE = 8  # a long range query lets other requests through between these


def json_response(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


class QueryApi:
    """Queries and label look-ups at the times that ``now`` (unix seconds) tells."""

    def __init__(self, history: History, now: Callable[[], float]) -> None:
        self._history = history
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        both = {
            "/api/v1/query": self._query,
            "/api/v1/query_range": self._query_range,
            "/api/v1/labels": self._labels,
            "/api/v1/series": self._series,
        }
        found = [web.get(path, _guarded(handler)) for path, handler in both.items()]
        found += [web.post(path, _guarded(handler)) for path, handler in both.items()]
        return [*found, web.get("/api/v1/label/{name}/values", _guarded(self._label_values))]

    async def _query(self, request: web.Request) -> bytes:
        given = await parameters(request)
        expression = parse(given.get("query", ""))
        at = moment(given, "time", round(self._now(), 3))
        evaluation = Evaluation(self._history, at, at, at)
        if isinstance(expression, promql_parser.MatrixSelector | promql_parser.SubqueryExpr):
            return matrix_answer(evaluation.matrix(expression)[0])
        return instant_answer(evaluation.result(expression), at)

    async def _query_range(self, request: web.Request) -> bytes:
        given = await parameters(request)
        expression = parse(given.get("query", ""))
        if isinstance(
            expression, promql_parser.MatrixSelector | promql_parser.SubqueryExpr | promql_parser.StringLiteral
        ):
            kind = "string" if isinstance(expression, promql_parser.StringLiteral) else "range vector"
            raise BadQueryError(
                f'invalid parameter "query": invalid expression type "{kind}" for range query, '
                "must be Scalar or instant Vector"
            )
        steps = moments(given)
        results: list[Value] = []
        for position, at in enumerate(steps):
            results.append(Evaluation(self._history, at, steps[0], steps[-1]).result(expression))
            if position % _STEPS_AT_ONCE == _STEPS_AT_ONCE - 1:
                await asyncio.sleep(0)
        return matrix_answer(steps_matrix(steps, results))

    def _matching(self, given: MultiDict[str], everything: bool) -> Iterator[Series]:
        texts = given.getall("match[]", [])
        if not texts and not everything:
            raise BadQueryError("no match[] parameter provided")
        selectors = [parse_series_selector(text) for text in texts or ['{__name__!=""}']]
        now = self._now()
        start = moment(given, "start", now - self._history.retention_seconds * 2)
        return with_samples(self._history, selectors, start, moment(given, "end", now))

    async def _series(self, request: web.Request) -> bytes:
        given = await parameters(request)
        matching = self._matching(given, everything=False)
        found = sorted((series.labels for series in matching), key=lambda labels: labels.key)
        return success([labels.map for labels in _limited(found, given)])

    async def _labels(self, request: web.Request) -> bytes:
        given = await parameters(request)
        names = {name for series in self._matching(given, everything=True) for name in series.base.map}
        return success(_limited(sorted(names | {NAME} if names else names), given))

    async def _label_values(self, request: web.Request) -> bytes:
        name = request.match_info["name"]
        if not _LABEL_NAME.fullmatch(name):
            raise BadQueryError(f'invalid label name: "{name}"')
        given = await parameters(request)
        matching = self._matching(given, everything=True)
        values = {series.name if name == NAME else series.base.get(name) for series in matching}
        return success(_limited(sorted(values - {""}), given))


def _limited(items: list[Any], given: Mapping[str, str]) -> list[Any]:
    text = given.get("limit", "")
    if not text:
        return items
    if not text.isdigit():
        raise BadQueryError(f'invalid parameter "limit": cannot parse "{text}" to a valid limit')
    return items[: int(text)] if int(text) else items


def _guarded(handler: Callable[[web.Request], Awaitable[bytes]]) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return json_response(await handler(request))
        except QueryError as error:
            return json_response(failure(error.kind, str(error)), error.http)

    return answer


def fixed(data: object) -> Handler:
    """A handler that always answers the same."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return json_response(success(data))

    return answer


def describe(families: Iterable[tuple[str, str, str]]) -> dict[str, list[dict[str, str]]]:
    """``/api/v1/metadata`` of (name, type, help)."""
    return {name: [{"type": kind, "help": text, "unit": ""}] for name, kind, text in families}
