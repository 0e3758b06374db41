"""How far a launch has come. Pure: the same snapshot, readings and time give the same answer.

What blocks it carries the causes that every other screen shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tui.diagnose.nim_log import log_stage
from tui.diagnose.pod_causes import blocking_causes
from tui.diagnose.pod_log import PodLog
from tui.diagnose.refusals import refusal_causes
from tui.diagnose.scene import Scene
from tui.diagnose.startup import CRASHED, condition_causes
from tui.diagnose.workload_causes import silence
from tui.launch.kinds import DEPLOYMENT, INFERENCE, KNATIVE
from tui.launch.steps import Seen, has_started, steps_of
from tui.launch.usual import main_container, usual_steps
from tui.model.cause import Cause
from tui.model.condition import Condition
from tui.model.ids import WorkloadKey
from tui.model.launch_progress import Deadline, LaunchProgress, LaunchStep, Outcome
from tui.model.nim import NimProbe
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.surroundings import Surroundings
from tui.model.workload import Workload

ADVISED_SECONDS = 1800.0  # the guide's progress-deadline
SILENT_SECONDS = 60.0  # after which an operator that has said nothing is told of

# These stay until someone mends them; the others go when a GPU is freed or a server answers.
FINAL = frozenset(
    {
        *("image_not_found", "image_unauthorized", "secret_missing", "config_map_missing", "container_create_failed"),
        *("ngc_key_refused", "nim_no_profile", "nim_out_of_memory", "nim_licence", "container_out_of_memory"),
        *("container_crash", "nim_download_failed", "knative_progress_deadline", "knative_revision_failed"),
        *("admission_refused", "scheduler_name_dropped", "pvc_missing", "queue_missing", "request_exceeds_node"),
        *("gpu_memory_too_large", "priority_class_missing", "namespace_missing"),
    }
)


_HICCUPS = ("container_crash", "nim_download_failed")


@dataclass(frozen=True, slots=True)
class LaunchReadings:
    """What was asked beside the snapshot, all of the pod that ``watched_pod`` names.

    ``log`` are the newest lines of its NIM, ``None`` where they are not known; ``crash_log`` those of the run before,
    where that ended badly; ``revision`` the conditions of the newest Knative Revision.
    """

    log: tuple[str, ...] | None = None
    crash_log: tuple[str, ...] = ()
    probe: NimProbe | None = None
    revision: tuple[Condition, ...] = ()


def progress(
    key: WorkloadKey,
    snapshot: Snapshot,
    readings: LaunchReadings,
    surroundings: Surroundings | None,
    now: float,
) -> LaunchProgress:
    """The steps with their states, what blocks them, and Knative's deadline."""
    workload = snapshot.workloads.get(key)
    pods = newest_pods(workload, snapshot)
    pod = watched_pod(key, snapshot)
    wanted = wanted_pods(workload)
    is_ready = _is_ready(workload, pods, wanted, readings)
    log = log_stage(readings.log) if readings.log else None
    seen = Seen(workload, snapshot, pods, pod, wanted, log, is_ready, key.kind == INFERENCE)
    found = () if is_ready else _causes(seen, key, readings, now)
    faults = [one for one in found if one.fault]
    steps = steps_of(seen, usual_steps(workload.image if workload is not None else None, snapshot), bool(faults))
    return LaunchProgress(
        key=key,
        at=now,
        steps=steps,
        outcome=_outcome(workload, is_ready, bool(faults)),
        causes=found,
        is_final=any(_is_final(one.code, pod) for one in faults),
        deadline=None if is_ready else _deadline(key, seen, steps, surroundings, now),
        pod=pod.key if pod is not None else None,
        ready_pods=sum(one.ready for one in pods),
        wanted_pods=wanted,
        message=workload.message if workload is not None else "",
    )


def watched_pod(key: WorkloadKey, snapshot: Snapshot) -> Pod | None:
    """The pod that is the least far, of the newest revision: its log and its health are what to ask for."""
    pods = newest_pods(snapshot.workloads.get(key), snapshot)
    return min(pods, key=lambda pod: (_stage(pod), -(pod.created_at or 0.0), pod.key), default=None)


def newest_pods(workload: Workload | None, snapshot: Snapshot) -> tuple[Pod, ...]:
    """The pods of the newest revision that are not on their way out; failed ones only where there are no others."""
    keys = workload.pods if workload is not None else ()
    known = [snapshot.pods[key] for key in keys if key in snapshot.pods]
    alive = [pod for pod in known if pod.deleting_at is None and pod.phase != "Succeeded"]
    alive = [pod for pod in alive if pod.phase != "Failed"] or alive
    newest = max((pod.knative_revision or "" for pod in alive), default="")
    return tuple(pod for pod in alive if (pod.knative_revision or "") == newest)


def wanted_pods(workload: Workload | None) -> int:
    """How many pods it starts with. One that may scale to zero starts with one all the same."""
    if workload is None:
        return 1
    if workload.key.kind == DEPLOYMENT and workload.requested_pods is not None:
        return workload.requested_pods
    if workload.max_replicas == 0:
        return 0
    return max(1, workload.min_replicas or 1)


def _stage(pod: Pod) -> int:
    if pod.ready:
        return 3
    return 0 if pod.node is None else 2 if has_started(pod) else 1


def _is_ready(workload: Workload | None, pods: Sequence[Pod], wanted: int, readings: LaunchReadings) -> bool:
    """All pods that it starts with are ready, and neither the NIM nor what stands above says anything else."""
    if workload is None or (workload.object is not None and workload.object.deleting_at is not None):
        return False
    condition = next((c.status for c in workload.conditions if c.type == "Ready"), None)
    if workload.running_pods is None or not pods:
        return wanted == 0 or (workload.phase == "Running" and condition in (None, "True"))
    answers = readings.probe.ready if readings.probe is not None else None
    if sum(pod.ready for pod in pods) < wanted or answers is False:
        return False
    return condition in (None, "True") or workload.phase == "Running" or answers is True


def _is_final(code: str, pod: Pod | None) -> bool:
    """A first crash may have been a hiccup; what a NIM says of its own is none."""
    container = main_container(pod) if pod is not None else None
    if code in _HICCUPS and container is not None:
        return container.restarts >= 2 or container.reason in CRASHED
    return code in FINAL


def _outcome(workload: Workload | None, is_ready: bool, blocked: bool) -> Outcome:
    if workload is not None and workload.object is not None and workload.object.deleting_at is not None:
        return "gone"
    return "ready" if is_ready else "blocked" if blocked else "going"


def _causes(seen: Seen, key: WorkloadKey, readings: LaunchReadings, now: float) -> tuple[Cause, ...]:
    """The pod's own come first: what stands above it only repeats them, late."""
    found: list[Cause] = []
    scene = Scene(seen.snapshot)
    if seen.pod is not None:
        found += blocking_causes(seen.pod, scene, PodLog(readings.log or (), readings.crash_log))
    workload = seen.workload
    if workload is not None:
        space, name = key.namespace, key.name
        found += condition_causes(readings.revision, f"Revision/{name}", space, name)
        found += condition_causes(workload.conditions, f"{key.kind}/{name}", space, name)
        if not seen.pods:
            found += refusal_causes(scene, key)
            found += silence(workload, now) if not found else ()
    return tuple({one.code: one for one in reversed(found)}.values())[::-1]


def _deadline(
    key: WorkloadKey, seen: Seen, steps: Sequence[LaunchStep], surroundings: Surroundings | None, now: float
) -> Deadline | None:
    """Knative counts from the Revision's making, which is when its first pod was made or a moment before."""
    seconds = surroundings.progress_deadline_seconds if surroundings is not None else None
    if seconds is None or key.kind not in (INFERENCE, KNATIVE) or seen.workload is None:
        return None
    made = min((pod.created_at for pod in seen.pods if pod.created_at is not None), default=None)
    since = made if made is not None else seen.workload.created_at
    if since is None:
        return None
    ends = since + seconds
    return Deadline(seconds, ends, _advice(seconds, ends, steps, now))


def _advice(seconds: float, ends: float, steps: Sequence[LaunchStep], now: float) -> str:
    """What to do before it strikes: said as soon as the rest is likely to take longer than what is left."""
    left = ends - now
    rest = sum(_rest(step, now) for step in steps if step.state != "done")
    is_late = any(step.state == "active" and _is_overdue(step, now) for step in steps) and left < seconds / 2
    if left > rest and not is_late:
        return ""
    wanted = f"{max(ADVISED_SECONDS, seconds * 2):g}s"
    where = "kubectl -n knative-serving edit configmap config-deployment"
    if left <= 0:
        return f"the progress deadline of {seconds:g} s is over: set it to {wanted} ({where}), then deploy it again"
    return f"raise progress-deadline to {wanted} before it strikes ({where}): a first download takes long"


def _is_overdue(step: LaunchStep, now: float) -> bool:
    elapsed = step.elapsed_seconds(now)
    return step.usual is not None and elapsed is not None and elapsed > step.usual.seconds


def _rest(step: LaunchStep, now: float) -> float:
    usual = step.usual.seconds if step.usual is not None else 0.0
    return max(0.0, usual - (step.elapsed_seconds(now) or 0.0))
