"""Quota: what each queue deserves, may have at most, and holds."""

from collections import defaultdict

from tui.demo.objects import Json
from tui.demo.world import api, messages
from tui.demo.world.context import Context
from tui.demo.world.inventory import PodRecord

_PREEMPTIBLE_BELOW = 100
_TRAIN = 50
_EPSILON = 1e-6


class Queues:
    """Reads limits from the Queue objects and counts what is held from the pods."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._held: dict[str, float] = defaultdict(float)
        self._held_firm: dict[str, float] = defaultdict(float)
        self._asked: dict[str, float] = defaultdict(float)
        self._priorities: dict[str, int] = {}

    def count(self, record: PodRecord, sign: int) -> None:
        """Adds (1) or takes away (-1) what a pod holds or waits for."""
        if record.finished or record.reservation or not (record.ask.gpus or record.ask.mig):
            return
        self._asked[record.queue] += sign * record.ask.gpus
        if record.node is None:
            return
        self._held[record.queue] += sign * record.ask.gpus
        if not self.preemptible(record.priority_class, record.preemptibility):
            self._held_firm[record.queue] += sign * record.ask.gpus

    def priority(self, priority_class: str) -> int:
        """The value of a PriorityClass; one that does not exist counts as ``train``."""
        if priority_class not in self._priorities:
            found = self._context.api.get(api.PRIORITY, None, priority_class)
            self._priorities[priority_class] = int(found["value"]) if found else _TRAIN
        return self._priorities[priority_class]

    def preemptible(self, priority_class: str, told: str = "") -> bool:
        """A preemptible workload may go over quota: as it is told to be, else below 100 (train, build-preemptible)."""
        if told:
            return told == "preemptible"
        return self.priority(priority_class) < _PREEMPTIBLE_BELOW

    def refuses(self, group: Json, pod: PodRecord, ahead: float) -> tuple[str, str] | None:
        """(reason, message) if the pod's queue may not have more; ``ahead`` GPUs are placed but not bound yet."""
        name = group["spec"]["queue"]
        queue = self._context.api.get(api.QUEUE, None, name)
        if queue is None:
            return "QueueDoesNotExist", messages.no_queue(name)
        asked = pod.ask.gpus
        while asked and queue is not None:
            gpu, title = queue["spec"]["resources"]["gpu"], queue["spec"].get("displayName", name)
            held, firm = self._sums(queue)
            if gpu.get("limit", -1) >= 0 and held + ahead + asked > gpu["limit"] + _EPSILON:
                return "OverLimit", messages.over_limit(title, asked, gpu["limit"], round(held + ahead, 3))
            over = gpu.get("quota", -1) >= 0 and firm + ahead + asked > gpu["quota"] + _EPSILON
            if over and not self.preemptible(group["spec"].get("priorityClassName", ""), pod.preemptibility):
                text = messages.over_quota(title, asked, gpu["quota"], round(firm + ahead, 3))
                return "NonPreemptibleOverQuota", text
            parent = queue["spec"].get("parentQueue")
            queue = self._context.api.get(api.QUEUE, None, parent) if parent else None
        return None

    def _sums(self, queue: Json) -> tuple[float, float]:
        """(held, held by non-preemptible pods) of a queue with all its children."""
        names = [queue["metadata"]["name"], *queue.get("status", {}).get("childQueues", [])]
        return sum(self._held[name] for name in names), sum(self._held_firm[name] for name in names)

    def details(self, group: Json) -> Json | None:
        queue = self._context.api.get(api.QUEUE, None, group["spec"]["queue"])
        if queue is None:
            return None
        name, gpu = queue["metadata"]["name"], queue["spec"]["resources"]["gpu"]
        return {
            "name": name,
            "queueDeservedResources": {"nvidia.com/gpu": f"{gpu.get('quota', -1):g}"},
            "queueResourceLimits": {"nvidia.com/gpu": f"{gpu.get('limit', -1):g}"},
            "queueAllocatedResources": {"nvidia.com/gpu": f"{self._held[name]:g}"},
            "queueAllocatedNonPreemptibleResources": {"nvidia.com/gpu": f"{self._held_firm[name]:g}"},
            "queueRequestedResources": {"nvidia.com/gpu": f"{self._asked[name]:g}"},
        }

    def write_all(self) -> None:
        for queue in self._context.api.list(api.QUEUE):
            self.write(queue["metadata"]["name"])

    def write(self, name: str) -> None:
        """Writes the queue's status, and its parent's."""
        queue = self._context.api.get(api.QUEUE, None, name)
        while queue is not None:
            self._write(queue)
            parent = queue["spec"].get("parentQueue")
            queue = self._context.api.get(api.QUEUE, None, parent) if parent else None

    def _write(self, queue: Json) -> None:
        names = [queue["metadata"]["name"], *queue.get("status", {}).get("childQueues", [])]
        sums = {
            "allocated": self._held,
            "allocatedNonPreemptible": self._held_firm,
            "requested": self._asked,
        }

        def edit(obj: Json) -> None:
            for field, held in sums.items():
                total = round(sum(held[name] for name in names), 3)
                obj["status"][field] = {"nvidia.com/gpu": f"{total:g}"}

        self._context.api.change(api.QUEUE, None, queue["metadata"]["name"], edit)
