"""The ``nimdeck.points/1`` document: what ``-o json`` prints and what every export starts from."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from tui.bench.figures import PointResult, Verdict


class EndpointSource(msgspec.Struct, frozen=True):
    """How well the endpoint answered: ``live``, ``stale`` (a run that is over) or ``failed``, with one line."""

    state: str
    age_seconds: float | None
    detail: str


class PointsDocument(msgspec.Struct, frozen=True, rename={"schema_name": "schema"}):
    """Items are points in the order in which they were measured; ``verdict`` is null for a sweep."""

    schema_name: str
    generated_at: str
    sources: dict[str, EndpointSource]
    items: tuple[PointResult, ...]
    verdict: Verdict | None


def points_document(
    points: Sequence[PointResult],
    verdict: Verdict | None,
    endpoint: str,
    at: float,
    problem: str = "",
    age_seconds: float = 0.0,
) -> PointsDocument:
    """The document at ``at`` (Unix seconds); ``problem`` is the line of an endpoint that did not answer.

    ``age_seconds`` is how long ago the endpoint answered last: 0 right after a run, more when a saved one is shown.
    """
    source = EndpointSource("stale" if age_seconds else "live", round(age_seconds, 3), endpoint)
    if problem:
        source = EndpointSource("failed", None, problem)
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return PointsDocument("nimdeck.points/1", stamp, {"endpoint": source}, tuple(points), verdict)


def document_json(document: PointsDocument) -> str:
    """Two spaces a level, unknown as null."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
