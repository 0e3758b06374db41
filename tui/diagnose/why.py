"""The answer to ``w`` on one pod or workload: also where nothing is wrong. Pure."""

from tui.diagnose.pending import items_of_workload
from tui.diagnose.pod_causes import pod_causes
from tui.diagnose.scene import Scene
from tui.diagnose.startup_times import condition_at, due_since, usual_seconds
from tui.diagnose.timeline import stages_in
from tui.diagnose.workload_causes import at_most, scaled_to_zero, workload_causes
from tui.model.cause import Cause
from tui.model.circumstances import Circumstances
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pending import Why
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload


def why_pod(key: ObjectKey, snapshot: Snapshot, circumstances: Circumstances | None = None) -> Why:
    """Of one pod. One that is not there any more is told so."""
    scene = Scene(snapshot, circumstances)
    pod = snapshot.pods.get(key)
    if pod is None:
        return Why(key, None, "the pod is gone", (), ())
    workload = scene.workload_of.get(key)
    causes = pod_causes(pod, scene)
    return Why(key, workload.key if workload else None, _pod_summary(pod, scene, causes), causes, stages_in(pod, scene))


def why_workload(key: WorkloadKey, snapshot: Snapshot, circumstances: Circumstances | None = None) -> Why:
    """Of one workload: its worst pod's causes first, then its own; and what is no fault, such as scaled to zero."""
    scene = Scene(snapshot, circumstances)
    workload = snapshot.workloads.get(key)
    if workload is None:
        return Why(None, key, "the workload is gone", (), ())
    mine = items_of_workload(workload, scene)
    pods = [pod for one in workload.pods if (pod := snapshot.pods.get(one)) is not None]
    worst = next((pod for item in mine if item.pod and (pod := snapshot.pods.get(item.pod))), None)
    young = next((pod for pod in pods if not pod.ready and pod.phase not in ("Succeeded", "Failed")), None)
    shown = worst or young or (pods[0] if pods else None)
    causes = _all_causes(workload, mine[0].causes if mine else (), shown, scene)
    summary = _workload_summary(workload, len(mine), causes, young, scene)
    return Why(shown.key if shown else None, key, summary, causes, stages_in(shown, scene) if shown else ())


def _all_causes(workload: Workload, first: tuple[Cause, ...], shown: Pod | None, scene: Scene) -> tuple[Cause, ...]:
    found = list(first)
    if shown is not None and not shown.ready and not found:
        found += pod_causes(shown, scene)
    zero = scaled_to_zero(workload, scene)
    if zero is not None:
        found.append(zero)
    elif not found and not workload.running_pods:
        found += workload_causes(workload, scene)
    for revision in scene.revisions_of(workload.key)[:1]:
        found += at_most(scene.circumstances.autoscalers.get(revision.key), workload.key)
    return tuple({one.code: one for one in reversed(found)}.values())[::-1]


def _pod_summary(pod: Pod, scene: Scene, causes: tuple[Cause, ...]) -> str:
    ready_at = condition_at(pod, "Ready")
    if pod.ready:
        return "it runs and is ready" + ("" if ready_at is None else f" for {ago(scene.now - ready_at)}")
    if pod.phase == "Succeeded":
        return "it has done its work"
    if pod.deleting_at is not None:
        return "it is being deleted" + (f": {causes[0].title}" if causes else "")
    if due_since(pod, scene) is None:
        return _course(pod, scene)
    return causes[0].title if causes else "it is not ready"


def _course(pod: Pod, scene: Scene) -> str:
    age = "" if pod.created_at is None else f" for {ago(scene.now - pod.created_at)}"
    usual = usual_seconds(pod, scene)
    siblings = "" if usual is None else f"; its siblings took {ago(usual)}"
    return f"its start takes its course{age}{siblings}"


def _workload_summary(
    workload: Workload, waiting: int, causes: tuple[Cause, ...], young: Pod | None, scene: Scene
) -> str:
    if waiting and causes:
        more = f" ({waiting} pods wait)" if waiting > 1 else ""
        return f"{causes[0].title}{more}"
    if causes and not causes[0].fault:
        return causes[0].title
    if young is not None:
        return _course(young, scene)
    ready = workload.running_pods
    running = "" if ready is None else f", {ready} pods ready" if ready != 1 else ", 1 pod ready"
    return f"{workload.phase}{running}"


def ago(seconds: float) -> str:
    """A span in words: ``40 s``, ``6 min``, ``3 h``."""
    if seconds < 120:
        return f"{max(0.0, seconds):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
