"""The JSON of Prometheus' HTTP API, typed. Decoding only: no network, no labels."""

from typing import Any

import msgspec

from tui.sources.prometheus.fault import Kind, PrometheusError, one_line


class Sample(msgspec.Struct, gc=False):
    """One element of an instant vector: ``value`` is (Unix seconds, number as text); a native histogram has none."""

    metric: dict[str, str]
    value: tuple[float, str] | None = None


class Line(msgspec.Struct, gc=False):
    """One element of a range vector."""

    metric: dict[str, str]
    values: list[tuple[float, str]] = []


class _Vector(msgspec.Struct):
    result: list[Sample]


class _Matrix(msgspec.Struct):
    result: list[Line]


class _VectorAnswer(msgspec.Struct):
    status: str
    data: _Vector


class _MatrixAnswer(msgspec.Struct):
    status: str
    data: _Matrix


class _ErrorAnswer(msgspec.Struct):
    status: str
    error: str = ""
    errorType: str = ""  # noqa: N815 - the wire's name


class Labels(msgspec.Struct, gc=False):
    job: str = ""
    instance: str = ""


class ScrapeTarget(msgspec.Struct, gc=False):
    """One of ``/api/v1/targets``: ``health`` is ``up``, ``down`` or ``unknown`` (not scraped yet)."""

    labels: Labels = msgspec.field(default_factory=Labels)
    health: str = ""
    lastError: str = ""  # noqa: N815 - the wire's name
    scrapePool: str = ""  # noqa: N815 - the wire's name


class _Targets(msgspec.Struct):
    activeTargets: list[ScrapeTarget] | None  # noqa: N815 - the wire's name


class _TargetsAnswer(msgspec.Struct):
    data: _Targets


class _BuildInfo(msgspec.Struct):
    version: str = ""


class _BuildInfoAnswer(msgspec.Struct):
    data: _BuildInfo


_VECTOR = msgspec.json.Decoder(_VectorAnswer)
_MATRIX = msgspec.json.Decoder(_MatrixAnswer)
_ERROR = msgspec.json.Decoder(_ErrorAnswer)
_TARGETS = msgspec.json.Decoder(_TargetsAnswer)
_BUILD_INFO = msgspec.json.Decoder(_BuildInfoAnswer)


def decode(path: str, body: bytes, address: str) -> dict[str, Any]:
    """The answer of a 200 in the shape that ``PrometheusConnect`` digs through: ``["data"]["result"]``.

    The rows in it are ``Sample`` or ``Line``. Raises PrometheusError for anything that Prometheus would not say.
    """
    decoder = _MATRIX if path.endswith("/query_range") else _VECTOR
    try:
        return {"data": {"result": decoder.decode(body).data.result}}
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    said = error_text(body)
    if said is not None:
        raise PrometheusError(Kind.QUERY, f"{address} refused a query: {said}")
    raise PrometheusError(Kind.ANSWER, f"{address} {what_it_sent(body)}")


def error_text(body: bytes) -> str | None:
    """The text of an error envelope; ``None`` if ``body`` is not one."""
    try:
        answer = _ERROR.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if answer.status != "error":
        return None
    return one_line(f"{answer.errorType}: {answer.error}" if answer.errorType else answer.error)


def targets(body: bytes) -> list[ScrapeTarget] | None:
    """The targets in an answer of ``/api/v1/targets``; ``None`` where something else answers."""
    try:
        return _TARGETS.decode(body).data.activeTargets or []
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def version(body: bytes) -> str | None:
    """The version in an answer of ``/api/v1/status/buildinfo``; ``None`` where something else answers."""
    try:
        return _BUILD_INFO.decode(body).data.version or None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def what_it_sent(body: bytes) -> str:
    """One line on an answer that is not Prometheus': HTML, nothing, half an answer or something else."""
    start = body[:200].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "answered HTML, not Prometheus' JSON: check the address, its path prefix and any login page before it"
    if not start:
        return "sent an empty answer: check that this is the address of Prometheus"
    if start.startswith(b"{"):
        return "sent an answer that is cut off or not Prometheus' JSON: check the address and any proxy before it"
    return (
        f"answered {one_line(body[:60].decode('utf-8', 'replace'))!r}, not JSON: check that this is Prometheus' address"
    )
