"""Answers of the HTTP API as bytes, in the envelope of the real one."""

import math
from collections.abc import Iterable, Sequence

import msgspec

from tui.demo.prom.labels import LabelSet
from tui.demo.prom.numbers import api_number, api_time
from tui.demo.prom.promql.values import Matrix, Value

Point = tuple[float, float]


def success(data: object) -> bytes:
    return b'{"status":"success","data":' + msgspec.json.encode(data) + b"}"


def failure(kind: str, message: str) -> bytes:
    return msgspec.json.encode({"status": "error", "errorType": kind, "error": message})


def _envelope(kind: str, result: bytes) -> bytes:
    return b'{"status":"success","data":{"resultType":"' + kind.encode() + b'","result":' + result + b"}}"


def instant_answer(value: Value, at: float) -> bytes:
    """Vector, scalar or string at ``at`` (unix seconds)."""
    moment = api_time(at)
    if isinstance(value, float):
        return _envelope("scalar", f'[{moment},"{api_number(value)}"]'.encode())
    if isinstance(value, str):
        return _envelope("string", b"[" + moment.encode() + b"," + msgspec.json.encode(value) + b"]")
    prefix = b',"value":[' + moment.encode() + b',"'
    elements = [b'{"metric":' + labels.json + prefix + api_number(number).encode() + b'"]}' for labels, number in value]
    return _envelope("vector", b"[" + b",".join(elements) + b"]")


def _points(times: Iterable[float], values: Iterable[float]) -> bytes:
    points = (f'[{api_time(at)},"{api_number(value)}"]' for at, value in zip(times, values, strict=True))
    return ("[" + ",".join(points) + "]").encode()


def matrix_answer(matrix: Matrix) -> bytes:
    """Series sorted by their labels, as range queries are answered."""
    ordered = sorted(matrix, key=lambda series: series[0].key)
    elements = [
        b'{"metric":' + labels.json + b',"values":' + _points(times, values) + b"}" for labels, times, values in ordered
    ]
    return _envelope("matrix", b"[" + b",".join(elements) + b"]")


def steps_matrix(moments: Sequence[float], results: Iterable[Value]) -> Matrix:
    """Instant results at consecutive moments turned into series."""
    collected: dict[LabelSet, tuple[list[float], list[float]]] = {}
    for at, value in zip(moments, results, strict=True):
        vector = value if isinstance(value, list) else [(LabelSet({}), value if isinstance(value, float) else math.nan)]
        for labels, number in vector:
            times, values = collected.setdefault(labels, ([], []))
            times.append(at)
            values.append(number)
    return [(labels, *points) for labels, points in collected.items()]
