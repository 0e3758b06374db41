"""How long a pod's start normally takes, and since when one is later than that. Pure."""

from statistics import median

from tui.diagnose.scene import Scene
from tui.model.event import Event
from tui.model.pod import Container, ContainerPhase, Pod

UNPLACED_SECONDS = 30.0  # a scheduler that has room answers within seconds
START_SECONDS = 120.0
GPU_START_SECONDS = 300.0  # a model is loaded first
COURSE_SECONDS = 600.0  # while an image or a model is seen to come
LOST_SECONDS = 30.0  # not ready any more: a probe or two may fail under load
DELETE_SECONDS = 30.0  # beyond its grace period
SIBLING_FACTOR = 1.5
HARD_REASONS = frozenset(
    {
        *("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"),
        *("CreateContainerConfigError", "CreateContainerError", "RunContainerError", "StartError"),
        *("ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"),
        *("PreCreateHookError", "PreStartHookError", "PostStartHookError"),
    }
)
HELD_EVENTS = frozenset(
    {
        *("FailedMount", "FailedAttachVolume", "FailedMapVolume"),
        *("FailedCreatePodSandBox", "FailedCreatePodContainer", "NetworkNotReady", "FailedPrepareDynamicResources"),
    }
)
_STEPS = ("Pulling", "Pulled", "Created", "Started")  # mounts and the sandbox come before them
HELD_COUNT, HELD_SECONDS, HELD_FRESH_SECONDS = 3, 60.0, 300.0
_FINISHED = ("Succeeded", "Failed")


def condition_at(pod: Pod, kind: str, status: str = "True") -> float | None:
    """When this condition came to this status."""
    return next((c.changed_at for c in pod.conditions if c.type == kind and c.status == status), None)


def usual_seconds(pod: Pod, scene: Scene) -> float | None:
    """The median time from created to ready of the workload's other pods; ``None`` without one that tells."""
    workload = scene.workload_of.get(pod.key)
    took = [
        ready - sibling.created_at
        for key in (workload.pods if workload is not None else ())
        if (sibling := scene.snapshot.pods.get(key)) is not None and sibling.key != pod.key
        if (ready := condition_at(sibling, "Ready")) is not None and sibling.created_at is not None
        if not any(container.restarts for container in sibling.containers) and ready > sibling.created_at
    ]
    return median(took) if took else None


def patience_seconds(pod: Pod, scene: Scene) -> float:
    """How long after it got its node a pod of this kind may take to be ready."""
    least = GPU_START_SECONDS if pod.gpu.asks_gpu else START_SECONDS
    usual = usual_seconds(pod, scene)
    return least if usual is None else max(least, SIBLING_FACTOR * usual)


def due_since(pod: Pod, scene: Scene) -> float | None:
    """Since when (Unix seconds) the pod waits, if it is due; ``None`` while all takes its course. 0: not known when."""
    if pod.phase == "Succeeded":
        return None
    if pod.deleting_at is not None:
        return pod.deleting_at if scene.now - pod.deleting_at > DELETE_SECONDS else None
    if pod.phase == "Failed":
        return _failed_since(pod, scene)
    if pod.ready or _is_ending(pod):
        return None
    created = pod.created_at or 0.0
    if any(container.reason in HARD_REASONS for container in pod.containers) or is_crashing(pod):
        return created
    if pod.node is not None and is_held_up(pod, scene):
        return created
    if pod.node is None:
        return created if scene.now - created > UNPLACED_SECONDS else None
    return _late(pod, scene, created)


def _is_ending(pod: Pod) -> bool:
    """The work of one container is done, and the others still run: no longer ready, and nothing is wrong."""
    main = [container for container in pod.containers if not container.is_init]
    done = [one for one in main if one.phase is ContainerPhase.TERMINATED and one.exit_code == 0]
    return bool(done) and all(one in done or one.phase is ContainerPhase.RUNNING for one in main)


def held_events(pod: Pod, scene: Scene) -> list[Event]:
    """What the kubelet failed at, the newest first, unless it has got further since."""
    events = scene.events_of("Pod", pod.key)
    step = max((event.at or 0.0 for event in events if event.reason in _STEPS), default=0.0)
    return [event for event in events if event.reason in HELD_EVENTS and (event.at or 0.0) >= step]


def is_held_up(pod: Pod, scene: Scene) -> bool:
    """The kubelet has tried more than once to make it ready for its containers, and goes on failing."""
    if any(container.phase is not ContainerPhase.WAITING for container in pod.containers):
        return False
    told = next(iter(held_events(pod, scene)), None)
    if told is None or told.at is None or scene.now - told.at > HELD_FRESH_SECONDS:
        return False
    return told.count >= HELD_COUNT or told.at - (told.first_at or told.at) > HELD_SECONDS


def _late(pod: Pod, scene: Scene, created: float) -> float | None:
    lost = lost_at(pod)
    if lost is not None:
        return lost if scene.now - lost > LOST_SECONDS else None
    placed = condition_at(pod, "PodScheduled") or pod.started_at or created
    return created if scene.now - placed > patience_seconds(pod, scene) else None


def is_on_its_way(pod: Pod, scene: Scene) -> bool:
    """Whether a start that is seen to go on (an image or a model that comes) is still within what that takes."""
    placed = condition_at(pod, "PodScheduled") or pod.started_at or pod.created_at or 0.0
    return scene.now - placed < max(COURSE_SECONDS, patience_seconds(pod, scene))


def lost_at(pod: Pod) -> float | None:
    """When a pod that was ready ceased to be: its Ready condition changed well after its containers had started."""
    changed = condition_at(pod, "Ready", "False")
    running = [c.since for c in pod.containers if not c.is_init and c.phase is ContainerPhase.RUNNING and c.since]
    if changed is None or not running or pod.phase != "Running":
        return None
    return changed if changed - max(running) > LOST_SECONDS else None


def is_crashing(pod: Pod) -> bool:
    """One of its containers has ended badly more than once and is not up."""
    return any(_is_crashing(container) for container in pod.containers)


def _is_crashing(container: Container) -> bool:
    if container.ready or container.exit_code == 0:
        return False
    bad = container.last_exit_code not in (0, None) or container.exit_code not in (0, None)
    return bad and (container.restarts > 1 or (container.phase is ContainerPhase.TERMINATED and container.restarts > 0))


def _failed_since(pod: Pod, scene: Scene) -> float | None:
    """A failed pod is no trouble once its workload runs without it."""
    workload = scene.workload_of.get(pod.key)
    made_by_set = pod.owner is not None and pod.owner.kind in ("ReplicaSet", "StatefulSet", "DaemonSet")
    if pod.owner is not None and pod.owner.uid in scene.replaced:
        return None  # another try of the same Job runs, or has done the work
    if made_by_set and workload is None:
        return None
    if workload is not None and workload.phase in ("Running", "Completed"):
        return None
    others = [scene.snapshot.pods.get(key) for key in workload.pods] if workload is not None else []
    if made_by_set and any(other is not None and other.phase not in _FINISHED for other in others):
        return None  # another has taken its place
    ended = [container.since for container in pod.containers if container.since]
    return max(ended, default=pod.created_at or 0.0)
