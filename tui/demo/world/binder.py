"""Run:ai's binder: carries out what its scheduler has decided, and makes the reservation pods of shared GPUs."""

from dataclasses import dataclass

from tui.demo.objects import Json
from tui.demo.world import api, messages, podstatus, workloads
from tui.demo.world.context import Context
from tui.demo.world.inventory import PodRecord
from tui.demo.world.ledger import GpuState
from tui.demo.world.pods import meta

_COMPONENT = "runai-scheduler"
_BINDER = "binder"
_BACK_OFF_LIMIT = 3
_NO_PLUGIN = (
    "failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "
    '"nvidia" is configured'
)


@dataclass(slots=True)
class Placement:
    """A pod with the node and the GPUs that it is to have."""

    pod: PodRecord
    node: str
    states: list[GpuState]


class Binder:
    """``bind`` is the last step of scheduling; it fails where a GPU can't be reserved."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def bind(self, placement: Placement) -> bool:
        """False if it could not: then the GPUs are given back."""
        context, now = self._context, self._context.clock.now()
        pod, groups = placement.pod, [state.group or "" for state in placement.states]
        if pod.ask.shared:
            if placement.node in context.outside.broken_nodes:
                self._fail(placement, now)
                return False
            for state in placement.states:
                self._reserve(state, now)

        def edit(obj: Json) -> None:
            if pod.ask.shared:
                workloads.mark_shared(obj, groups)
            elif pod.ask.devices:
                obj["metadata"].setdefault("annotations", {})["received-resource-type"] = "Regular"
            podstatus.scheduled(obj, placement.node, now)

        bound = context.api.change(api.POD, *pod.key, edit)
        if bound is not None:
            where = f"Successfully assigned pod {pod.key[0]}/{pod.key[1]} to node {placement.node}"
            context.recorder.event(bound, "Normal", "Scheduled", where, _COMPONENT, now)
            context.recorder.event(
                bound, "Normal", "Bound", f"Pod bound successfully to {placement.node}", _BINDER, now
            )
        return True

    def _reserve(self, state: GpuState, now: float) -> None:
        """Makes the reservation pod of a GPU that has just become shared."""
        context = self._context
        made = workloads.reservation_pod(context.names, state.hardware, state.group or "", now)
        if context.api.get(api.POD, made["metadata"]["namespace"], made["metadata"]["name"]) is not None:
            return
        podstatus.scheduled(made, state.hardware.node, now)
        podstatus.starting(made, "10.141.0.1", now)
        podstatus.running(context.names, made, "10.244.0.9", now)
        podstatus.ready(made, now)
        context.api.create(made)

    def _fail(self, placement: Placement, now: float) -> None:
        """The reservation pod does not come up; the binder takes it away and gives the GPU back."""
        context, pod, state = self._context, placement.pod, placement.states[0]
        made = workloads.reservation_pod(context.names, state.hardware, state.group or "", now)
        reservation = f"{made['metadata']['namespace']}/{made['metadata']['name']}"
        context.recorder.event(made, "Warning", "FailedCreatePodSandBox", _NO_PLUGIN, "kubelet", now)
        context.ledger.release(pod.key)
        text = messages.not_bound("/".join(pod.key), placement.node, reservation)
        found = context.api.change(
            api.POD,
            *pod.key,
            lambda obj: podstatus.set_condition(obj["status"], "PodBound", "False", now, "BindingError", text),
        )
        if found is not None:
            context.recorder.event(found, "Warning", "BindingError", text, _BINDER, now)
            self._request(found, placement, text, now)

    def _request(self, pod: Json, placement: Placement, why: str, now: float) -> None:
        """The BindRequest that has failed."""
        context, metadata, share = self._context, pod["metadata"], placement.pod.ask.share or 1.0
        known = context.api.get(api.BINDING, metadata["namespace"], metadata["name"])
        if known is None:
            spec = {
                "podName": metadata["name"],
                "selectedNode": placement.node,
                "receivedResourceType": "Fraction",
                "receivedGPU": {"count": placement.pod.ask.devices, "portion": f"{share:.2f}"},
                "selectedGPUGroups": [context.names.uuid("group", placement.pod.uid, 0)],
                "backoffLimit": _BACK_OFF_LIMIT,
            }
            uid = context.names.uuid("bindrequest", metadata["uid"])
            made = meta(metadata["name"], metadata["namespace"], uid, now, owner=pod, generation=1)
            head = {"apiVersion": "scheduling.run.ai/v1alpha2", "kind": "BindRequest", "metadata": made}
            known = context.api.create({**head, "spec": spec, "status": {}})
        tries = int(known.get("status", {}).get("failedAttempts", 0)) + 1
        status = {"phase": "Failed", "reason": why, "failedAttempts": tries}
        context.api.change(
            api.BINDING, metadata["namespace"], metadata["name"], lambda obj: obj.update(status=status), status=True
        )
