"""Why a pod has no node yet: from the facts of the snapshot, confirmed or contradicted by what schedulers wrote. Pure.

Facts come first: quota, free GPUs, nodes. Words alone decide only where the snapshot can't tell.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tui.diagnose.causes import cause
from tui.diagnose.pod_ask import is_by_runai
from tui.diagnose.pod_fit import PodFit
from tui.diagnose.queue_causes import over_quota_of, queue_causes, room_in_queues
from tui.diagnose.scene import Scene
from tui.diagnose.schedulers import dropped_cause, silent_cause
from tui.diagnose.storage_causes import CLAIMS, all_bound, claim_causes, hidden_note, missing_config_maps
from tui.diagnose.told import Told, binding_causes, kept_place, preemption_cause, told_of
from tui.model.cause import Cause, Evidence
from tui.model.pod import Pod

# What is to be mended first, of what may hold a pod back at the same time.
_FIRST = (
    "scheduler_name_dropped", "queue_missing", "priority_class_missing", "pvc_missing", "storage_class_missing",
    "pvc_access_mode", "pvc_unbound", "config_map_missing", "no_gpu_nodes", "request_exceeds_node",
    "gpu_memory_too_large", "node_uses_mig", "over_quota_non_preemptible", "department_limit", "queue_limit",
    "volume_zone", "reservation_failed", "preempted", "over_quota",
)  # fmt: skip
_ROOM = frozenset(
    {
        *("no_free_gpu", "gpu_fragmentation", "insufficient_cpu", "insufficient_memory", "insufficient_pods"),
        *("insufficient_storage", "insufficient_mig", "insufficient_resource", "gang_incomplete", "node_selector"),
        *("node_taint", "node_cordoned", "node_not_ready", "gpu_operator_not_ready", "node_uses_mig"),
        *("no_gpu_nodes", "request_exceeds_node", "gpu_memory_too_large"),
    }
)
_SAME = {"no_free_gpu": ("gpu_fragmentation", "gpu_operator_not_ready"), "node_selector": ("no_gpu_nodes",)}
_QUOTA = ("over_quota_non_preemptible", "queue_limit", "department_limit", "over_quota")
_SHUT = ("node_cordoned", "node_taint", "node_not_ready", "gpu_operator_not_ready", "node_selector")
_AFTER_ROOM = ("over_quota", "preempted")  # where they are only likely
_OTHER_QUOTA = re.compile(r"requested [\d.]+ (?:CPU|GB)|limit of (?:CPU|memory)")
_LAST = ("scheduler_not_running", "pipelined")


def unplaced_causes(pod: Pod, scene: Scene) -> list[Cause]:
    """The causes, what to mend first in front; at least one."""
    told, fit = told_of(pod, scene), scene.fit_of(pod)
    kept = kept_place(pod, scene)
    if kept is not None:
        return [kept]
    wanted = _together(pod, scene)
    room = scene.room_of(fit, wanted)
    facts = [
        *_one(dropped_cause(pod, scene)),
        *claim_causes(pod, scene),
        *_missing_config(pod, scene, told),
        *queue_causes(pod, scene, wanted),
        *binding_causes(pod, scene),
        *_preempted(pod, scene, room),
        *room,
    ]
    facts = [_confirmed(fact, told) for fact in _distinct(facts)]
    words = list(_from_words(pod, scene, told, {fact.code for fact in facts}, fit, wanted))
    found = _distinct([*facts, *words])
    if room or not fit.site.known:
        found = _distinct([*_one(over_quota_of(pod, scene, wanted)), *found])
    found += _one(silent_cause(pod, scene, told)) if "reservation_failed" not in {one.code for one in found} else []
    found = _stale(pod, scene, told, found, fit, wanted)
    return _ordered(_with_gates(pod, found)) or [_unknown(pod, scene, told, fit)]


def _together(pod: Pod, scene: Scene) -> int:
    """How many pods of its group have to find room at once: 1 where it starts by itself or joins others that run."""
    group = scene.group_of(pod)
    if group is None or not group.min_member or not is_by_runai(pod):
        return 1
    placed = sum(1 for member in scene.members(group) if member.node is not None)
    return max(1, group.min_member - placed)


def _one(found: Cause | None) -> list[Cause]:
    return [] if found is None else [found]


def _preempted(pod: Pod, scene: Scene, room: list[Cause]) -> Iterator[Cause]:
    """That it had to make room; why it does not come back, where no node is open to it, is to be looked at first."""
    found = preemption_cause(pod, scene)
    if found is not None:
        yield replace(found, confidence="likely") if room and room[0].code in _SHUT else found


def _missing_config(pod: Pod, scene: Scene, told: Told) -> Iterator[Cause]:
    """A ConfigMap that is not there holds a pod back before it is placed only where the scheduler says so."""
    missing = missing_config_maps(pod, scene)
    if missing and "config_map_missing" in told.codes:
        fact = Evidence("snapshot", f"there is no ConfigMap {', '.join(missing)} in {pod.key.namespace}")
        yield cause("config_map_missing", evidence=[fact], namespace=pod.key.namespace, detail=", ".join(missing))


def _confirmed(fact: Cause, told: Told) -> Cause:
    """The fact with the words that say the same."""
    words = [said for code in (fact.code, *_said_as(fact.code)) for said in told.codes.get(code, ())]
    known = {said.text for said in fact.evidence}
    new = [said for said in words if said.text not in known]
    return replace(fact, evidence=(*fact.evidence, *new[:2]))


def _said_as(code: str) -> Iterable[str]:
    """Schedulers use one word for some things that are mended in different ways."""
    return [said for said, meant in _SAME.items() if code in meant]


def _from_words(pod: Pod, scene: Scene, told: Told, have: set[str], fit: PodFit, wanted: int) -> Iterator[Cause]:
    """What only the words say; where the snapshot shows the contrary, that is said, and it counts for less."""
    for code, facts in told.codes.items():
        if code in have or any(meant in have for meant in _SAME.get(code, ())):
            continue
        if code in _ROOM and have & _ROOM and fit.site.known:
            continue  # the facts tell more exactly what the nodes lack
        against = _contradiction(code, pod, scene, told, fit, wanted)
        if against is not None and have:
            continue  # old words, and something else is known to hold it: see ``_stale``
        note = hidden_note(pod, scene, CLAIMS) if code.startswith(("pvc_", "volume_")) else None
        evidence = [*facts[:3], *([against] if against else []), *([note] if note else [])]
        yield cause(
            code,
            evidence=evidence,
            source=told.source,
            confidence="possible" if against else "likely",
            namespace=pod.key.namespace,
            pod=pod.key.name,
            project=pod.project,
        )


def _stale(pod: Pod, scene: Scene, told: Told, found: list[Cause], fit: PodFit, wanted: int) -> list[Cause]:
    """The first cause with what contradicts the words that were left out."""
    codes = {one.code for one in found}
    against = [
        replace(why, text=f"{facts[0].object} still says: {facts[0].text[:160]}; {why.text}")
        for code, facts in told.codes.items()
        if code not in codes and (why := _contradiction(code, pod, scene, told, fit, wanted)) is not None
    ]
    if not found or not against:
        return found
    return [replace(found[0], evidence=(*found[0].evidence, *against[:1])), *found[1:]]


def _contradiction(code: str, pod: Pod, scene: Scene, told: Told, fit: PodFit, wanted: int) -> Evidence | None:
    """What the snapshot shows against these words."""
    if code in ("pvc_missing", "pvc_unbound") and all_bound(pod, scene):
        return Evidence("snapshot", f"but {', '.join(pod.claims)} {'is' if len(pod.claims) == 1 else 'are'} bound now")
    if code in _QUOTA and any(_OTHER_QUOTA.search(fact.text) for fact in told.codes.get(code, ())):
        return None  # of GPUs alone the snapshot knows how much is left
    if code in _QUOTA:
        room = room_in_queues(pod, scene, wanted)
        return None if room is None else Evidence("snapshot", f"but {room}")
    if code not in _ROOM or not fit.site.known or fit.sure < wanted:
        return None
    if code == "insufficient_resource" and not pod.other_requests:
        return None  # volumes, ports and claims of devices: not in the snapshot
    return Evidence("snapshot", f"but the snapshot shows room for it on {', '.join(fit.roomy)}")


def _with_gates(pod: Pod, found: list[Cause]) -> list[Cause]:
    if not pod.gates:
        return found
    fact = Evidence(f"pod/{pod.key.name}", f"held back by {', '.join(pod.gates)}", "schedulingGates")
    return [cause("scheduling_gate", evidence=[fact], detail=", ".join(pod.gates)), *found]


def _unknown(pod: Pod, scene: Scene, told: Told, fit: PodFit) -> Cause:
    """The words as they are, whole; without any, what is known to be no reason."""
    facts = list(told.unknown)
    if not facts and not scene.snapshot.events:
        facts.append(Evidence("snapshot", "no scheduler has said anything of it that nimdeck may read"))
    if fit.site.known and fit.sure:
        facts.append(Evidence("snapshot", f"the snapshot shows room for it on {', '.join(fit.roomy)}"))
    return cause("unknown", evidence=facts, confidence="possible", namespace=pod.key.namespace, pod=pod.key.name)


def _distinct(causes: Iterable[Cause]) -> list[Cause]:
    """Each code once, the first with the evidence of all."""
    found: dict[str, Cause] = {}
    for one in causes:
        first = found.get(one.code)
        found[one.code] = one if first is None else replace(first, evidence=(*first.evidence, *one.evidence))
    return list(found.values())


def _ordered(causes: list[Cause]) -> list[Cause]:
    def rank(one: Cause) -> tuple[int, int]:
        if one.code == "scheduling_gate":
            return 0, 0
        if one.confidence == "possible":
            return 3, 0
        if one.code in _LAST:
            return 4, _LAST.index(one.code)
        if one.code in _FIRST and not (one.code in _AFTER_ROOM and one.confidence == "likely"):
            return 1, _FIRST.index(one.code)
        return 2, int(one.code in _AFTER_ROOM)

    return sorted(causes, key=rank)
