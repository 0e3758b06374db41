"""What is known of the server beside the load: its own metrics, its GPUs, its pods. Never blocks who asks.

A thread looks every two seconds; ``sample`` hands out what it saw last. Figures that are older than a few looks are
not known any more.
"""

import threading
from collections.abc import Callable, Mapping

from config.secret import Secret
from tui.bench.spec import Target
from tui.model.clock import Clock, SystemClock
from tui.model.ids import WorkloadKey
from tui.model.nim import NimMetrics, NimProbe
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload
from tui.sources.kubernetes.client import KubeClient
from tui.sources.nim import probe_nim
from tui.sources.nim_watch import NimWatch
from tui.sources.nim_watch import Target as WatchTarget

EVERY_SECONDS = 2.0
_OLD_SECONDS = 10.0
_OLD_READING_SECONDS = 60.0
_JOIN_SECONDS = 2.0
_ASK_SECONDS = 1.0

Look = Callable[[tuple[Pod, ...]], NimMetrics | None]
"""Asks the endpoint, or the pods behind it, for their metrics. May block; ``None`` where they say nothing."""

PodMarks = Mapping[str, int]
"""Ready pods by name with their restarts."""


class ServerObserver:
    """An ``Observer`` of the engine. ``workload`` is ``None`` for an endpoint that is not of this cluster.

    A sample: ``requests_running``, ``requests_waiting``, ``kv_cache_used_fraction``, ``gpu_utilization_fraction`` (mean
    over the workload's GPUs), ``pods_ready``, and ``events`` (how many things have happened to the pods so far) with
    ``event`` (what the last of them was), so that a reader sees a new one by the number.
    """

    def __init__(
        self,
        look: Look,
        snapshot: Callable[[], Snapshot],
        workload: WorkloadKey | None,
        clock: Clock | None = None,
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._look = look
        self._snapshot = snapshot
        self._workload = workload
        self._clock = clock or SystemClock()
        self._every = every_seconds
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen: tuple[float, NimMetrics | None] | None = None
        self._marks: PodMarks | None = None
        self._events = 0
        self._event = ""

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="benchmark server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; one that waits for a slow server ends by itself."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)

    def sample(self) -> dict[str, float | str | None]:
        metrics = self._metrics()
        snapshot = self._snapshot()
        workload = snapshot.workloads.get(self._workload) if self._workload is not None else None
        found: dict[str, float | str | None] = {
            "requests_running": metrics.requests_running if metrics else None,
            "requests_waiting": metrics.requests_waiting if metrics else None,
            "kv_cache_used_fraction": metrics.kv_cache_used_fraction if metrics else None,
        }
        if workload is not None:
            found["gpu_utilization_fraction"] = gpu_utilization(snapshot, workload, self._clock.now())
            found["pods_ready"] = len(ready_pods(snapshot, workload))
        if self._events:
            found |= {"events": self._events, "event": self._event}
        return found

    def look_once(self) -> None:
        """One look; the thread does it again and again."""
        snapshot = self._snapshot()
        workload = snapshot.workloads.get(self._workload) if self._workload is not None else None
        pods = ready_pods(snapshot, workload) if workload is not None else ()
        if workload is not None:
            self._note(pods)
        self._seen = (self._clock.monotonic(), self._look(pods))

    def _watch(self) -> None:
        while not self._ended.is_set():
            self.look_once()
            self._ended.wait(self._every)

    def _metrics(self) -> NimMetrics | None:
        seen = self._seen
        if seen is None or self._clock.monotonic() - seen[0] > _OLD_SECONDS:
            return None
        return seen[1]

    def _note(self, pods: tuple[Pod, ...]) -> None:
        marks = {pod.key.name: sum(part.restarts for part in pod.containers) for pod in pods}
        told = [] if self._marks is None else changes(self._marks, marks)
        self._marks = marks
        if told:
            self._event, self._events = ", ".join(told), self._events + 1


def endpoint_look(
    target: Target, client: Callable[[], KubeClient | None], api_key: Secret | None = None, *, wakes: bool = False
) -> Look:
    """Looks at the endpoint's own metrics; where that is several pods, or out of reach, at theirs by the API server.

    ``client`` is asked at each look: ``None`` while the API can't be reached. ``api_key``: one that is in no file.
    ``wakes``: an autoscaler counts what is asked of the endpoint, so only the pods are asked.
    """
    key = api_key or _key(target)

    def ask(address: str) -> NimProbe:
        return probe_nim(
            address,
            key,
            _ASK_SECONDS,
            ca_file=target.ca_file,
            insecure_skip_verify=target.insecure_skip_verify,
        )

    watch = NimWatch(SystemClock(), ask)
    return lambda pods: watch.look(WatchTarget(target.url, pods, wakes), client()).metrics


def _key(target: Target) -> Secret | None:
    if target.api_key_file is None:
        return None
    try:
        return Secret(target.api_key_file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError):
        return None  # the run itself says what is wrong with the file


def ready_pods(snapshot: Snapshot, workload: Workload) -> tuple[Pod, ...]:
    """The workload's pods that serve."""
    known = (snapshot.pods.get(key) for key in workload.pods)
    return tuple(pod for pod in known if pod is not None and pod.ready)


def gpu_utilization(snapshot: Snapshot, workload: Workload, now: float) -> float | None:
    """The mean over the GPUs on which the workload has a slice; ``None`` where none is measured now."""
    values = [
        gpu.utilization_fraction.value
        for node in snapshot.nodes.values()
        for gpu in node.gpus
        if gpu.utilization_fraction is not None
        and gpu.utilization_fraction.age_seconds(now) <= _OLD_READING_SECONDS
        and any(part.workload == workload.key for part in gpu.slices)
    ]
    return sum(values) / len(values) if values else None


def changes(before: PodMarks, after: PodMarks) -> list[str]:
    """What happened to the pods between two looks, in words."""
    ready = f"({len(after)} ready)"
    told = [f"pod added {ready}" for name in after if name not in before]
    told += [f"pod gone {ready}" for name in before if name not in after]
    return told + [f"{name} restarted" for name in after if after[name] > before.get(name, after[name])]


def environment_of(workload: Workload, snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """What ``run.json`` says of the server: (what, value) pairs; what is not known is left out."""
    models = {
        gpu.model or node.gpu_model
        for node in snapshot.nodes.values()
        for gpu in node.gpus
        if any(part.workload == workload.key for part in gpu.slices)
    }
    found = {
        "workload": str(workload.key),
        "workload type": workload.type,
        "image": workload.image,
        "served model": workload.model,
        "GPU fraction": None if workload.fraction is None else f"{workload.fraction:g}",
        "pods ready": str(len(ready_pods(snapshot, workload))),
        "GPUs given": None if workload.gpu_allocated is None else f"{workload.gpu_allocated:g}",
        "GPU": ", ".join(sorted(model for model in models if model)) or None,
        "cluster": snapshot.cluster.context or None,
        "Kubernetes": snapshot.cluster.kubernetes_version,
        "Run:ai": snapshot.cluster.runai_version,
    }
    return tuple((what, value) for what, value in found.items() if value)
