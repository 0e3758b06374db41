"""GenAI-Perf's ``profile_export_genai_perf.json`` and ``.csv``, for the plots and scripts that read those.

Times are milliseconds. ``nimdeck`` is our own section: an invalid point says so there, in both files.
"""

import csv
import io
import json

from tui.bench.figures import PointResult
from tui.bench.results.exports import peers
from tui.bench.results.exports.peers import Json
from tui.bench.results.reader import Run

_REQUEST_COLUMNS = ("avg", "min", "max", "p99", "p95", "p90", "p75", "p50", "p25")


def files(run: Run) -> dict[str, str]:
    """Path -> content."""
    return peers.by_folder(run, _point)


def _point(run: Run, point: PointResult) -> dict[str, str]:
    document: Json = {**_system(point), **_requests(point)}
    document |= {"telemetry_stats": {}, "input_config": _input_config(run, point), "nimdeck": peers.ours(point)}
    return {
        "profile_export_genai_perf.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
        "profile_export_genai_perf.csv": _csv(point),
    }


def _requests(point: PointResult) -> dict[str, Json]:
    return {
        "time_to_first_token": peers.spread(point.ttft_ms),
        "request_latency": peers.spread(point.e2e_ms),
        "inter_token_latency": peers.spread(point.itl_ms),
        "output_token_throughput_per_user": peers.tokens_per_second_per_user(point),
        "output_sequence_length": peers.mean_only(point.osl, "tokens"),
        "input_sequence_length": peers.mean_only(point.isl, "tokens"),
    }


def _system(point: PointResult) -> dict[str, Json]:
    metrics = {
        "output_token_throughput": peers.single(point.output_tokens_per_second, "tokens/sec"),
        "request_throughput": peers.single(point.requests_per_second, "requests/sec"),
        "request_count": peers.single(point.requests - point.failed, "count"),
    }
    if (good := peers.goodput(point)) is not None:
        metrics["request_goodput"] = peers.single(good, "requests/sec")
    return metrics


def _input_config(run: Run, point: PointResult) -> Json:
    load = run.head.load
    prompts = load.prompts
    stimulus: Json = {"request_rate": point.rate} if point.concurrency is None else {"concurrency": point.concurrency}
    return {
        "model_names": [load.target.model],
        "endpoint": {"type": load.target.endpoint, "streaming": True, "url": load.target.url},
        "perf_analyzer": {"stimulus": stimulus},
        "input": {
            "random_seed": prompts.seed,
            "synthetic_tokens": {"mean": prompts.isl, "stddev": prompts.isl_stddev},
            "extra": dict(prompts.extra),
        },
        "output_tokens": {"mean": prompts.osl, "stddev": prompts.osl_stddev},
    }


def _csv(point: PointResult) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Metric", *_REQUEST_COLUMNS])
    for name, metric in _requests(point).items():
        writer.writerow([_title(name, metric), *(_number(metric[column]) for column in _REQUEST_COLUMNS)])
    writer.writerow([])
    writer.writerow(["Metric", "Value"])
    for name, metric in _system(point).items():
        writer.writerow([_title(name, metric), _number(metric["avg"])])
    writer.writerow([])
    writer.writerow(["nimdeck", "Value"])
    for name, value in peers.ours(point).items():
        writer.writerow([name, json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value])
    return text.getvalue()


def _title(name: str, metric: Json) -> str:
    title = name.replace("_", " ").title()
    return title if metric["unit"] == "tokens" else f"{title} ({metric['unit']})"


def _number(value: object) -> str:
    """Two decimals, and unlike theirs no thousands separators: a program reads this."""
    return f"{value:.2f}" if isinstance(value, int | float) else ""
