"""AIPerf's ``profile_export_aiperf.json``, for the plots and scripts that read it.

Times are milliseconds. What is not known is left out, as AIPerf does. ``nimdeck`` is our own section.
"""

import json
from datetime import UTC, datetime

from tui.bench.figures import PointResult
from tui.bench.results.exports import peers
from tui.bench.results.exports.peers import Json
from tui.bench.results.reader import Run

_SCHEMA_VERSION = "1.0"
_BROKEN_OFF = ("interrupted", "skipped")


def files(run: Run) -> dict[str, str]:
    """Path -> content."""
    return peers.by_folder(run, _point)


def _point(run: Run, point: PointResult) -> dict[str, str]:
    metrics = {name: _known(metric) for name, metric in _metrics(point).items()}
    document: Json = {"schema_version": _SCHEMA_VERSION, "benchmark_id": run.name}
    document |= {name: metric for name, metric in metrics.items() if len(metric) > 1}
    document |= {
        "input_config": _input_config(run, point),
        "run_info": {"tool": "nimdeck", "run": run.name, "command": run.head.command, **dict(run.head.environment)},
        "was_cancelled": point.ended == "interrupted",
        "is_complete": point.ended not in _BROKEN_OFF,
        "error_summary": [_error(kind, count) for kind, count in point.errors],
    }
    if point.started_at is not None:
        document["start_time"] = datetime.fromtimestamp(point.started_at, UTC).isoformat()
    document["nimdeck"] = peers.ours(point)
    return {"profile_export_aiperf.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n"}


def _metrics(point: PointResult) -> dict[str, Json]:
    good = point.requests - point.failed
    fraction = point.goodput_fraction
    return {
        "request_throughput": peers.single(point.requests_per_second, "requests/sec"),
        "request_latency": peers.spread(point.e2e_ms),
        "request_count": peers.single(good, "requests"),
        "error_request_count": peers.single(point.failed, "requests"),
        "time_to_first_token": peers.spread(point.ttft_ms),
        "inter_token_latency": peers.spread(point.itl_ms),
        "inter_chunk_latency": peers.spread(point.gap_ms),
        "output_token_throughput": peers.single(point.output_tokens_per_second, "tokens/sec"),
        "output_token_throughput_per_user": peers.tokens_per_second_per_user(point),
        "output_sequence_length": peers.mean_only(point.osl, "tokens"),
        "input_sequence_length": peers.mean_only(point.isl, "tokens"),
        "total_osl": peers.single(_total(point.osl, good), "tokens"),
        "total_isl": peers.single(_total(point.isl, good), "tokens"),
        "goodput": peers.single(peers.goodput(point), "requests/sec"),
        "good_request_count": peers.single(None if fraction is None else round(fraction * point.requests), "requests"),
        "benchmark_duration": peers.single(point.seconds, "sec"),
    }


def _input_config(run: Run, point: PointResult) -> Json:
    load = run.head.load
    prompts, target = load.prompts, load.target
    loadgen: Json = {"request_rate": point.rate} if point.concurrency is None else {"concurrency": point.concurrency}
    if load.limits.requests is not None:
        loadgen["request_count"] = load.limits.requests
    return {
        "endpoint": {
            "model_names": [target.model], "urls": [target.url], "type": target.endpoint, "streaming": True,
        },
        "input": {
            "prompt": {
                "input_tokens": {"mean": prompts.isl, "stddev": prompts.isl_stddev},
                "output_tokens": {"mean": prompts.osl, "stddev": prompts.osl_stddev},
            },
            "random_seed": prompts.seed,
            "extra": dict(prompts.extra),
        },
        "loadgen": loadgen,
    }  # fmt: skip


def _error(kind: str, count: int) -> Json:
    """``http_429`` carries its code; other kinds have none."""
    details: Json = {"type": kind, "message": kind.replace("_", " ")}
    digits = kind.removeprefix("http_")
    if digits.isdigit():
        details = {"code": int(digits), **details}
    return {"error_details": details, "count": count}


def _total(mean: float | None, count: int) -> float | None:
    return None if mean is None else round(mean * count)


def _known(metric: Json) -> Json:
    return {name: value for name, value in metric.items() if value is not None}
