"""What GenAI-Perf and AIPerf have in common: a metric with its unit and statistics, by their names for it.

What the point does not know is left out, as both leave out what they have not; neither ever writes null. The lengths
of sequences are known as means.
"""

from collections.abc import Callable, Sequence

from tui.bench.figures import Distribution, PointResult
from tui.bench.results.reader import Run
from tui.bench.results.words import INVALID

Json = dict[str, object]
STATISTICS = ("avg", "p1", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "min", "max", "std")
_OURS = {"avg": "mean", "std": "stddev"}
_INVERSE = {"p1": "p99", "p5": "p95", "p10": "p90", "p25": "p75", "p50": "p50", "p75": "p25", "p90": "p10"}
_INVERSE |= {"p95": "p5", "p99": "p1", "min": "max", "max": "min"}


def spread(distribution: Distribution, unit: str = "ms") -> Json:
    """A metric with the statistics that are known."""
    values = {name: getattr(distribution, _OURS.get(name, name)) for name in STATISTICS}
    return {"unit": unit, **_known(values)}


def single(value: float | None, unit: str) -> Json:
    """A metric that is one number for the whole point, or of which only the mean is known."""
    return {"unit": unit, **_known({"avg": value})}


def tokens_per_second_per_user(point: PointResult) -> Json:
    """Theirs is 1/ITL of each request. Its quantiles are those of ITL upside down; its mean can't be had from them."""
    itl = {name: getattr(point.itl_ms, ours) for name, ours in _INVERSE.items()}
    return {"unit": "tokens/sec/user", **{name: 1000.0 / value for name, value in itl.items() if value}}


def measured(metrics: dict[str, Json]) -> dict[str, Json]:
    """Those of which anything but the unit is known."""
    return {name: metric for name, metric in metrics.items() if len(metric) > 1}


def goodput(point: PointResult) -> float | None:
    """Requests a second that held their SLOs."""
    if point.goodput_fraction is None or point.requests_per_second is None:
        return None
    return point.goodput_fraction * point.requests_per_second


def ours(point: PointResult) -> Json:
    """What their shapes have no place for, above all whether the point may be believed."""
    return {
        "generator": "nimdeck",
        "valid": point.valid,
        "mark": "" if point.valid else INVALID,
        "steady": point.steady,
        "ended": point.ended,
        "start": point.start,
        "tokens_from": point.tokens_from,
        "meter": point.client.meter,
        "added_mean_ms": point.client.added_mean_ms,
        "added_p99_ms": point.client.added_p99_ms,
        "whole_run_tokens_per_second": point.whole_run_tokens_per_second,
        "notes": list(point.notes),
    }


def by_folder(run: Run, files: Callable[[Run, PointResult], dict[str, str]]) -> dict[str, str]:
    """Path -> content over all points: beside each other for one, a folder a load for several."""
    if len(run.points) == 1:
        return files(run, run.points[0])
    found = {}
    for folder, point in zip(_folders(run.points), run.points, strict=True):
        found.update({f"{folder}/{name}": text for name, text in files(run, point).items()})
    return found


def _folders(points: Sequence[PointResult]) -> list[str]:
    """``concurrency_64``, and ``concurrency_64_repeat_2`` for the second of the same load."""
    seen: dict[str, int] = {}
    names = []
    for point in points:
        users = point.concurrency is not None
        name = f"concurrency_{point.concurrency}" if users else f"request_rate_{point.rate or 0:g}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}_repeat_{seen[name]}")
    return names


def _known(values: Json) -> Json:
    return {name: value for name, value in values.items() if value is not None}
