"""What the queues of a waiting pod's project allow, and where they don't: quota and limit, of it and of those above."""

from collections.abc import Iterator, Mapping

from tui.diagnose.causes import cause
from tui.diagnose.fit_pack import HAIR
from tui.diagnose.fit_quota import PREEMPTIBLE_BELOW, room
from tui.diagnose.pod_ask import is_by_runai
from tui.diagnose.scene import Scene
from tui.diagnose.words import in_gpus
from tui.model.cause import Cause, Evidence
from tui.model.pod import Pod
from tui.model.tenancy import PodGroup, Queue

_KIND = "queues.scheduling.run.ai"
_QUEUE_LABELS = ("runai/queue", "kai.scheduler/queue", "project")
_CLASS_VALUES = {"train": 50, "build-preemptible": 75, "interactive-preemptible": 75, "build": 100, "inference": 125}


def queue_causes(pod: Pod, scene: Scene, wanted: int) -> list[Cause]:
    """Why quota holds ``wanted`` pods like this one back; what is over quota but may still run comes last."""
    if not is_by_runai(pod):
        return []
    group = scene.group_of(pod)
    queue = _queue_of(pod, group, scene)
    if queue is None:
        return list(_missing(pod, group, scene))
    gpus = pod.gpu.gpus(scene.site.least_gpu_memory_bytes)
    if not gpus:
        return []
    preemptible = is_preemptible(pod, group, scene)
    return list(_over(pod, _chain(queue, scene.snapshot.queues), gpus * wanted, preemptible))


def is_preemptible(pod: Pod, group: PodGroup | None, scene: Scene) -> bool:
    """As its PodGroup says, else by the value of its priority class: below 100 it is."""
    told = (group.preemptibility or "").lower() if group is not None else ""
    if told:
        return told != "non-preemptible"
    name = (group.priority_class if group is not None else None) or pod.priority_class or ""
    known = scene.circumstances.priority_classes.get(name)
    values = (known.value if known is not None else None, pod.priority, _CLASS_VALUES.get(name), PREEMPTIBLE_BELOW)
    value = next(value for value in values if value is not None)
    return value < PREEMPTIBLE_BELOW


def over_quota_of(pod: Pod, scene: Scene, wanted: int) -> Cause | None:
    """That preemptible work is beyond what its project deserves: no bar, but others come first. It is what to look at
    before the room on the nodes if the project borrows already (``certain``), after it else (``likely``)."""
    group = scene.group_of(pod)
    queue = _queue_of(pod, group, scene) if is_by_runai(pod) else None
    gpus = pod.gpu.gpus(scene.site.least_gpu_memory_bytes)
    if queue is None or not gpus or queue.gpu_quota is None or queue.gpu_allocated is None:
        return None
    if not is_preemptible(pod, group, scene) or queue.gpu_allocated + gpus * wanted <= queue.gpu_quota + HAIR:
        return None
    said = f"quota {in_gpus(queue.gpu_quota)}, {in_gpus(queue.gpu_allocated)} allocated, {in_gpus(gpus * wanted)} asked"
    borrows = queue.gpu_allocated > queue.gpu_quota + HAIR  # it lives on what others lend already
    return cause(
        "over_quota",
        evidence=[Evidence(f"queue/{queue.name}", said)],
        confidence="certain" if borrows else "likely",
        project=queue.name,
        detail=queue.project or queue.name,
    )


def room_in_queues(pod: Pod, scene: Scene, wanted: int) -> str | None:
    """That the queues have room for it now, in words; ``None`` where they have not, or it is not known."""
    queue = _queue_of(pod, scene.group_of(pod), scene)
    gpus = pod.gpu.gpus(scene.site.least_gpu_memory_bytes)
    if queue is None or not gpus or queue.gpu_allocated is None:
        return None
    preemptible = is_preemptible(pod, scene.group_of(pod), scene)
    chain = _chain(queue, scene.snapshot.queues)
    if any(room(each, preemptible)[0] < gpus * wanted - HAIR for each in chain):
        return None
    quota, limit = in_gpus(queue.gpu_quota), "unlimited" if queue.gpu_limit is None else in_gpus(queue.gpu_limit)
    held = in_gpus(queue.gpu_allocated)
    return f"queue {queue.name} has room for it now: quota {quota}, limit {limit}, {held} allocated"


def _queue_of(pod: Pod, group: PodGroup | None, scene: Scene) -> Queue | None:
    queues = scene.snapshot.queues
    if group is not None and group.queue:
        return queues.get(group.queue)
    for label in _QUEUE_LABELS:
        if (named := queues.get(pod.labels.get(label, ""))) is not None:
            return named
    own = [queue for queue in queues.values() if pod.project is not None and queue.project == pod.project]
    return own[0] if len(own) == 1 else None


def _missing(pod: Pod, group: PodGroup | None, scene: Scene) -> Iterator[Cause]:
    name = group.queue if group is not None else None
    if name and scene.knows(_KIND) and name not in scene.snapshot.queues:
        there = ", ".join(sorted(scene.snapshot.queues)[:8]) or "none"
        fact = Evidence(f"podgroup/{pod.pod_group}", f"its queue {name} does not exist; there are {there}", "queue")
        yield cause("queue_missing", evidence=[fact], project=name, detail=name)


def _chain(queue: Queue, queues: Mapping[str, Queue]) -> list[Queue]:
    """The queue and all above it."""
    found: list[Queue] = []
    above: Queue | None = queue
    while above is not None and above not in found:
        found.append(above)
        above = queues.get(above.parent or "")
    return found


def _over(pod: Pod, chain: list[Queue], gpus: float, preemptible: bool) -> Iterator[Cause]:
    for depth, queue in enumerate(chain):
        if room(queue, preemptible)[1] >= gpus - HAIR:
            continue
        by_limit = room(queue, True)[1] < gpus - HAIR
        code = "department_limit" if depth else "queue_limit" if by_limit else "over_quota_non_preemptible"
        name = queue.project or queue.department or queue.name
        fact = Evidence(f"queue/{queue.name}", _figures(queue, gpus, by_limit))
        yield cause(code, evidence=[fact], project=queue.name, pod=pod.key.name, detail=name)


def _figures(queue: Queue, gpus: float, by_limit: bool) -> str:
    if by_limit:
        return f"limit {in_gpus(queue.gpu_limit)}, {in_gpus(queue.gpu_allocated)} allocated, {in_gpus(gpus)} asked"
    firm = queue.gpu_allocated_non_preemptible
    held = f"{in_gpus(queue.gpu_allocated if firm is None else firm)} held by work that can't be preempted"
    return f"quota {in_gpus(queue.gpu_quota)}, {held}, {in_gpus(gpus)} asked"
