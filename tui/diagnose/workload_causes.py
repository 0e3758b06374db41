"""Why a workload has fewer pods than it wants, where no pod of it tells: refusals, Knative, operators. Pure."""

from collections.abc import Iterator

from tui.diagnose.causes import cause
from tui.diagnose.evidence import first_of_each, of_condition
from tui.diagnose.refusals import refusal_causes
from tui.diagnose.scene import Scene
from tui.diagnose.startup import condition_causes
from tui.model.cause import Cause, Evidence
from tui.model.circumstances import Autoscaler, Revision
from tui.model.ids import WorkloadKey
from tui.model.workload import Workload

SILENT_SECONDS = 60.0
_KNATIVE_KINDS = ("InferenceWorkload", "Service")
_ANSWERED_BY = ("InferenceWorkload", "DistributedInferenceWorkload", "Service", "NIMService")


def workload_causes(workload: Workload, scene: Scene) -> list[Cause]:
    """The causes, what to mend first in front; empty where nothing tells."""
    key = workload.key
    found = [*refusal_causes(scene, key), *knative_causes(workload, scene)]
    found += condition_causes(workload.conditions, f"{key.kind}/{key.name}", key.namespace, key.name)
    if not found:
        found += [*_tenant(workload, scene), *silence(workload, scene.now)]
    if not found:
        found += [one for revision in scene.revisions_of(key)[:1] for one in _waiting(revision, key)]
    return first_of_each(found)


def knative_causes(workload: Workload, scene: Scene) -> list[Cause]:
    """What the newest Revision and its autoscaler say is wrong."""
    key = workload.key
    if key.kind not in _KNATIVE_KINDS:
        return []
    revisions = scene.revisions_of(key)
    found: list[Cause] = []
    for revision in revisions[:1]:
        what = f"revision/{revision.key.name}"
        found += condition_causes(revision.conditions, what, key.namespace, key.name)
        found += _failed(revision, {one.code for one in found})
        found += at_most(scene.circumstances.autoscalers.get(revision.key), key)
    return found


def _waiting(revision: Revision, key: WorkloadKey) -> Iterator[Cause]:
    for condition in revision.conditions:
        if condition.type == "Active" and condition.status == "Unknown" and condition.reason == "Queued":
            facts = [of_condition(condition, f"revision/{revision.key.name}")]
            yield cause("knative_activator_waiting", evidence=facts, source="knative", namespace=key.namespace)


def _failed(revision: Revision, have: set[str]) -> Iterator[Cause]:
    """The Revision itself is given up, whatever made it fail."""
    ready = next((c for c in revision.conditions if c.type == "Ready" and c.status == "False"), None)
    if ready is None or have & {"knative_revision_failed", "knative_progress_deadline"}:
        return
    key = revision.key
    facts = [of_condition(ready, f"revision/{key.name}")]
    yield cause("knative_revision_failed", evidence=facts, source="knative", namespace=key.namespace)


def at_maximum(workload: Workload, there: int) -> Iterator[Cause]:
    """All pods that it may have run, and it asks for more."""
    most, wanted = workload.max_replicas, workload.requested_pods
    if most and wanted is not None and wanted > most and there >= most:
        said = f"{wanted} pods wanted, the maximum is {most}, and {there} are there"
        facts = [Evidence(f"{workload.key.kind}/{workload.key.name}", said)]
        yield cause("autoscaler_at_max", evidence=facts, namespace=workload.key.namespace, workload=workload.key.name)


def at_most(scaler: Autoscaler | None, key: WorkloadKey) -> Iterator[Cause]:
    """The autoscaler wants more than it may have."""
    if scaler is None or not scaler.max_scale or scaler.desired is None:
        return
    limited = next((c for c in scaler.conditions if c.type == "ScalingLimited" and c.status == "True"), None)
    if limited is None and scaler.desired <= scaler.max_scale:
        return
    said = f"{scaler.desired} pods wanted, the maximum is {scaler.max_scale}"
    facts = [Evidence(f"podautoscaler/{scaler.key.name}", said)]
    facts += [of_condition(limited, f"podautoscaler/{scaler.key.name}")] if limited is not None else []
    yield cause("autoscaler_at_max", evidence=facts, source="knative", namespace=key.namespace, workload=key.name)


def _tenant(workload: Workload, scene: Scene) -> Iterator[Cause]:
    """Its project is not there, as far as projects can be read."""
    project, projects = workload.project, scene.snapshot.projects
    if project and projects and project not in projects and workload.key.kind.endswith("Workload"):
        there = ", ".join(list(projects)[:8])
        fact = Evidence(f"project/{project}", f"there is no such project; there are {there}")
        yield cause("project_missing", evidence=[fact], confidence="likely", detail=project)


def silence(workload: Workload, now: float) -> Iterator[Cause]:
    """Nobody has made anything of the object."""
    key, since, thing = workload.key, workload.created_at, workload.object
    if key.kind not in _ANSWERED_BY or since is None or now - since < SILENT_SECONDS:
        return
    if workload.conditions or (thing is not None and thing.has_status):
        return
    said = f"no status and no pod {int(now - since)} s after it was created"
    yield cause("operator_silent", evidence=[Evidence(f"{key.kind}/{key.name}", said)], confidence="likely")


def scaled_to_zero(workload: Workload, scene: Scene) -> Cause | None:
    """No pods, and none wanted: the next request brings one."""
    if workload.running_pods or workload.requested_pods or workload.min_replicas or workload.pods:
        return None
    if workload.key.kind not in _KNATIVE_KINDS or workload.min_replicas is None:
        return None
    facts = []
    for revision in scene.revisions_of(workload.key)[:1]:
        facts += [
            of_condition(condition, f"revision/{revision.key.name}")
            for condition in revision.conditions
            if condition.type == "Active" and condition.reason == "NoTraffic"
        ]
    ready = next((c for c in workload.conditions if c.type == "Ready"), None)
    if not facts and (ready is None or ready.status != "True"):
        return None
    facts = facts or [Evidence(f"{workload.key.kind}/{workload.key.name}", "ready, and wants no pod now")]
    return cause("knative_scaled_to_zero", evidence=facts, source="knative", namespace=workload.key.namespace)
