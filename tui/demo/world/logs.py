"""What containers write: NIM-like start-up and request lines, queue-proxy's JSON, plain lines of everything else.

Lines are a function of the container and the time, so following is asking again; nothing is kept.
"""

import json
import math
from collections.abc import Iterator, Mapping

from tui.demo.kube.logsource import LogLine
from tui.demo.objects import Json
from tui.demo.world.context import Beginning
from tui.demo.world.images import NIM, after_start, answers_probe, billions_of, model_and_version, start_of
from tui.demo.world.inventory import pod_record
from tui.demo.world.naming import Names, parse_time, rfc3339_micro
from tui.demo.world.processes import Processes

_KEPT_LINES = 2000  # a kubelet rotates logs at 10 MiB
_PERIOD_SECONDS = 4.0
# (part of the download or of the load that is done, text)
_STARTING = (
    (0.00, "==========================================="),
    (0.00, "== NVIDIA Inference Microservice LLM NIM =="),
    (0.00, "==========================================="),
    (0.00, "NVIDIA Inference Microservice LLM NIM Version {version}"),
    (0.00, "Model: {model}"),
    (0.01, "INFO {stamp} ngc_profile.py:231] Running NIM without LoRA. Only looking for compatible profiles."),
    (0.02, "INFO {stamp} ngc_injector.py:152] Valid profile: tensorrt_llm-h100_nvl-fp8-tp1-throughput"),
    (0.04, "INFO {stamp} ngc_injector.py:283] Preparing model workspace. This step might download additional files."),
)
_LOADING = (
    (0.00, "INFO {stamp} ngc_injector.py:315] Model workspace is now ready. It took {took:.3f} seconds"),
    (0.10, "INFO {stamp} launch.py:101] engine_world_size=1 tensor_parallel_size=1"),
    (0.55, "INFO {stamp} model_runner.py:1110] Loading model weights took {weights:.2f} GB"),
    (0.90, "INFO {stamp} api_server.py:719] Serving endpoints: 0.0.0.0:8000/v1/chat/completions"),
    (1.00, "INFO {stamp} server.py:82] Started server process [1]"),
    (1.00, "INFO {stamp} server.py:218] Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)"),
)
_FILES = 4  # that the weights lie in
_PROGRESS_LINES = 20
_FIRST_PROGRESS, _LAST_PROGRESS = 0.06, 0.98
_LEAST_DOWNLOAD_SECONDS = 20.0  # of a real cluster: less is a look at what lies there already
_VERSION = "1.8.4"  # of an image without a tag


class WorldLogs:
    """The ``LogSource`` of the simulated world. ``starts`` is by pod UID; what is not in it came with the cluster, by a
    first start. ``processes`` have words of their own.
    """

    def __init__(
        self,
        names: Names,
        speed: float,
        starts: Mapping[str, Beginning] | None = None,
        processes: Processes | None = None,
    ) -> None:
        self._processes = processes
        self._names = names
        self._speed = speed
        self._starts = {} if starts is None else starts

    def __call__(self, pod: Json, container: str, *, previous: bool, after: float, until: float) -> Iterator[LogLine]:
        if self._processes is not None and not previous:
            wrote = self._processes.lines(pod["metadata"]["uid"], after, until)
            if wrote is not None:
                yield from wrote
                return
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
            begun = self._starts.get(record.uid)
            trouble = begun.trouble if begun else after_start(record, pod)
            if trouble is not None:
                end = ended if ended is not None else until
                yield from (LogLine(end, text) for text in trouble.log)
                return
            for turn, at in _ticks(started, after, until, 30.0):
                yield LogLine(at, f"level=info ts={rfc3339_micro(at)} msg=ok sequence={turn}")

    def _nim(self, pod: Json, started: float, ended: float | None, after: float, until: float) -> Iterator[LogLine]:
        record = pod_record(pod)
        begun = self._starts.get(record.uid) or Beginning(start_of(record.image), after_start(record, pod))
        download, load = begun.times.download / self._speed, begun.times.load / self._speed
        model, version = model_and_version(record.image)
        for part, text in _STARTING:
            at = started + part * download
            yield LogLine(at, text.format(stamp=_stamp(at), version=version or _VERSION, model=model))
        trouble, end = begun.trouble, started + download + load if ended is None else ended
        if trouble is None or trouble.loads:
            weights = 2 * billions_of(record.image)
            if begun.times.download >= _LEAST_DOWNLOAD_SECONDS:
                yield from _progress(started, download, weights)
            yield from _load(started + download, (download, load), weights, 0.5 if trouble else 1.0)
        if trouble is not None:
            yield from (LogLine(end, f"ERROR {_stamp(end)} {text}") for text in trouble.log)
            return
        ready = started + download + load
        for turn, at in _ticks(ready, after, until, _PERIOD_SECONDS):
            if at > ready:
                yield LogLine(at, self._request(record.uid, turn, at) if answers_probe(pod) else _not_found(pod, at))

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


def _not_found(pod: Json, at: float) -> str:
    path = pod["spec"]["containers"][0]["readinessProbe"]["httpGet"]["path"]
    return f'INFO {_stamp(at)} httptools_impl.py:481] 10.244.0.1:40312 - "GET {path} HTTP/1.1" 404'


def _progress(started: float, seconds: float, weights_gb: float) -> Iterator[LogLine]:
    """How much of the weights has come, in 5 % steps: they are most of the download."""
    begin, end = started + _FIRST_PROGRESS * seconds, started + _LAST_PROGRESS * seconds
    rate = weights_gb * 1000 / max(end - begin, 1e-6)
    for step in range(1, _PROGRESS_LINES + 1):
        part = step / _PROGRESS_LINES
        at, number = begin + part * (end - begin), math.ceil(part * _FILES)
        yield LogLine(
            at,
            f"INFO {_stamp(at)} ngc_injector.py:291] Downloading model-{number:05d}-of-{_FILES:05d}.safetensors: "
            f"{part:.0%} ({part * weights_gb:.2f} of {weights_gb:.2f} GB, {rate:.0f} MB/s)",
        )


def _load(begin: float, seconds: tuple[float, float], weights_gb: float, most: float) -> Iterator[LogLine]:
    """``seconds`` of the download before and of the load; ``most`` is the part of the load that is reached."""
    for part, text in _LOADING:
        if part <= most:
            at = begin + part * seconds[1]
            yield LogLine(at, text.format(stamp=_stamp(at), took=seconds[0], weights=weights_gb))


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
