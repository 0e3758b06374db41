"""What containers, the NIM's log, Knative's conditions and refusals say of a start that went wrong. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from tui.diagnose.causes import cause
from tui.diagnose.evidence import short
from tui.diagnose.nim_log import fault_of, is_progress
from tui.diagnose.startup_times import lost_at
from tui.diagnose.startup_words import (
    CONFIG_ERROR,
    CREATE,
    CREATE_REASONS,
    NIM_LOG,
    PULL,
    PULL_REASONS,
    REFUSALS,
    UNSTARTED,
    code_of,
    scheduler_codes,
)
from tui.model.cause import Cause, Evidence
from tui.model.condition import Condition
from tui.model.ids import ObjectKey
from tui.model.pod import Container, ContainerPhase, Pod

CRASHED = ("CrashLoopBackOff", "PostStartHookError")
_FAILED_REVISION = ("RevisionFailed", "ContainerCreateFailed", "NotOwned", "RevisionDeleted")
_TRIED_ENOUGH = ("BackoffLimitExceeded", "PodFailurePolicy")  # of a Job
SIDECARS = frozenset({"queue-proxy", "istio-proxy", "linkerd-proxy", "istio-init"})


def condition_causes(conditions: Iterable[Condition], what: str, namespace: str, workload: str) -> tuple[Cause, ...]:
    """What conditions of a workload, a Knative Service or a Revision say is wrong. ``Unknown`` is no fault.

    ``what`` is the object, as ``kind/name``.
    """
    found: dict[str, Cause] = {}
    for condition in conditions:
        bad = "True" if condition.type == "Failed" else "False"
        if condition.status != bad or condition.reason in ("NoTraffic", "Deploying", "Queued"):
            continue
        if (code := condition_code(condition)) is not None and code not in found:
            evidence = Evidence(what, short(condition.message or condition.reason), condition.type)
            found[code] = cause(code, evidence=[evidence], source="knative", namespace=namespace, workload=workload)
    return tuple(found.values())


def condition_code(condition: Condition) -> str | None:
    """The cause that a condition of a Revision, or of what is above it, means; ``None`` for what is told elsewhere."""
    text = f"{condition.reason} {condition.message}"
    if "ProgressDeadlineExceeded" in text or "Initial scale was never achieved" in text:
        return "knative_progress_deadline"
    if condition.reason == "ContainerMissing" or "Unable to fetch image" in text:
        return code_of(condition.message, PULL) or "image_unauthorized"
    if found := scheduler_codes(text):
        return found[0]
    if (code := code_of(text, REFUSALS)) is not None:
        return code
    if condition.reason in _TRIED_ENOUGH:
        return "container_crash"
    if condition.reason.startswith("ExitCode"):
        return code_of(condition.message, NIM_LOG) or "container_crash"
    if condition.reason in PULL_REASONS:
        return code_of(condition.message, PULL) or "image_not_found"
    return "knative_revision_failed" if condition.reason in _FAILED_REVISION else None


def log_cause(lines: Sequence[str], pod: ObjectKey, standing: bool = False) -> Cause | None:
    """What the newest telling line of a NIM's log means. ``standing``: unless it has got over it and goes on."""
    for line in reversed(lines):
        if (code := fault_of(line)) is not None:
            evidence = [Evidence(f"pod/{pod.name}", short(line), "log")]
            return cause(code, evidence=evidence, source="nim", namespace=pod.namespace, pod=pod.name)
        if standing and is_progress(line):
            return None
    return None


def container_causes(pod: Pod, log: Sequence[str] = ()) -> list[Cause]:
    """What the states of its containers say, main ones before init containers and sidecars."""
    order = sorted(pod.containers, key=lambda container: (container.name in SIDECARS, container.is_init))
    return [one for container in order for one in _of_container(pod, container, log)]


def _of_container(pod: Pod, container: Container, log: Sequence[str]) -> Iterator[Cause]:
    said = Evidence(
        f"pod/{pod.key.name}",
        short(": ".join(part for part in (container.reason, container.message) if part)),
        container.name,
        container.since,
    )
    if container.reason in PULL_REASONS:
        text = f"{container.reason} {container.message}"
        code = "image_not_found" if container.reason == "InvalidImageName" else code_of(text, PULL)
        yield of_pod(pod, code or "image_not_found", said, sure=code is not None)
    elif container.reason in CREATE_REASONS:
        code = code_of(container.message, CREATE) if container.reason == CONFIG_ERROR else None
        yield of_pod(pod, code or "container_create_failed", said)
    elif container.phase is ContainerPhase.RUNNING and lost_at(pod) is not None:
        return  # it has been ready since: what ended before is past
    elif "OOMKilled" in (container.reason, container.last_reason) and not container.ready:
        yield of_pod(pod, "container_out_of_memory", _ended(pod, container))
    elif UNSTARTED & {container.reason, container.last_reason} and not container.ready:
        yield of_pod(pod, "container_create_failed", _ended(pod, container))
    elif _has_crashed(container):
        told = log_cause(log, pod.key) or _told_by_exit(pod, container)
        yield replace(told, evidence=(*told.evidence, *_runs_again(pod, container)))


def _runs_again(pod: Pod, container: Container) -> Iterator[Evidence]:
    """The new run may end as the last one did, or be the one that serves: which, nobody knows yet."""
    if container.phase is ContainerPhase.RUNNING:
        text = f"{container.name} runs again, and is not ready yet"
        yield Evidence(f"pod/{pod.key.name}", text, container.name, container.since)


def _told_by_exit(pod: Pod, container: Container) -> Cause:
    """The container's own last message may say it, where its log is not at hand."""
    text = container.last_message or container.message
    return of_pod(pod, code_of(text, NIM_LOG) or "container_crash", _ended(pod, container))


def _has_crashed(container: Container) -> bool:
    """It has ended badly and has not come up since. An init container that has done its work has ended well."""
    if container.ready or (container.is_init and container.exit_code == 0):
        return False
    if container.reason in CRASHED:
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
    return Evidence(f"pod/{pod.key.name}", short(text + more + last), container.name, count=container.restarts or None)


def of_pod(pod: Pod, code: str, *evidence: Evidence, sure: bool = True, source: str = "kubernetes") -> Cause:
    """The cause with the pod's own names in its command."""
    return cause(
        code,
        evidence=evidence,
        source=source,
        confidence="certain" if sure else "likely",
        namespace=pod.key.namespace,
        pod=pod.key.name,
        workload=pod.workload_name or pod.knative_service,
        project=pod.project,
        node=pod.node,
    )
