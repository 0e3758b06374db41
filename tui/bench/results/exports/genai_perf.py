"""GenAI-Perf's ``profile_export_genai_perf.json`` and ``.csv``, for the plots and scripts that read those.

Times are milliseconds. ``nimdeck`` is our own section: an invalid point says so there, in both files. The second
token's time, which they have too, is not measured.
"""

import csv
import io
import json

from tui.bench.figures import PointResult
from tui.bench.results.exports import peers
from tui.bench.results.exports.peers import Json
from tui.bench.results.reader import Run

_REQUEST_COLUMNS = ("avg", "min", "max", "p99", "p95", "p90", "p75", "p50", "p25", "p10", "p5", "p1")
_UNKNOWN = "N/A"


def files(run: Run) -> dict[str, str]:
    """Path -> content."""
    return peers.by_folder(run, _point)


def _point(run: Run, point: PointResult) -> dict[str, str]:
    document: Json = {**peers.measured(_system(point)), **peers.measured(_requests(point))}
    document |= {"input_config": _input_config(run, point), "nimdeck": peers.ours(point)}
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
        "output_sequence_length": peers.single(point.osl, "tokens"),
        "input_sequence_length": peers.single(point.isl, "tokens"),
    }


def _system(point: PointResult) -> dict[str, Json]:
    good = peers.goodput(point)
    goodput = {} if good is None else {"request_goodput": peers.single(good, "requests/sec")}
    return {
        "output_token_throughput": peers.single(point.output_tokens_per_second, "tokens/sec"),
        "request_throughput": peers.single(point.requests_per_second, "requests/sec"),
        **goodput,
        "request_count": peers.single(float(point.requests - point.failed), "count"),
    }


def _input_config(run: Run, point: PointResult) -> Json:
    load = run.head.load
    prompts = load.prompts
    stimulus: Json = {"request_rate": point.rate} if point.concurrency is None else {"concurrency": point.concurrency}
    return {
        "model_names": [load.target.model],
        "endpoint": {
            "type": load.target.endpoint, "streaming": True, "url": load.target.url, "service_kind": "openai",
        },
        "perf_analyzer": {"stimulus": stimulus},
        "input": {
            "random_seed": prompts.seed,
            "synthetic_tokens": {"mean": prompts.isl, "stddev": prompts.isl_stddev},
            "output_tokens": {"mean": prompts.osl, "stddev": prompts.osl_stddev},
            "extra": dict(prompts.extra),
        },
    }  # fmt: skip


def _csv(point: PointResult) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Metric", *_REQUEST_COLUMNS])
    for name, metric in _requests(point).items():
        writer.writerow([_title(name, metric), *(_number(metric.get(column)) for column in _REQUEST_COLUMNS)])
    writer.writerow([])
    writer.writerow(["Metric", "Value"])
    for name, metric in _system(point).items():
        writer.writerow([_title(name, metric), _number(metric.get("avg"))])
    writer.writerow([])
    writer.writerow(["nimdeck", "Value"])
    for name, value in peers.ours(point).items():
        writer.writerow([name, json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value])
    return text.getvalue()


def _title(name: str, metric: Json) -> str:
    """Their table calls the unit of a rate of requests otherwise than their JSON does."""
    unit = "per sec" if metric["unit"] == "requests/sec" else metric["unit"]
    return f"{name.replace('_', ' ').title()} ({unit})"


def _number(value: object) -> str:
    """Two decimals, and unlike theirs no thousands separators: a program reads this."""
    return f"{value:.2f}" if isinstance(value, int | float) else _UNKNOWN
