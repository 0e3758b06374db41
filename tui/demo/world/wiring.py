"""Which controller looks at what when an object changes, and the books that follow the pods."""

from tui.demo.objects import Json, Resource
from tui.demo.world import api, workloads
from tui.demo.world.context import Context
from tui.demo.world.default_scheduler import DefaultScheduler
from tui.demo.world.fit import Fit
from tui.demo.world.inventory import PodRecord
from tui.demo.world.kubelet import Kubelet
from tui.demo.world.platform import RESERVATION_NAMESPACE
from tui.demo.world.pods import DEFAULT_SCHEDULER, RUNAI_SCHEDULERS
from tui.demo.world.queues import Queues
from tui.demo.world.scheduler import Scheduler

_SERVICE_LABEL = "serving.knative.dev/service"


class Wiring:
    """Subscribed to the store. ``asleep`` keeps only the books up to date: for seeding."""

    def __init__(
        self,
        context: Context,
        fit: Fit,
        scheduler: Scheduler,
        plain: DefaultScheduler,
        queues: Queues,
        kubelet: Kubelet,
    ) -> None:
        self._context = context
        self._fit = fit
        self._scheduler = scheduler
        self._plain = plain
        self._queues = queues
        self._kubelet = kubelet
        self.asleep = False
        self._handlers = {
            api.POD: self._pod,
            api.NODE: self._node,
            api.NODE_POOL: self._node_pool,
            api.QUEUE: self._queue,
            api.INFERENCE: self._inference,
            api.KSERVICE: self._service,
            api.DEPLOYMENT: self._deployment,
            api.REPLICA_SET: self._replica_set,
            api.JOB: self._job,
            api.PVC: self._claim,
            api.VOLUME: self._volume,
            api.SERVICE: self._kubernetes_service,
        }

    def __call__(self, change: str, resource: Resource, obj: Json) -> None:
        handler = self._handlers.get(api.Kind(resource.plural, resource.group))
        if handler is not None:
            handler(change == "DELETED", obj)

    def _retry_all(self) -> None:
        self._scheduler.retry_all()
        self._plain.retry_all()

    def _look(self, controller: str, obj: Json, seconds: float = 0.0) -> None:
        metadata = obj["metadata"]
        if not self.asleep:
            self._context.look_at(controller, metadata["namespace"], metadata["name"], seconds)

    def _pod(self, gone: bool, pod: Json) -> None:
        inventory = self._context.inventory
        key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
        if gone:
            before = after = inventory.drop_pod(key)
            self._context.processes.forget(pod["metadata"]["uid"])
            if before is not None:
                self._queues.count(before, -1)
                self._ended(before)
        else:
            before, after = inventory.put_pod(pod)
            if before is not None:
                self._queues.count(before, -1)
            self._queues.count(after, 1)
            if after.finished:
                self._ended(after)
        if not self.asleep and after is not None:
            self._wake(pod, before, after, gone)

    def _ended(self, record: PodRecord) -> None:
        """The pod's GPUs come back; a group that nobody is left in loses its reservation pod."""
        states = list(self._context.ledger.held_by(record.key))
        self._kubelet.forget(record.uid)
        for group in self._context.ledger.release(record.key):
            name = workloads.reservation_name(self._context.names, states[0].hardware.node, group)
            self._context.api.delete(api.POD, RESERVATION_NAMESPACE, name)
        if states:
            self._retry_all()
            self._queues.write(record.queue)

    def _wake(self, pod: Json, before: PodRecord | None, after: PodRecord, gone: bool) -> None:
        if not gone and after.node is None:
            self._to_scheduler(pod, after)
        elif not gone and not after.reservation:
            if after.ask.devices and not self._context.ledger.held_by(after.key) and not after.finished:
                self._admit(after)
            self._look("kubelet", pod)
        changed = (
            before is None
            or gone
            or (before.ready, before.phase, before.deleting)
            != (
                after.ready,
                after.phase,
                after.deleting,
            )
        )
        if changed:
            self._wake_owner(pod)

    def _to_scheduler(self, pod: Json, record: PodRecord) -> None:
        """A scheduler that nobody runs looks at nothing."""
        if record.scheduler == DEFAULT_SCHEDULER:
            self._look("default-scheduler", pod)
        elif record.scheduler not in RUNAI_SCHEDULERS:
            return
        elif record.group is None:
            self._look("grouper", pod)
        else:
            self._context.look_at("scheduler", record.key[0], record.group)

    def _admit(self, record: PodRecord) -> None:
        """A pod that came with its node: the device plugin gives it what is free there."""
        states = self._context.ledger.candidates(record.node or "", record.ask)[: record.ask.devices]
        if len(states) == record.ask.devices and not record.ask.shared:
            self._context.ledger.take(record.key, states, record.ask, [""] * len(states))

    def _wake_owner(self, pod: Json) -> None:
        for owner in pod["metadata"].get("ownerReferences", []):
            namespace = pod["metadata"]["namespace"]
            if owner["kind"] == "Job":
                self._context.look_at("job", namespace, owner["name"])
            found = self._context.api.get(api.REPLICA_SET, namespace, owner["name"])
            if owner["kind"] == "ReplicaSet" and found is not None:
                self._replica_set(False, found)
        service = pod["metadata"].get("labels", {}).get(_SERVICE_LABEL)
        if service:
            self._context.look_at("operator", pod["metadata"]["namespace"], service, 0.2)

    def _node(self, gone: bool, node: Json) -> None:
        if gone:
            self._context.inventory.nodes.pop(node["metadata"]["name"], None)
            return
        self._context.inventory.put_node(node)
        if not self.asleep:
            self._retry_all()

    def _node_pool(self, gone: bool, pool: Json) -> None:
        if not gone:
            self._fit.follow(pool)

    def _queue(self, gone: bool, queue: Json) -> None:
        if not self.asleep:
            self._retry_all()

    def _inference(self, gone: bool, obj: Json) -> None:
        if not gone:
            self._look("operator", obj, 0.5)

    def _service(self, gone: bool, obj: Json) -> None:
        self._look("serving", obj)
        if not gone:
            self._look("operator", obj, 0.2)

    def _deployment(self, gone: bool, obj: Json) -> None:
        if gone or self.asleep:
            return
        self._look("deployment", obj)
        service = obj["metadata"].get("labels", {}).get(_SERVICE_LABEL)
        if service:
            self._context.look_at("serving", obj["metadata"]["namespace"], service, 0.2)

    def _replica_set(self, gone: bool, obj: Json) -> None:
        for owner in obj["metadata"].get("ownerReferences", []):
            if owner["kind"] == "Deployment" and not self.asleep:
                self._context.look_at("deployment", obj["metadata"]["namespace"], owner["name"])

    def _job(self, gone: bool, obj: Json) -> None:
        if not gone:
            self._look("job", obj)

    def _claim(self, gone: bool, obj: Json) -> None:
        if self.asleep:
            return
        if gone:
            self._context.look_at("claims", "", obj["spec"].get("volumeName") or "")
        elif obj.get("status", {}).get("phase") != "Bound" or "deletionTimestamp" in obj["metadata"]:
            self._look("claims", obj, 2.0)
        else:
            self._retry_all()

    def _volume(self, gone: bool, obj: Json) -> None:
        if (
            not gone
            and not self.asleep
            and obj.get("status", {}).get("phase") not in ("Bound", "Available", "Released")
        ):
            self._context.look_at("claims", "", obj["metadata"]["name"], 1.0)

    def _kubernetes_service(self, gone: bool, obj: Json) -> None:
        if not gone:
            self._look("load-balancer", obj, 1.0)
