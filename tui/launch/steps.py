"""The steps of a start as one pod and the objects above it tell them. Pure; times are those of the objects."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tui.diagnose.evidence import events_of
from tui.diagnose.nim_log import LogStage
from tui.launch.usual import main_container
from tui.model.gpu import Gpu
from tui.model.launch_progress import LaunchStep, StepName, StepState, Usual
from tui.model.pod import ContainerPhase, Pod
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload

TITLES: Mapping[StepName, str] = {
    "applied": "applied",
    "accepted": "accepted by Run:ai",
    "scheduled": "scheduled on node and GPU",
    "pulling": "pulling the image",
    "downloading": "downloading the model",
    "loading": "loading the model",
    "ready": "ready",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one launch. ``pods`` are those of its newest revision, ``pod`` the least far of them."""

    workload: Workload | None
    snapshot: Snapshot
    pods: tuple[Pod, ...]
    pod: Pod | None
    wanted: int
    log: LogStage | None
    is_ready: bool
    by_runai: bool


def steps_of(seen: Seen, usual: Mapping[StepName, Usual], blocked: bool) -> tuple[LaunchStep, ...]:
    """All seven in order; the first that is not done is active, or blocked."""
    found = [_applied(seen), _accepted(seen), _scheduled(seen), _pulling(seen), *_model(seen), _ready(seen)]
    steps: list[LaunchStep] = []
    is_reached = True
    for step in found:
        done = step.state == "done" and is_reached
        state: StepState = "done" if done else ("blocked" if blocked else "active") if is_reached else "waiting"
        is_reached = done
        steps.append(replace(step, state=state, usual=usual.get(step.name)))
    return tuple(_with_starts(steps))


def gpu_text(pod: Pod, snapshot: Snapshot) -> str:
    """``node007 gpu1 0.50``: where it lies, as far as that is known."""
    node = snapshot.nodes.get(pod.node or "")
    places = [(gpu, part) for gpu in (node.gpus if node is not None else ()) for part in gpu.slices]
    mine = [_share(gpu, part.fraction) for gpu, part in places if part.pod == pod.key]
    return " ".join([pod.node or "", *mine]).strip()


def moment(pod: Pod, kind: str) -> float | None:
    """When a condition of the pod became True."""
    return next((c.changed_at for c in pod.conditions if c.type == kind and c.status == "True"), None)


def has_started(pod: Pod) -> bool:
    """Whether its main container has run, be it that it has ended since."""
    container = main_container(pod)
    return container is not None and (
        container.phase in (ContainerPhase.RUNNING, ContainerPhase.TERMINATED)
        or container.restarts > 0
        or bool(container.last_reason)
    )


def _applied(seen: Seen) -> LaunchStep:
    workload = seen.workload
    if workload is None:
        return _step("applied", False)
    return _step("applied", True, workload.created_at, workload.created_at)


def _accepted(seen: Seen) -> LaunchStep:
    """Its operator has answered: with pods, or with a word in the object's status."""
    title = TITLES["accepted"] if seen.by_runai else "accepted by Kubernetes"
    since = seen.workload.created_at if seen.workload is not None else None
    made = [pod.created_at for pod in seen.pods if pod.created_at is not None]
    conditions = seen.workload.conditions if seen.workload is not None else ()
    told = [c.changed_at for c in conditions if c.changed_at is not None]
    done = bool(seen.pods or conditions or seen.is_ready)
    return _step("accepted", done, since, min([*made, *told], default=None), title=title)


def _scheduled(seen: Seen) -> LaunchStep:
    placed = [pod for pod in seen.pods if pod.node is not None]
    made = [pod.created_at for pod in seen.pods if pod.created_at is not None]
    done = seen.is_ready or (bool(placed) and len(placed) >= max(seen.wanted, len(seen.pods)))
    at = [when for pod in placed if (when := moment(pod, "PodScheduled")) is not None]
    where = "; ".join(gpu_text(pod, seen.snapshot) for pod in placed)
    if seen.wanted > 1 and not done:
        where = f"{len(placed)} of {seen.wanted}" + (f": {where}" if where else "")
    return _step("scheduled", done, min(made, default=None), max(at, default=None), where)


def _pulling(seen: Seen) -> LaunchStep:
    pod = seen.pod
    if pod is None:
        return _step("pulling", seen.is_ready)
    container = main_container(pod)
    started, ended, detail = moment(pod, "PodScheduled"), None, container.image if container is not None else ""
    for event in events_of(seen.snapshot, pod):
        if event.reason == "Pulling" and (event.first_at or event.at):
            started = event.first_at or event.at
        if event.reason == "Pulled":
            ended = event.first_at or event.at
            if "already present" in event.message:
                detail = f"{detail} was on the node".strip()
    if ended is None and container is not None and container.phase is ContainerPhase.RUNNING and not container.restarts:
        ended = container.since
    return _step("pulling", seen.is_ready or has_started(pod), started, ended, detail)


def _model(seen: Seen) -> tuple[LaunchStep, LaunchStep]:
    """Download and load. Without a log one can't tell the one from the other: then both are the first step."""
    pod, log = seen.pod, seen.log
    container = main_container(pod) if pod is not None else None
    running = container is not None and container.phase is ContainerPhase.RUNNING
    began = container.since if container is not None and running else None
    ready_at = moment(pod, "Ready") if pod is not None and seen.is_ready else None
    if log is None:
        detail = "" if seen.is_ready or not running else "or loading it: the log is not known"
        return _step("downloading", seen.is_ready, began, None, detail), _step("loading", seen.is_ready, None, ready_at)
    downloaded = seen.is_ready or log.stage in ("loading", "serving")
    percent = f"{log.percent} %" if log.percent is not None and not downloaded else ""
    first = _plausible(log.downloading_at, began) or began
    second = _plausible(log.loading_at, began)
    served = ready_at or (_plausible(log.serving_at, began) if log.stage == "serving" else None)
    return (
        _step("downloading", downloaded, first, second, percent),
        _step("loading", seen.is_ready or log.stage == "serving", second, served),
    )


def _ready(seen: Seen) -> LaunchStep:
    ready = sum(pod.ready for pod in seen.pods)
    at = [when for pod in seen.pods if (when := moment(pod, "Ready")) is not None]
    endpoint = seen.workload.endpoint if seen.workload is not None else None
    detail = f"{ready} of {seen.wanted} pods" if seen.wanted > 1 and not seen.is_ready else ""
    if seen.is_ready:
        detail = endpoint or ("scaled to zero" if not seen.pods else "")
    return _step("ready", seen.is_ready, max(at, default=None), max(at, default=None), detail)


def _step(
    name: StepName,
    done: bool,
    started: float | None = None,
    ended: float | None = None,
    detail: str = "",
    title: str | None = None,
) -> LaunchStep:
    state: StepState = "done" if done else "waiting"
    return LaunchStep(name, title or TITLES[name], state, started, ended if done else None, detail)


def _with_starts(steps: list[LaunchStep]) -> list[LaunchStep]:
    """A step that has begun, and does not say when, began when the one before it ended."""
    before: float | None = None
    found: list[LaunchStep] = []
    for step in steps:
        if step.state == "waiting":
            step = replace(step, started_at=None, ended_at=None)
        elif step.started_at is None:
            step = replace(step, started_at=before)
        before = step.ended_at
        found.append(step)
    return found


def _plausible(at: float | None, began: float | None) -> float | None:
    """A log's own time may be in another zone: before the container began it is not true."""
    if at is None or began is None or not began - 2 <= at <= began + 86400:
        return None
    return max(at, began)


def _share(gpu: Gpu, fraction: float | None) -> str:
    return f"gpu{gpu.id.gpu}" + (f" {fraction:.2f}" if fraction is not None else "")
