"""Why the pods of one workload have not started: from their containers, the scheduler's words, the NIM's log and the
objects above them.

Pure; looks at one workload's pods. What a whole cluster says of a pod that waits is put together elsewhere, of the same
parts.
"""

from collections.abc import Iterable, Iterator, Sequence

from tui.diagnose.causes import cause
from tui.diagnose.startup_words import (
    CREATE,
    CREATE_REASONS,
    NIM_LOG,
    PULL,
    PULL_REASONS,
    REASONS,
    SCHEDULER,
    code_of,
)
from tui.model.cause import Cause, Evidence
from tui.model.condition import Condition
from tui.model.event import Event
from tui.model.ids import ObjectKey
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import Snapshot

CRASHED = "CrashLoopBackOff"
_TEXT_LIMIT = 400
_REFUSED_BY = ("FailedCreate", "InternalError")
_OWN_SCHEDULERS = ("runai-scheduler", "kai-scheduler")


def pod_causes(pod: Pod, snapshot: Snapshot, log: Sequence[str] = ()) -> tuple[Cause, ...]:
    """Why this pod is not ready, the surest first; empty while its start takes its course.

    ``log`` are the newest lines of its NIM, of the run before where it has just crashed.
    """
    if pod.ready or pod.deleting_at is not None:
        return ()
    found = [*_unplaced(pod, snapshot)] if pod.node is None else [*_started(pod, snapshot, log)]
    return tuple({one.code: one for one in reversed(found)}.values())[::-1]


def condition_causes(conditions: Iterable[Condition], what: str, namespace: str, workload: str) -> tuple[Cause, ...]:
    """What conditions of a workload, a Knative Service or a Revision say is wrong. ``Unknown`` is no fault.

    ``what`` is the object, as ``kind/name``.
    """
    found: dict[str, Cause] = {}
    for condition in conditions:
        if condition.status != "False" or condition.reason in ("NoTraffic", "Deploying", "Queued"):
            continue
        if (code := condition_code(condition)) is not None and code not in found:
            evidence = Evidence(what, _short(condition.message or condition.reason), condition.type)
            found[code] = cause(code, evidence=[evidence], source="knative", namespace=namespace, workload=workload)
    return tuple(found.values())


def condition_code(condition: Condition) -> str | None:
    """The cause that a condition of a Revision, or of what is above it, means; ``None`` for what is told elsewhere."""
    text = f"{condition.reason} {condition.message}"
    if "ProgressDeadlineExceeded" in text or "Initial scale was never achieved" in text:
        return "knative_progress_deadline"
    if condition.reason == "ContainerMissing" or "Unable to fetch image" in text:
        return code_of(condition.message, PULL) or "image_unauthorized"
    if (code := code_of(text, SCHEDULER)) is not None:
        return code
    if condition.reason.startswith("ExitCode"):
        return code_of(condition.message, NIM_LOG) or "container_crash"
    if condition.reason in PULL_REASONS:
        return code_of(condition.message, PULL) or "image_not_found"
    return "knative_revision_failed" if condition.reason in ("RevisionFailed", "ContainerCreateFailed") else None


def refusal_causes(snapshot: Snapshot, namespace: str, prefix: str) -> tuple[Cause, ...]:
    """Pods that were refused when they were to be made: the newest such event of an owner named ``prefix...``."""
    for event in snapshot.events:
        if event.object.namespace != namespace or event.reason not in _REFUSED_BY or event.severity != "Warning":
            continue
        if event.object.name == prefix or event.object.name.startswith(f"{prefix}-"):
            what = [_of_event(event)]
            return (cause("admission_refused", evidence=what, source="kubernetes", namespace=namespace),)
    return ()


def log_cause(lines: Sequence[str], pod: ObjectKey) -> Cause | None:
    """What the newest telling line of a NIM's log means."""
    for line in reversed(lines):
        if (code := code_of(line, NIM_LOG)) is not None:
            evidence = [Evidence(f"pod/{pod.name}", _short(line), "log")]
            return cause(code, evidence=evidence, source="nim", namespace=pod.namespace, pod=pod.name)
    return None


def events_of(snapshot: Snapshot, pod: Pod) -> Iterator[Event]:
    """The events about this pod, newest first."""
    return (event for event in snapshot.events if event.object == pod.key and event.object_kind == "Pod")


def _unplaced(pod: Pod, snapshot: Snapshot) -> Iterator[Cause]:
    group = snapshot.pod_groups.get(ObjectKey(pod.key.namespace, pod.pod_group or ""))
    for reason in group.reasons if group is not None else ():
        if (code := REASONS.get(reason.reason) or code_of(reason.message, SCHEDULER)) is not None:
            yield _of(
                pod, code, Evidence(f"podgroup/{pod.pod_group}", _short(reason.message), reason.reason, reason.at)
            )
    told = next((c for c in pod.conditions if c.type == "PodScheduled" and c.status == "False"), None)
    if told is not None and told.message:
        evidence = Evidence(f"pod/{pod.key.name}", _short(told.message), "PodScheduled", told.changed_at)
        code = code_of(told.message, SCHEDULER)
        if code is not None or group is None or not group.reasons:
            yield _of(pod, code or "unknown", evidence)
    for event in events_of(snapshot, pod):
        if event.reason == "FailedScheduling" and _is_dropped(pod, event):
            yield _of(pod, "scheduler_name_dropped", _of_event(event))
        elif event.reason in ("BindingError", "FailedBinding"):
            yield _of(pod, code_of(event.message, SCHEDULER) or "reservation_failed", _of_event(event))


def _is_dropped(pod: Pod, event: Event) -> bool:
    """Kubernetes' own scheduler has spoken of a pod that Run:ai made or that asks for what only Run:ai gives."""
    is_runai = pod.gpu.is_shared or pod.knative_service is not None
    return event.source == "default-scheduler" and is_runai and not _is_own(pod.scheduler or "")


def _is_own(scheduler: str) -> bool:
    return scheduler.startswith(_OWN_SCHEDULERS)


def _started(pod: Pod, snapshot: Snapshot, log: Sequence[str]) -> Iterator[Cause]:
    for container in pod.containers:
        yield from _of_container(pod, container, log)
    for event in events_of(snapshot, pod):
        if event.reason in ("FailedMount", "FailedAttachVolume"):
            if not any(container.phase is ContainerPhase.RUNNING for container in pod.containers):
                yield _of(pod, "mount_failed", _of_event(event))
            return
    if pod.phase == "Failed":
        text = pod.message or pod.reason or "the pod has failed"
        yield _of(pod, "container_crash", Evidence(f"pod/{pod.key.name}", _short(text), "phase"))


def _of_container(pod: Pod, container: Container, log: Sequence[str]) -> Iterator[Cause]:
    said = Evidence(
        f"pod/{pod.key.name}",
        _short(": ".join(part for part in (container.reason, container.message) if part)),
        container.name,
        container.since,
    )
    if container.reason in PULL_REASONS:
        code = "image_not_found" if container.reason == "InvalidImageName" else code_of(container.message, PULL)
        yield _of(pod, code or "image_not_found", said, sure=code is not None)
    elif container.reason in CREATE_REASONS:
        yield _of(pod, code_of(container.message, CREATE) or "container_create_failed", said)
    elif "OOMKilled" in (container.reason, container.last_reason) and not container.ready:
        yield _of(pod, "container_out_of_memory", _ended(pod, container))
    elif _has_crashed(container):
        yield log_cause(log, pod.key) or _told_by_exit(pod, container)


def _told_by_exit(pod: Pod, container: Container) -> Cause:
    """The container's own last message may say it, where its log is not at hand."""
    text = container.last_message or container.message
    return _of(pod, code_of(text, NIM_LOG) or "container_crash", _ended(pod, container))


def _has_crashed(container: Container) -> bool:
    """It has ended badly and has not come up since. An init container that has done its work has ended well."""
    if container.ready or (container.is_init and container.exit_code == 0):
        return False
    if container.reason == CRASHED:
        return True
    if container.phase is ContainerPhase.TERMINATED:
        return container.exit_code not in (0, None)
    return container.restarts > 0 and container.last_exit_code not in (0, None)


def _ended(pod: Pod, container: Container) -> Evidence:
    code = container.last_exit_code if container.last_exit_code is not None else container.exit_code
    reason = container.last_reason or container.reason
    text = f"{container.name} ended with {code}" if code is not None else f"{container.name} has ended"
    more = f" ({reason})" if reason else ""
    last = f": {container.last_message}" if container.last_message else ""
    return Evidence(f"pod/{pod.key.name}", _short(text + more + last), container.name, count=container.restarts or None)


def _of(pod: Pod, code: str, evidence: Evidence, sure: bool = True) -> Cause:
    return cause(
        code,
        evidence=[evidence],
        source="kubernetes",
        confidence="certain" if sure else "likely",
        namespace=pod.key.namespace,
        pod=pod.key.name,
        workload=pod.workload_name or pod.knative_service,
        project=pod.project,
    )


def _of_event(event: Event) -> Evidence:
    what = f"{event.object_kind.lower()}/{event.object.name}"
    return Evidence(what, _short(event.message), event.reason, event.at, event.count)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TEXT_LIMIT else line[: _TEXT_LIMIT - 1] + "…"
