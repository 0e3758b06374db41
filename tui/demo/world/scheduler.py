"""Run:ai's scheduler: queues with quota, gangs, whole GPUs and shares of GPUs through reservation pods."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api, messages, podstatus
from tui.demo.world.binder import Binder, Placement
from tui.demo.world.claims import missing_claim
from tui.demo.world.context import Context
from tui.demo.world.fit import Fit
from tui.demo.world.inventory import PodRecord
from tui.demo.world.mounts import volume_terms
from tui.demo.world.naming import rfc3339
from tui.demo.world.preemption import Preemption
from tui.demo.world.queues import Queues

_ROUND_SECONDS = 60.0
_ALL = ("", "all that wait")  # in one round, the most important first
_COMPONENT = "runai-scheduler"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a group was not scheduled: a reason of the closed list and the text."""

    reason: str
    message: str


class Scheduler:
    """Works on one PodGroup at a time; a group that does not fit is looked at again when something changed."""

    def __init__(self, context: Context, fit: Fit, queues: Queues) -> None:
        self._context = context
        self._fit = fit
        self._queues = queues
        self._binder = Binder(context)
        self._preemption = Preemption(context, fit, queues)
        self._waiting: dict[tuple[str, str], tuple[int, str]] = {}  # -> what it is sorted by

    def retry_all(self) -> None:
        """Something came free or a node changed: every waiting group gets its chance soon."""
        if self._waiting:
            self._context.look_at("scheduler", *_ALL, 1.0)

    def reconcile(self, namespace: str, name: str) -> None:
        if (namespace, name) != _ALL:
            self._work_on(namespace, name)
            return
        for group in sorted(self._waiting, key=lambda waiting: (self._waiting[waiting], waiting)):
            self._work_on(*group)

    def _work_on(self, namespace: str, name: str) -> None:
        group = self._context.api.get(api.POD_GROUP, namespace, name)
        pods = [pod for pod in self._context.inventory.grouped(namespace, name) if not pod.deleting]
        pending = [pod for pod in pods if pod.node is None]
        self._waiting.pop((namespace, name), None)
        if group is None:
            return
        if pending:
            placed, refusal = self._place(group, pending, len(pods) - len(pending))
            failed = [placement for placement in placed if not self._binder.bind(placement)]
            if failed:
                self._wait(group)
            if refusal is not None:
                self._refuse(group, [pod for pod in pending if pod not in [entry.pod for entry in placed]], refusal)
        self._write_group(group, pods, bool(pending))

    def _place(self, group: Json, pending: list[PodRecord], bound: int) -> tuple[list[Placement], Refusal | None]:
        """Places as many as fit; holds them in the ledger. Less than the gang's minimum is given back again."""
        minimum = int(group["spec"].get("minMember", 1))
        placed: list[Placement] = []
        refusal: Refusal | None = None
        for pod in pending:
            refusal = self._try(group, pod, placed)
            if refusal is not None:
                break
        if refusal is not None and bound + len(placed) < minimum:
            for placement in placed:
                self._context.ledger.release(placement.pod.key)
            if minimum > 1:
                text = messages.gang(bound + len(placed), minimum, refusal.message)
                refusal = Refusal(refusal.reason, text)
            placed = []
        return placed, refusal

    def _try(self, group: Json, pod: PodRecord, placed: list[Placement]) -> Refusal | None:
        ahead = sum(placement.pod.ask.gpus for placement in placed)
        refused = self._queues.refuses(group, pod, ahead)
        if refused is not None:
            return Refusal(*refused)
        whole = self._context.api.get(api.POD, *pod.key)
        if whole is None:
            return None
        named = "/".join(pod.key)
        if missing := missing_claim(self._context.api, whole):
            return Refusal("PodSchedulingErrors", messages.conditions_not_met(named, "VolumeBinding", missing))
        if too_big := self._fit.impossible(pod):
            return Refusal("PodSchedulingErrors", messages.conditions_not_met(named, "MaxNodeResources", too_big))
        volumes = volume_terms(self._context.api, whole)
        found = self._fit.place(pod, whole["spec"], volumes)
        if isinstance(found, str) and self._preemption.make_room(group, pod, whole["spec"]):
            found = self._fit.place(pod, whole["spec"], volumes)
        if isinstance(found, str):
            return Refusal("PodSchedulingErrors", messages.not_found(named, found))
        node, states = found
        groups = [self._context.names.uuid("group", pod.uid, turn) for turn in range(len(states))]
        self._context.ledger.take(pod.key, states, pod.ask, groups)
        placed.append(Placement(pod, node, states))
        return None

    def _refuse(self, group: Json, pods: list[PodRecord], refusal: Refusal) -> None:
        context, now, metadata = self._context, self._context.clock.now(), group["metadata"]
        pool = "default"
        for pod in pods:
            found = context.api.change(
                api.POD, *pod.key, lambda obj: podstatus.unschedulable(obj, refusal.message, now)
            )
            if found is not None:
                pool = found["spec"].get("nodeSelector", {}).get("runai/node-pool", pool)
                context.recorder.event(found, "Warning", "Unschedulable", refusal.message, _COMPONENT, now)
        entry = self._condition(group, refusal, now) | {"nodePool": pool}

        def edit(obj: Json) -> None:
            old = (obj["status"].get("schedulingConditions") or [{}])[0]
            if old.get("message") != refusal.message:
                obj["status"]["schedulingConditions"] = [entry]

        changed = context.api.change(api.POD_GROUP, metadata["namespace"], metadata["name"], edit)
        if changed is not None:
            context.recorder.event(changed, "Normal", "Unschedulable", refusal.message, _COMPONENT, now)
        self._wait(group)

    def _wait(self, group: Json) -> None:
        """It gets its turn again in the next round."""
        metadata = group["metadata"]
        priority = self._queues.priority(group["spec"].get("priorityClassName", ""))
        self._waiting[metadata["namespace"], metadata["name"]] = (-priority, metadata["creationTimestamp"])
        self._context.look_at("scheduler", *_ALL, _ROUND_SECONDS)

    def _condition(self, group: Json, refusal: Refusal, now: float) -> Json:
        reason: Json = {"reason": refusal.reason, "message": refusal.message}
        details = self._queues.details(group)
        if details:
            reason["details"] = {"queueDetails": details}
        return {
            "type": "UnschedulableOnNodePool",
            "nodePool": "default",
            "reason": "Unschedulable",
            "message": refusal.message,
            "status": "True",
            "transitionID": "1",
            "lastTransitionTime": rfc3339(now),
            "reasons": [reason],
        }

    def _write_group(self, group: Json, pods: list[PodRecord], was_pending: bool) -> None:
        metadata = group["metadata"]
        known = [self._context.inventory.pods.get(pod.key, pod) for pod in pods]
        running = sum(pod.phase == "Running" for pod in known)
        waiting = sum(pod.node is None for pod in known)

        def edit(obj: Json) -> None:
            state = obj["status"]
            state |= {"phase": "Running" if running else "Pending", "running": running, "pending": len(known) - running}
            if not waiting:
                state.pop("schedulingConditions", None)

        self._context.api.change(api.POD_GROUP, metadata["namespace"], metadata["name"], edit)
        if was_pending:
            self._queues.write(group["spec"]["queue"])
