"""What containers write: NIM-like start-up and request lines, queue-proxy's JSON, plain lines of everything else.

Lines are a function of the container and the time, so following is asking again; nothing is kept.
"""

import json
import math
from collections.abc import Iterator

from tui.demo.kube.logsource import LogLine
from tui.demo.objects import Json
from tui.demo.world.images import NIM, after_start, durations
from tui.demo.world.inventory import pod_record
from tui.demo.world.naming import Names, parse_time, rfc3339_micro

_KEPT_LINES = 2000  # a kubelet rotates logs at 10 MiB
_PERIOD_SECONDS = 4.0
_STARTUP = (
    (0.00, "==========================================="),
    (0.00, "== NVIDIA Inference Microservice LLM NIM =="),
    (0.00, "==========================================="),
    (0.00, "NVIDIA Inference Microservice LLM NIM Version {version}"),
    (0.00, "Model: {model}"),
    (0.05, "INFO {stamp} ngc_profile.py:231] Running NIM without LoRA. Only looking for compatible profiles."),
    (0.08, "INFO {stamp} ngc_injector.py:152] Valid profile: tensorrt_llm-h100_nvl-fp8-tp1-throughput"),
    (0.10, "INFO {stamp} ngc_injector.py:283] Preparing model workspace. This step might download additional files."),
    (0.45, "INFO {stamp} ngc_injector.py:315] Model workspace is now ready. It took {part:.3f} seconds"),
    (0.55, "INFO {stamp} launch.py:101] engine_world_size=1 tensor_parallel_size=1"),
    (0.70, "INFO {stamp} model_runner.py:1110] Loading model weights took 14.99 GB"),
    (0.92, "INFO {stamp} api_server.py:719] Serving endpoints: 0.0.0.0:8000/v1/chat/completions"),
    (1.00, "INFO {stamp} server.py:82] Started server process [1]"),
    (1.00, "INFO {stamp} server.py:218] Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)"),
)


class WorldLogs:
    """The ``LogSource`` of the simulated world."""

    def __init__(self, names: Names, speed: float) -> None:
        self._names = names
        self._speed = speed

    def __call__(self, pod: Json, container: str, *, previous: bool, after: float, until: float) -> Iterator[LogLine]:
        span = _run(pod, container, previous)
        if span is None:
            return
        started, ended = span
        until = until if ended is None else min(until, ended)
        lines = self._lines(pod, container, started, ended, max(after, started - 1), until)
        yield from (line for line in lines if after < line.at <= until)

    def _lines(
        self, pod: Json, container: str, started: float, ended: float | None, after: float, until: float
    ) -> Iterator[LogLine]:
        record = pod_record(pod)
        if container == "queue-proxy":
            yield from self._queue_proxy(record.workload, started, after, until)
        elif record.image.startswith(NIM):
            yield from self._nim(pod, started, ended, after, until)
        else:
            yield LogLine(started, f"starting {record.container}")
            for turn, at in _ticks(started, after, until, 30.0):
                yield LogLine(at, f"level=info ts={rfc3339_micro(at)} msg=ok sequence={turn}")

    def _nim(self, pod: Json, started: float, ended: float | None, after: float, until: float) -> Iterator[LogLine]:
        record = pod_record(pod)
        loading = durations(record)[1] / self._speed
        model, version = record.image.removeprefix(NIM).rsplit(":", 1)
        trouble = after_start(record, pod)
        if ended is not None:
            loading = min(loading, ended - started)
        for part, text in _STARTUP:
            at = started + part * loading
            if trouble is not None and part > 0.5:
                break
            yield LogLine(at, text.format(stamp=_stamp(at), version=version, model=model, part=0.35 * loading))
        if trouble is not None:
            end = ended if ended is not None else started + loading
            yield from (LogLine(end, f"ERROR {_stamp(end)} {text}") for text in trouble.log)
            return
        for turn, at in _ticks(started + loading, after, until, _PERIOD_SECONDS):
            if at > started + loading:
                yield LogLine(at, self._request(record.uid, turn, at))

    def _request(self, uid: str, turn: int, at: float) -> str:
        number = self._names.number("request", uid, turn)
        if turn % 5 == 0:
            return (
                f"INFO {_stamp(at)} metrics.py:351] Avg prompt throughput: {900 + 1800 * number:.1f} tokens/s, "
                f"Avg generation throughput: {400 + 1900 * number:.1f} tokens/s, Running: {int(8 + 90 * number)} reqs, "
                f"Pending: 0 reqs, GPU KV cache usage: {5 + 60 * number:.1f}%."
            )
        client = f"10.244.{int(number * 15) + 1}.{int(number * 1e4) % 250 + 2}:{32768 + int(number * 28000)}"
        return f'INFO {_stamp(at)} httptools_impl.py:481] {client} - "POST /v1/chat/completions HTTP/1.1" 200'

    def _queue_proxy(self, service: str, started: float, after: float, until: float) -> Iterator[LogLine]:
        yield LogLine(started, _proxy_line(started, "Starting queue-proxy", service))
        yield LogLine(started, _proxy_line(started, "Starting http server main:8012", service))
        for _, at in _ticks(started, after, until, 60.0):
            yield LogLine(at, _proxy_line(at, "Collected concurrency report", service))


def _run(pod: Json, container: str, previous: bool) -> tuple[float, float | None] | None:
    """(start, end or ``None``) of the run that is asked for; ``None`` if there was no such run."""
    for entry in pod.get("status", {}).get("containerStatuses", []):
        if entry["name"] != container:
            continue
        last = entry.get("lastState", {}).get("terminated")
        running = entry.get("state", {}).get("running")
        if running is not None and not previous:
            return parse_time(running["startedAt"]) or 0.0, None
        if last is not None:
            return parse_time(last["startedAt"]) or 0.0, parse_time(last["finishedAt"])
    return None


def _ticks(started: float, after: float, until: float, period: float) -> Iterator[tuple[int, float]]:
    """(number, time) of regular lines after ``after``: at most the last 2,000."""
    last = math.floor((until - started) / period)
    first = max(1, math.floor((after - started) / period), last - _KEPT_LINES)
    for turn in range(first, last + 1):
        yield turn, started + turn * period


def _stamp(at: float) -> str:
    return rfc3339_micro(at)[:23].replace("T", " ")


def _proxy_line(at: float, message: str, service: str) -> str:
    return json.dumps(
        {
            "severity": "INFO",
            "timestamp": rfc3339_micro(at),
            "logger": "queueproxy",
            "caller": "sharedmain/main.go:269",
            "message": message,
            "knative.dev/key": service,
        },
        separators=(",", ":"),
    )
