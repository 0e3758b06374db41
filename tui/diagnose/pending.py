"""What waits and why, of a whole cluster: the pure function behind the pending list, its screen and ``w``.

Facts of the Snapshot come first (quota, free GPUs, nodes, claims), then structured reasons, then messages, of which
parts are read. What was not read is never called missing.
"""

from collections.abc import Iterable, Iterator, Sequence

from tui.diagnose.causes import cause
from tui.diagnose.pod_causes import pod_causes
from tui.diagnose.scene import Scene
from tui.diagnose.severity import COURSE, severity
from tui.diagnose.startup import SIDECARS
from tui.diagnose.startup_times import due_since, is_on_its_way, lost_at
from tui.diagnose.workload_causes import at_maximum, knative_causes, workload_causes
from tui.model.cause import Cause, Evidence
from tui.model.circumstances import Circumstances, Inquiry, LogQuestion
from tui.model.ids import WorkloadKey
from tui.model.pending import PendingGroup, PendingItem
from tui.model.pod import Container, ContainerPhase, Pod
from tui.model.snapshot import Snapshot
from tui.model.workload import Workload

LACKING_SECONDS = 60.0
_MOST_LOGS = 40
_MOST_NAMESPACES = 40
_DONE_CONDITIONS = ("Complete", "SuccessCriteriaMet")
_DONE_PHASES = ("Completed", "Stopped", "Stopping", "Deleting", "Terminating")


def pending_items(snapshot: Snapshot, circumstances: Circumstances | None = None) -> tuple[PendingItem, ...]:
    """Every pod that is not ready for longer than its start normally takes (a crash-looping one at once), and every
    workload that lacks pods with none to tell why; worst and oldest first. Ages are reckoned at ``snapshot.at``.

    ``circumstances``: what was read for ``inquiry``; without it claims, Secrets and logs are taken as not known.
    """
    return items_of(Scene(snapshot, circumstances))


def items_of(scene: Scene) -> tuple[PendingItem, ...]:
    """The same of a scene that is at hand."""
    found = list(_pod_items(scene, scene.snapshot.pods.values()))
    found += _workload_items(scene, scene.snapshot.workloads.values(), {item.workload for item in found})
    return tuple(sorted(found, key=_order))


def items_of_workload(workload: Workload, scene: Scene) -> tuple[PendingItem, ...]:
    """Only those of one workload."""
    pods = [pod for key in workload.pods if (pod := scene.snapshot.pods.get(key)) is not None]
    found = list(_pod_items(scene, pods)) or list(_workload_items(scene, [workload], set()))
    return tuple(sorted(found, key=_order))


def grouped(items: Iterable[PendingItem]) -> tuple[PendingGroup, ...]:
    """Items with the same first cause about the same thing together, worst and oldest first."""
    groups: dict[tuple[str, str], list[PendingItem]] = {}
    for item in items:
        first = item.causes[0]
        groups.setdefault((first.code, first.detail), []).append(item)
    found = [_group(code, members) for (code, _), members in groups.items()]
    return tuple(sorted(found, key=lambda group: (group.severity, group.since or 0.0)))


def inquiry(snapshot: Snapshot) -> Inquiry:
    """What to read so that what waits can be explained: its namespaces, and logs of what runs and is not ready."""
    scene = Scene(snapshot)
    due = [pod for pod in snapshot.pods.values() if due_since(pod, scene) is not None]
    spaces = [pod.key.namespace for pod in due]
    spaces += [
        workload.key.namespace
        for workload in snapshot.workloads.values()
        if _may_lack(workload, scene) and _lacks(workload, scene) != 0
    ]
    logs = [question for pod in due for question in _logs(pod)]
    return Inquiry(tuple(dict.fromkeys(spaces))[:_MOST_NAMESPACES], tuple(logs[:_MOST_LOGS]))


def _pod_items(scene: Scene, pods: Iterable[Pod]) -> Iterator[PendingItem]:
    for pod in pods:
        since = due_since(pod, scene)
        if since is None:
            continue
        causes = pod_causes(pod, scene)
        if not causes or not causes[0].fault or (_takes_its_course(causes[0], pod) and is_on_its_way(pod, scene)):
            continue
        workload = scene.workload_of.get(pod.key)
        if workload is not None:
            have = {one.code for one in causes} | {"knative_revision_failed"}  # which only repeats what the pod says
            causes = (*causes, *(one for one in knative_causes(workload, scene) if one.code not in have))
        yield PendingItem(
            pod=pod.key,
            namespace=pod.key.namespace,
            workload=workload.key if workload is not None else None,
            project=pod.project,
            since=since or None,
            phase=phase_words(pod),
            causes=tuple(one for one in causes if one.fault),
        )


def _takes_its_course(first: Cause, pod: Pod) -> bool:
    """A start that goes on as far as can be seen: a model that loads answers no probe yet."""
    is_first_start = pod.gpu.asks_gpu and lost_at(pod) is None and not any(one.restarts for one in pod.containers)
    return severity(first.code) == COURSE or (first.code == "readiness_failing" and is_first_start)


def _workload_items(
    scene: Scene, workloads: Iterable[Workload], told: set[WorkloadKey | None]
) -> Iterator[PendingItem]:
    for workload in workloads:
        if workload.key in told or not _may_lack(workload, scene):
            continue
        lacking = _lacks(workload, scene)
        causes = _causes_of(workload, lacking, scene)
        if not causes:
            continue
        yield PendingItem(
            pod=None,
            namespace=workload.key.namespace,
            workload=workload.key,
            project=workload.project,
            since=workload.phase_since or workload.created_at,
            phase=workload.phase,
            causes=causes,
            lacking=lacking or 0,
        )


def _causes_of(workload: Workload, lacking: int | None, scene: Scene) -> tuple[Cause, ...]:
    """Why it lacks pods; empty where it does not, or where its start takes its course. Where pods may not be read
    (``lacking`` ``None``), only what its objects say of a failure counts."""
    if lacking == 0:
        return ()
    if lacking is None:
        return tuple(one for one in workload_causes(workload, scene) if one.code != "operator_silent")
    there = len(_there(workload, scene))
    causes = [*at_maximum(workload, there), *workload_causes(workload, scene)]
    if not causes and (_is_starting(workload, scene) or _is_held(workload, scene)):
        return ()
    return tuple(causes) or (_silent(workload),)


def _may_lack(workload: Workload, scene: Scene) -> bool:
    """It is there to stay, wants pods, and is old enough to have them."""
    thing = workload.object
    if any(one.type in _DONE_CONDITIONS and one.status == "True" for one in workload.conditions):
        return False
    if workload.phase in _DONE_PHASES or (thing is not None and thing.deleting_at is not None):
        return False
    return scene.now - (workload.created_at or 0.0) >= LACKING_SECONDS


def _there(workload: Workload, scene: Scene) -> list[Pod]:
    pods = (scene.snapshot.pods.get(key) for key in workload.pods)
    return [pod for pod in pods if pod is not None and pod.phase not in ("Succeeded", "Failed")]


def _lacks(workload: Workload, scene: Scene) -> int | None:
    """How many pods are not there at all; ``None`` where pods may not be read."""
    if workload.running_pods is None:
        return None
    there = len(_there(workload, scene))
    wanted = max(workload.requested_pods or 0, workload.min_replicas or 0)
    if not wanted and workload.phase in ("Failed", "Degraded", "Pending", "Creating") and not there:
        wanted = 1
    return max(0, wanted - there)


def _is_starting(workload: Workload, scene: Scene) -> bool:
    """Some of its pods are on their way, and nothing says that the others are not."""
    pods = [scene.snapshot.pods.get(key) for key in workload.pods]
    return any(pod is not None and scene.now - (pod.created_at or 0.0) < LACKING_SECONDS for pod in pods)


def _is_held(workload: Workload, scene: Scene) -> bool:
    """Its pods are made one after the other, and the last one is not ready; or its rollout is paused."""
    if workload.key.kind == "StatefulSet" and any(not pod.ready for pod in _there(workload, scene)):
        return True
    return any(one.reason == "DeploymentPaused" for one in workload.conditions)


def _silent(workload: Workload) -> Cause:
    told = next((one for one in workload.conditions if one.status == "False" and one.message), None)
    said = workload.message or (told.message if told is not None else "")
    said = said or f"{workload.phase}, and nothing tells why it has no pods"
    facts = [Evidence(f"{workload.key.kind}/{workload.key.name}", said)]
    return cause("unknown", evidence=facts, confidence="possible")


def _group(code: str, items: Sequence[PendingItem]) -> PendingGroup:
    first = items[0].causes[0]
    pods, others = sum(item.pod is not None for item in items), sum(item.pod is None for item in items)
    counts = [_count(pods, "pod"), _count(others, "workload")]
    detail = f" ({first.detail})" if first.detail else ""
    headline = f"{' and '.join(count for count in counts if count)}: {first.title}{detail}"
    since = min((item.since for item in items if item.since is not None), default=None)
    return PendingGroup(code, headline, severity(code), since, tuple(items))


def _count(number: int, what: str) -> str:
    return "" if not number else f"{number} {what}{'' if number == 1 else 's'}"


def _order(item: PendingItem) -> tuple[int, float, str]:
    return severity(item.causes[0].code), item.since or 0.0, item.name


def phase_words(pod: Pod) -> str:
    """The pod's own word, with the reason that one of its containers waits."""
    if pod.deleting_at is not None:
        return "Terminating"
    reason = next((one.reason for one in pod.containers if one.phase is ContainerPhase.WAITING and one.reason), "")
    return f"{pod.phase}: {reason}" if reason and reason not in ("ContainerCreating", "PodInitializing") else pod.phase


def _logs(pod: Pod) -> Iterator[LogQuestion]:
    if pod.node is None or pod.deleting_at is not None:
        return
    for container in pod.containers:
        if container.name in SIDECARS or container.ready or not _has_log(container):
            continue
        if container.restarts:
            yield LogQuestion(pod.key, container.name, previous=True)
        if container.phase is not ContainerPhase.WAITING:
            yield LogQuestion(pod.key, container.name)
        return


def _has_log(container: Container) -> bool:
    return container.phase in (ContainerPhase.RUNNING, ContainerPhase.TERMINATED) or container.restarts > 0
