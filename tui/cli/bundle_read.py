"""What a support bundle asks the cluster for: the objects of what waits, the last lines of what crashes.

Each question may be denied or fail: that is noted, the next one is asked. Secrets are never asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from tui.launch.hidden import credentials_in, hide
from tui.launch.kinds import RESOURCES
from tui.model.circumstances import Circumstances
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.json_value import JsonObject
from tui.model.pending import PendingItem
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import Snapshot
from tui.present.bundle import LOG_LINES, LeftOut
from tui.session import Session
from tui.sources.kubernetes import KubeError, Unreachable

MOST_OBJECTS = 400
MOST_LOGS = 60
_TROUBLES = 3  # so many connections may fail before no more is asked
_POD_GROUPS = "podgroups.scheduling.run.ai"
_REVISIONS = "revisions.serving.knative.dev"
_SERVICES = "services.serving.knative.dev"
_CLAIMS = "persistentvolumeclaims"

Answer = TypeVar("Answer")
Tell = Callable[[str], None]
Wanted = tuple[str, ObjectKey]  # <plural>.<group>, name


@dataclass(frozen=True, slots=True)
class LogTold:
    """The last lines of a container, as they were read."""

    pod: ObjectKey
    container: str
    previous: bool
    lines: tuple[str, ...]


@dataclass(slots=True)
class Gathered:
    """``objects`` are hidden already; ``credentials`` are the values that stood in them."""

    objects: list[tuple[str, ObjectKey, JsonObject]] = field(default_factory=list)
    logs: list[LogTold] = field(default_factory=list)
    credentials: set[str] = field(default_factory=set)
    left_out: list[LeftOut] = field(default_factory=list)


def gather(
    session: Session,
    snapshot: Snapshot,
    waiting: Sequence[PendingItem],
    around: Circumstances | None,
    namespaces: Sequence[str],
    tell: Tell,
) -> Gathered:
    """Read it all. Blocks; takes as long as a few hundred questions take."""
    reader = _Reader(session)
    wanted = list(dict.fromkeys(objects_of(snapshot, waiting, around)))
    reader.objects(wanted, tell)
    pods = [pod for pod in snapshot.pods.values() if not namespaces or pod.key.namespace in namespaces]
    reader.logs(list(crashing(pods)), tell)
    return reader.found


def objects_of(snapshot: Snapshot, waiting: Iterable[PendingItem], around: Circumstances | None) -> Iterator[Wanted]:
    """The objects that tell about each item, some more than once."""
    for item in waiting:
        pod = snapshot.pods.get(item.pod) if item.pod is not None else None
        if item.workload is not None:
            yield from _of_workload(snapshot, item.workload)
        if pod is not None:
            yield from _of_pod(pod)
        services = {name for name in (item.workload and item.workload.name, pod and pod.knative_service) if name}
        for key, revision in (around.revisions if around is not None else {}).items():
            if key.namespace == item.namespace and revision.service in services:
                yield _REVISIONS, key


def _of_workload(snapshot: Snapshot, key: WorkloadKey) -> Iterator[Wanted]:
    namespace, own = key.namespace, snapshot.workloads.get(key)
    if key.kind in RESOURCES:
        yield RESOURCES[key.kind], ObjectKey(namespace, key.name)
    if own is not None and own.object is not None and own.object.latest_revision:
        yield _REVISIONS, ObjectKey(namespace, own.object.latest_revision)
    for group in snapshot.pod_groups.values():
        if group.owner is not None and group.key.namespace == namespace and group.owner.name == key.name:
            yield _POD_GROUPS, group.key


def _of_pod(pod: Pod) -> Iterator[Wanted]:
    namespace = pod.key.namespace
    yield "pods", pod.key
    named = ((_POD_GROUPS, pod.pod_group), (_SERVICES, pod.knative_service), (_REVISIONS, pod.knative_revision))
    for resource, name in named:
        if name:
            yield resource, ObjectKey(namespace, name)
    for claim in pod.claims:
        yield _CLAIMS, ObjectKey(namespace, claim)


def crashing(pods: Iterable[Pod]) -> Iterator[tuple[ObjectKey, str, bool]]:
    """Pod, container, and whether the run before the last restart is meant."""
    for pod in pods:
        for container in pod.containers:
            if not _crashes(container):
                continue
            if container.restarts:
                yield pod.key, container.name, True
            if container.phase in (ContainerPhase.RUNNING, ContainerPhase.TERMINATED):
                yield pod.key, container.name, False


def _crashes(container: Container) -> bool:
    ended_badly = any(code not in (None, 0) for code in (container.exit_code, container.last_exit_code))
    return ended_badly or container.reason == "CrashLoopBackOff"


class _Reader:
    """Asks one question after the other; of a kind that is denied in a namespace it asks no more there."""

    def __init__(self, session: Session) -> None:
        self.found = Gathered()
        self._session = session
        self._refused: dict[tuple[str, str], str] = {}
        self._troubles = 0

    def objects(self, wanted: Sequence[Wanted], tell: Tell) -> None:
        self._cut("objects", len(wanted), MOST_OBJECTS)
        tell(f"reading {min(len(wanted), MOST_OBJECTS)} objects of what waits")
        for resource, key in wanted[:MOST_OBJECTS]:
            body = self._ask(resource, key.namespace, str(key), partial(self._session.object, resource, key))
            if body is None:
                continue
            shown = hide(body)
            self.found.credentials.update(credentials_in(body, shown))
            if isinstance(shown, dict):
                self.found.objects.append((resource, key, shown))

    def logs(self, wanted: Sequence[tuple[ObjectKey, str, bool]], tell: Tell) -> None:
        self._cut("logs", len(wanted), MOST_LOGS)
        tell(f"reading the last lines of {min(len(wanted), MOST_LOGS)} containers that crash")
        for pod, container, previous in wanted[:MOST_LOGS]:
            read = partial(self._lines, pod, container, previous)
            lines = self._ask("pods/log", pod.namespace, f"{pod} {container}", read)
            if lines:
                self.found.logs.append(LogTold(pod, container, previous, lines))

    def _lines(self, pod: ObjectKey, container: str, previous: bool) -> tuple[str, ...] | None:
        if self._session.kubernetes is None:
            return None
        log = self._session.kubernetes.logs(pod, container, tail_lines=LOG_LINES, previous=previous)
        try:
            return tuple(log)[-LOG_LINES:]
        finally:
            log.close()

    def _ask(self, resource: str, namespace: str, what: str, read: Callable[[], Answer | None]) -> Answer | None:
        place = (resource, namespace)
        if place in self._refused or self._troubles >= _TROUBLES:
            return None
        try:
            return read()
        except Unreachable as error:
            self._troubles += 1
            self._note(f"{resource} {what}", str(error))
        except KubeError as error:
            self._refused[place] = str(error)
            self._note(f"{resource} in {namespace or 'the cluster'}, from {what} on", str(error))
        return None

    def _cut(self, what: str, count: int, most: int) -> None:
        if count > most:
            self._note(f"{count - most} {what}", f"there are {count}, the first {most} are here")

    def _note(self, what: str, why: str) -> None:
        self.found.left_out.append(LeftOut(what, why))
