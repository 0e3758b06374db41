"""One snapshot made ready for many questions: its events by object, its sites and fits, each reckoned once. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from tui.diagnose.pod_ask import Shape, shape_of
from tui.diagnose.pod_fit import PodFit
from tui.diagnose.pod_room import room_causes
from tui.diagnose.site import Site
from tui.model.cause import Cause
from tui.model.circumstances import Circumstances, PodMaker, Revision
from tui.model.event import Event
from tui.model.ids import ObjectKey, WorkloadKey
from tui.model.pod import Pod
from tui.model.snapshot import Snapshot
from tui.model.tenancy import PodGroup
from tui.model.workload import Workload

DEFAULT_SCHEDULER = "default-scheduler"
_KNOWN = ("live", "stale")
_POD_NAMES = {DEFAULT_SCHEDULER: "kube-scheduler"}


class Scene:
    """The snapshot at ``snapshot.at`` with what was read beside it (nothing, if ``circumstances`` is ``None``)."""

    def __init__(self, snapshot: Snapshot, circumstances: Circumstances | None = None) -> None:
        self.snapshot = snapshot
        self.now = snapshot.at
        self.circumstances = circumstances or Circumstances(snapshot.at)
        self._fits: dict[Shape, PodFit] = {}
        self._rooms: dict[tuple[Shape, int], list[Cause]] = {}
        self._schedulers: dict[str, list[Pod]] = {}

    @cached_property
    def site(self) -> Site:
        return Site(self.snapshot)

    @cached_property
    def workload_of(self) -> Mapping[ObjectKey, Workload]:
        """Pod -> the workload that it is part of."""
        return {key: workload for workload in self.snapshot.workloads.values() for key in workload.pods}

    @cached_property
    def _events(self) -> Mapping[tuple[str, ObjectKey], list[Event]]:
        found: dict[tuple[str, ObjectKey], list[Event]] = defaultdict(list)
        for event in self.snapshot.events:
            found[event.object_kind, event.object].append(event)
        return found

    @cached_property
    def _members(self) -> Mapping[ObjectKey, list[Pod]]:
        found: dict[ObjectKey, list[Pod]] = defaultdict(list)
        for pod in self.snapshot.pods.values():
            if pod.pod_group and pod.phase not in ("Succeeded", "Failed"):
                found[ObjectKey(pod.key.namespace, pod.pod_group)].append(pod)
        return found

    @cached_property
    def mounts(self) -> Mapping[ObjectKey, list[Pod]]:
        """Claim -> the unfinished pods that mount it."""
        found: dict[ObjectKey, list[Pod]] = defaultdict(list)
        for pod in self.snapshot.pods.values():
            if pod.phase not in ("Succeeded", "Failed"):
                for name in pod.claims:
                    found[ObjectKey(pod.key.namespace, name)].append(pod)
        return found

    @cached_property
    def reservations(self) -> Mapping[str, list[Pod]]:
        """GPU group -> the pods that reserve its GPU."""
        found: dict[str, list[Pod]] = defaultdict(list)
        for pod in self.snapshot.pods.values():
            for group in pod.gpu_groups if pod.is_reservation else ():
                found[group].append(pod)
        return found

    @cached_property
    def replaced(self) -> frozenset[str]:
        """The Jobs (their uid) of which a pod runs or has succeeded: those of theirs that failed are of no account."""
        pods = self.snapshot.pods.values()
        return frozenset(
            pod.owner.uid
            for pod in pods
            if pod.owner is not None and pod.owner.kind == "Job" and pod.phase in ("Running", "Pending", "Succeeded")
        )

    @cached_property
    def _placed_at(self) -> Mapping[str, float]:
        found: dict[str, float] = defaultdict(float)
        for pod in self.snapshot.pods.values():
            for condition in pod.conditions:
                if condition.type == "PodScheduled" and condition.status == "True" and condition.changed_at:
                    name = pod.scheduler or DEFAULT_SCHEDULER
                    found[name] = max(found[name], condition.changed_at)
        return found

    def last_placed(self, scheduler: str) -> float:
        """When this scheduler last gave a pod a node (Unix seconds); 0 if no pod tells of it."""
        return self._placed_at.get(scheduler, 0.0)

    def scheduler_pods(self, scheduler: str) -> Sequence[Pod]:
        """The scheduler's own pods, by their names; a shard is named after the scheduler."""
        known = self._schedulers.get(scheduler)
        if known is None:
            name = _POD_NAMES.get(scheduler, scheduler)
            prefix = f"{name}-"
            known = self._schedulers[scheduler] = [
                pod
                for pod in self.snapshot.pods.values()
                if (pod.key.name.startswith(prefix) or pod.key.name == name)
                and pod.deleting_at is None
                and pod.phase not in ("Succeeded", "Failed")
            ]
        return known

    def knows(self, kind: str) -> bool:
        """Whether all objects of this watched kind are in the snapshot."""
        status = self.snapshot.sources.get(f"kubernetes/{kind}")
        return status is not None and status.state in _KNOWN

    def events_of(self, kind: str, key: ObjectKey) -> Sequence[Event]:
        """The events about this object, newest first."""
        return self._events.get((kind, key), ())

    def group_of(self, pod: Pod) -> PodGroup | None:
        return self.snapshot.pod_groups.get(ObjectKey(pod.key.namespace, pod.pod_group)) if pod.pod_group else None

    def members(self, group: PodGroup) -> Sequence[Pod]:
        """The unfinished pods of the group."""
        return self._members.get(group.key, ())

    def fit_of(self, pod: Pod) -> PodFit:
        """Where such a pod would go."""
        workload = self.workload_of.get(pod.key)
        thing = workload.object if workload is not None else None
        shape = shape_of(pod, thing.node_pools if thing is not None else ())
        known = self._fits.get(shape)
        if known is None:
            known = self._fits[shape] = PodFit(shape, self.site)
        return known

    def room_of(self, fit: PodFit, wanted: int) -> list[Cause]:
        """Why ``wanted`` such pods find no place; empty where they may."""
        known = self._rooms.get((fit.shape, wanted))
        if known is None:
            known = self._rooms[fit.shape, wanted] = room_causes(fit, self.snapshot, wanted)
        return known

    def revisions_of(self, key: WorkloadKey) -> list[Revision]:
        """The Knative revisions of a workload, the newest first."""
        found = [
            revision
            for revision in self.circumstances.revisions.values()
            if revision.key.namespace == key.namespace and revision.service == key.name
        ]
        return sorted(found, key=lambda revision: (-(revision.generation or 0), revision.key.name))

    def makers_of(self, key: WorkloadKey) -> list[PodMaker]:
        """The ReplicaSets and Jobs whose name says that they are this workload's."""
        return [
            maker
            for maker in self.circumstances.pod_makers
            if maker.key.namespace == key.namespace and self.is_made_for(maker.key.name, key)
        ]

    def is_made_for(self, name: str, key: WorkloadKey) -> bool:
        """Whether the name says that it was made for this workload, and for none whose name fits better."""
        if not is_named_after(name, key.name):
            return False
        others = self._names.get(key.namespace, ())
        return not any(len(other) > len(key.name) and is_named_after(name, other) for other in others)

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for key in self.snapshot.workloads:
            found[key.namespace].add(key.name)
        return found


def is_named_after(name: str, workload: str) -> bool:
    """Controllers name what they make after what they make it for."""
    return name == workload or name.startswith(f"{workload}-")
