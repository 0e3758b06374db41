"""AIPerf's ``profile_export_aiperf.json``, for the plots and scripts that read it.

Times are milliseconds. What is not known is left out, as AIPerf does. ``nimdeck`` is our own section, and there is no
``aiperf_version``: it was not AIPerf that measured.
"""

import json
from datetime import UTC, datetime

from tui.bench.figures import PointResult
from tui.bench.results.exports import peers
from tui.bench.results.exports.peers import Json
from tui.bench.results.reader import Run

_SCHEMA_VERSION = "1.4"
_BROKEN_OFF = ("interrupted", "skipped")


def files(run: Run) -> dict[str, str]:
    """Path -> content."""
    return peers.by_folder(run, _point)


def _point(run: Run, point: PointResult) -> dict[str, str]:
    document: Json = {"schema_version": _SCHEMA_VERSION, "benchmark_id": run.name, **peers.measured(_metrics(point))}
    document |= {
        "input_config": _input_config(run, point),
        "run_info": {"benchmark_id": run.name, "trial": point.repeat},
        "was_cancelled": point.ended == "interrupted",
        "is_complete": point.ended not in _BROKEN_OFF,
        "error_summary": [_error(kind, count) for kind, count in point.errors],
    }
    if point.started_at is not None:
        document["start_time"] = datetime.fromtimestamp(point.started_at, UTC).isoformat()
    document["nimdeck"] = peers.ours(point) | {"command": run.head.command, "environment": dict(run.head.environment)}
    return {"profile_export_aiperf.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"}


def _metrics(point: PointResult) -> dict[str, Json]:
    good = point.requests - point.failed
    fraction = point.goodput_fraction
    per_request = {
        "request_latency": peers.spread(point.e2e_ms),
        "time_to_first_token": peers.spread(point.ttft_ms),
        "inter_token_latency": peers.spread(point.itl_ms),
        "output_sequence_length": peers.single(point.osl, "tokens"),
        "input_sequence_length": peers.single(point.isl, "tokens"),
    }
    return {name: _summed(metric, good) for name, metric in per_request.items()} | {
        "inter_chunk_latency": peers.spread(point.gap_ms),
        "output_token_throughput_per_user": peers.tokens_per_second_per_user(point),
        "request_throughput": peers.single(point.requests_per_second, "requests/sec"),
        "request_count": peers.single(float(good), "requests"),
        "completed_request_count": peers.single(float(point.requests), "requests"),
        "error_request_count": peers.single(float(point.failed) or None, "requests"),
        "request_error_rate": peers.single(_share(point.failed, point.requests), "%"),
        "output_token_throughput": peers.single(point.output_tokens_per_second, "tokens/sec"),
        "total_output_tokens": peers.single(_total(point.osl, good), "tokens"),
        "total_osl": peers.single(_total(point.osl, good), "tokens"),
        "total_isl": peers.single(_total(point.isl, good), "tokens"),
        "effective_concurrency": peers.single(point.in_flight_mean, "requests"),
        "goodput": peers.single(peers.goodput(point), "requests/sec"),
        "good_request_count": peers.single(None if fraction is None else _total(fraction, point.requests), "requests"),
        "benchmark_duration": peers.single(point.seconds, "sec"),
    }


def _input_config(run: Run, point: PointResult) -> Json:
    load = run.head.load
    prompts, target = load.prompts, load.target
    phase: Json = {"name": "profiling", "kind": "profiling"}
    if point.concurrency is None:
        phase |= {"type": "poisson", "rate": point.rate}
    else:
        phase |= {"type": "concurrency", "concurrency": point.concurrency}
    if load.limits.duration_seconds is not None:
        phase["duration"] = load.limits.duration_seconds
    else:
        phase["requests"] = load.limits.requests or point.requests  # one of the two must be there to be read
    lengths = {
        "isl": {"mean": float(prompts.isl), "stddev": prompts.isl_stddev},
        "osl": {"mean": float(prompts.osl), "stddev": prompts.osl_stddev},
    }
    return {
        "models": {"items": [{"name": target.model}]},
        "endpoint": {
            "urls": [target.url], "type": target.endpoint, "streaming": True, "extra": dict(prompts.extra),
        },
        "datasets": [{"name": "main", "type": "synthetic", "random_seed": prompts.seed, "prompts": lengths}],
        "phases": [phase],
    }  # fmt: skip


def _error(kind: str, count: int) -> Json:
    """``http_429`` carries its code; other kinds have none."""
    details: Json = {"type": kind, "message": kind.replace("_", " ")}
    digits = kind.removeprefix("http_")
    if digits.isdigit():
        details = {"code": int(digits), **details}
    return {"error_details": details, "count": count}


def _summed(metric: Json, count: int) -> Json:
    """With how many requests it is over, and their sum."""
    mean = metric.get("avg")
    return {**metric, "count": count, "sum": mean * count} if isinstance(mean, float) else metric


def _share(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def _total(mean: float | None, count: int) -> float | None:
    return None if mean is None else float(round(mean * count))
