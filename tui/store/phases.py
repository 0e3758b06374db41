"""The phase of a workload in Run:ai's vocabulary: as its status says, or derived from its object and pods."""

from collections.abc import Sequence

from tui.model.condition import Condition
from tui.model.pod import Container, Pod
from tui.model.workload import WorkloadObject

RUNAI_PHASES = {
    phase.lower(): phase
    for phase in (
        "Creating", "Initializing", "Resuming", "Pending", "Deleting", "Running", "Updating",
        "Stopped", "Stopping", "Degraded", "Failed", "Completed", "Terminating", "Unknown",
    )
}  # fmt: skip
OTHER_WORDS = {"ready": "Running", "notready": "Initializing", "succeeded": "Completed", "complete": "Completed"}
FAILING = {
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
}


def phase_of(
    thing: WorkloadObject | None,
    pods: Sequence[Pod],
    requested: int | None,
    minimum: int | None,
    pods_known: bool = True,
) -> tuple[str, str]:
    """(phase, message). ``pods`` are those of the workload, finished ones among them; nothing is derived from their
    absence where they may not be read."""
    if thing is not None and thing.deleting_at is not None:
        return "Deleting", ""
    stated = _stated(thing)
    if stated is not None:
        return stated, _reason(thing, stated, pods)
    if not pods_known:
        return "Unknown", "pods may not be read"
    active = _active(pods)
    if active:
        return _of_active(thing, active, requested, minimum)
    return _without_pods(thing, pods, requested)


def is_ready(pod: Pod) -> bool:
    """Running, passing its probes and not on its way out."""
    return pod.phase == "Running" and pod.ready and pod.deleting_at is None


def failing_container(pod: Pod) -> Container | None:
    """The first container that waits for something that won't come by itself."""
    return next((c for c in pod.containers if c.reason in FAILING), None)


def _stated(thing: WorkloadObject | None) -> str | None:
    word = (thing.phase or "").replace(" ", "").lower() if thing is not None else ""
    return RUNAI_PHASES.get(word) or OTHER_WORDS.get(word)


def _active(pods: Sequence[Pod]) -> list[Pod]:
    return [pod for pod in pods if pod.phase not in ("Succeeded", "Failed")]


def _reason(thing: WorkloadObject | None, stated: str, pods: Sequence[Pod]) -> str:
    """Why a stated phase is a bad one. What its own conditions leave open, the scheduler may have said of its pods."""
    fault = _fault_condition(thing)
    if stated == "Pending":
        told = fault.message if fault is not None else ""
        return told or _unscheduled(_active(pods)) or _fault(thing)
    return _fault(thing) if stated in ("Failed", "Degraded") else ""


def _of_active(
    thing: WorkloadObject | None, active: Sequence[Pod], requested: int | None, minimum: int | None
) -> tuple[str, str]:
    if all(pod.deleting_at is not None for pod in active):
        return "Terminating", ""
    ready = sum(map(is_ready, active))
    wanted = max(1, minimum if minimum is not None else requested or 0)
    if ready >= wanted:
        return "Running", ""
    failing = next((c for pod in active if (c := failing_container(pod)) is not None), None)
    if failing is not None:
        return "Degraded", f"{failing.reason}: {failing.message}" if failing.message else failing.reason
    if ready:
        return "Degraded", f"{ready} of {wanted} pods ready"
    if all(pod.node is None for pod in active):
        return "Pending", _unscheduled(active) or _fault(thing)
    return "Initializing", ""


def _without_pods(thing: WorkloadObject | None, pods: Sequence[Pod], requested: int | None) -> tuple[str, str]:
    if pods:
        done = {c.type for c in thing.conditions if c.status == "True"} if thing is not None else set()
        failed = next((pod for pod in pods if pod.phase == "Failed"), None)
        if done & {"Complete", "SuccessCriteriaMet"}:
            return "Completed", ""  # a try that failed before is of no account
        return ("Completed", "") if failed is None else ("Failed", failed.message or failed.reason)
    fault = _fault(thing)
    if fault:
        return "Failed", fault
    if thing is None:
        return "Unknown", ""
    conditions = {c.type: c.status for c in thing.conditions}
    if "True" in (conditions.get("Complete"), conditions.get("SuccessCriteriaMet")):
        return "Completed", ""
    if requested == 0:
        return ("Running", "scaled to zero") if conditions.get("Ready") == "True" else ("Stopped", "")
    return "Pending", ""


def _unscheduled(pods: Sequence[Pod]) -> str:
    conditions = (c for pod in pods for c in pod.conditions if c.type == "PodScheduled" and c.status == "False")
    return next((c.message or c.reason for c in conditions), "")


def _fault(thing: WorkloadObject | None) -> str:
    condition = _fault_condition(thing)
    return "" if condition is None else condition.message or condition.reason or condition.type


def _fault_condition(thing: WorkloadObject | None) -> Condition | None:
    """Only ``False`` is a fault: ``Unknown`` is what a start-up looks like. A Job's ``Failed`` is one when True."""
    for condition in thing.conditions if thing is not None else ():
        bad = condition.status == ("True" if condition.type in ("Failed", "ReplicaFailure") else "False")
        if bad and condition.type in ("Ready", "Failed", "ReplicaFailure"):
            return condition
    return None
