"""Why one pod is not ready. Pure: facts of the snapshot first, then what was written of it."""

from tui.diagnose.causes import cause
from tui.diagnose.placed import placed_causes
from tui.diagnose.pod_log import PodLog, log_of
from tui.diagnose.scene import Scene
from tui.diagnose.startup_times import DELETE_SECONDS
from tui.diagnose.unplaced import unplaced_causes
from tui.model.cause import Cause, Evidence
from tui.model.pod import Pod

# What a start looks like while it takes its course: a reason to wait, none to act.
COURSE = frozenset(
    {
        *("image_pulling", "nim_downloading", "nim_loading", "init_running", "pipelined", "readiness_failing"),
        *("knative_activator_waiting", "unknown", "scheduler_not_running"),
    }
)
_UNREAD = PodLog()


def pod_causes(pod: Pod, scene: Scene, log: PodLog | None = None) -> tuple[Cause, ...]:
    """The causes, the one to mend first; at least one for a pod that is not ready, none for one that is.

    ``log``: left out, what was read with the circumstances.
    """
    if pod.deleting_at is not None:
        return tuple(_deleting(pod, scene))
    if pod.ready or pod.phase == "Succeeded":
        return ()
    if pod.node is None and pod.phase != "Failed":
        return tuple(unplaced_causes(pod, scene))
    return tuple(placed_causes(pod, scene, log_of(pod, scene) if log is None else log))


def blocking_causes(pod: Pod, scene: Scene, log: PodLog = _UNREAD) -> tuple[Cause, ...]:
    """Those that no waiting mends, whatever the pod's age; empty while its start takes its course."""
    if pod.deleting_at is not None:
        return ()
    said = any(one.type == "PodScheduled" and one.status == "False" and one.message for one in pod.conditions)
    return tuple(
        one for one in pod_causes(pod, scene, log) if one.code not in COURSE or (one.code == "unknown" and said)
    )


def _deleting(pod: Pod, scene: Scene) -> list[Cause]:
    if scene.now - (pod.deleting_at or scene.now) <= DELETE_SECONDS:
        return []
    node = scene.snapshot.nodes.get(pod.node or "")
    if node is not None and node.ready is False:
        fact = Evidence(
            f"node/{node.name}", f"{node.status_note or 'not ready'}: nobody confirms that the pod has ended"
        )
        lost = [cause("node_not_ready", evidence=[fact], node=node.name, detail=node.name)]
    else:
        lost = []
    if not pod.finalizers:
        if lost:
            return lost
        fact = Evidence(
            f"pod/{pod.key.name}", "it ought to be gone, and is still there", "deletionTimestamp", pod.deleting_at
        )
        return [cause("unknown", evidence=[fact], confidence="possible", namespace=pod.key.namespace, pod=pod.key.name)]
    held = ", ".join(pod.finalizers)
    fact = Evidence(f"pod/{pod.key.name}", f"held by {held}", "finalizers", pod.deleting_at)
    stuck = cause("finalizer_holds", evidence=[fact], namespace=pod.key.namespace, pod=pod.key.name, detail=held)
    return [stuck, *lost]
