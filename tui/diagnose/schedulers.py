"""Whether the scheduler that ought to place a pod is there, and is the right one. Pure."""

from tui.diagnose.causes import cause
from tui.diagnose.evidence import of_event
from tui.diagnose.pod_ask import is_by_runai
from tui.diagnose.scene import DEFAULT_SCHEDULER, Scene
from tui.diagnose.told import Told
from tui.model.cause import Cause, Confidence, Evidence
from tui.model.pod import Pod


def dropped_cause(pod: Pod, scene: Scene) -> Cause | None:
    """Kubernetes' own scheduler has a pod that Run:ai made, or that asks for what only Run:ai gives."""
    spoken = [event for event in scene.events_of("Pod", pod.key) if event.source == DEFAULT_SCHEDULER]
    if pod.scheduler != DEFAULT_SCHEDULER and (pod.scheduler or not spoken):
        return None
    workload = scene.workload_of.get(pod.key)
    is_inference = bool(pod.knative_service) and "runai/queue" in pod.labels  # whose InferenceWorkload is not seen
    by_runai = is_inference or (workload is not None and workload.key.kind.endswith("Workload"))
    if not by_runai and not pod.gpu.is_shared:
        return None
    facts = [Evidence(f"pod/{pod.key.name}", f"schedulerName is {DEFAULT_SCHEDULER}", "schedulerName")]
    if by_runai and workload is not None:
        facts.append(
            Evidence(f"{workload.key.kind.lower()}/{workload.key.name}", "Run:ai's scheduler ought to have it")
        )
    facts += [of_event(event) for event in spoken[:1]]
    return cause("scheduler_name_dropped", evidence=facts, namespace=pod.key.namespace, pod=pod.key.name)


def silent_cause(pod: Pod, scene: Scene, told: Told) -> Cause | None:
    """Nobody has looked at the pod: its scheduler does not run, or is not there."""
    name = pod.scheduler or DEFAULT_SCHEDULER
    found = scene.scheduler_pods(name)
    ready = [one for one in found if one.ready]
    detail = name
    if found and not ready:
        facts = [Evidence(f"pod/{one.key.name}", _state(one), "", one.created_at) for one in found[:3]]
        return cause("scheduler_not_running", evidence=facts, detail=detail)
    if told.said_anything or ready or scene.last_placed(name) > (pod.created_at or 0.0):
        return None
    if not any(condition.type == "PodScheduled" and condition.reason for condition in pod.conditions):
        said = f"no pod of a scheduler {name} is seen, and none has said a word of this one"
        confidence: Confidence = "certain" if is_by_runai(pod) and scene.knows("pods") else "likely"
        facts = [Evidence("snapshot", said)]
        return cause("scheduler_not_running", evidence=facts, detail=detail, confidence=confidence)
    return None


def _state(pod: Pod) -> str:
    reason = next((container.reason for container in pod.containers if container.reason), "")
    return f"{pod.phase}, not ready{': ' + reason if reason else ''}"
