"""Kubernetes' own scheduler, for pods that don't name Run:ai's, and the grouper for those that do."""

from tui.demo.objects import Json
from tui.demo.world import api, podstatus
from tui.demo.world.context import Context
from tui.demo.world.fit import Fit
from tui.demo.world.replicas import join_group

_RETRY_SECONDS = 60.0


class DefaultScheduler:
    """Knows whole GPUs only."""

    def __init__(self, context: Context, fit: Fit) -> None:
        self._context = context
        self._fit = fit

    def reconcile(self, namespace: str, name: str) -> None:
        context, now = self._context, self._context.clock.now()
        record, pod = context.inventory.pods.get((namespace, name)), context.api.get(api.POD, namespace, name)
        if record is None or pod is None or record.node is not None or record.deleting:
            return
        found = self._fit.place(record, pod["spec"])
        if isinstance(found, str) or record.ask.shared:
            self._refuse(pod, now)
            context.look_at("default-scheduler", namespace, name, _RETRY_SECONDS)
            return
        node, states = found
        context.ledger.take(record.key, states, record.ask, [""] * len(states))
        bound = context.api.change(api.POD, namespace, name, lambda obj: podstatus.scheduled(obj, node, now))
        text = f"Successfully assigned {namespace}/{name} to {node}"
        context.recorder.event(bound or pod, "Normal", "Scheduled", text, "default-scheduler", now)

    def _refuse(self, pod: Json, now: float) -> None:
        count = len(self._context.inventory.nodes)
        message = (
            f"0/{count} nodes are available: {count} Insufficient nvidia.com/gpu. preemption: 0/{count} nodes are "
            f"available: {count} No preemption victims found for incoming pod."
        )
        metadata = pod["metadata"]
        self._context.api.change(
            api.POD, metadata["namespace"], metadata["name"], lambda obj: podstatus.unschedulable(obj, message, now)
        )
        self._context.recorder.event(pod, "Warning", "FailedScheduling", message, "default-scheduler", now)


class Grouper:
    """Puts a pod of Run:ai's scheduler that came without a PodGroup into one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        pod = self._context.api.get(api.POD, namespace, name)
        if pod is not None and "pod-group-name" not in pod["metadata"].get("annotations", {}):
            self._context.api.change(api.POD, namespace, name, lambda obj: join_group(self._context, obj))
