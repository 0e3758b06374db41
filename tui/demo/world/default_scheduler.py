"""Kubernetes' own scheduler, for pods that don't name Run:ai's, and the grouper for those that do."""

from collections import Counter
from collections.abc import Sequence

from tui.demo.objects import Json
from tui.demo.world import api, messages, podstatus
from tui.demo.world.claims import missing_claim
from tui.demo.world.context import Context
from tui.demo.world.fit import Fit
from tui.demo.world.mounts import volume_terms
from tui.demo.world.replicas import join_group

_RETRY_SECONDS = 60.0
_WORDS = {
    messages.GPUS: "Insufficient nvidia.com/gpu",
    messages.CPU: "Insufficient cpu",
    messages.MEMORY: "Insufficient memory",
    messages.EPHEMERAL: "Insufficient ephemeral-storage",
    messages.PODS: "Too many pods",
    messages.UNSCHEDULABLE: "node(s) were unschedulable",
    messages.NOT_READY: "node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
}


class DefaultScheduler:
    """Knows whole GPUs only."""

    def __init__(self, context: Context, fit: Fit) -> None:
        self._context = context
        self._fit = fit
        self._waiting: set[tuple[str, str]] = set()

    def retry_all(self) -> None:
        """Something came free, or a claim was bound."""
        for key in self._waiting:
            self._context.look_at("default-scheduler", *key, 1.0)

    def reconcile(self, namespace: str, name: str) -> None:
        context, now = self._context, self._context.clock.now()
        record, pod = context.inventory.pods.get((namespace, name)), context.api.get(api.POD, namespace, name)
        self._waiting.discard((namespace, name))
        if record is None or pod is None or record.node is not None or record.deleting:
            return
        missing = missing_claim(context.api, pod)
        found = missing or self._fit.place(record, pod["spec"], volume_terms(context.api, pod))
        if isinstance(found, str) or record.ask.shared:
            self._refuse(pod, missing, now)
            self._waiting.add((namespace, name))
            context.look_at("default-scheduler", namespace, name, _RETRY_SECONDS)
            return
        node, states = found
        context.ledger.take(record.key, states, record.ask, [""] * len(states))
        bound = context.api.change(api.POD, namespace, name, lambda obj: podstatus.scheduled(obj, node, now))
        text = f"Successfully assigned {namespace}/{name} to {node}"
        context.recorder.event(bound or pod, "Normal", "Scheduled", text, "default-scheduler", now)

    def _refuse(self, pod: Json, missing: str | None, now: float) -> None:
        metadata, count = pod["metadata"], len(self._context.inventory.nodes)
        message = _unavailable(count, [missing]) if missing else self._histogram(pod)
        self._context.api.change(
            api.POD, metadata["namespace"], metadata["name"], lambda obj: podstatus.unschedulable(obj, message, now)
        )
        self._context.recorder.event(pod, "Warning", "FailedScheduling", message, "default-scheduler", now)

    def _histogram(self, pod: Json) -> str:
        record = self._context.inventory.pods[pod["metadata"]["namespace"], pod["metadata"]["name"]]
        nodes = list(self._context.inventory.nodes.values())
        terms = volume_terms(self._context.api, pod)
        refusals = [self._fit.refusal(node, record, pod["spec"], terms) or messages.GPUS for node in nodes]
        counted = Counter(_WORDS.get(text, text) for text in refusals)
        return _unavailable(len(nodes), [f"{count} {text}" for text, count in sorted(counted.items())], helpless=False)


def _unavailable(nodes: int, reasons: Sequence[str], *, helpless: bool = True) -> str:
    """``helpless``: to take other pods away would not help either."""
    no_help = "Preemption is not helpful for scheduling" if helpless else "No preemption victims found for incoming pod"
    return (
        f"0/{nodes} nodes are available: {', '.join(reasons)}. "
        f"preemption: 0/{nodes} nodes are available: {nodes} {no_help}."
    )


class Grouper:
    """Puts a pod of Run:ai's scheduler that came without a PodGroup into one."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def reconcile(self, namespace: str, name: str) -> None:
        pod = self._context.api.get(api.POD, namespace, name)
        if pod is not None and "pod-group-name" not in pod["metadata"].get("annotations", {}):
            self._context.api.change(api.POD, namespace, name, lambda obj: join_group(self._context, obj))
