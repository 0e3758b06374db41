"""Room for what is more important: preemptible pods of the same queue end for it, the least important first."""

from tui.demo.objects import Json
from tui.demo.world import api, messages
from tui.demo.world.context import Context
from tui.demo.world.fit import Fit
from tui.demo.world.inventory import PodRecord
from tui.demo.world.queues import Queues

_COMPONENT = "runai-scheduler"


class Preemption:
    """Ends one pod of lower priority on a node that would then have room. Whole GPUs only."""

    def __init__(self, context: Context, fit: Fit, queues: Queues) -> None:
        self._context = context
        self._fit = fit
        self._queues = queues

    def make_room(self, group: Json, pod: PodRecord, spec: Json) -> bool:
        """True if a pod has ended for it."""
        if not self._context.preempts or pod.ask.devices != 1 or pod.ask.shared:
            return False
        own = self._queues.priority(group["spec"].get("priorityClassName", ""))
        for victim in sorted(self._context.inventory.bound(), key=lambda found: (-found.created, found.key)):
            priority = self._queues.priority(victim.priority_class)
            if victim.queue != pod.queue or priority >= own or victim.ask.shared or not victim.ask.devices:
                continue
            if self._queues.preemptible(victim.priority_class, victim.preemptibility) and self._suits(
                victim, pod, spec
            ):
                self._end(victim, group, own)
                return True
        return False

    def _suits(self, victim: PodRecord, pod: PodRecord, spec: Json) -> bool:
        node = self._context.inventory.nodes.get(victim.node or "")
        return node is not None and self._fit.refusal(node, pod, spec) == messages.GPUS

    def _end(self, victim: PodRecord, group: Json, priority: int) -> None:
        context, now, metadata = self._context, self._context.clock.now(), group["metadata"]
        text = messages.preempted("/".join(victim.key), f"{metadata['namespace']}/{metadata['name']}")
        lost = context.api.get(api.POD_GROUP, victim.key[0], victim.group or "")
        if lost is not None:
            notes = {
                "evictor-pod-group-name": metadata["name"],
                "evictor-pod-group-namespace": metadata["namespace"],
                "evictor-action-type": "preempt",
                "num-evicted-pods": "1",
            }
            context.recorder.event(lost, "Normal", "Evict", text, _COMPONENT, now, annotations=notes)
        context.ledger.release(victim.key)
        context.api.delete(api.POD, *victim.key)
