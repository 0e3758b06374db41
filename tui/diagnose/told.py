"""What schedulers and the binder wrote of a waiting pod, as causes: structured reasons first, then conditions, then
events that are not older than its last attempt. Parts of sentences are read, never whole ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from tui.diagnose.causes import cause
from tui.diagnose.evidence import of_condition, of_event, one_line, short
from tui.diagnose.pod_ask import is_by_runai
from tui.diagnose.scene import Scene
from tui.diagnose.startup_times import condition_at
from tui.diagnose.startup_words import REASONS, scheduler_codes
from tui.model.cause import Cause, Evidence
from tui.model.event import Event
from tui.model.pod import Pod
from tui.model.tenancy import PodGroup, SchedulingReason

_SCHEDULING = ("FailedScheduling", "Unschedulable", "NotReady", "StaleJob", "PodGrouperWarning")
_GROUP_CONDITIONS = ("Unschedulable", "NotReady", "UnschedulableOnNodePool")
_BINDING = ("BindingError", "FailedBinding")
_EVICTIONS = ("Evict", "Preempted", "Preempting")
_PIPELINED = ("Pipelined", "Nominated")
_PIPELINED_SECONDS = 600.0  # a pod that ends takes its grace period, no more
_FRESH_SECONDS = 3600.0
_QUOTA = frozenset({"over_quota_non_preemptible", "queue_limit", "over_quota"})
_QUEUE = re.compile(r"(\S+) quota (?:is|has)\b")


@dataclass(frozen=True, slots=True)
class Told:
    """``codes`` that the words mean, each with the fact; ``unknown`` are those that nobody understood."""

    codes: dict[str, list[Evidence]]
    unknown: list[Evidence]
    source: str

    @property
    def said_anything(self) -> bool:
        return bool(self.codes or self.unknown)


def told_of(pod: Pod, scene: Scene) -> Told:
    """All that is said of why it has no node."""
    codes: dict[str, list[Evidence]] = {}
    unknown: list[Evidence] = []
    for text, structured, fact in _sayings(pod, scene):
        found = [structured] if structured is not None else _codes(text, scene)
        for code in found:
            codes.setdefault(code, []).append(fact)
        if not found and text:
            unknown.append(Evidence(fact.object, one_line(text), fact.field, fact.at, fact.count))
    return Told(codes, unknown, "kai" if is_by_runai(pod) else "kubernetes")


def _sayings(pod: Pod, scene: Scene) -> Iterator[tuple[str, str | None, Evidence]]:
    """(text, code of a structured reason, fact), what is to be trusted most first."""
    group = scene.group_of(pod)
    if group is not None:
        yield from (_of_reason(reason, group, scene) for reason in group.reasons)
        for told in group.conditions:
            if told.status == "True" and told.message and told.type in _GROUP_CONDITIONS:
                yield told.message, REASONS.get(told.reason), of_condition(told, f"podgroup/{group.key.name}")
    for condition in pod.conditions:
        if condition.type == "PodScheduled" and condition.status == "False" and condition.message:
            fact = Evidence(f"pod/{pod.key.name}", short(condition.message), "PodScheduled", condition.changed_at)
            yield condition.message, None, fact
    seen: set[str] = set()
    for event in _events(pod, group, scene):
        is_of_another = event.at is not None and event.at < (pod.created_at or 0.0) - 5
        if event.message not in seen and not is_of_another:
            seen.add(event.message)
            yield event.message, None, of_event(event)


def _of_reason(reason: SchedulingReason, group: PodGroup, scene: Scene) -> tuple[str, str | None, Evidence]:
    fact = Evidence(f"podgroup/{group.key.name}", short(reason.message or reason.reason), reason.reason, reason.at)
    code = REASONS.get(reason.reason)
    if code in _QUOTA and reason.queue is not None and _is_department(reason.queue, scene):
        code = "department_limit"
    return reason.message or reason.reason, code, fact


def _codes(text: str, scene: Scene) -> list[str]:
    found = list(_read(text))
    if "over_quota_non_preemptible" in found and "over_quota" in found:
        found.remove("over_quota")
    named = _QUEUE.search(text)
    if named is not None and _is_department(named.group(1), scene):
        found = ["department_limit" if code in _QUOTA else code for code in found]
    return found


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[str, ...]:
    """Of many pods the same is said."""
    return tuple(dict.fromkeys(scheduler_codes(text)))


def _is_department(name: str, scene: Scene) -> bool:
    """A queue that others stand under is a department's, whatever else it is called."""
    queues = scene.snapshot.queues
    known = next((queue for queue in queues.values() if name in (queue.name, queue.department)), None)
    return known is not None and known.project is None and any(q.parent == known.name for q in queues.values())


def _events(pod: Pod, group: PodGroup | None, scene: Scene) -> Iterator[Event]:
    """Of the pod itself, then of its group."""
    for event in scene.events_of("Pod", pod.key):
        if event.reason in _SCHEDULING:
            yield event
    for event in scene.events_of("PodGroup", group.key) if group is not None else ():
        if event.reason in _SCHEDULING:
            yield event


def binding_causes(pod: Pod, scene: Scene) -> Iterator[Cause]:
    """A node was chosen, and the GPU could not be reserved or the pod not be bound."""
    for event in scene.events_of("Pod", pod.key):
        if event.reason in _BINDING:
            found = [code for code in scheduler_codes(event.message) if code != "reservation_failed"]
            yield cause(found[0] if found else "reservation_failed", evidence=[of_event(event)], source="kai")
            return
    for request in scene.circumstances.bind_requests.values():
        if request.key.namespace == pod.key.namespace and request.pod == pod.key.name and request.phase == "Failed":
            text = short(request.reason or "failed") + f" (node {request.node})"
            facts = [Evidence(f"bindrequest/{request.key.name}", text, count=request.failed_attempts)]
            yield cause("reservation_failed", evidence=facts, source="kai")
            return


def preemption_cause(pod: Pod, scene: Scene) -> Cause | None:
    """It, or the pod in whose place it came, had to make room for others, and not long ago."""
    group = scene.group_of(pod)
    events = [*scene.events_of("Pod", pod.key)]
    events += scene.events_of("PodGroup", group.key) if group is not None else []
    for event in events:
        text = event.message.lower()
        is_eviction = event.reason in _EVICTIONS or "was preempted" in text
        if is_eviction and (event.at is None or scene.now - event.at < _FRESH_SECONDS):
            if pod.created_at is not None and event.at is not None and event.at < pod.created_at - _FRESH_SECONDS:
                continue
            return cause("preempted", evidence=[of_event(event)], source="kai" if is_by_runai(pod) else "kubernetes")
    return None


def kept_place(pod: Pod, scene: Scene) -> Cause | None:
    """A place is kept for it while the pod that makes room ends: no fault, unless that takes long."""
    group = scene.group_of(pod)
    events = [*scene.events_of("Pod", pod.key), *(scene.events_of("PodGroup", group.key) if group is not None else ())]
    told = next((event for event in events if event.reason in (*_SCHEDULING, *_PIPELINED)), None)
    nominated = pod.nominated_node is not None and told is None
    if not nominated and (told is None or told.reason not in _PIPELINED):
        return None
    since = told.at if told is not None and told.at is not None else condition_at(pod, "PodScheduled", "False")
    if since is None or scene.now - since > _PIPELINED_SECONDS:
        return None
    fact = of_event(told) if told is not None else Evidence(f"pod/{pod.key.name}", f"nominated to {pod.nominated_node}")
    return cause("pipelined", evidence=[fact], source="kai" if is_by_runai(pod) else "kubernetes")
