"""The pods of a what-if: alike pods that no node has taken; how many of them would run on a changed ground. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tui.diagnose.pod_ask import Shape, shape_of
from tui.diagnose.pod_fit import PodFit, Seat
from tui.diagnose.queue_causes import is_preemptible, queue_causes
from tui.diagnose.scene import Scene
from tui.model.gpu_request import GpuRequest
from tui.model.pending import PendingItem
from tui.model.pod import Pod
from tui.model.tenancy import Queue
from tui.model.workload import Workload

_OWN_PRIORITY = 50  # any below 100 is preemptible
_EDITED = ("InferenceWorkload", "Deployment")  # what the form of Launch knows


class Runs(NamedTuple):
    """``fits``: all that wait would run, ``None`` where that can't be known; ``helps``: how many surely would."""

    fits: bool | None
    helps: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """``wanted`` pods like ``pod``. ``target``: the workload whose form changes their request, if there is one."""

    pod: Pod
    wanted: int
    together: int  # this many start together or not at all
    shape: Shape
    scene: Scene
    fit: PodFit
    workload: Workload | None
    preemptible: bool

    @property
    def target(self) -> str:
        workload = self.workload
        return str(workload.key) if workload is not None and workload.key.kind in _EDITED else ""

    def allowed(
        self, shape: Shape | None = None, queues: Mapping[str, Queue] | None = None, preemptible: bool = False
    ) -> int:
        """How many of the wanted the queues allow: with another request, other queues, or as preemptible work."""
        pod, scene = self.pod, self.scene
        snapshot = scene.snapshot
        if shape is not None and shape.ask != self.shape.ask:
            ask = shape.ask
            pod = replace(pod, gpu=GpuRequest(ask.devices, ask.portion, ask.gpu_memory_bytes, pod.gpu.mig))
        if preemptible:
            pod = replace(pod, priority_class=None, priority=_OWN_PRIORITY)
            group = scene.group_of(pod)
            if group is not None:
                group = replace(group, preemptibility="preemptible", priority_class=None)
                snapshot = replace(snapshot, pod_groups={group.key: group})
        if queues is not None:
            snapshot = replace(snapshot, queues=queues)
        if snapshot is not scene.snapshot:
            scene = Scene(snapshot, scene.circumstances)
            scene.site = self.scene.site
        low, high = 0, self.wanted
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (low, middle - 1) if queue_causes(pod, scene, middle) else (middle, high)
        return low


def waiting_of(items: Iterable[PendingItem], scene: Scene) -> Waiting | None:
    """The unplaced pods among the items that are of the first one's shape; ``None`` where none waits for a place."""
    pods = [scene.snapshot.pods.get(item.pod) for item in items if item.pod is not None]
    unplaced = [pod for pod in pods if pod is not None and pod.node is None and not pod.gates]
    if not unplaced:
        return None
    first = unplaced[0]
    shapes = [_shape(pod, scene) for pod in unplaced]
    group = scene.group_of(first)
    return Waiting(
        pod=first,
        wanted=shapes.count(shapes[0]),
        together=(group.min_member or 1) if group is not None else 1,
        shape=shapes[0],
        scene=scene,
        fit=PodFit(shapes[0], scene.site),
        workload=scene.workload_of.get(first.key),
        preemptible=is_preemptible(first, group, scene),
    )


def _shape(pod: Pod, scene: Scene) -> Shape:
    workload = scene.workload_of.get(pod.key)
    thing = workload.object if workload is not None else None
    return shape_of(pod, thing.node_pools if thing is not None else ())


def runs(
    waiting: Waiting,
    fit: PodFit,
    *,
    more: Sequence[Seat] = (),
    queues: Mapping[str, Queue] | None = None,
    preemptible: bool = False,
) -> Runs:
    """How many would run: of what fits on the open nodes and those of ``more``, what quota allows."""
    if not fit.site.known:
        return Runs(None, None)
    sure, possible = fit.sure + sum([seat.sure for seat in more]), fit.possible + sum([seat.possible for seat in more])
    return bounded(waiting, sure, possible, waiting.allowed(fit.shape, queues, preemptible))


def bounded(waiting: Waiting, sure: int, possible: int, allowed: int) -> Runs:
    """What comes of so many places and so much quota."""
    wanted = waiting.wanted
    least, most = min(sure, allowed, wanted), min(possible, allowed, wanted)
    together = min(waiting.together, wanted)
    least, most = (least if least >= together else 0), (most if most >= together else 0)
    return Runs(True if least >= wanted else False if most < wanted and least == most else None, least)
