"""What if another workload had fewer replicas: first those that hold GPUs unused or come after this one. Pure.

Which of its pods would go is not known beforehand: what runs whichever go surely runs.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace as replaced
from itertools import combinations
from math import comb
from typing import NamedTuple

import msgspec

from tui.diagnose.fit_pack import HAIR
from tui.diagnose.pod_fit import PodFit, Seat
from tui.diagnose.queue_causes import is_preemptible
from tui.diagnose.site import Site
from tui.diagnose.what_if_pods import Runs, Waiting, bounded
from tui.diagnose.what_if_words import places, some, told
from tui.model.gpu import Gpu
from tui.model.ids import ObjectKey
from tui.model.node import Node
from tui.model.pending import WhatIf
from tui.model.pod import Pod
from tui.model.tenancy import Queue
from tui.model.workload import Workload

_SHOWN = 5
_OTHERS = 2  # above this rank: somebody else's, and in use
_TRIED = 12
_CHOICES = 16
_NODES = 48  # of one workload that are looked at
_FINISHED = ("Succeeded", "Failed")
_SCALED = ("InferenceWorkload", "Service", "NIMService", "Deployment", "StatefulSet")


class Candidate(NamedTuple):
    """A workload that could give some back: down to ``replicas``, whereby ``leaving`` of its ``pods`` go."""

    workload: Workload
    pods: tuple[Pod, ...]
    replicas: int
    leaving: int
    gpus: float  # that come free
    rank: int  # 0 is the first that may be asked to give
    reason: str


def scalings(waiting: Waiting) -> list[WhatIf]:
    """The workloads whose scaling down helps, the biggest help first."""
    if not waiting.fit.site.known or not waiting.fit.wants_gpu:
        return []
    ground = _Ground(waiting)
    found = []
    for candidate in sorted(_candidates(waiting), key=lambda one: (one.rank, -one.gpus))[:_TRIED]:
        runs, where, exact = ground.without(candidate)
        if runs.helps or runs.fits is None:
            found.append((candidate, runs, where, exact))
    found.sort(key=lambda one: (one[0].rank > _OTHERS, -(one[1].helps or 0), one[0].gpus, one[0].workload.key))
    return [_what_if(waiting, *one) for one in found[:_SHOWN]]


def _what_if(waiting: Waiting, candidate: Candidate, found: Runs, where: Sequence[str], exact: bool) -> WhatIf:
    key, replicas = candidate.workload.key, candidate.replicas
    change = f"scale {key} to {replicas}: frees {some(candidate.gpus, 'GPU')}, {candidate.reason}"
    words = told(waiting, found, where)
    if not exact and not found.fits:
        words += " (which of its pods go is not known beforehand)"
    action = "workload.scale" if replicas else "workload.suspend"
    low = min(replicas, candidate.workload.min_replicas or 0) if candidate.workload.min_replicas else replicas
    span = (low, replicas) if replicas else None
    return WhatIf(change, words, found.fits, found.helps, action, str(key), replicas=span)


# -- who could give --------------------------------------------------------------------------------------------------


def _candidates(waiting: Waiting) -> Iterator[Candidate]:
    snapshot, suitable = waiting.scene.snapshot, {room.node.name for room in waiting.fit.suitable}
    for workload in snapshot.workloads.values():
        if workload.key.kind not in _SCALED or (waiting.workload and workload.key == waiting.workload.key):
            continue
        if not workload.gpu_allocated:
            continue
        pods = tuple(pod for key in workload.pods if (pod := snapshot.pods.get(key)) is not None and pod.holds_gpu)
        if not any(pod.node in suitable for pod in pods):
            continue
        low = workload.min_replicas or 0
        target = low if workload.min_replicas is not None and low < len(pods) else len(pods) - 1
        leaving = len(pods) - target
        gpus = workload.gpu_allocated / len(pods) * leaving
        yield Candidate(workload, pods, target, leaving, gpus, *_reason(workload, pods[0], waiting))


def _reason(workload: Workload, pod: Pod, waiting: Waiting) -> tuple[int, str]:
    """(rank, why it may be asked to give): it does not use what it holds, or others come first."""
    if workload.idle_gpus:
        return 0, f"{some(workload.idle_gpus, 'GPU')} of it idle"
    if is_preemptible(pod, waiting.scene.group_of(pod), waiting.scene) and not waiting.preemptible:
        return 1, "preemptible"
    if pod.priority is not None and waiting.pod.priority is not None and pod.priority < waiting.pod.priority:
        return 1, "of lower priority"
    if workload.project is not None and workload.project == waiting.pod.project:
        return _OTHERS, "of the same project"
    return _OTHERS + 1, "in use by others"


# -- what comes free -------------------------------------------------------------------------------------------------


class _Ground:
    """The open nodes as they are, by name, with their pods: what a change is held against."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._seats = {seat.room.node.name: seat for seat in waiting.fit.opened}
        self._pods: dict[str, list[Pod]] = {}
        for pod in waiting.scene.snapshot.pods.values():
            if pod.node in self._seats and pod.phase not in _FINISHED:
                self._pods.setdefault(pod.node or "", []).append(pod)
        self._emptied: dict[frozenset[ObjectKey], Seat | None] = {}

    def without(self, candidate: Candidate) -> tuple[Runs, list[str], bool]:
        """(what runs, where, whether that is so whichever of its pods leave)."""
        allowed = self._waiting.allowed(queues=self._queues(candidate))
        if comb(len(candidate.pods), candidate.leaving) > _CHOICES:
            return self._least(candidate, allowed), [], False
        outcomes = []
        for leaving in combinations(candidate.pods, candidate.leaving):
            seats = [seat for here in _by_node(leaving) if (seat := self._seat(here)) is not None]
            outcomes.append((self._runs(seats, allowed), seats))
        least, seats = min(outcomes, key=lambda one: one[0].helps or 0)
        best = max(outcomes, key=lambda one: one[0].helps or 0)[0]
        found = least if least.helps == best.helps else Runs(least.fits or None, least.helps)
        touched = {seat.room.node.name for seat in seats}
        kept = [seat for name, seat in self._seats.items() if name not in touched and seat.sure]
        return found, places([*seats, *kept], self._waiting.fit, found.helps or 0), least.helps == best.helps

    def _runs(self, seats: Sequence[Seat], allowed: int) -> Runs:
        old = [self._seats[seat.room.node.name] for seat in seats]
        fit = self._waiting.fit
        sure = fit.sure + sum([seat.sure for seat in seats]) - sum([seat.sure for seat in old])
        possible = fit.possible + sum([seat.possible for seat in seats]) - sum([seat.possible for seat in old])
        return bounded(self._waiting, sure, possible, allowed)

    def _least(self, candidate: Candidate, allowed: int) -> Runs:
        """What surely runs whichever pods leave, without trying each choice: of the nodes on which it has pods, a node
        gains at least what it gains by the least of them, and each pod that stays spoils one node at most."""
        fit, staying = self._waiting.fit, len(candidate.pods) - candidate.leaving
        gains: list[int] = []
        for here in _by_node(candidate.pods)[:_NODES]:
            seats = [self._seat([pod]) for pod in here]
            gains.append(min(0 if seat is None else self._gain(seat) for seat in seats))
            sure = fit.sure + sum(sorted(gains)[: max(0, len(gains) - staying)])
            if sure >= self._waiting.wanted:
                return bounded(self._waiting, sure, sure, allowed)
        sure = fit.sure + sum(sorted(gains)[: max(0, len(gains) - staying)])
        return bounded(self._waiting, sure, max(fit.possible, self._waiting.wanted), allowed)

    def _gain(self, seat: Seat) -> int:
        return max(0, seat.sure - self._seats[seat.room.node.name].sure)

    def _seat(self, leaving: Sequence[Pod]) -> Seat | None:
        """The one node that these pods leave, as it would be then; ``None`` if it is not open to those that wait."""
        key = frozenset(pod.key for pod in leaving)
        if key not in self._emptied:
            self._emptied[key] = self._without_pods(leaving[0].node or "", leaving, key)
        return self._emptied[key]

    def _without_pods(self, name: str, leaving: Sequence[Pod], gone: Collection[ObjectKey]) -> Seat | None:
        seat = self._seats.get(name)
        if seat is None:
            return None
        left = _without_empty_groups([pod for pod in self._pods.get(name, ()) if pod.key not in gone])
        snapshot = self._waiting.scene.snapshot
        nodes, pods = {name: emptied(seat.room.node, leaving)}, {pod.key: pod for pod in left}
        part = replaced(snapshot, nodes=nodes, pods=pods, workloads={}, events=())
        return next(iter(PodFit(self._waiting.shape, Site(part)).opened), None)

    def _queues(self, candidate: Candidate) -> Mapping[str, Queue]:
        """The queues with what the candidate gives back."""
        waiting, first = self._waiting, candidate.pods[0]
        firm = not is_preemptible(first, waiting.scene.group_of(first), waiting.scene)
        changed = dict(waiting.scene.snapshot.queues)
        name = _queue_name(first, waiting, changed)
        seen: set[str] = set()
        while name in changed and name not in seen:
            seen.add(name)
            changed[name] = _relieved(changed[name], candidate.gpus, firm)
            name = changed[name].parent or ""
        return changed


def _by_node(pods: Sequence[Pod]) -> list[list[Pod]]:
    found: dict[str | None, list[Pod]] = {}
    for pod in pods:
        found.setdefault(pod.node, []).append(pod)
    return list(found.values())


def _relieved(queue: Queue, gpus: float, firm: bool) -> Queue:
    """The queue with so many GPUs less; ``firm``: they were held by work that can't be preempted."""
    held, held_firm = queue.gpu_allocated, queue.gpu_allocated_non_preemptible
    return replaced(
        queue,
        gpu_allocated=None if held is None else max(0.0, held - gpus),
        gpu_allocated_non_preemptible=max(0.0, held_firm - gpus) if firm and held_firm is not None else held_firm,
    )


def _queue_name(pod: Pod, waiting: Waiting, queues: Mapping[str, Queue]) -> str:
    group = waiting.scene.group_of(pod)
    name = (group.queue if group is not None else None) or pod.labels.get("runai/queue") or ""
    own = [queue.name for queue in queues.values() if pod.project is not None and queue.project == pod.project]
    return name or (own[0] if len(own) == 1 else "")


def _without_empty_groups(pods: Sequence[Pod]) -> list[Pod]:
    """A reservation pod leaves with the last pod of its group."""
    held = {group for pod in pods if not pod.is_reservation for group in pod.gpu_groups}
    return [pod for pod in pods if not pod.is_reservation or held & set(pod.gpu_groups)]


def emptied(node: Node, leaving: Collection[Pod]) -> Node:
    """The node without these pods: their slices, and what of theirs no GPU is known for."""
    gone = {pod.key for pod in leaving}
    gpus = tuple([_emptied_gpu(gpu, gone) for gpu in node.gpus])
    unplaced = tuple(key for key in node.unplaced_pods if key not in gone)
    memory = node.object.gpu_memory_bytes if node.object is not None else None
    freed = sum([pod.gpu.gpus(memory) or 0.0 for pod in leaving])
    hidden = _unplaced_parts(node, leaving, memory)
    return replaced(
        node,
        gpus=gpus,
        pods=tuple(key for key in node.pods if key not in gone),
        unplaced_pods=unplaced,
        gpu_allocated=None if node.gpu_allocated is None else max(0.0, round(node.gpu_allocated - freed, 6)),
        gpu_unplaced=None if node.gpu_unplaced is None else max(0.0, round(node.gpu_unplaced - hidden, 6)),
    )


def _unplaced_parts(node: Node, leaving: Collection[Pod], memory: float | None) -> float:
    """GPUs of the leaving pods that lie on no known GPU."""
    placed = Counter[ObjectKey]()
    for gpu in node.gpus:
        for part in gpu.slices:
            placed[part.pod] += 1
    hidden = 0.0
    for pod in leaving:
        asked = pod.gpu.gpus(memory) or 0.0
        devices = max(1, pod.gpu.devices)
        hidden += asked * max(0, devices - placed[pod.key]) / devices
    return hidden


def _emptied_gpu(gpu: Gpu, gone: Collection[ObjectKey]) -> Gpu:
    left = tuple(part for part in gpu.slices if part.pod not in gone)
    if len(left) == len(gpu.slices):
        return gpu
    freed = [part.fraction for part in gpu.slices if part.pod in gone]
    share = gpu.allocated_fraction
    if any(part.fraction is None for part in left):
        share = None
    elif not left:
        share = 0.0
    elif share is not None:
        share = max(0.0, round(share - sum(part or 0.0 for part in freed), 6))
        share = 0.0 if share < HAIR else share
    return msgspec.structs.replace(gpu, slices=left, allocated_fraction=share)
