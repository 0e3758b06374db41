"""Watches a launch until it serves, is blocked for good, or the time is over. Blocking: from a command or a worker
thread. The launch itself goes on whatever happens here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from tui.launch.kinds import INFERENCE, KNATIVE, at
from tui.launch.progress import LaunchReadings, progress, watched_pod
from tui.launch.steps import has_started
from tui.launch.usual import main_container
from tui.model.clock import Clock
from tui.model.condition import Condition
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.json_value import JsonObject, JsonValue
from tui.model.launch_progress import LaunchProgress
from tui.model.nim import NimProbe
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings

Until = Literal["scheduled", "ready"]
End = Literal["", "scheduled", "ready", "blocked", "timeout", "gone"]

POLL_SECONDS = 1.0
LOG_SECONDS = 2.0
ASK_SECONDS = 5.0
LOG_LINES = 200
FINAL_SECONDS = 10.0  # a first ErrImagePull may be a hiccup
PATIENCE_SECONDS = 120.0  # a lack of GPUs may pass
_SERVICES, _REVISIONS = "services.serving.knative.dev", "revisions.serving.knative.dev"


class Cluster(Protocol):
    """What is asked of the cluster. Reading never raises: what can't be read is ``None``."""

    @property
    def clock(self) -> Clock: ...

    def snapshot(self) -> Snapshot: ...

    def wait(self, sequence: int, timeout_seconds: float) -> None:
        """Return when there is a newer snapshot than ``sequence``, or the time is over."""

    def surroundings(self, namespace: str) -> Surroundings | None: ...

    def log_tail(self, pod: ObjectKey, container: str, previous: bool, lines: int) -> tuple[str, ...] | None: ...

    def object(self, resource: str, key: ObjectKey) -> JsonObject | None: ...

    def health(self, pod: ObjectKey, port: int) -> NimProbe | None: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """One look. ``end`` is ``""`` while it goes on; the last one says why it ended."""

    progress: LaunchProgress
    end: End = ""


def watch(
    cluster: Cluster,
    key: WorkloadKey,
    until: Until = "ready",
    timeout_seconds: float = 3600.0,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    port: int = 8000,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[Watched]:
    """A look at each change, at least one in ``POLL_SECONDS``; the last has an ``end``.

    ``blocked``: what is in the way does not go by itself, or has not gone for ``patience_seconds``. ``is_over`` ends it
    early, without an end.
    """
    watcher = _Watcher(cluster, key, port)
    ends_at = cluster.clock.monotonic() + timeout_seconds
    while not is_over():
        seen = watcher.look()
        end = watcher.end(seen, until, patience_seconds)
        left = ends_at - cluster.clock.monotonic()
        if not end and left <= 0:
            end = "timeout"
        yield Watched(seen, end)
        if end:
            return
        cluster.wait(watcher.sequence, min(POLL_SECONDS, left))


@dataclass(slots=True)
class _Asked:
    """When each thing was last asked, and what came of it."""

    at: dict[str, float] = field(default_factory=dict)

    def is_due(self, what: str, now: float, seconds: float) -> bool:
        if now - self.at.get(what, float("-inf")) < seconds:
            return False
        self.at[what] = now
        return True


class _Logs(NamedTuple):
    """Of one pod after so many restarts: the lines of this run and of the one before."""

    pod: ObjectKey | None = None
    run: int = 0
    now: tuple[str, ...] | None = None
    before: tuple[str, ...] | None = None


class _Watcher:
    def __init__(self, cluster: Cluster, key: WorkloadKey, port: int) -> None:
        self._cluster = cluster
        self._key = key
        self._port = port
        self._asked = _Asked()
        self._surroundings: Surroundings | None = None
        self._log = _Logs()
        self._probe: NimProbe | None = None
        self._revision: tuple[Condition, ...] = ()
        self._was_seen = False
        self._blocked: float | None = None  # since when something is in the way
        self._final: float | None = None  # since when something that does not go by itself
        self.sequence = -1

    def look(self) -> LaunchProgress:
        snapshot = self._cluster.snapshot()
        self.sequence = snapshot.sequence
        now = self._cluster.clock.monotonic()
        if self._surroundings is None and self._asked.is_due("surroundings", now, 30.0):
            self._surroundings = self._cluster.surroundings(self._key.namespace)
        pod = watched_pod(self._key, snapshot)
        self._read_log(pod, now)
        self._read_revision(now)
        self._read_health(pod, now)
        known = self._log if pod is not None and self._log.pod == pod.key else _Logs()
        readings = LaunchReadings(known.now, known.before or (), self._probe, self._revision)
        return progress(self._key, snapshot, readings, self._surroundings, self._cluster.clock.now())

    def end(self, seen: LaunchProgress, until: Until, patience_seconds: float) -> End:
        is_there = seen.step("applied").state == "done"
        if seen.outcome == "gone" or (self._was_seen and not is_there):
            return "gone"
        self._was_seen = self._was_seen or is_there
        if seen.outcome == "ready":
            return "ready"
        if until == "scheduled" and seen.step("scheduled").state == "done":
            return "scheduled"
        return "blocked" if self._is_stuck(seen, patience_seconds) else ""

    def _is_stuck(self, seen: LaunchProgress, patience_seconds: float) -> bool:
        """A container that crashes, starts and crashes again stays blocked, whatever is said of it in between."""
        now = self._cluster.clock.monotonic()
        if not any(one.fault for one in seen.causes):
            self._blocked = self._final = None
            return False
        self._blocked = now if self._blocked is None else self._blocked
        if seen.is_final and self._final is None:
            self._final = now
        stuck_for = now - self._final if self._final is not None else 0.0
        return now - self._blocked >= patience_seconds or stuck_for >= min(FINAL_SECONDS, patience_seconds)

    def _read_log(self, pod: Pod | None, now: float) -> None:
        """The newest lines of the container, and of its run before where that has ended badly."""
        container = main_container(pod) if pod is not None else None
        if pod is None or container is None or not has_started(pod) or pod.ready:
            return
        is_new = self._log.pod != pod.key or self._log.run != container.restarts
        if not is_new and not self._asked.is_due("log", now, LOG_SECONDS):
            return
        self._asked.at["log"] = now
        before = self._log.before if self._log.pod == pod.key else None
        if container.restarts and (is_new or before is None):
            before = self._cluster.log_tail(pod.key, container.name, True, LOG_LINES) or before
        lines = self._cluster.log_tail(pod.key, container.name, False, LOG_LINES)
        self._log = _Logs(pod.key, container.restarts, lines, before)

    def _read_revision(self, now: float) -> None:
        """Revisions are not watched, and their words are the only ones where no pod came to be."""
        if self._key.kind not in (INFERENCE, KNATIVE) or not self._asked.is_due("revision", now, ASK_SECONDS):
            return
        service = self._cluster.object(_SERVICES, ObjectKey(self._key.namespace, self._key.name))
        name = at(service, "status", "latestCreatedRevisionName")
        if not isinstance(name, str):
            return
        found = self._cluster.object(_REVISIONS, ObjectKey(self._key.namespace, name))
        self._revision = _conditions(found)

    def _read_health(self, pod: Pod | None, now: float) -> None:
        """Once the pods are ready: it is not over before the NIM itself says so, if it says anything."""
        if pod is not None and pod.ready and self._asked.is_due("health", now, POLL_SECONDS):
            self._probe = self._cluster.health(pod.key, self._port)


def _conditions(found: JsonObject | None) -> tuple[Condition, ...]:
    told = at(found, "status", "conditions")
    if not isinstance(told, list | tuple):
        return ()
    return tuple(_condition(one) for one in told)


def _condition(told: JsonValue) -> Condition:
    kind, status, reason, message = (str(at(told, name) or "") for name in ("type", "status", "reason", "message"))
    return Condition(kind, status, reason, message)
